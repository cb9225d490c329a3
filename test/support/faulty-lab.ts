import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCertificateFile } from '../../src/ems/certificate.ts';
import { type ConnectorReport, type ConnectorState, EmsConnector } from '../../src/ems/connector.ts';
import { plainDevice } from '../../src/ems/device.ts';
import type { EmsTarget } from '../../src/ems/examine.ts';
import { pinnedFacts } from '../../src/ems/pin.ts';
import { TrustStore } from '../../src/ems/trust.ts';
import { Authority, type Identity } from '../../src/lab/authority.ts';
import { LabEms, type LabEmsOptions } from '../../src/lab/ems/server.ts';
import { FaultyEms, type LabFault } from '../../src/lab/faults/faulty-ems.ts';
import { company } from '../../src/lab/people.ts';
import { ManualClock } from './manual-clock.ts';

export const serial = 'FGVM01LAB0000001';
const emsSerial = 'FCTEMS0000000137';

/** What takes long to make, for a whole file of tests. */
export interface Certificates {
  authority: Authority;
  /** Installed nowhere. */
  stranger: Authority;
  devices: Authority;
  identity: Identity;
}

export async function makeCertificates(): Promise<Certificates> {
  const [authority, stranger, devices] = await Promise.all([
    Authority.create('Lab EMS CA', Date.now()),
    Authority.create('Lab EMS CA', Date.now()),
    Authority.create('Lab device CA', Date.now()),
  ]);
  const identity = await devices.issue({ commonName: serial, organizationalUnit: 'FortiGate' });
  return { authority, stranger, devices, identity };
}

/** A lab EMS, a faulty one in front of it, and a device that it has authorised. Time stands still until it is advanced. */
export class FaultyLab {
  readonly clock = new ManualClock(Date.now());
  readonly reports: ConnectorReport[] = [];
  readonly certificates: Certificates;
  ems!: LabEms;
  faulty!: FaultyEms;
  readonly #directory = mkdtempSync(join(tmpdir(), 'fabrictop-faults-'));
  readonly #connectors: EmsConnector[] = [];

  private constructor(certificates: Certificates) {
    this.certificates = certificates;
  }

  static async start(certificates: Certificates, more: Partial<LabEmsOptions> = {}): Promise<FaultyLab> {
    const lab = new FaultyLab(certificates);
    lab.ems = await LabEms.start({
      serialNumber: emsSerial,
      authority: certificates.authority,
      hostName: 'ems.corp.example',
      deviceRoots: [certificates.devices.certificate],
      people: company(30),
      clock: lab.clock,
      ...more,
    });
    lab.ems.authorize(serial);
    lab.faulty = await FaultyEms.start(lab.ems, certificates.stranger);
    return lab;
  }

  /** A target whose CA is installed; `pinned`, its certificate was accepted too. */
  async target(more: Partial<EmsTarget> = {}, pinned = false): Promise<EmsTarget> {
    const { authority, identity } = this.certificates;
    const trust = TrustStore.open(join(this.#directory, 'trust.json'), this.clock);
    const chain = [this.faulty.certificate, authority.certificate].flatMap((pem) =>
      readCertificateFile(Buffer.from(pem)),
    );
    trust.importCa(chain.slice(1));
    const pinMode = more.pinMode ?? 'ca-cn';
    if (pinned) await trust.accept('hq', pinnedFacts(chain), pinMode, { serialNumber: emsSerial });
    return {
      name: 'hq',
      enabled: true,
      type: 'ems',
      server: '127.0.0.1',
      port: this.faulty.port,
      sourceIp: '0.0.0.0',
      callTimeoutMs: 30_000,
      pinMode,
      identity,
      serial,
      trust,
      clock: this.clock,
      device: { ...plainDevice, hostname: 'edge-1', version: '1.0.0' },
      ...more,
    };
  }

  /** A connector at work on that target. */
  async connect(more: Partial<EmsTarget> = {}, pinned = true): Promise<EmsConnector> {
    const connector = new EmsConnector(await this.target(more, pinned), '7.4', (report) =>
      this.reports.push(report),
    );
    this.#connectors.push(connector);
    connector.start();
    return connector;
  }

  /** Waits for a state; time moves on only when `call-timeout` has to end a try. */
  async reaches(connector: EmsConnector, state: ConnectorState): Promise<void> {
    await settles(() => connector.status.state === state, `${state}, not ${connector.status.state}`);
  }

  /** Moves on by one `call-timeout` when this fault is one that only time ends, once it was met. */
  async playOut(fault: LabFault, callTimeoutMs = 30_000): Promise<void> {
    if (!endedByTime.has(fault)) return;
    await settles(() => this.faulty.played > 0, 'the fault is met');
    this.clock.advance(callTimeoutMs);
  }

  /** Nothing is wrong, accepted or at work any more, as at the start. */
  async rest(): Promise<void> {
    for (const each of this.#connectors.splice(0)) await each.stop();
    this.faulty.play(null);
    this.faulty.played = 0;
    this.reports.length = 0;
    rmSync(join(this.#directory, 'trust.json'), { force: true });
    rmSync(join(this.#directory, 'trust-ca'), { recursive: true, force: true });
  }

  async stop(): Promise<void> {
    await this.rest();
    await this.faulty.stop();
    await this.ems.stop();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** These never end by themselves. */
export const endedByTime: ReadonlySet<LabFault> = new Set(['half-open', 'slow', 'silent']);

/** Waits for what sockets bring, without regard to the clock of the test. */
export async function settles(is: () => boolean, what: string): Promise<void> {
  const until = performance.now() + 10_000;
  while (!is()) {
    if (performance.now() > until) throw new Error(`it never came to: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
