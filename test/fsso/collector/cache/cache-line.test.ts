import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CacheReader, endLine, entryLine } from '../../../../src/fsso/collector/cache/cache-line.ts';
import { type Entry, entryKey } from '../../../../src/fsso/collector/entry.ts';
import { userGroups } from '../../../../src/fsso/collector/groups/lookup.ts';

const port = fc.integer({ min: 0, max: 65_535 });
const entry: fc.Arbitrary<Entry> = fc
  .record({
    ip: fc.ipV4(),
    session: fc.nat(0xffff_ffff),
    otherIp: fc.option(fc.ipV4()),
    ip6: fc.option(fc.ipV6()),
    user: fc.string({ unit: 'binary' }),
    domain: fc.string({ unit: 'grapheme' }),
    workstation: fc.string(),
    logonTime: fc.nat(),
    ranges: fc.option(fc.array(fc.tuple(port, port))),
    groups: fc.array(fc.string({ unit: 'grapheme' })),
    groupsReported: fc.boolean(),
    feed: fc.constantFrom<Entry['feed']>('dc-agent', 'ts-agent', 'radius'),
    agent: fc.string(),
    updatedAt: fc.nat(),
    verifiedAt: fc.option(fc.nat()),
    replaced: fc.option(fc.string()),
    evidence: fc.option(
      fc.oneof(
        fc.constant({ kind: 'session' as const }),
        fc.record({
          kind: fc.constant('event' as const),
          id: fc.nat(),
          record: fc.option(fc.nat()),
          log: fc.option(fc.string({ unit: 'binary' })),
          by: fc.constantFrom('event-log' as const, 'wmi' as const, 'forwarded' as const),
          logonType: fc.option(fc.nat()),
        }),
      ),
    ),
  })
  .map(({ ranges, groups, ...rest }) => ({
    ...rest,
    key: entryKey(rest.ip, rest.session),
    terminal: ranges && { session: rest.session, portRanges: ranges },
    groups: userGroups(groups),
    doubt: null,
    arrival: 0,
  }));

test('an entry reads back as it was, whatever its names hold', () => {
  fc.assert(
    fc.property(entry, (one) => {
      const line = entryLine(one);
      expect(line.indexOf('\n')).toBe(line.length - 1);
      expect(new CacheReader().read(line.trimEnd())).toEqual({ kind: 'entry', entry: one });
    }),
  );
});

test('the end of an entry reads back as its key', () => {
  fc.assert(
    fc.property(entry, (one) => {
      expect(new CacheReader().read(endLine(one).trimEnd())).toEqual({ kind: 'end', key: one.key });
    }),
  );
});

test('a line that is torn off anywhere is not read, and nothing throws', () => {
  fc.assert(
    fc.property(entry, fc.double({ min: 0, max: 1, noNaN: true }), (one, part) => {
      const line = entryLine(one).trimEnd();
      const torn = line.slice(0, Math.floor(part * (line.length - 1)));
      expect(new CacheReader().read(torn)).toBeNull();
    }),
  );
});

test('a line with a value of another kind is not read', () => {
  const [one] = fc.sample(entry, 1);
  const fields = JSON.parse(entryLine(one as Entry)) as Record<string, unknown>;
  for (const name of Object.keys(fields))
    for (const wrong of [{}, [7]]) {
      const line = JSON.stringify({ ...fields, [name]: wrong });
      expect(new CacheReader().read(line), `${name}: ${JSON.stringify(wrong)}`).toBeNull();
    }
  expect(new CacheReader().read(JSON.stringify({ ...fields, ip: '10.0.0.256' }))).toBeNull();
  expect(new CacheReader().read(JSON.stringify({ ...fields, session: 0.5 }))).toBeNull();
  expect(new CacheReader().read(JSON.stringify({ ...fields, ports: [[1, 65_536]] }))).toBeNull();
});

test('entries with the same groups share them', () => {
  const reader = new CacheReader();
  const [one] = fc.sample(entry, 1);
  const line = entryLine({ ...(one as Entry), groups: userGroups(['CORP/SALES']) });
  const read = [reader.read(line), reader.read(line)].map(
    (each) => each?.kind === 'entry' && each.entry.groups,
  );
  expect(read[0]).toBe(read[1]);
});
