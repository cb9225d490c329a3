import { expect, test } from 'vitest';
import { GroupNames } from '../../../../src/fsso/collector/ntlm/group-names.ts';
import type { NamedSid } from '../../../../src/fsso/rpc/interfaces/lsarpc.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

const corp = (id: number) => `S-1-5-21-1-2-3-${id}`;
const lab = 'S-1-5-21-9-9-9-1105';
const known = new Map<string, NamedSid>([
  [corp(513), { name: 'Domain Users', domain: 'CORP', use: 2 }],
  [corp(1105), { name: 'Printers', domain: 'CORP', use: 4 }],
  [corp(1106), { name: 'anna', domain: 'CORP', use: 1 }],
  [lab, { name: 'Oncall', domain: 'LAB', use: 2 }],
]);

function names() {
  const clock = new ManualClock();
  const asked: (readonly string[])[] = [];
  const far = { isGone: false, isBroken: false };
  const groups = new GroupNames(clock, async (sids) => {
    asked.push(sids);
    if (far.isBroken) throw new Error('no way');
    return sids.map((sid) => (far.isGone && sid === lab ? null : (known.get(sid) ?? null)));
  });
  return { clock, asked, far, groups };
}

test('groups are named with their domains, and nothing else is a group', async () => {
  const { asked, groups } = names();
  const sids = [corp(513), corp(1105), corp(1106), lab, 'S-1-5-32-544', corp(9999)];
  expect(await groups.of(sids)).toEqual(['CORP/Domain Users', 'CORP/Printers', 'LAB/Oncall']);
  // What every machine has is not even asked for.
  expect(asked).toEqual([[corp(513), corp(1105), corp(1106), lab, corp(9999)]]);
});

test('a name is asked for once an hour, and one that there was not after five minutes', async () => {
  const { clock, asked, far, groups } = names();
  far.isGone = true;
  expect(await groups.of([corp(513), lab])).toEqual(['CORP/Domain Users']);
  far.isGone = false;
  clock.advance(5 * 60_000 - 1);
  expect(await groups.of([corp(513), lab])).toEqual(['CORP/Domain Users']);
  clock.advance(1);
  expect(await groups.of([corp(513), lab])).toEqual(['CORP/Domain Users', 'LAB/Oncall']);
  expect(asked).toEqual([[corp(513), lab], [lab]]);
  clock.advance(55 * 60_000);
  await groups.of([corp(513), lab]);
  expect(asked.at(-1)).toEqual([corp(513)]);
});

test('those who wait for the same names ask once, and a failure is not asked for again at once', async () => {
  const { clock, asked, far, groups } = names();
  await Promise.all([groups.of([lab]), groups.of([lab]), groups.of([corp(513), lab])]);
  expect(asked).toEqual([[lab], [corp(513)]]);
  far.isBroken = true;
  for (let times = 0; times < 3; times++) await expect(groups.of([corp(1105)])).rejects.toThrow('no way');
  expect(asked).toHaveLength(3);
  // What is known is told all the same.
  expect(await groups.of([lab])).toEqual(['LAB/Oncall']);
  far.isBroken = false;
  clock.advance(30_000);
  expect(await groups.of([corp(1105)])).toEqual(['CORP/Printers']);
});
