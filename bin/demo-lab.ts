import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { serveCollectorControl } from '../src/backends/collector-control/server.ts';
import type { Clock } from '../src/clock.ts';
import { loadConfig } from '../src/config/load.ts';
import { readCertificateFile } from '../src/ems/certificate.ts';
import { pinnedFacts } from '../src/ems/pin.ts';
import { TrustStore } from '../src/ems/trust.ts';
import type { Collector } from '../src/fsso/collector/collector.ts';
import { Lab, type LabTargets } from '../src/lab/lab.ts';
import type { ScenarioName } from '../src/lab/scenario.ts';
import type { WriteGuard } from '../src/verbs.ts';
import { CommandFailure, exitStatus } from './cli.ts';
import type { Dashboard } from './commands/dashboard.ts';
import { demoRules } from './demo-rules.ts';
import type { TargetOptions } from './planner.ts';
import { openTargets } from './targets.ts';

/** A running lab, and the targets that are configured for it. */
export interface RunningLab {
  readonly targets: Pick<Dashboard, 'sources' | 'actions' | 'configured'>;
  /** Ends the lab and removes its directory. Stop the sources first. */
  close(): Promise<void>;
}

/**
 * Starts the lab and writes it down as an administrator would: a configuration file with certificates, keys and passwords
 * beside it, in a new directory that only this user can read. `control` is where its socket goes; null for none.
 */
export async function openLab(
  scenario: ScenarioName,
  clock: Clock,
  guard: WriteGuard,
  options: TargetOptions = {},
): Promise<RunningLab> {
  const directory = await mkdtemp(join(tmpdir(), 'fabrictop-demo-')).catch((error: NodeJS.ErrnoException) => {
    throw new CommandFailure(
      `cannot make a directory in ${tmpdir()} for the lab: ${error.code}`,
      exitStatus.down,
    );
  });
  // A source that did not stop in time may still write into it.
  const removeDirectory = () =>
    rm(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  let lab: Lab | null = null;
  let stopControls = async () => {};
  try {
    lab = await Lab.start(scenario, clock);
    const { attached, stop } = await serveControls(directory, lab.collectors, guard, clock);
    stopControls = stop;
    const path = await writeConfiguration(directory, lab.targets, attached, clock);
    // An environment of its own: nothing of the user's configuration or state is read or written.
    const env = { ...process.env, XDG_STATE_HOME: directory };
    const targets = await openTargets(await loadConfig(path, env), env, clock, guard, options);
    const running = lab;
    return {
      targets,
      close: () =>
        stop()
          .then(() => running.stop())
          .finally(removeDirectory),
    };
  } catch (error) {
    await stopControls();
    await lab?.stop();
    await removeDirectory();
    throw error;
  }
}

/** The control sockets of the lab's collectors, as `collector --control-socket` opens them. */
async function serveControls(
  directory: string,
  collectors: readonly Collector[],
  guard: WriteGuard,
  clock: Clock,
) {
  const attached = collectors.map((_, index) => {
    const name = `collector-${index + 1}`;
    return { name, socket: join(directory, `${name}.sock`) };
  });
  const controls = await Promise.all(
    attached.map(({ socket: path }, index) =>
      serveCollectorControl({ path, collector: collectors[index] as Collector, guard, clock }),
    ),
  );
  return { attached, stop: async () => void (await Promise.all(controls.map((each) => each.stop()))) };
}

/** Returns the path of the configuration. Certificates that the lab's story has accepted already are pinned. */
async function writeConfiguration(
  directory: string,
  targets: LabTargets,
  attached: readonly { name: string; socket: string }[],
  clock: Clock,
): Promise<string> {
  const write = async (name: string, content: string) => {
    const path = join(directory, name);
    await writeFile(path, content, { mode: 0o600 });
    return path;
  };
  const [certificate, key] = await Promise.all([
    write('identity.pem', targets.identity.certificate),
    write('identity.key', targets.identity.key),
  ]);
  const ca: string[] = [];
  const trust = TrustStore.open(join(directory, 'trust.json'), clock);
  const written = new Set<string>();
  for (const { name, chain, known, accepted, acceptedSerial } of targets.ems) {
    if (!written.has(chain[1])) {
      // That of an EMS that is not known lies ready to be imported, as exported there.
      const path = await write(`${name}-ca.pem`, chain[1]);
      if (known) ca.push(path);
    }
    written.add(chain[1]);
    const ders = chain.flatMap((pem) => readCertificateFile(Buffer.from(pem)));
    const place = acceptedSerial === undefined ? {} : { serialNumber: acceptedSerial };
    if (accepted) await trust.accept(name, pinnedFacts(ders), 'ca-cn', place);
  }
  const servers = await Promise.all(
    targets.collectors.map(async ({ host, port, password }, index) => ({
      server: host,
      port,
      password: { file: await write(`collector-${index + 1}.password`, password) },
    })),
  );
  // The front desk of the lab's EMS Cloud is not where Fortinet's is.
  const desk = targets.ems.find(({ cloud }) => cloud)?.port;
  const profile =
    desk === undefined
      ? {}
      : {
          profile: {
            ems: await write('ems-profile.yaml', stringify({ cloud: { host: 'localhost', port: desk } })),
          },
        };
  const configuration = {
    ...profile,
    identity: { serial: targets.serial, certificate, key },
    // Without it three connectors were the limit, and the form could add none.
    release: '7.4',
    trust: { ca, store: trust.path },
    ems: await Promise.all(
      targets.ems.map(async ({ name, port, admin, callTimeout, cloud }) => ({
        name,
        ...(cloud ? await cloudOptions(name, cloud, write) : { server: '127.0.0.1', 'https-port': port }),
        ...(callTimeout === undefined ? {} : { 'call-timeout': callTimeout }),
        ...(admin
          ? {
              admin: {
                name: admin.name,
                password: { file: await write(`${name}.password`, admin.password) },
              },
            }
          : {}),
      })),
    ),
    fortigate: await Promise.all(
      targets.fortigates.map(async ({ name, port, token }) => ({
        name,
        url: `https://127.0.0.1:${port}`,
        token: { file: await write(`${name}.token`, token) },
      })),
    ),
    fsso: [{ name: 'corp', servers }, ...(await secureEntries(targets.secure, write))],
    'collector-control': attached,
    history: { path: join(directory, 'history.db') },
    alerts: { rules: demoRules },
  };
  return write('config.yaml', stringify(configuration));
}

/** What makes an entry one of EMS Cloud. */
async function cloudOptions(
  name: string,
  { accessKey }: NonNullable<LabTargets['ems'][number]['cloud']>,
  write: (name: string, content: string) => Promise<string>,
) {
  const key = accessKey === null ? null : { file: await write(`${name}.key`, accessKey) };
  return {
    'fortinetone-cloud-authentication': 'enable',
    ...(key ? { 'cloud-authentication-access-key': key } : {}),
  };
}

/** The entry of the lab's second FSSO connector, where it has one. */
async function secureEntries(
  secure: LabTargets['secure'],
  write: (name: string, content: string) => Promise<string>,
) {
  if (secure === null) return [];
  const { name, ca, collectors } = secure;
  const trusted = await write(`${name}-collectors-ca.pem`, ca);
  const servers = await Promise.all(
    collectors.map(async ({ host, port, password }) => ({
      server: host,
      port,
      password: { file: await write(`${name}-${port}.password`, password) },
    })),
  );
  return [
    { name, servers, ssl: 'enable', 'ssl-trusted-cert': trusted, 'ssl-server-host-ip-check': 'enable' },
  ];
}
