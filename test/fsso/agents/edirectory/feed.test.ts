import { expect, test } from 'vitest';
import { type DirectoryFeedOptions, directoryFeed } from '../../../../src/fsso/agents/edirectory/feed.ts';
import type { CollectorEvent } from '../../../../src/fsso/collector/events.ts';
import type { FeedLogoff, FeedLogon } from '../../../../src/fsso/collector/feeds/feed.ts';
import type { DirectoryClient } from '../../../../src/fsso/directory/client.ts';
import type { DirectoryQuestion } from '../../../../src/fsso/directory/connection.ts';
import { DirectoryEntry } from '../../../../src/fsso/directory/entry.ts';
import { failureOf } from '../../../../src/fsso/directory/problems.ts';
import { networkAddress } from '../../../support/edirectory-server.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

const place = { host: 'edir', port: 636, login: null };

interface Person {
  name?: string;
  addresses?: Buffer[];
  loginTime?: string;
  groups?: string[];
  disabled?: string;
}

const entry = (dn: string, { name = dn, addresses = [], loginTime, groups = [], disabled }: Person) =>
  new DirectoryEntry(`cn=${dn},o=acme`, [
    ['cn', name === '' ? [] : [name]],
    ['networkAddress', addresses],
    ['loginTime', loginTime === undefined ? [] : [loginTime]],
    ['groupMembership', groups],
    ['loginDisabled', disabled === undefined ? [] : [disabled]],
  ]);

/** A feed whose directory says what `people` holds; null: it does not answer. */
async function feedOf(people: Record<string, Person>, more: Partial<DirectoryFeedOptions> = {}) {
  const clock = new ManualClock(Date.UTC(2026, 10, 22, 12));
  const directory = { people: people as Record<string, Person> | null, asked: [] as DirectoryQuestion[] };
  const events: CollectorEvent[] = [];
  const told: string[] = [];
  const logons: FeedLogon[] = [];
  const logoffs: FeedLogoff[] = [];
  const client = {
    search: async (question: DirectoryQuestion) => {
      directory.asked.push(question);
      if (directory.people === null) throw failureOf('refused', place, 'ECONNREFUSED');
      return Object.entries(directory.people).map(([dn, person]) => entry(dn, person));
    },
    stop: () => {},
  } as unknown as DirectoryClient;
  const feed = directoryFeed({
    place: { client, bases: ['o=acme'], nameAttribute: 'cn' },
    name: 'edir',
    domain: 'ACME',
    everyMs: 30_000,
    deadAfterMs: 480 * 60_000,
    ...more,
  })({
    clock,
    sink: {
      logon: (logon) => {
        logons.push(logon);
        told.push(`+${logon.user}@${logon.ip}`);
      },
      logoff: (logoff) => {
        logoffs.push(logoff);
        told.push(`-${logoff.user}@${logoff.ip}`);
      },
    },
    report: (event) => events.push(event),
  });
  await feed.start();
  return {
    feed,
    clock,
    directory,
    events,
    logons,
    logoffs,
    /** What was told since the last time. */
    told: () => told.splice(0),
    /** Another look, at what the directory says then. */
    look: async (then: Record<string, Person> | null, ms = 30_000) => {
      directory.people = then;
      clock.advance(ms);
      for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    },
  };
}

const at = (...addresses: string[]) => addresses.map((address) => networkAddress(9, address));

test('everybody with an address is a logon, with groups and the time of the login', async () => {
  const { logons, directory } = await feedOf({
    ed: {
      addresses: [...at('10.0.0.1', '10.0.0.2'), networkAddress(11, '2001:db8:0:0:0:0:0:5')],
      loginTime: '20261122080000Z',
      groups: ['cn=vpn,o=acme', 'cn=staff,o=acme'],
    },
    al: { addresses: [networkAddress(1, '10.0.0.3')] },
    ipx: { addresses: [Buffer.from('0#abcdefghijkl')] },
    v6: { addresses: [networkAddress(10, 'fd00:0:0:0:0:0:0:7')] },
    nowhere: { addresses: at('0.0.0.0') },
    disabled: { addresses: at('10.0.0.9'), disabled: 'TRUE' },
    nameless: { name: '', addresses: at('10.0.0.8') },
  });
  const ed = {
    user: 'ed',
    domain: 'ACME',
    ip6: '2001:db8::5',
    otherIp: null,
    logonTime: Date.UTC(2026, 10, 22, 8) / 1000,
    terminal: null,
    groups: ['cn=staff,o=acme', 'cn=vpn,o=acme'],
    feed: 'edirectory',
    agent: 'edir',
  };
  expect(logons).toEqual([
    { ...ed, ip: '10.0.0.1', workstation: '10.0.0.1' },
    { ...ed, ip: '10.0.0.2', workstation: '10.0.0.2' },
    {
      ...ed,
      user: 'al',
      ip: '10.0.0.3',
      workstation: '10.0.0.3',
      ip6: null,
      logonTime: Date.UTC(2026, 10, 22, 12) / 1000,
      groups: [],
    },
  ]);
  expect(directory.asked).toMatchObject([
    { base: 'o=acme', scope: 'sub', filter: '(networkAddress=*)', octets: ['networkAddress'] },
  ]);
});

test('what has not changed is not told again; a new time or group is, and an address that has gone is a logoff', async () => {
  const { look, told } = await feedOf({ ed: { addresses: at('10.0.0.1'), groups: ['cn=a', 'cn=b'] } });
  expect(told()).toEqual(['+ed@10.0.0.1']);
  await look({ ed: { addresses: at('10.0.0.1'), groups: ['cn=b', 'cn=a'] } });
  expect(told()).toEqual([]);
  await look({ ed: { addresses: at('10.0.0.1'), groups: ['cn=b'] } });
  expect(told()).toEqual(['+ed@10.0.0.1']);
  await look({ ed: { addresses: at('10.0.0.1'), groups: ['cn=b'], loginTime: '20261122110000Z' } });
  expect(told()).toEqual(['+ed@10.0.0.1']);
  await look({ ed: { addresses: at('10.0.0.7'), groups: ['cn=b'], loginTime: '20261122110000Z' } });
  expect(told()).toEqual(['-ed@10.0.0.1', '+ed@10.0.0.7']);
  await look({});
  expect(told()).toEqual(['-ed@10.0.0.7']);
});

test('of two users at one address who logged in last has it; at the same time who had it before', async () => {
  const { look, told } = await feedOf({
    ed: { addresses: at('10.0.0.1'), loginTime: '20261122080000Z' },
    al: { addresses: at('10.0.0.1'), loginTime: '20261122090000Z' },
  });
  expect(told()).toEqual(['+al@10.0.0.1']);
  const both = (time: string) => ({
    ed: { addresses: at('10.0.0.1'), loginTime: time },
    al: { addresses: at('10.0.0.1'), loginTime: '20261122090000Z' },
  });
  await look(both('20261122090000Z'));
  expect(told()).toEqual([]);
  await look(both('20261122100000Z'));
  expect(told()).toEqual(['+ed@10.0.0.1']);
});

test('a directory that does not answer logs nobody off, until it has not for the dead entry timeout', async () => {
  const { look, told, events } = await feedOf({ ed: { addresses: at('10.0.0.1') } }, { deadAfterMs: 60_000 });
  told();
  await look(null);
  await look(null, 29_000);
  expect(told()).toEqual([]);
  expect(events).toMatchObject([
    {
      msg: 'directory does not answer',
      level: 'error',
      directory: 'edir',
      error: 'connection refused by edir port 636',
    },
  ]);
  await look(null, 1000);
  expect(told()).toEqual(['-ed@10.0.0.1']);
  await look({ ed: { addresses: at('10.0.0.1') } });
  expect(told()).toEqual(['+ed@10.0.0.1']);
  expect(events.at(-1)).toMatchObject({ msg: 'directory answers again', level: 'info' });
});

test('values that cannot be read are told once, with whose they are, and harm nobody else', async () => {
  const wrong = { addresses: [Buffer.from('9#'), networkAddress(9, '10.0.0.5')] };
  const { look, told, events, feed } = await feedOf({ odd: wrong });
  expect(told()).toEqual(['+odd@10.0.0.5']);
  await look({ odd: wrong });
  expect(events).toMatchObject([
    { msg: 'network addresses not understood', values: 1, users: 'cn=odd,o=acme' },
  ]);
  expect(feed.health.counts).toMatchObject({ looks: 2, failures: 0, users: 1, logons: 1, unreadable: 1 });
});

test('its health names the directory, when it last told of a logon, and why it does not answer', async () => {
  const { feed, look } = await feedOf({ ed: { addresses: at('10.0.0.1') } });
  expect(feed.health).toMatchObject({
    problem: null,
    directory: { name: 'edir' },
    sources: [{ address: 'edir', logons: 1, silent: false }],
  });
  const [source] = feed.health.sources;
  expect(source?.lastLogon).toBe(source?.lastHeard);
  await look(null);
  expect(feed.health.problem).toMatchObject({ stage: 'tcp', message: expect.stringContaining('edir') });
  await look({});
  expect(feed.health.problem).toBeNull();
});

test('what was looked up before the start is told in place of another look', async () => {
  const logon = {
    dn: 'cn=ed,o=acme',
    user: 'ed',
    ip: '10.0.0.1',
    ip6: null,
    loginTime: null,
    groups: [],
  };
  const { told, directory, look } = await feedOf(
    {},
    { first: { logons: new Map([['10.0.0.1', logon]]), users: 1, unreadable: 0, unreadableAt: [] } },
  );
  expect([told(), directory.asked.length]).toEqual([['+ed@10.0.0.1'], 0]);
  await look({});
  expect(told()).toEqual(['-ed@10.0.0.1']);
});

test('a feed that has been stopped looks no more', async () => {
  const { feed, clock, directory } = await feedOf({});
  await feed.stop();
  clock.advance(300_000);
  expect([directory.asked.length, clock.waiting]).toEqual([1, 0]);
});
