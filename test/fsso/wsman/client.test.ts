import { expect, test } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { WsmanFailure } from '../../../src/fsso/wsman/failure.ts';
import { embedded, moment, property, values, whole } from '../../../src/fsso/wsman/instance.ts';
import { wsmanLimits } from '../../../src/fsso/wsman/profile.ts';
import { logQuery, newestQuery, subscriptionQuery } from '../../../src/fsso/wsman/wql.ts';
import { firstRecordAt, writeTickets, wsmanClient, wsmanPassword, wsmanServer } from '../../support/wsman.ts';

const all = (after: number, upTo = 1_000_000) => logQuery({ log: 'Security', ids: [4768], after, upTo });

async function failure(promise: Promise<unknown>): Promise<WsmanFailure> {
  const error: unknown = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(WsmanFailure);
  return error as WsmanFailure;
}

test('a server says who it is, over a login and a sealed message', async () => {
  const { server } = await wsmanServer();
  const client = wsmanClient(server.port);
  expect(await client.identify()).toMatchObject({ vendor: 'Microsoft Corporation' });
  expect(client).toMatchObject({ isConnected: true, logins: 1 });
  expect(Math.abs(client.pulse?.clockAheadMs ?? 1e9)).toBeLessThan(2000);
});

test('a query brings records with their strings and times, the newest first, in as many parts as it takes', async () => {
  const { server, log } = await wsmanServer();
  writeTickets(log, 25);
  log.write({ id: 4634, strings: [], generated: firstRecordAt });
  const client = wsmanClient(server.port, { limits: { ...wsmanLimits, pullItems: 10 } });
  const { items, isComplete } = await client.enumerate(all(2), 1000);
  expect(isComplete).toBe(true);
  expect(items.map((item) => whole(item, 'RecordNumber'))).toEqual(
    Array.from({ length: 23 }, (_, at) => 25 - at),
  );
  const [newest] = items;
  expect(newest && values(newest, 'InsertionStrings')[0]).toBe('user25');
  expect(newest && moment(newest, 'TimeGenerated')).toBe((firstRecordAt + 25) * 1000);
  expect(newest && property(newest, 'Message')).toBeNull();
  expect(server.service.running).toBe(0);
});

test('what is beyond the wanted number is released, and the server forgets it', async () => {
  const { server, log } = await wsmanServer();
  writeTickets(log, 25);
  const client = wsmanClient(server.port);
  const { items, isComplete } = await client.enumerate(newestQuery('Security'), 1);
  expect([items.length, isComplete]).toEqual([1, false]);
  expect(items[0] && whole(items[0], 'RecordNumber')).toBe(25);
  expect(server.service.running).toBe(0);
});

test('an answer that is as long as the server allows goes on in the next', async () => {
  const { server, log } = await wsmanServer({ envelopeBytes: 20_000 });
  writeTickets(log, 100);
  const client = wsmanClient(server.port);
  const { items } = await client.enumerate(all(0), 1000);
  expect(items).toHaveLength(100);
  expect(server.counts.requests).toBeGreaterThan(5);
});

test('text of any kind comes through as it is', async () => {
  const { server, log } = await wsmanServer();
  const strings = ['jürgen', '<&>"\'', ' two  spaces ', 'line\r\nend\ttab', '\u{1f600}', ''];
  log.write({ id: 4768, strings, generated: firstRecordAt });
  const { items } = await wsmanClient(server.port).enumerate(all(0), 10);
  expect(items[0] && values(items[0], 'InsertionStrings')).toEqual(strings);
});

test('many requests go in order over one connection, and one that is lost is opened again', async () => {
  const { server, log } = await wsmanServer();
  writeTickets(log, 5);
  const client = wsmanClient(server.port);
  const found = await Promise.all(Array.from({ length: 20 }, () => client.enumerate(all(0), 10)));
  expect(found.every(({ items }) => items.length === 5)).toBe(true);
  expect(client.logins).toBe(1);
  server.dropConnections();
  expect((await client.enumerate(all(0), 10)).items).toHaveLength(5);
  expect(client.logins).toBe(2);
});

test('a subscription brings what is written after it, and nothing when nothing is', async () => {
  const { server, log } = await wsmanServer();
  writeTickets(log, 3);
  const client = wsmanClient(server.port);
  const { context, identifier, expiresMs } = await client.subscribe(
    subscriptionQuery('Security', [4768]),
    60_000,
  );
  expect(expiresMs).toBe(60_000);
  expect(await client.pull(context, 20)).toEqual({ context, items: [], isEnd: false });
  writeTickets(log, 1, 4634);
  writeTickets(log, 2);
  const { items } = await client.pull(context, 5000);
  const targets = items.map((item) => embedded(item, 'TargetInstance'));
  expect(targets.map((target) => target && whole(target, 'RecordNumber'))).toEqual([5, 6]);
  expect(await client.renew(identifier, 90_000)).toBe(90_000);
  await client.unsubscribe(identifier);
  expect((await failure(client.pull(context, 20))).scope).toBe('context');
  expect(server.service.running).toBe(0);
});

test('a wrong password, an unknown user and an account without rights are told apart from each other where the server does', async () => {
  const { server } = await wsmanServer();
  const wrong = await failure(wsmanClient(server.port, { password: 'wrong' }).identify());
  expect(wrong).toMatchObject({ scope: 'login', problem: { stage: 'authentication' } });
  expect(wrong.message).toContain('refused the login of CORP\\svc-fsso');
  const unknown = await failure(wsmanClient(server.port, { user: 'nobody' }).identify());
  expect(unknown.scope).toBe('login');
  const noRights = await failure(wsmanClient(server.port, { user: 'svc-ldap' }).enumerate(all(0), 1));
  expect(noRights).toMatchObject({ scope: 'login', problem: { code: '5' } });
  expect(noRights.problem.fix.join()).toContain('Event Log Readers');
});

test('a query that WMI does not take says so', async () => {
  const { server } = await wsmanServer();
  const client = wsmanClient(server.port);
  const bad = await failure(client.enumerate('SELECT FROM WHERE', 1));
  expect(bad).toMatchObject({ scope: 'question', problem: { code: '0x80041017', stage: 'wmi' } });
  expect((await failure(client.enumerate('SELECT * FROM Win32_Nothing', 1))).problem.code).toBe('0x80041010');
  // The connection is as good as before.
  expect((await client.enumerate(all(0), 1)).isComplete).toBe(true);
  expect(client.logins).toBe(1);
});

test('nothing of a password is in any text', async () => {
  const { server } = await wsmanServer();
  const client = wsmanClient(server.port);
  await client.identify();
  const wrong = await failure(wsmanClient(server.port, { password: 'Other-Passw0rd' }).identify());
  const texts = [
    String(client),
    JSON.stringify(client),
    JSON.stringify(wrong.problem),
    String(wrong.stack),
  ].join();
  expect(texts).not.toContain(wsmanPassword);
  expect(texts).not.toContain('Other-Passw0rd');
});

test('a password is not sent in clear text, however it is configured', async () => {
  const { server } = await wsmanServer();
  const client = wsmanClient(server.port, {
    login: { kind: 'basic', user: 'svc-fsso', password: wsmanPassword },
  });
  expect((await failure(client.identify())).message).toContain('not sent in clear text');
  expect(server.counts.requests).toBe(0);
});

test('a request that is given up ends with the reason, and the next one is asked anew', async () => {
  const { server } = await wsmanServer();
  const client = wsmanClient(server.port, { clock: systemClock });
  const { context } = await client.subscribe(subscriptionQuery('Security', []), 60_000);
  const stop = new AbortController();
  const pulled = client.pull(context, 60_000, stop.signal);
  const reason = new Error('enough');
  stop.abort(reason);
  await expect(pulled).rejects.toBe(reason);
  expect((await client.enumerate(all(0), 1)).isComplete).toBe(true);
});

test('a login that the server has forgotten is made again, and is no wrong password', async () => {
  const { server, log } = await wsmanServer();
  writeTickets(log, 3);
  const client = wsmanClient(server.port);
  const { context } = await client.subscribe(subscriptionQuery('Security', []), 60_000);
  server.forgetLogins();
  expect((await client.enumerate(all(0), 10)).items).toHaveLength(3);
  expect(client.logins).toBe(2);
  server.forgetLogins();
  const lost = await failure(client.pull(context, 20));
  expect(lost).toMatchObject({ isLoss: true, status: null, scope: 'server' });
  expect((await client.pull(context, 20)).items).toEqual([]);
});

test('a client that was closed asks nothing any more', async () => {
  const { server } = await wsmanServer();
  const client = wsmanClient(server.port);
  client.close();
  expect((await failure(client.identify())).problem.message).toContain('by us');
});
