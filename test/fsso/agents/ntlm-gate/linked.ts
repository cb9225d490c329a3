import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import { afterAll, expect, onTestFinished, vi } from 'vitest';
import { GateLink } from '../../../../src/fsso/agents/ntlm-gate/gate-link.ts';
import { GateLinkFrames } from '../../../../src/fsso/collector/ntlm/gate-link/frames.ts';
import type { GateLinkMessage } from '../../../../src/fsso/collector/ntlm/gate-link/messages.ts';
import { GateLinkServer } from '../../../../src/fsso/collector/ntlm/gate-link/server.ts';
import {
  type NtlmAsker,
  type NtlmVerdict,
  type NtlmVerifier,
  ownVerdict,
} from '../../../../src/fsso/collector/ntlm/service.ts';
import { feedContext } from '../../../support/feed-context.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { OpensslCa } from '../../../support/openssl-ca.ts';

export const patience = { timeout: 20_000, interval: 5 };
const openssl = new OpensslCa();
afterAll(() => openssl.remove());
export const authority = openssl.authority('/CN=Gates');
export const server = openssl.issue({
  subject: '/CN=collector',
  issuer: authority,
  extensions: [['subjectAltName', 'IP:127.0.0.1']],
});
export const own = openssl.issue({ subject: '/CN=GATE01', issuer: authority });
export const stranger = openssl.issue({ subject: '/CN=Eve', issuer: openssl.authority('/CN=Somebody') });

/** Answers a Type 1 with itself, and a Type 3 with a verdict for the user that it is the name of. */
export class Echo implements NtlmVerifier {
  readonly asked: NtlmAsker[] = [];
  readonly ended: string[] = [];
  /** Answers that wait are let go by calling these. */
  readonly held: (() => void)[] = [];
  holds = false;
  /** Of everybody. */
  groupNames = ['CORP/All'];

  begin(asker: NtlmAsker) {
    this.asked.push(asker);
    return {
      challenge: async (negotiate: Buffer) =>
        negotiate.length === 0 ? ownVerdict('malformed') : Buffer.from(negotiate),
      answer: async (authenticate: Buffer): Promise<NtlmVerdict> => {
        if (this.holds) await new Promise<void>((done) => this.held.push(done));
        return ownVerdict('ok', {
          user: authenticate.toString(),
          domain: 'CORP',
          groupNames: this.groupNames,
        });
      },
      end: () => void this.ended.push(asker.address),
    };
  }
}

export async function collector(port = 0) {
  const all = feedContext();
  const verifier = new Echo();
  const judged: string[] = [];
  const link = new GateLinkServer(
    {
      ...{ listen: '127.0.0.1', port, allowed: null, answerWithinMs: 30_000 },
      ...{ certificate: server.certificate, key: server.key, ca: authority.certificate },
    },
    { ...all.context, verifier, judged: (client, { user }) => judged.push(`${user}@${client}`) },
  );
  const listening = await link.start();
  onTestFinished(() => link.stop());
  return { ...all, link, verifier, judged, port: listening.port };
}

export function gate(ports: readonly number[], who: { certificate: string; key: string } = own) {
  const clock = new ManualClock();
  const warnings: string[] = [];
  const link = new GateLink({
    collectors: ports.map((port) => ({ host: '127.0.0.1', port, tls: true })),
    tls: { certificate: who.certificate, key: who.key, ca: authority.certificate },
    clock,
    warn: (text) => warnings.push(text),
  });
  onTestFinished(() => link.stop());
  return { link, clock, warnings };
}

export const asker = (address = '10.0.0.21') => ({ address, wantsGroups: true });

/** A gate that says what it likes. */
export async function rawGate(
  port: number,
): Promise<{ socket: TLSSocket; said: GateLinkMessage[]; closed: Promise<void> }> {
  const socket = connect({
    ...{ port, host: '127.0.0.1', ca: authority.certificate, cert: own.certificate, key: own.key },
  });
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  const said: GateLinkMessage[] = [];
  const frames = new GateLinkFrames(1 << 20);
  socket.on('data', (chunk: Buffer) => said.push(...frames.push(chunk)));
  const closed = new Promise<void>((done) => socket.once('close', () => done()));
  await once(socket, 'secureConnect');
  await vi.waitFor(() => expect(said).toEqual([{ kind: 'hello', version: 1 }]), patience);
  return { socket, said, closed };
}

export const begin = { kind: 'begin', negotiation: 7, address: '10.0.0.9', wantsGroups: false } as const;
