import { expect, test } from 'vitest';
import { logonsOf } from '../../../src/backends/why/gather.ts';
import { LogonTable } from '../../../src/fsso/gate/logon-table.ts';
import type { LogonRecord } from '../../../src/fsso/wire/messages.ts';
import type { WhyQuestion } from '../../../src/why-report.ts';
import { HurriedClock } from '../../support/hurried-clock.ts';

const record = (place: number, user: string): LogonRecord => ({
  loggedOn: true,
  ip: `10.0.${place >> 8}.${place & 255}`,
  session: 0,
  user,
  domain: 'CORP',
  workstation: 'PC',
  groups: '',
  logonTime: 0,
  kind: 1,
  portRanges: [],
  extra: [],
});

test('a large table is looked through in slices, and a logon that returns meanwhile is named once', async () => {
  const clock = new HurriedClock(5);
  const table = new LogonTable('corp');
  for (let place = 0; place < 3_000; place += 1)
    table.put(record(place, place % 1_000 === 7 ? 'ANNA' : `U${place}`), 'a:8000', place);
  const connector = { name: 'corp', identity: 'FGVM-root', groupFilter: null, links: [] };
  const question = { subject: { kind: 'user', value: 'corp\\anna' }, to: null, logon: null } as WhyQuestion;
  let isDone = false;
  const asked = logonsOf([{ connector, logons: table.values() }], question, clock).then((found) => {
    isDone = true;
    return found;
  });
  await Promise.resolve();
  expect([isDone, clock.waiting]).toEqual([false, 1]);
  table.logoff(record(7, 'ANNA'), 5_000);
  table.put(record(7, 'ANNA'), 'a:8000', 5_001);
  for (let slices = 0; clock.waiting > 0 && slices < 100; slices += 1) clock.advance(1);
  const { logons, connectors } = await asked;
  expect(logons.map(({ logon }) => [logon.record.ip, logon.receivedAt])).toEqual([
    ['10.0.0.7', 5_001],
    ['10.0.7.215', 2_007],
    ['10.0.3.239', 1_007],
  ]);
  expect(connectors).toEqual([connector]);
});
