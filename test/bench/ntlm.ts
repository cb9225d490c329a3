import { systemClock } from '../../src/clock.ts';
import { NtlmDomains } from '../../src/fsso/collector/ntlm/domains.ts';
import { NtlmService } from '../../src/fsso/collector/ntlm/service.ts';
import { NtlmClient } from '../../src/fsso/ntlm/client.ts';
import { bindRpc } from '../../src/fsso/rpc/client.ts';
import { encodeMapRequest, endpointMapper, mapCall } from '../../src/fsso/rpc/interfaces/epm.ts';
import { netlogon } from '../../src/fsso/rpc/interfaces/netlogon.ts';
import { openTcpPipe } from '../../src/fsso/rpc/tcp-pipe.ts';
import { canRunSambaWindows, startSambaAd } from '../support/samba-ad/samba-ad.ts';
import { percentile } from './statistics.ts';

const verdicts = 300;
const limitMs = 20;

const clock = systemClock;

async function timed(times: number, action: (index: number) => Promise<unknown>): Promise<number[]> {
  const taken: number[] = [];
  for (let index = 0; index < times; index++) {
    const begun = performance.now();
    await action(index);
    taken.push(performance.now() - begun);
  }
  return taken;
}

const middle = (taken: readonly number[]): string =>
  `${percentile(taken, 50).toFixed(1)} ms, 99 % within ${percentile(taken, 99).toFixed(1)} ms, the slowest ${Math.max(...taken).toFixed(1)} ms`;

/** How long a verdict on an NTLM answer takes, beside a bare call of the same domain controller, in the same run. */
export async function ntlm(): Promise<string[]> {
  if (!canRunSambaWindows) return ['needs root: the domain controller is Samba'];
  const samba = await startSambaAd({ smb: true });
  const { machine, userPassword } = samba.windows;
  const domains = new NtlmDomains({
    clock,
    report: () => {},
    domains: [
      {
        account: { account: machine.user, domain: 'CORP', password: machine.password },
        dnsName: 'corp.example',
        controllers: [{ host: samba.host, port: null }],
      },
    ],
    ...{ timeoutMs: 10_000, connectTimeoutMs: 3_000, parallel: 4 },
  });
  const service = new NtlmService({
    ...{ clock, domains, mostWaiting: 1_000 },
  });
  const ask = async (index: number): Promise<void> => {
    const user = `user${String((index % 20) + 1).padStart(2, '0')}`;
    const client = new NtlmClient({ user, domain: 'CORP', password: userPassword }, { clock });
    const negotiation = service.begin({ address: '127.0.0.1', wantsGroups: false });
    const challenge = await negotiation.challenge(client.negotiate());
    if (!Buffer.isBuffer(challenge)) throw new Error(challenge.cause);
    const { message } = client.authenticate(challenge);
    const { kind, cause } = await negotiation.answer(message);
    if (kind !== 'ok') throw new Error(`${user}: ${kind}, ${cause}`);
  };
  try {
    const pipe = await openTcpPipe({ host: samba.host, port: 135, clock, limitMs: 3_000 });
    const bare = await bindRpc(pipe, endpointMapper);
    const map = encodeMapRequest(netlogon);
    const [first = 0] = await timed(1, ask);
    await timed(20, ask);
    const trips = await timed(verdicts, () => bare.call(mapCall, map));
    const taken = await timed(verdicts, ask);
    const begun = performance.now();
    await Promise.all(Array.from({ length: verdicts }, (_, index) => ask(index)));
    const together = performance.now() - begun;
    await bare.close();
    const within = percentile(taken, 99) < limitMs ? 'within' : 'over';
    return [
      `a bare call of the domain controller (ept_map): ${middle(trips)}`,
      `a verdict, challenge and answer made by our client: ${middle(taken)}; ${within} the limit of ${limitMs} ms`,
      `the first verdict, with mapper, agreement and binding: ${first.toFixed(0)} ms`,
      `${verdicts} at once over 4 connections: ${Math.round((verdicts / together) * 1000)} a second`,
    ];
  } finally {
    domains.close();
    await samba.stop();
  }
}
