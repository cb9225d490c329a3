import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EntryTable } from '../../../src/fsso/collector/entries.ts';
import { FilterClasses } from '../../../src/fsso/collector/filter-classes.ts';
import { GroupFilter } from '../../../src/fsso/collector/filters.ts';
import { StaticGroups } from '../../../src/fsso/collector/groups/static.ts';
import { recordOf } from '../../../src/fsso/collector/records.ts';
import { MessageDecoder } from '../../../src/fsso/wire/decoder.ts';
import type { LogonRecord } from '../../../src/fsso/wire/messages.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const ip = fc.constantFrom('10.0.0.1', '10.0.0.2', '10.0.0.3');
const step = fc.oneof(
  { weight: 1, arbitrary: fc.record({ wait: fc.integer({ min: 1, max: 40_000 }) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      ip,
      otherIp: fc.option(ip),
      user: fc.constantFrom('alice', 'ALICE', 'bob', 'carol'),
      workstation: fc.constantFrom('PC1', 'pc1', 'PC2'),
      session: fc.option(fc.integer({ min: 0, max: 2 }), { freq: 3 }),
      late: fc.boolean(),
    }),
  },
);

/** A FortiGate's table, which takes the events word for word. */
class Table {
  readonly rows = new Map<string, LogonRecord>();
  orphans = 0;

  take(record: LogonRecord): void {
    const key = `${record.ip}|${record.session}`;
    if (record.loggedOn) {
      this.rows.set(key, record);
      return;
    }
    if (this.rows.get(key)?.user === record.user) this.rows.delete(key);
    else this.orphans += 1;
  }

  get sorted(): LogonRecord[] {
    return [...this.rows.values()].sort((one, other) =>
      `${one.ip}|${one.session}` < `${other.ip}|${other.session}` ? -1 : 1,
    );
  }
}

test('events in their order give a FortiGate what a bulk would, with a filter and without', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.boolean(), (steps, filtered) => {
      const clock = new ManualClock();
      const groups = new StaticGroups({
        'CORP\\alice': ['CORP/SALES'],
        'CORP\\bob': ['CORP/sales'],
        '*': ['CORP/ALL'],
      });
      const filter = filtered ? new GroupFilter(['corp/Sales']) : null;
      const told = new Table();
      const classes = new FilterClasses();
      classes.put(
        {
          take: (batch) => {
            for (const message of new MessageDecoder('collector').push(batch.numbered(1)))
              if (message.kind === 'event') told.take(message.record);
          },
        },
        filter,
      );
      const entries = new EntryTable({ clock, deadEntryTimeoutMs: 60_000 }, (change) =>
        classes.apply(change),
      );
      for (const [index, action] of steps.entries()) {
        if ('wait' in action) clock.advance(action.wait);
        else {
          const { session, late, ...who } = action;
          const terminal = session === null ? null : { session, portRanges: [] };
          // Some had to wait for their address, and were overtaken by others.
          const arrival = late ? Math.max(0, index - 3) : index;
          entries.put({
            ...who,
            ip6: null,
            domain: 'CORP',
            logonTime: index,
            terminal,
            groups: groups.of('CORP', who.user),
            groupsReported: false,
            feed: terminal ? 'ts-agent' : 'dc-agent',
            agent: '10.9.9.9',
            arrival,
          });
        }
        classes.flush();
        const bulk = new Table();
        for (const entry of entries.snapshot())
          if (filter === null || filter.matches(entry.groups)) bulk.take(recordOf(entry, true, filter));
        expect(told.sorted).toEqual(bulk.sorted);
        expect(told.orphans).toBe(0);
        const servers = new Set(entries.snapshot().flatMap((entry) => (entry.terminal ? [entry.ip] : [])));
        for (const entry of entries.snapshot())
          if (!entry.terminal) expect(servers.has(entry.ip), 'plain entry at a terminal server').toBe(false);
      }
      clock.advance(200_000);
      classes.flush();
      expect(entries.size).toBe(0);
      expect(told.rows.size).toBe(0);
      expect(clock.waiting).toBe(0);
    }),
    { numRuns: 300 },
  );
});
