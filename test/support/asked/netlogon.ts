import { onTestFinished } from 'vitest';
import { NtlmClient } from '../../../src/fsso/ntlm/client.ts';
import { NtlmServer } from '../../../src/fsso/ntlm/server.ts';
import { SecureChannel } from '../../../src/fsso/windows/netlogon/secure-channel.ts';
import { NetlogonServer } from '../../../src/lab/windows/netlogon/server.ts';
import { FaultRelay } from '../fault-relay.ts';
import { ManualClock } from '../manual-clock.ts';
import { answerMs, connectMs, people, type Subject } from './subject.ts';

/** A collector that asks a domain controller for verdicts. */
export async function netlogon(): Promise<Subject> {
  const machine = new NetlogonServer({
    ...{ domain: 'CORP', computer: 'COLLECTOR', password: 'machine', users: people },
  });
  const relay = await FaultRelay.start({ port: await machine.start(), oversize: longFragment });
  const clock = new ManualClock();
  const channel = new SecureChannel({
    ...{ host: '127.0.0.1', port: relay.port, clock, connectTimeoutMs: connectMs, timeoutMs: answerMs },
    ...{ parallel: 2, account: { account: 'COLLECTOR$', domain: 'CORP', password: 'machine' } },
  });
  onTestFinished(() => machine.stop());
  return {
    ...{ relay, clock, pass: (ms) => clock.advance(ms), asked: machine.asked },
    ask: async (user) => {
      const client = new NtlmClient({ user, domain: 'CORP', password: 'right' }, { clock });
      const negotiation = new NtlmServer({ clock, names: { domain: 'CORP', computer: 'COLLECTOR' } });
      const { message } = client.authenticate(negotiation.challenge(client.negotiate()));
      const verdict = await channel.verify(negotiation.read(message));
      return verdict.status === 0 ? (verdict.user?.user ?? '') : `status ${verdict.status}`;
    },
    close: () => channel.close(),
  };
}

/** The length of a fragment of DCE/RPC. */
function longFragment(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy.fill(0xff, 8, 10);
  return copy;
}
