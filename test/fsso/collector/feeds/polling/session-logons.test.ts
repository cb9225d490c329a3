import { expect, test } from 'vitest';
import { SessionLogons } from '../../../../../src/fsso/collector/feeds/polling/session-logons.ts';
import type { FileSession } from '../../../../../src/fsso/windows/reading.ts';

const begin = Date.UTC(2026, 0, 15, 9);
const session = (more: Partial<FileSession> = {}): FileSession => ({
  client: '\\\\10.0.0.7',
  user: 'alice',
  activeSeconds: 0,
  idleSeconds: 0,
  ...more,
});
const logons = () => new SessionLogons({ domain: 'CORP', account: 'CORP\\svc-fsso' });

test.each([
  ['an address', '\\\\10.0.0.7', { ip: '10.0.0.7', workstation: '10.0.0.7' }],
  ['an address in IPv6 clothes', '::ffff:10.0.0.7', { ip: '10.0.0.7' }],
  ['a name', '\\\\WS01', { ip: null, workstation: 'WS01' }],
])('a session from %s is a logon there', (_what, client, expected) => {
  const { logons: found } = logons().take([session({ client, activeSeconds: 60 })], begin);
  expect(found).toEqual([
    expect.objectContaining({ user: 'alice', domain: 'CORP', time: begin - 60_000, ...expected }),
  ]);
});

test('a user comes with the domain that was written, or with that of the controller', () => {
  const sessions = ['OTHER\\bob', 'carol@corp.example', 'dave'].map((user, index) =>
    session({ user, client: `10.0.0.${index + 1}` }),
  );
  const found = logons().take(sessions, begin).logons;
  expect(found.map(({ domain, user }) => `${domain}\\${user}`)).toEqual([
    'OTHER\\bob',
    'corp.example\\carol',
    'CORP\\dave',
  ]);
});

test('sessions that are nobody’s, our own and the controller’s are passed over', () => {
  const sessions = [
    session({ user: '' }),
    session({ user: 'WS01$' }),
    session({ user: 'ANONYMOUS LOGON' }),
    session({ user: 'CORP\\SVC-fsso' }),
    session({ client: '\\\\127.0.0.1' }),
    session({ client: '\\\\[fe80::1]' }),
    session({ client: '' }),
  ];
  expect(logons().take(sessions, begin)).toEqual({ logons: [], open: 0, ended: 0, passedOver: 7 });
});

test('a session that goes on is told once, and a second time when it began anew', () => {
  const polled = logons();
  expect(polled.take([session({ activeSeconds: 5 })], begin).logons).toHaveLength(1);
  expect(polled.take([session({ activeSeconds: 14, idleSeconds: 14 })], begin + 9000).logons).toEqual([]);
  const again = polled.take([session({ activeSeconds: 2 })], begin + 18_000).logons;
  expect(again).toEqual([expect.objectContaining({ time: begin + 16_000 })]);
});

test('a session that is used is told again after five minutes, an idle one is not', () => {
  const polled = logons();
  const used = (now: number) => session({ activeSeconds: (now - begin) / 1000, idleSeconds: 1 });
  const idle = (now: number) => {
    const seconds = (now - begin) / 1000;
    return session({ client: '10.0.0.8', activeSeconds: seconds, idleSeconds: seconds });
  };
  const told: string[] = [];
  for (let now = begin; now <= begin + 310_000; now += 9000)
    told.push(
      ...polled.take([used(now), idle(now)], now).logons.map(({ ip }) => `${(now - begin) / 1000} ${ip}`),
    );
  expect(told).toEqual(['0 10.0.0.7', '0 10.0.0.8', '306 10.0.0.7']);
});

test('a session that ends is counted and is no logoff; when it comes back it is a logon', () => {
  const polled = logons();
  polled.take([session()], begin);
  expect(polled.take([], begin + 9000)).toEqual({ logons: [], open: 0, ended: 1, passedOver: 0 });
  expect(polled.take([session()], begin + 18_000).logons).toHaveLength(1);
});

test('of several users of a machine the newest comes last, however they are listed', () => {
  const sessions = [
    session({ user: 'new', activeSeconds: 10 }),
    session({ user: 'newest', activeSeconds: 1 }),
    session({ user: 'old', activeSeconds: 100 }),
  ];
  const found = logons().take(sessions, begin).logons;
  expect(found.map(({ user }) => user)).toEqual(['old', 'new', 'newest']);
});

test('an age that wrapped below zero is none', () => {
  const found = logons().take([session({ activeSeconds: 0xffff_ffff })], begin).logons;
  expect(found).toEqual([expect.objectContaining({ time: begin })]);
});
