import { afterAll, onTestFinished } from 'vitest';
import { GateLink } from '../../../src/fsso/agents/ntlm-gate/gate-link.ts';
import { GateLinkServer } from '../../../src/fsso/collector/ntlm/gate-link/server.ts';
import { ownVerdict } from '../../../src/fsso/collector/ntlm/service.ts';
import { FaultRelay } from '../fault-relay.ts';
import { feedContext } from '../feed-context.ts';
import { ManualClock } from '../manual-clock.ts';
import { OpensslCa } from '../openssl-ca.ts';
import type { Subject } from './subject.ts';

const openssl = new OpensslCa();
afterAll(() => openssl.remove());
const authority = openssl.authority('/CN=Both sides');
const server = openssl.issue({
  subject: '/CN=server',
  issuer: authority,
  extensions: [['subjectAltName', 'IP:127.0.0.1']],
});
const own = openssl.issue({ subject: '/CN=client', issuer: authority });

/** A gate that asks a collector for verdicts. */
export async function gateLink(): Promise<Subject> {
  const all = feedContext();
  const asked: string[] = [];
  const collector = new GateLinkServer(
    {
      ...{ listen: '127.0.0.1', port: 0, allowed: null, answerWithinMs: 30_000 },
      ...{ certificate: server.certificate, key: server.key, ca: authority.certificate },
    },
    {
      ...all.context,
      verifier: {
        begin: () => ({
          challenge: async (negotiate) => Buffer.from(negotiate),
          answer: async (authenticate) => {
            asked.push(authenticate.toString());
            return ownVerdict('ok', { user: authenticate.toString(), domain: 'CORP' });
          },
          end: () => {},
        }),
      },
      judged: () => {},
    },
  );
  const { port } = await collector.start();
  const relay = await FaultRelay.start({ port });
  const clock = new ManualClock();
  const link = new GateLink({
    collectors: [{ host: '127.0.0.1', port: relay.port, tls: true }],
    tls: { certificate: own.certificate, key: own.key, ca: authority.certificate },
    clock,
    warn: () => {},
  });
  await link.start();
  onTestFinished(() => collector.stop());
  return {
    ...{ relay, clock, asked },
    pass: (ms) => {
      all.clock.advance(ms);
      clock.advance(ms);
    },
    ask: async (user) => {
      const negotiation = link.begin({ address: '10.0.0.21', wantsGroups: false });
      const challenge = await negotiation.challenge(Buffer.from(user));
      if (!Buffer.isBuffer(challenge)) throw new Error(challenge.kind);
      const verdict = await negotiation.answer(challenge);
      if (verdict.kind === 'no-collector') throw new Error(verdict.kind);
      return verdict.user;
    },
    close: () => link.stop(),
  };
}
