import { expect, test } from 'vitest';
import { type DomainName, DomainNames } from '../../../src/fsso/collector/domain-names.ts';
import { EntryTable } from '../../../src/fsso/collector/entries.ts';
import type { EntryChange } from '../../../src/fsso/collector/entry.ts';
import type { CollectorEvent } from '../../../src/fsso/collector/events.ts';
import type { FeedLogon } from '../../../src/fsso/collector/feeds/feed.ts';
import { type GroupLookup, type UserGroups, userGroups } from '../../../src/fsso/collector/groups/lookup.ts';
import { IgnoreList } from '../../../src/fsso/collector/ignore-list.ts';
import { Intake } from '../../../src/fsso/collector/intake.ts';
import { WorkstationResolver } from '../../../src/fsso/collector/resolve.ts';
import { feedLogon } from '../../support/collector-logon.ts';
import { ManualClock } from '../../support/manual-clock.ts';

/** A look-up whose answers a test gives. */
class SlowGroups implements GroupLookup {
  readonly asked: { user: string; answer: (groups: UserGroups) => void }[] = [];

  of(_domain: string, user: string) {
    return new Promise<UserGroups>((answer) => this.asked.push({ user, answer }));
  }
}

const noGroups: GroupLookup = { of: () => userGroups([]) };

function intake({
  groups = noGroups,
  users = [] as string[],
  duplicateWindowMs = 10_000,
  ask = undefined as (() => Promise<readonly DomainName[]>) | undefined,
} = {}) {
  const clock = new ManualClock();
  const names = new DomainNames({ clock, ...(ask && { directories: ask }) });
  const events: CollectorEvent[] = [];
  const changes: EntryChange[] = [];
  const entries = new EntryTable({ clock, deadEntryTimeoutMs: 0 }, (change) => changes.push(change));
  const into = new Intake({
    clock,
    entries,
    ignored: new IgnoreList({ users, machineAccounts: true, dcAgentAddresses: [] }),
    resolver: new WorkstationResolver({ servers: [], clock }),
    names,
    groups,
    duplicateWindowMs,
    isMonitoring: true,
    report: (event) => events.push(event),
  });
  const logon = (more: Partial<FeedLogon> = {}) => into.logon(feedLogon({ agent: 'dc1', ...more }));
  const logoff = (user: string | null, ip = '10.0.0.1') =>
    into.logoff({ ip, session: 0, user, time: 1, feed: 'syslog', agent: 'vpn' });
  const told = () =>
    changes.splice(0).map(({ kind, entry }) => `${kind} ${entry.user}@${entry.ip} ${entry.agent}`);
  return { clock, events, entries, into, logon, logoff, told, names };
}

const settled = () => new Promise((done) => setImmediate(done));

test('the same logon from a second domain controller is told once, until the window is over', () => {
  const { clock, into, logon, told } = intake();
  logon();
  clock.advance(9_999);
  logon({ agent: 'dc2', user: 'ALICE', workstation: 'pc1' });
  expect(told()).toEqual(['logon alice@10.0.0.1 dc1']);
  expect(into.ignored).toEqual({ duplicate: 1 });
  clock.advance(1);
  logon({ agent: 'dc2' });
  expect(told()).toEqual(['logon alice@10.0.0.1 dc2']);
});

test('one user is one user, whether a reader names the realm or the NetBIOS name', () => {
  const { names, logon, told, into } = intake({ users: ['CORP\\svc', 'corp.example\\bot'] });
  names.learn({ netbios: 'CORP', dns: 'corp.example' });
  logon({ domain: 'CORP.EXAMPLE', agent: 'dc1' });
  logon({ domain: 'CORP', agent: 'dc2' });
  expect(into.ignored).toEqual({ duplicate: 1 });
  expect(told()).toEqual(['logon alice@10.0.0.1 dc1']);
  // The configuration may name either.
  logon({ user: 'svc', domain: 'corp.example' });
  logon({ user: 'bot', domain: 'CORP.EXAMPLE' });
  expect(into.ignored).toEqual({ duplicate: 1, 'ignore-list': 2 });
});

test('a logon that waits for the name of its domain does not undo what came later', async () => {
  let answer: (domains: DomainName[]) => void = () => {};
  const ask = () => new Promise<DomainName[]>((done) => (answer = done));
  const { logon, logoff, told, entries, into } = intake({ ask });
  logon({ domain: 'corp.example' });
  expect(into.queues.find(({ name }) => name === 'groups')?.length).toBe(1);
  logon({ user: 'bob', domain: 'CORP' });
  logon({ user: 'carol', ip: '10.0.0.2', domain: 'corp.example' });
  logoff('carol', '10.0.0.2');
  expect(told()).toEqual(['logon bob@10.0.0.1 dc1']);
  answer([{ netbios: 'CORP', dns: 'corp.example' }]);
  await settled();
  expect(entries.snapshot().map(({ user, domain }) => `${domain}\\${user}`)).toEqual(['CORP\\bob']);
  logon({ ip: '10.0.0.3', domain: 'corp.example' });
  expect(entries.get('10.0.0.3|0')?.domain).toBe('CORP');
});

test('what differs is no duplicate: user, workstation, a second address, the same agent again, a terminal session', () => {
  const { logon, told } = intake();
  logon();
  logon({ agent: 'dc2', user: 'bob' });
  logon({ agent: 'dc3', user: 'bob', workstation: 'PC2' });
  logon({ agent: 'dc4', user: 'bob', workstation: 'PC2', otherIp: '10.0.0.2' });
  logon({ agent: 'dc4', user: 'bob', workstation: 'PC2', otherIp: '10.0.0.2' });
  expect(told()).toHaveLength(7);
  logon({ ip: '10.0.0.9', agent: 'ts1', terminal: { session: 3, portRanges: [] } });
  logon({ ip: '10.0.0.9', agent: 'ts2', terminal: { session: 3, portRanges: [] } });
  expect(told()).toHaveLength(2);
});

test('a second address that the first report brought is no duplicate where it is left out', () => {
  const { logon, told } = intake();
  logon({ otherIp: '10.0.0.2' });
  logon({ agent: 'dc2' });
  logon({ agent: 'dc2', otherIp: '10.0.0.2' });
  expect(told()).toHaveLength(2);
});

test('without a window each report is told', () => {
  const { logon, told } = intake({ duplicateWindowMs: 0 });
  logon();
  logon({ agent: 'dc2' });
  expect(told()).toHaveLength(2);
});

test('who is on the ignore list is counted, logged once in a while, and not entered', () => {
  const { clock, entries, events, into, logon } = intake({ users: ['svc_*'] });
  logon({ user: 'svc_sql' });
  logon({ user: 'svc_sql' });
  logon({ user: 'PC1$' });
  expect(entries.size).toBe(0);
  expect(into.ignored).toEqual({ 'ignore-list': 2, 'machine-account': 1 });
  expect(events).toMatchObject([
    { msg: 'logon ignored', user: 'svc_sql', why: 'ignore-list' },
    { msg: 'logon ignored', user: 'PC1$', why: 'machine-account' },
  ]);
  clock.advance(10_000);
  logon({ user: 'svc_sql' });
  expect(events[2]).toMatchObject({ msg: 'logon ignored', repeated: 1 });
});

test('groups that the feed knows are taken, and none are asked for', () => {
  const slow = new SlowGroups();
  const { entries, logon } = intake({ groups: slow });
  logon({ groups: ['CORP/SALES', 'corp/sales'] });
  expect(entries.snapshot()[0]?.groups.names).toEqual(['CORP/SALES']);
  expect(slow.asked).toHaveLength(0);
});

test('a logon that waits for its groups is entered with them, and is counted as waiting until then', async () => {
  const slow = new SlowGroups();
  const { clock, entries, into, logon, told } = intake({ groups: slow });
  logon();
  clock.advance(300);
  expect(into.queues).toContainEqual({ name: 'groups', length: 1, oldestMs: 300 });
  expect(entries.size).toBe(0);
  slow.asked[0]?.answer(userGroups(['CORP/SALES']));
  await settled();
  expect(told()).toEqual(['logon alice@10.0.0.1 dc1']);
  expect(into.queues).toContainEqual({ name: 'groups', length: 0, oldestMs: null });
});

test('groups that came late do not undo a logon that arrived later', async () => {
  const slow = new SlowGroups();
  const { entries, events, logon } = intake({ groups: slow });
  logon();
  logon({ user: 'bob' });
  slow.asked[1]?.answer(userGroups([]));
  await settled();
  slow.asked[0]?.answer(userGroups([]));
  await settled();
  expect(entries.snapshot().map(({ user }) => user)).toEqual(['bob']);
  expect(events).toMatchObject([{ msg: 'logon ignored', user: 'alice', why: 'newer-logon' }]);
});

test('a logoff ends who is there, but not somebody else than it names', () => {
  const { logon, logoff, told } = intake();
  logon();
  logoff('bob');
  logoff('alice', '10.0.0.2');
  told();
  logoff('ALICE');
  expect(told()).toEqual(['logoff alice@10.0.0.1 dc1']);
  logon({ user: 'carol' });
  told();
  logoff(null);
  expect(told()).toEqual(['logoff carol@10.0.0.1 dc1']);
});

test('a logon whose logoff came while it waited is not entered, one that arrived after the logoff is', async () => {
  const slow = new SlowGroups();
  const { entries, into, logon, logoff } = intake({ groups: slow });
  logon();
  logon({ user: 'bob' });
  logoff('alice');
  for (const { answer } of slow.asked.splice(0).reverse()) answer(userGroups([]));
  await settled();
  expect(entries.snapshot().map(({ user }) => user)).toEqual(['bob']);
  expect(into.ignored).toEqual({ 'logged-off': 1 });
  logon({ ip: '10.0.0.5' });
  logoff('alice', '10.0.0.5');
  logon({ ip: '10.0.0.5' });
  for (const { answer } of slow.asked) answer(userGroups([]));
  await settled();
  expect(entries.snapshot().map(({ ip }) => ip)).toEqual(['10.0.0.1', '10.0.0.5']);
});

test('a logon that was over before its groups came has still taken the place of who was there before it', async () => {
  const slow = new SlowGroups();
  const { logon, logoff, told } = intake({ groups: slow });
  const answer = async () => {
    for (const each of slow.asked.splice(0)) each.answer(userGroups([]));
    await settled();
  };
  logon();
  await answer();
  logon({ user: 'bob' });
  logoff('bob');
  await answer();
  expect(told()).toEqual(['logon alice@10.0.0.1 dc1', 'logoff alice@10.0.0.1 dc1']);
  logon({ user: 'bob' });
  logoff('bob');
  logon({ user: 'carol' });
  await answer();
  expect(told()).toEqual(['logon carol@10.0.0.1 dc1']);
});

test('after a stop nothing that waited is entered', async () => {
  const slow = new SlowGroups();
  const { entries, into, logon } = intake({ groups: slow });
  logon();
  into.stop();
  slow.asked[0]?.answer(userGroups([]));
  await settled();
  expect(entries.size).toBe(0);
});
