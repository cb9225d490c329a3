import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { CollectorOptions } from '../../../../src/fsso/collector/collector-options.ts';
import type { NamedDirectory } from '../../../../src/fsso/collector/groups/directory.ts';
import type { DirectorySettings } from '../../../../src/fsso/collector/groups/groups.ts';
import type { UserInDirectory } from '../../../../src/fsso/directory/active-directory/active-directory.ts';
import type { Forest } from '../../../../src/fsso/directory/active-directory/forest.ts';
import { DirectoryFailure } from '../../../../src/fsso/directory/failure.ts';
import { patience } from '../../../support/raw-fortigate.ts';
import { runningCollector } from '../../../support/running-collector.ts';

const away = new DirectoryFailure(
  { stage: 'tcp', code: 'ECONNREFUSED', message: 'connection refused by dc1 port 636', cause: '', fix: [] },
  'server',
  false,
);

/** A directory whose users a test writes down. */
class WrittenDirectory {
  readonly asked: string[] = [];
  users: Record<string, string[]> = {};
  foreigners: Record<string, string[]> = {};
  domains = ['CORP'];
  forestDomains: Forest['domains'] = [];
  /** Where its users are. */
  below = '';
  isAway = false;
  stopped = false;
  readonly client = {
    servers: [],
    waiting: 0,
    stop: () => {
      this.stopped = true;
    },
  };
  #waiting: (() => void)[] = [];
  isSlow = false;

  async serves(domain: string): Promise<boolean> {
    if (this.isAway) throw away;
    return domain === '' || this.domains.includes(domain.toUpperCase());
  }

  async forest(): Promise<Forest> {
    if (this.isAway) throw away;
    return { base: '', domains: this.forestDomains };
  }

  async controllers(): Promise<string[]> {
    return [];
  }

  async user(domain: string, user: string): Promise<UserInDirectory | null> {
    this.asked.push(`${domain}\\${user}`);
    if (this.isSlow) await new Promise<void>((done) => this.#waiting.push(done));
    if (this.isAway) throw away;
    const groups = this.users[user.toLowerCase()];
    return groups
      ? { dn: `CN=${user}${this.below}`, sid: `S-1-${user}`, groups, sids: [`S-1-${user}`] }
      : null;
  }

  async foreign(sids: readonly string[]): Promise<string[]> {
    if (this.isAway) throw away;
    return sids.flatMap((sid) => this.foreigners[sid] ?? []);
  }

  clear(): void {}

  answer(): void {
    for (const done of this.#waiting.splice(0)) done();
  }
}

async function collecting({
  settings = {},
  directories = [new WrittenDirectory()],
  groups = {},
  filters = {},
  cache = null,
}: {
  settings?: Partial<DirectorySettings>;
  directories?: WrittenDirectory[];
  groups?: Record<string, string[]>;
  filters?: Record<string, string[]>;
  cache?: CollectorOptions['cache'];
} = {}) {
  const [directory] = directories as [WrittenDirectory];
  const running = await runningCollector({
    groups,
    filters,
    cache,
    directories: {
      make: () =>
        directories.map((each, index): NamedDirectory => ({ name: `dir${index}`, directory: each })),
      keptMs: 600_000,
      intervalMs: 0,
      followsTrusts: false,
      ...settings,
    },
  });
  const entry = (ip: string) => running.collector.entries().find((each) => each.ip === ip);
  const groupsAt = async (ip: string, expected: string) =>
    vi.waitFor(() => expect(entry(ip)?.groups.text).toBe(expected), patience);
  return { ...running, directory, entry, groupsAt };
}

test('groups come from the directory, once for many logons, and are asked for again when they are too old', async () => {
  const { directory, logon, groupsAt, clock } = await collecting();
  directory.users = { alice: ['CORP/Sales', 'CORP/R+D'] };
  await logon();
  await groupsAt('10.0.0.1', 'CORP/Sales+CORP/R\\+D');
  await logon({ ip: '10.0.0.2', user: 'ALICE', domain: 'corp' });
  await groupsAt('10.0.0.2', 'CORP/Sales+CORP/R\\+D');
  expect(directory.asked).toEqual(['CORP\\alice']);
  clock.advance(600_000);
  directory.users = { alice: ['CORP/Sales'] };
  await logon({ ip: '10.0.0.2' });
  await groupsAt('10.0.0.2', 'CORP/Sales');
  expect(directory.asked).toHaveLength(2);
  // The other entry of the same user gets them as well.
  clock.advance(1000);
  await groupsAt('10.0.0.1', 'CORP/Sales');
});

test('the configuration comes first for whom it names, and everybody has the groups of *', async () => {
  const { directory, logon, groupsAt } = await collecting({
    groups: { 'CORP\\bob': ['X/Y'], '*': ['ALL/ALL'] },
  });
  directory.users = { alice: ['CORP/Sales'], bob: ['CORP/Sales'] };
  await logon({ ip: '10.0.0.1', user: 'bob' });
  await logon({ ip: '10.0.0.2', user: 'alice' });
  await logon({ ip: '10.0.0.3', user: 'stranger' });
  await groupsAt('10.0.0.1', 'X/Y+ALL/ALL');
  await groupsAt('10.0.0.2', 'CORP/Sales+ALL/ALL');
  await groupsAt('10.0.0.3', 'ALL/ALL');
  expect(directory.asked).toEqual(['CORP\\alice', 'CORP\\stranger']);
});

test('a realm that only a directory knows is entered under its NetBIOS name, with what either name is configured for', async () => {
  const away = new WrittenDirectory();
  away.isAway = true;
  const { directory, logon, groupsAt, entry } = await collecting({
    directories: [new WrittenDirectory(), away],
    groups: { 'lab.example\\bob': ['X/Y'] },
  });
  directory.forestDomains = [{ netbios: 'LAB', dns: 'lab.example', dn: 'DC=lab,DC=example' }];
  directory.domains = ['LAB'];
  directory.users = { alice: ['LAB/Sales'] };
  await logon({ ip: '10.0.0.1', domain: 'LAB.EXAMPLE' });
  await logon({ ip: '10.0.0.2', user: 'bob', domain: 'LAB.EXAMPLE' });
  await logon({ ip: '10.0.0.3', domain: 'else.example' });
  await groupsAt('10.0.0.1', 'LAB/Sales');
  await groupsAt('10.0.0.2', 'X/Y');
  await groupsAt('10.0.0.3', '');
  expect(['10.0.0.1', '10.0.0.2', '10.0.0.3'].map((ip) => entry(ip)?.domain)).toEqual([
    ...['LAB', 'LAB', 'else.example'],
  ]);
});

test('many logons of a user who is being asked about ask once', async () => {
  const { directory, logon, groupsAt } = await collecting();
  directory.isSlow = true;
  directory.users = { alice: ['CORP/Sales'] };
  for (const ip of ['10.0.0.1', '10.0.0.2', '10.0.0.3']) await logon({ ip });
  await vi.waitFor(() => expect(directory.asked).toHaveLength(1), patience);
  directory.answer();
  for (const ip of ['10.0.0.1', '10.0.0.2', '10.0.0.3']) await groupsAt(ip, 'CORP/Sales');
  expect(directory.asked).toHaveLength(1);
});

test('a user whom no directory could be asked about is entered, and gets the groups when one can be asked', async () => {
  const { directory, logon, groupsAt, clock, all, entry } = await collecting();
  directory.users = { alice: ['CORP/Sales'], bob: ['CORP/IT'] };
  directory.isAway = true;
  await logon();
  await logon({ ip: '10.0.0.2', user: 'bob' });
  await groupsAt('10.0.0.1', '');
  await groupsAt('10.0.0.2', '');
  expect(all('groups not looked up')).toMatchObject([
    { level: 'warn', user: 'alice', why: away.message, kept: false },
  ]);
  directory.isAway = false;
  clock.advance(30_000);
  await vi.waitFor(() => expect(directory.asked).toHaveLength(2), patience);
  // They are noted, and brought to the entries a moment later.
  await vi.waitFor(() => {
    clock.advance(1000);
    expect([entry('10.0.0.1'), entry('10.0.0.2')].map((each) => each?.groups.text)).toEqual([
      'CORP/Sales',
      'CORP/IT',
    ]);
  }, patience);
});

test('what the directory last said holds while it is away, for a day', async () => {
  const { directory, logon, groupsAt, clock, all } = await collecting();
  directory.users = { alice: ['CORP/Sales'] };
  await logon();
  await groupsAt('10.0.0.1', 'CORP/Sales');
  directory.isAway = true;
  clock.advance(600_000);
  await logon({ ip: '10.0.0.2' });
  await groupsAt('10.0.0.2', 'CORP/Sales');
  expect(all('groups not looked up')).toMatchObject([{ kept: true }]);
  clock.advance(24 * 3_600_000);
  await logon({ ip: '10.0.0.3' });
  await groupsAt('10.0.0.3', '');
});

test('with an interval, everybody is asked about again: who leaves the last group of a filter is logged off', async () => {
  const { directory, logon, clock, online, groupsAt } = await collecting({
    settings: { intervalMs: 60_000 },
    groups: { 'CORP\\fixed': ['CORP/SALES'] },
    filters: { default: ['CORP/Sales'] },
  });
  directory.users = { alice: ['CORP/Sales'], bob: ['CORP/Sales'] };
  const fortigate = await online();
  await logon();
  await logon({ ip: '10.0.0.2', user: 'bob' });
  await logon({ ip: '10.0.0.3', user: 'fixed' });
  await fortigate.has('event', 3);
  directory.users = { alice: ['CORP/IT'], bob: ['CORP/Sales'] };
  clock.advance(60_000);
  await vi.waitFor(() => expect(directory.asked).toHaveLength(4), patience);
  await vi.waitFor(() => {
    clock.advance(1000);
    expect(fortigate.events).toHaveLength(4);
  }, patience);
  expect(fortigate.events.at(-1)).toMatchObject({ loggedOn: false, user: 'alice', ip: '10.0.0.1' });
  await groupsAt('10.0.0.3', 'CORP/SALES');
  expect(directory.asked.filter((each) => each.endsWith('fixed'))).toEqual([]);
});

test('of several directories the one of the domain is asked; the others only where trusts are followed', async () => {
  const [corp, emea] = [new WrittenDirectory(), new WrittenDirectory()];
  emea.domains = ['EMEA'];
  emea.users = { alice: ['EMEA/Users'] };
  corp.foreigners = { 'S-1-alice': ['CORP/Printers'] };
  const apart = await collecting({ directories: [corp, emea] });
  await apart.logon({ domain: 'EMEA' });
  await apart.groupsAt('10.0.0.1', 'EMEA/Users');
  expect(corp.asked).toEqual([]);
  const together = await collecting({ directories: [corp, emea], settings: { followsTrusts: true } });
  await together.logon({ domain: 'EMEA' });
  await together.groupsAt('10.0.0.1', 'EMEA/Users+CORP/Printers');
  corp.isAway = true;
  // A trusting directory that is away does not keep anybody from the groups at home.
  await together.logon({ ip: '10.0.0.2', user: 'Alice2', domain: 'EMEA' });
  await together.groupsAt('10.0.0.2', '');
});

test('what was saved holds until the directory was asked again, and then what it says', async () => {
  const cache = mkdtempSync(join(tmpdir(), 'fabrictop-groups-'));
  onTestFinished(() => rmSync(cache, { recursive: true }));
  const first = await collecting({ cache });
  first.directory.users = { alice: ['CORP/Sales'], bob: ['CORP/IT'] };
  await first.logon();
  await first.logon({ ip: '10.0.0.2', user: 'bob' });
  await first.groupsAt('10.0.0.1', 'CORP/Sales');
  await first.groupsAt('10.0.0.2', 'CORP/IT');
  await first.stop();
  const second = await collecting({ cache });
  second.directory.users = { alice: ['CORP/Other'], bob: ['CORP/IT'] };
  await second.groupsAt('10.0.0.1', 'CORP/Sales');
  expect(second.directory.asked).toEqual([]);
  second.clock.advance(30_000);
  await vi.waitFor(() => {
    second.clock.advance(1000);
    expect(second.entry('10.0.0.1')?.groups.text).toBe('CORP/Other');
  }, patience);
  await second.groupsAt('10.0.0.2', 'CORP/IT');
});

test('groups of one user, or of everybody, are forgotten and looked up again when a person wants it', async () => {
  const { collector, directory, logon, groupsAt, clock } = await collecting();
  directory.users = { alice: ['CORP/Sales'], bob: ['CORP/IT'] };
  await logon();
  await logon({ ip: '10.0.0.2', user: 'bob' });
  await groupsAt('10.0.0.1', 'CORP/Sales');
  await groupsAt('10.0.0.2', 'CORP/IT');
  directory.users = { alice: ['CORP/New'], bob: ['CORP/New'] };
  expect(collector.groups.clear('other\\bob')).toBe(0);
  expect(collector.groups.clear('corp\\BOB')).toBe(1);
  await logon({ ip: '10.0.0.3', user: 'alice' });
  await groupsAt('10.0.0.3', 'CORP/Sales');
  await logon({ ip: '10.0.0.4', user: 'bob' });
  await groupsAt('10.0.0.4', 'CORP/New');
  expect(collector.groups.renew('nobody')).toBe(0);
  expect(collector.groups.renew('bob')).toBe(1);
  await vi.waitFor(() => {
    clock.advance(1000);
    expect(collector.entries().find(({ ip }) => ip === '10.0.0.2')?.groups.text).toBe('CORP/New');
  }, patience);
  expect(collector.groups.clear()).toBe(2);
  directory.isSlow = true;
  expect(collector.groups.renew()).toBe(2);
  expect(collector.groups.renew()).toBeNull();
  await vi.waitFor(() => expect(directory.asked).toHaveLength(6), patience);
  directory.answer();
  await vi.waitFor(() => {
    clock.advance(1000);
    expect(new Set(collector.entries().map(({ groups }) => groups.text))).toEqual(new Set(['CORP/New']));
  }, patience);
});

test('stop ends the directories, and status names them', async () => {
  const { collector, directory, stop } = await collecting();
  expect(collector.status.directories).toEqual([{ name: 'dir0', waiting: 0, servers: [] }]);
  await stop();
  expect(directory.stopped).toBe(true);
});

test('a FortiGate that names an organizational unit is told of the users in it, and of the unit', async () => {
  const { directory, online, logon } = await collecting();
  directory.users = { alice: ['CN=Staff,DC=corp'] };
  directory.below = ',OU=Sales,DC=corp';
  const fortigate = await online();
  fortigate.filter(['CN=Other,DC=corp', 'ou=sales, dc=corp']);
  await fortigate.has('bulk-end', 2);
  await logon();
  await fortigate.has('event');
  expect(fortigate.events).toMatchObject([{ user: 'alice', groups: 'CN=STAFF,DC=CORP+OU=SALES, DC=CORP' }]);
  fortigate.filter(['CN=Other,DC=corp', 'CN=ALICE,OU=Sales,DC=corp']);
  await fortigate.has('bulk-end', 3);
  expect(fortigate.bulk).toMatchObject([{ groups: 'CN=STAFF,DC=CORP+CN=ALICE,OU=SALES,DC=CORP' }]);
  fortigate.filter(['CN=Other,DC=corp']);
  await fortigate.has('bulk-end', 4);
  expect(fortigate.bulk).toHaveLength(1);
});
