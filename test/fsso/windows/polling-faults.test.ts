import { type AddressInfo, connect, createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock as clock } from '../../../src/clock.ts';
import { PollingFeed } from '../../../src/fsso/collector/feeds/polling/polling-feed.ts';
import { openSmbLink } from '../../../src/fsso/windows/smb-link.ts';
import { LabMachine } from '../../../src/lab/windows/machine.ts';
import { WindowsServer } from '../../../src/lab/windows/windows-server.ts';
import { ticketStrings } from '../../support/scripted-controller.ts';

const account = { user: 'svc-fsso', domain: 'CORP', password: 'Poll-Passw0rd1' };

/** A domain controller of the lab behind a proxy that ends each connection after so many bytes of its answers. */
async function behindProxy() {
  const machine = new LabMachine({
    ...{ name: 'DC1', domain: 'CORP', dnsDomain: 'corp.example', mostRecords: 100_000 },
    accounts: [{ ...account, rights: ['sessions', 'event-log'] }],
  });
  const server = await WindowsServer.start({ machine, clock });
  let left = Number.POSITIVE_INFINITY;
  const proxy = createServer((client) => {
    const upstream = connect(server.port, server.host);
    client.on('error', () => upstream.destroy());
    upstream.on('error', () => client.destroy());
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
    client.on('data', (bytes) => upstream.write(bytes));
    upstream.on('data', (bytes) => {
      const part = bytes.subarray(0, Math.max(0, Math.min(left, bytes.length)));
      left -= bytes.length;
      if (left > 0) client.write(part);
      else client.end(part, () => client.destroy());
    });
  });
  await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done));
  onTestFinished(async () => {
    proxy.close();
    await server.stop();
  });
  return {
    machine,
    port: (proxy.address() as AddressInfo).port,
    cutAfter: (bytes: number) => {
      left = bytes;
    },
  };
}

function polling(port: number, mode: 'event-log' | 'netapi') {
  const users: string[] = [];
  const feed = new PollingFeed(
    {
      targets: [
        {
          ...{ name: 'dc1', mode, log: 'Security', domain: 'CORP', ids: [4768], account: account.user },
          ...{ seconds: 60 },
          open: (signal) =>
            openSmbLink({
              ...{ host: '127.0.0.1', port, credentials: account, mode, log: 'Security', clock, signal },
            }),
        },
      ],
      ...{ domains: [], exchange: [], bookmarks: null, historyMs: 0, atOnce: 1 },
      pace: { seconds: null, periods: [] },
    },
    {
      clock,
      report: () => {},
      sink: { logon: ({ user }) => void users.push(user), logoff: () => {} },
    },
  );
  onTestFinished(() => feed.stop());
  return { feed, users, controller: () => feed.health.polled?.[0] };
}

test('however often and wherever the connection breaks, each event is a logon once', async () => {
  const { machine, port, cutAfter } = await behindProxy();
  const { feed, users, controller } = polling(port, 'event-log');
  await feed.start();
  await feed.pollAll();
  let written = 0;
  const write = (count: number) => {
    for (let each = 0; each < count; each++) {
      written += 1;
      machine.security.write({
        ...{ id: 4768, generated: Math.floor(clock.now() / 1000) },
        strings: ticketStrings(`user${written}`, '10.0.0.7'),
      });
    }
  };
  for (let bytes = 40; bytes < 30_000; bytes += Math.ceil(bytes / 4)) {
    write(25);
    cutAfter(bytes);
    await feed.pollAll();
  }
  cutAfter(Number.POSITIVE_INFINITY);
  await feed.pollAll();
  await feed.pollAll();
  expect(controller()).toMatchObject({ state: 'ok', lost: 0, lag: { records: 0 } });
  expect(controller()?.failures).toBeGreaterThan(10);
  expect(users).toEqual(Array.from({ length: written }, (_, index) => `user${index + 1}`));
});

test('a list of sessions that breaks off is no list, and nobody is told twice', async () => {
  const { machine, port, cutAfter } = await behindProxy();
  const { feed, users, controller } = polling(port, 'netapi');
  for (let each = 1; each <= 500; each++)
    machine.sessions.push({
      ...{ client: `\\\\10.0.${each >> 8}.${each & 255}`, user: `user${each}` },
      ...{ activeSeconds: 500 - each, idleSeconds: 500 - each, guest: false },
    });
  await feed.start();
  for (const bytes of [100, 1000, 5000, 20_000]) {
    cutAfter(bytes);
    await feed.pollAll();
  }
  expect(users).toEqual([]);
  cutAfter(Number.POSITIVE_INFINITY);
  await feed.pollAll();
  await feed.pollAll();
  expect(users).toEqual(Array.from({ length: 500 }, (_, index) => `user${index + 1}`));
  expect(controller()).toMatchObject({ state: 'ok', sessions: 500, failures: 4 });
});
