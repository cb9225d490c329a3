import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { CacheFailure } from '../../../../src/fsso/collector/cache/cache-directory.ts';
import { LogonCache } from '../../../../src/fsso/collector/cache/logon-cache.ts';
import { EntryTable } from '../../../../src/fsso/collector/entries.ts';
import type { Entry, Logon } from '../../../../src/fsso/collector/entry.ts';
import type { CollectorEvent } from '../../../../src/fsso/collector/events.ts';
import { userGroups } from '../../../../src/fsso/collector/groups/lookup.ts';
import { leastJournal } from '../../../../src/fsso/collector/limits.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

const minute = 60_000;
let arrivals = 0;

function logon(ip: string, user: string, more: Partial<Logon> = {}): Logon {
  arrivals += 1;
  return {
    ip,
    otherIp: null,
    ip6: null,
    user,
    domain: 'CORP',
    workstation: 'PC1',
    logonTime: 1,
    terminal: null,
    groups: userGroups(['CORP/SALES']),
    groupsReported: false,
    feed: 'dc-agent',
    agent: '10.9.9.9',
    arrival: arrivals,
    ...more,
  };
}

function temporary(): string {
  const path = mkdtempSync(join(tmpdir(), 'fabrictop-cache-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A table whose changes go to a cache in `path`, as in a collector. */
function kept(path = temporary(), clock = new ManualClock()) {
  const events: CollectorEvent[] = [];
  const cache = new LogonCache(path, { clock, report: (event) => events.push(event) });
  let isOpen = true;
  const stop = async () => {
    if (isOpen) await cache.stop();
    isOpen = false;
  };
  onTestFinished(stop);
  const table = new EntryTable(
    { clock, deadEntryTimeoutMs: 480 * minute },
    (change) => cache.changed(change),
    (entry) => cache.confirmed(entry),
  );
  const restored = cache.restore();
  table.restore(restored);
  cache.start(() => table.snapshot());
  return { path, clock, events, cache, table, restored, stop };
}

/** What a collector finds that starts after this moment's end of the other one: its directory as it is now. */
function afterKill({ path, clock }: { path: string; clock: ManualClock }) {
  const copy = temporary();
  cpSync(path, copy, { recursive: true, filter: (name) => !/[/]lock/.test(name) });
  return kept(copy, clock);
}

const users = (entries: readonly Entry[]) => entries.map(({ ip, user }) => `${user}@${ip}`);

test('what was committed is there after the process was killed, and what ended is not', () => {
  const one = kept();
  one.table.put(logon('10.0.0.1', 'alice'));
  one.table.put(logon('10.0.0.2', 'bob'));
  one.table.put(logon('10.0.0.2', 'carol'));
  one.table.put(logon('10.0.0.3', 'dave'));
  const dave = one.table.snapshot().at(-1) as Entry;
  one.table.end(dave, 'operator');
  one.cache.commit();
  const { restored, events } = afterKill(one);
  expect(users(restored)).toEqual(['alice@10.0.0.1', 'carol@10.0.0.2']);
  expect(restored[0]?.groups.names).toEqual(['CORP/SALES']);
  expect(events).toContainEqual(
    expect.objectContaining({ msg: 'logons restored', entries: 2, unreadable: 0 }),
  );
});

test('what was not committed is not there: nobody can have been told of it', () => {
  const one = kept();
  one.table.put(logon('10.0.0.1', 'alice'));
  expect(users(afterKill(one).restored)).toEqual([]);
});

test('an entry has as long to live as it had before', async () => {
  const one = kept();
  one.table.put(logon('10.0.0.1', 'alice'));
  one.clock.advance(470 * minute);
  await one.stop();
  const two = kept(one.path, one.clock);
  expect(two.table.size).toBe(1);
  two.clock.advance(9 * minute);
  expect(two.table.size).toBe(1);
  two.clock.advance(2 * minute);
  expect(two.table.size).toBe(0);
});

test('a terminal server is still known as one', async () => {
  const one = kept();
  const terminal = { session: 3, portRanges: [[1224, 1423]] as const };
  one.table.put(logon('10.0.0.60', 'bob', { terminal, feed: 'ts-agent' }));
  await one.stop();
  const two = kept(one.path);
  expect(two.restored[0]).toMatchObject({ session: 3, terminal });
  expect(two.table.put(logon('10.0.0.60', 'administrator'))).toBe('terminal-server');
});

test('a later report of the same address counts after a restart, whatever its number', async () => {
  const one = kept();
  one.table.put(logon('10.0.0.1', 'alice', { arrival: 1_000 }));
  await one.stop();
  const two = kept(one.path);
  expect(two.table.put(logon('10.0.0.1', 'bob', { arrival: 1 }))).toBeNull();
});

test('a snapshot takes the place of a long journal, and changes meanwhile are kept', async () => {
  const one = kept();
  await vi.waitFor(() => expect(one.cache.health.savedAt).not.toBeNull());
  const long = 'x'.repeat(400);
  for (let line = 0; line * 400 < leastJournal + 1e6; line += 1)
    one.table.put(logon(`10.0.${line % 2}.${line % 250}`, 'alice', { workstation: long }));
  one.cache.commit();
  one.table.put(logon('10.0.0.1', 'late'));
  one.cache.commit();
  const during = afterKill(one);
  expect(users(during.restored)).toContain('late@10.0.0.1');
  await vi.waitFor(() => expect(one.cache.health.journalBytes).toBeLessThan(1_000));
  await vi.waitFor(() =>
    expect(readdirSync(one.path).filter((name) => name.endsWith('.journal'))).toHaveLength(1),
  );
  const after = afterKill(one);
  expect(after.restored).toHaveLength(251);
  expect(users(after.restored)).toContain('late@10.0.0.1');
});

test('a torn last line and a damaged one in between cost only themselves', async () => {
  const one = kept();
  await one.stop();
  const [journal] = readdirSync(one.path).filter((name) => name.endsWith('.journal'));
  const path = join(one.path, journal ?? '');
  const two = kept(one.path);
  two.table.put(logon('10.0.0.1', 'alice'));
  two.cache.commit();
  await two.stop();
  const [last] = readdirSync(one.path).filter((name) => name.endsWith('.journal'));
  const file = join(one.path, last ?? path);
  appendFileSync(file, '\0\0garbage\n{"ip":"10.0.0.2","session":0,"user":"bo');
  const three = kept(one.path);
  expect(users(three.restored)).toEqual(['alice@10.0.0.1']);
  expect(three.events).toContainEqual(
    expect.objectContaining({ msg: 'logons restored', entries: 1, unreadable: 2 }),
  );
});

test('a snapshot that is not ours is said in one line, and service goes on', () => {
  const path = temporary();
  writeFileSync(join(path, 'logons.jsonl'), 'PK\x03\x04 something else');
  const { events, restored } = kept(path);
  expect(restored).toEqual([]);
  expect(events[0]).toMatchObject({
    msg: 'logon cache not read',
    why: 'it is no logon cache of this version',
  });
});

test('a cut snapshot gives what it still holds', async () => {
  const one = kept();
  for (const last of [1, 2, 3]) one.table.put(logon(`10.0.0.${last}`, 'alice'));
  await one.stop();
  const two = kept(one.path);
  await two.stop();
  truncateSync(join(one.path, 'logons.jsonl'), 400);
  const three = kept(one.path);
  expect(three.restored).toHaveLength(1);
});

test('a full disk is said once, does not hold up service, and is made up for', async () => {
  const path = temporary();
  const clock = new ManualClock();
  const events: CollectorEvent[] = [];
  const cache = new LogonCache(path, { clock, report: (event) => events.push(event) });
  onTestFinished(() => cache.stop());
  const table = new EntryTable({ clock, deadEntryTimeoutMs: 0 }, (change) => cache.changed(change));
  cache.restore();
  symlinkSync('/dev/full', join(path, 'logons-1.journal'));
  cache.start(() => table.snapshot());
  await vi.waitFor(() => expect(cache.health.savedAt).not.toBeNull());
  for (const last of [1, 2]) {
    table.put(logon(`10.0.0.${last}`, 'alice'));
    cache.commit();
  }
  expect(events.filter(({ msg }) => msg === 'logon cache not written')).toHaveLength(1);
  expect(cache.health.failure).toMatch(/ENOSPC/);
  clock.advance(10_000);
  await vi.waitFor(() => expect(cache.health.failure).toBeNull());
  expect(events.at(-1)).toMatchObject({ msg: 'logon cache written again' });
  expect(users(afterKill({ path, clock }).restored)).toEqual(['alice@10.0.0.1', 'alice@10.0.0.2']);
});

test('two collectors do not share a cache', async () => {
  const one = kept();
  expect(() => new LogonCache(one.path, { clock: one.clock, report: () => undefined })).toThrow(CacheFailure);
  await one.stop();
  expect(() => kept(one.path)).not.toThrow();
});

test('a directory that cannot be made is one clear line', () => {
  const path = join(temporary(), 'file');
  writeFileSync(path, '');
  expect(
    () => new LogonCache(join(path, 'cache'), { clock: new ManualClock(), report: () => undefined }),
  ).toThrow(/^logon cache .*: cannot be made: /);
});

test('that a workstation confirmed an entry is there after a crash, in a line of its own', async () => {
  const clock = new ManualClock();
  const before = kept(temporary(), clock);
  before.table.put(logon('10.0.0.1', 'alice'));
  before.table.put(logon('10.0.0.2', 'bob'));
  before.cache.commit();
  const bytes = before.cache.health.journalBytes;
  clock.advance(5 * minute);
  before.table.verified(before.table.get('10.0.0.1|0') as Entry);
  before.cache.commit();
  expect(before.cache.health.journalBytes - bytes).toBeLessThan(80);
  const copy = join(temporary(), 'copy');
  cpSync(before.path, copy, { recursive: true });
  rmSync(join(copy, 'lock'), { force: true });
  const after = kept(copy, clock);
  expect(after.restored).toMatchObject([
    { user: 'bob', verifiedAt: null },
    { user: 'alice', verifiedAt: clock.now() },
  ]);
});
