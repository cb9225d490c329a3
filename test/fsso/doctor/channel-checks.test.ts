import { connect, createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { channelChecks } from '../../../src/fsso/doctor/channel-checks.ts';
import type { Check } from '../../../src/fsso/doctor/check.ts';
import { readinessOf } from '../../../src/fsso/doctor/check.ts';
import { systemNames } from '../../../src/fsso/doctor/names.ts';
import { TcpPipeFailure } from '../../../src/fsso/rpc/tcp-pipe.ts';
import { channelFailure } from '../../../src/fsso/windows/netlogon/channel-failure.ts';
import { NetlogonServer } from '../../../src/lab/windows/netlogon/server.ts';

const password = 'Machine-Passw0rd-1';

/** The domain controller of the lab, whose endpoint mapper and Netlogon share a port. */
async function controller(): Promise<number> {
  const server = new NetlogonServer({ domain: 'CORP', computer: 'COLLECTOR', password, users: {} });
  const port = await server.start();
  onTestFinished(() => server.stop());
  return port;
}

async function examined(mapperPort: number, given = password, fixed: number | null = null) {
  const checks: Check[] = [];
  await channelChecks(
    {
      ...{ names: systemNames, otherNames: null, mapperPort },
      account: { account: 'COLLECTOR$', domain: 'CORP', password: given },
      target: { host: '127.0.0.1', port: fixed, mapperPort, clock: systemClock, connectTimeoutMs: 5_000 },
      tryPort: (address, port) =>
        new Promise((resolve, reject) => {
          const socket = connect(port, address, () => {
            socket.destroy();
            resolve();
          });
          socket.on('error', ({ message }) =>
            reject(channelFailure('127.0.0.1', new TcpPipeFailure('ECONNREFUSED', message))),
          );
        }),
    },
    new AbortController().signal,
    (...more) => checks.push(...more),
  );
  return checks;
}

const verdicts = (checks: readonly Check[]) => checks.map(({ check, verdict }) => `${check}: ${verdict}`);

test('a machine account that is right gets as far as the sealed channel, and no user is asked about', async () => {
  const port = await controller();
  const checks = await examined(port);
  expect(verdicts(checks)).toEqual([
    `port ${port}/tcp: ok`,
    'endpoint mapper: ok',
    `port ${port}/tcp: ok`,
    'machine account: ok',
    'sealed channel: ok',
  ]);
  expect(readinessOf(['ntlm'], checks)[0]?.isReady).toBe(true);
});

test('a wrong password of the machine is said with the command that sets it anew, and is in nothing that is said', async () => {
  const checks = await examined(await controller(), 'Wr0ng-and-secret');
  const refused = checks.find(({ check }) => check === 'machine account');
  expect(refused).toMatchObject({ verdict: 'failed' });
  expect(refused?.run.map(({ command }) => command).join()).toContain(
    "Set-ADAccountPassword -Identity 'COLLECTOR$'",
  );
  expect(JSON.stringify(checks)).not.toContain('Wr0ng');
  expect(verdicts(checks).at(-1)).toBe('sealed channel: skipped');
});

test('where the port of Netlogon is fixed the endpoint mapper is not needed', async () => {
  const port = await controller();
  const checks = await examined(1, password, port);
  expect(verdicts(checks)).toEqual([`port ${port}/tcp: ok`, 'machine account: ok', 'sealed channel: ok']);
});

test('a closed endpoint mapper is told as its port, with the rule that opens it and the ports behind it', async () => {
  const server = createServer();
  const port = await new Promise<number>((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)),
  );
  await new Promise((resolve) => server.close(resolve));
  const checks = await examined(port);
  expect(verdicts(checks)).toEqual([`port ${port}/tcp: failed`, 'machine account: skipped']);
  expect(checks[0]?.run.map(({ command }) => command).join()).toContain(`${port},49152-65535`);
});
