import { expect, test } from 'vitest';
import { AddressRanges } from '../../../../src/fsso/collector/address-ranges.ts';
import { Checks } from '../../../../src/fsso/collector/checks/checks.ts';
import type { CheckAnswer, Presence } from '../../../../src/fsso/collector/checks/workstation-check.ts';
import { EntryTable } from '../../../../src/fsso/collector/entries.ts';
import type { Entry } from '../../../../src/fsso/collector/entry.ts';
import { WorkstationResolver } from '../../../../src/fsso/collector/resolve.ts';
import { collectorLogon } from '../../../support/collector-logon.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

const interval = 300_000;

/** Checks whose questions a test answers. */
function checking({ threads = 1, deadEntryTimeoutMs = 0 } = {}) {
  const clock = new ManualClock();
  const asked: { ip: string; signal: AbortSignal; answer: (presence: Presence) => void }[] = [];
  const told: string[] = [];
  const checked: string[] = [];
  const entries = new EntryTable({ clock, deadEntryTimeoutMs }, (change) => {
    const { user, ip, doubt } = change.entry;
    if (change.kind === 'status') told.push(`?${user}@${ip} ${doubt}`);
    else told.push(change.kind === 'logoff' ? `-${user}@${ip} ${change.why}` : `+${user}@${ip}`);
    checks.observe(change);
  });
  const checks = new Checks({
    clock,
    entries,
    resolver: new WorkstationResolver({ clock, servers: [] }),
    addressCheckMs: 60_000,
    workstation: {
      intervalMs: interval,
      threads,
      networks: new AddressRanges(['10.0.0.0/24']),
      check: () => ({
        ask: ({ ip }: Entry, signal: AbortSignal) =>
          new Promise<CheckAnswer>((answer) =>
            asked.push({
              ip,
              signal,
              answer: (presence) => answer({ presence, method: 'command', problem: null }),
            }),
          ),
      }),
    },
    report: () => {},
    checked: ({ user, verifiedAt }) => checked.push(`${user} ${verifiedAt}`),
  });
  /** Answers the oldest question that is open, and waits until that is taken in. */
  const answer = async (presence: Presence) => {
    asked.shift()?.answer(presence);
    await new Promise((done) => setImmediate(done));
  };
  const at = (ip: string) => entries.get(`${ip}|0`) as Entry;
  return { clock, entries, checks, asked, told, checked, answer, at };
}

test('a user who is there is verified, and the dead entry timeout begins anew', async () => {
  const { clock, entries, checks, asked, told, answer, at } = checking({ deadEntryTimeoutMs: 2 * interval });
  entries.put(collectorLogon());
  expect(checks.dispositionOf(at('10.0.0.1'))).toMatchObject({
    status: 'ok',
    verifiedAt: null,
    addressCheckAt: null,
    workstationCheckAt: clock.now() + interval,
    expiresAt: clock.now() + 2 * interval,
  });
  clock.advance(interval - 1);
  expect(asked).toHaveLength(0);
  clock.advance(1);
  await answer('present');
  expect(told).toEqual(['+alice@10.0.0.1']);
  expect(checks.dispositionOf(at('10.0.0.1'))).toMatchObject({
    status: 'ok',
    verifiedAt: clock.now(),
    expiresAt: clock.now() + 2 * interval,
  });
  expect(checks.counts.workstation).toEqual({ present: 1, absent: 0, unknown: 0 });
});

test('whoever follows hears of each answer while the entry is there, with what came of it', async () => {
  const { clock, entries, answer, checked } = checking();
  entries.put(collectorLogon());
  clock.advance(interval);
  await answer('present');
  const verifiedAt = clock.now();
  clock.advance(interval);
  await answer('unknown');
  clock.advance(interval);
  await answer('unknown');
  expect(checked).toEqual([`alice ${verifiedAt}`, `alice ${verifiedAt}`, `alice ${verifiedAt}`]);
  clock.advance(interval);
  await answer('absent');
  expect(checked).toHaveLength(3);
});

test('a user who is not there any more is logged off', async () => {
  const { clock, entries, told, answer } = checking();
  entries.put(collectorLogon());
  clock.advance(interval);
  await answer('absent');
  expect(told).toEqual(['+alice@10.0.0.1', '-alice@10.0.0.1 not-logged-on']);
  expect(entries.size).toBe(0);
});

test('a workstation that cannot be asked leaves its user Not Verified until the timeout, or until it can', async () => {
  const { clock, entries, checks, told, answer, at } = checking({ deadEntryTimeoutMs: 3 * interval });
  entries.put(collectorLogon());
  clock.advance(interval);
  await answer('unknown');
  expect(checks.dispositionOf(at('10.0.0.1'))).toMatchObject({
    status: 'not-verified',
    doubt: 'workstation-unknown',
  });
  clock.advance(interval);
  await answer('unknown');
  expect(told).toEqual(['+alice@10.0.0.1', '?alice@10.0.0.1 workstation-unknown']);
  clock.advance(interval);
  expect(told[2]).toBe('-alice@10.0.0.1 dead-entry-timeout');
});

test('entries that are Not Verified are counted until something speaks for them, or they end', async () => {
  const { clock, entries, checks, answer } = checking({ threads: 2 });
  for (const last of [1, 2]) entries.put(collectorLogon({ ip: `10.0.0.${last}` }));
  clock.advance(interval);
  await answer('unknown');
  await answer('unknown');
  expect(checks.doubted).toBe(2);
  // A new report speaks for it.
  entries.put(collectorLogon({ ip: '10.0.0.1' }));
  expect(checks.doubted).toBe(1);
  clock.advance(interval);
  await answer('absent');
  await answer('absent');
  expect([entries.size, checks.doubted]).toEqual([0, 0]);
});

test('workstations outside the networks, and terminal servers, are never asked', () => {
  const { clock, entries, checks, asked, at } = checking();
  entries.put(collectorLogon({ ip: '10.0.1.1' }));
  entries.put(collectorLogon({ terminal: { session: 3, portRanges: [] } }));
  clock.advance(10 * interval);
  expect(asked).toEqual([]);
  expect(checks.dispositionOf(at('10.0.1.1')).workstationCheckAt).toBeNull();
});

test('as many are asked at once as there are threads, the others wait and are seen to', async () => {
  const { clock, entries, checks, asked, answer } = checking({ threads: 2 });
  for (const last of [1, 2, 3]) entries.put(collectorLogon({ ip: `10.0.0.${last}` }));
  clock.advance(interval + 700);
  expect(asked.map(({ ip }) => ip)).toEqual(['10.0.0.1', '10.0.0.2']);
  expect(checks.queues).toEqual([{ name: 'workstation check', length: 3, oldestMs: 700 }]);
  await answer('present');
  expect(asked.map(({ ip }) => ip)).toEqual(['10.0.0.2', '10.0.0.3']);
});

test('a verdict on a user whose place somebody took meanwhile does not count', async () => {
  const { clock, entries, told, answer } = checking();
  entries.put(collectorLogon());
  clock.advance(interval);
  entries.put(collectorLogon({ user: 'bob' }));
  await answer('absent');
  expect(told).toEqual(['+alice@10.0.0.1', '+bob@10.0.0.1']);
});

test('a stop breaks off what is asked, and no verdict counts any more', async () => {
  const { clock, entries, checks, asked, told, answer } = checking();
  entries.put(collectorLogon());
  clock.advance(interval);
  checks.stop();
  expect(asked[0]?.signal.aborted).toBe(true);
  await answer('absent');
  clock.advance(10 * interval);
  expect(told).toEqual(['+alice@10.0.0.1']);
  expect(asked).toEqual([]);
});

test('what a workstation said last stands beside the entry until it ends', async () => {
  const { clock, entries, checks, answer, at } = checking();
  entries.put(collectorLogon());
  const entry = at('10.0.0.1');
  expect(checks.dispositionOf(entry).lastCheck).toBeNull();
  clock.advance(interval);
  await answer('unknown');
  expect(checks.dispositionOf(entry).lastCheck).toEqual({
    ...{ presence: 'unknown', method: 'command', problem: null },
    at: clock.now(),
  });
  entries.put(collectorLogon());
  expect(checks.dispositionOf(at('10.0.0.1')).lastCheck).not.toBeNull();
  entries.put(collectorLogon({ user: 'somebody-else' }));
  expect(checks.dispositionOf(at('10.0.0.1')).lastCheck).toBeNull();
  clock.advance(interval);
  await answer('present');
  expect(checks.dispositionOf(at('10.0.0.1')).lastCheck).toMatchObject({ presence: 'present' });
  clock.advance(interval);
  await answer('absent');
  expect(checks.dispositionOf(entry).lastCheck).toBeNull();
});
