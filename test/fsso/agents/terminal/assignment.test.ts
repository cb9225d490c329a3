import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  AssignmentError,
  PortAssignment,
  type TerminalUser,
} from '../../../../src/fsso/agents/terminal/assignment.ts';
import { blocksOf } from '../../../../src/fsso/agents/terminal/pool.ts';

const hour = 3_600_000;
const hold = 8 * hour;
const user = (session: number, name = `user${session}`): TerminalUser => ({
  session,
  domain: 'CORP',
  user: name,
  uid: null,
});
const blocks = (count: number) => blocksOf([[20_000, 20_000 + count * 200 - 1]], 200, []);

test('each session gets a block of its own, and keeps it when it is named again', () => {
  const ports = new PortAssignment(blocks(3), hold);
  expect(ports.open(user(1), 0)).toMatchObject({ isNew: true, session: { ports: [[20_000, 20_199]] } });
  expect(ports.open(user(2), 0).session.ports).toEqual([[20_200, 20_399]]);
  expect(ports.open(user(1), 5)).toMatchObject({ isNew: false, session: { ports: [[20_000, 20_199]] } });
});

test('a session grows by a block beside its own where one is free', () => {
  const ports = new PortAssignment(blocks(4), hold);
  ports.open(user(1), 0);
  ports.open(user(2), 0);
  expect(ports.grow(1, 0).session.ports).toEqual([
    [20_000, 20_199],
    [20_400, 20_599],
  ]);
  expect(ports.grow(1, 0).session.ports).toEqual([
    [20_000, 20_199],
    [20_400, 20_799],
  ]);
  expect(ports.blockCount(1)).toBe(3);
  expect(() => ports.grow(9, 0)).toThrow(
    new AssignmentError('session 9 has no ports that could become more'),
  );
});

test('an exhausted pool is named with the session that got nothing', () => {
  const ports = new PortAssignment(blocks(1), hold);
  ports.open(user(1), 0);
  expect(() => ports.open(user(2), 0)).toThrow(
    new AssignmentError('no ports are left for session 2 (CORP\\user2): all 1 blocks of the pool are in use'),
  );
  ports.close(1, 0);
  expect(ports.open(user(2), hold).session.ports).toEqual([[20_000, 20_199]]);
});

test('freed ports go to somebody else last, the longest free first, and that is told while collectors may hold them', () => {
  const ports = new PortAssignment(blocks(3), hold);
  for (const session of [1, 2, 3]) ports.open(user(session), 0);
  ports.close(2, 1 * hour);
  ports.close(1, 2 * hour);
  const { session, early } = ports.open(user(4), 3 * hour);
  expect(session.ports).toEqual([[20_200, 20_399]]);
  expect(early).toEqual([
    {
      block: [20_200, 20_399],
      former: { session: 2, domain: 'CORP', user: 'user2', freedAt: hour },
    },
  ]);
  expect(ports.open(user(5), 2 * hour + hold)).toMatchObject({
    early: [],
    session: { ports: [[20_000, 20_199]] },
  });
});

test('who comes back gets the ports that were theirs, whatever the number of the session and the case of the name', () => {
  const ports = new PortAssignment(blocks(5), hold);
  for (const session of [1, 2, 3]) ports.open(user(session), 0);
  ports.close(2, hour);
  expect(ports.open(user(9, 'USER2'), 2 * hour)).toMatchObject({
    early: [],
    session: { ports: [[20_200, 20_399]] },
  });
});

test('another user of the same session takes its ports over, as its entry at the collector is', () => {
  const ports = new PortAssignment(blocks(2), hold);
  ports.open(user(1, 'bob'), 0);
  const { session, isNew } = ports.open(user(1, 'eve'), 1);
  expect([isNew, session.user, session.ports]).toEqual([true, 'eve', [[20_000, 20_199]]]);
});

test('after a restart sessions have all their blocks again, and those that do not come back are freed', () => {
  const before = new PortAssignment(blocks(6), hold);
  for (const session of [1, 2, 3]) before.open(user(session), 0);
  before.grow(1, 0);
  before.close(3, 5);
  const after = new PortAssignment(blocks(6), hold);
  after.restore(JSON.parse(JSON.stringify(before.record)));
  expect(after.sessions).toEqual([]);
  expect(after.open(user(7), 10).session.ports).toEqual([[20_800, 20_999]]);
  expect(after.open(user(1), 10)).toMatchObject({
    isNew: true,
    session: {
      ports: [
        [20_000, 20_199],
        [20_600, 20_799],
      ],
    },
  });
  expect(after.settle(20, new Set([2]))).toBe(0);
  expect(after.settle(20)).toBe(1);
  expect(after.record.freed).toEqual([
    { block: [20_200, 20_399], session: 2, domain: 'CORP', user: 'user2', freedAt: 20 },
    { block: [20_400, 20_599], session: 3, domain: 'CORP', user: 'user3', freedAt: 5 },
  ]);
});

test('a session of before a restart that is somebody else now gives its ports to that user, and the rest is freed', () => {
  const before = new PortAssignment(blocks(4), hold);
  before.open(user(1, 'bob'), 0);
  before.grow(1, 0);
  const after = new PortAssignment(blocks(4), hold);
  after.restore(before.record);
  expect(after.open(user(1, 'eve'), 10)).toMatchObject({
    early: [],
    session: { user: 'eve', ports: [[20_000, 20_199]] },
  });
  expect(after.record.freed).toMatchObject([{ user: 'bob', block: [20_200, 20_399] }]);
});

test('blocks that another pool does not have are not restored', () => {
  const before = new PortAssignment(blocks(2), hold);
  before.open(user(1), 0);
  const after = new PortAssignment(blocksOf([[30_000, 30_999]], 100, []), hold);
  after.restore(before.record);
  expect(after.open(user(1), 1).session.ports).toEqual([[30_000, 30_099]]);
});

test('ports that are taken elsewhere are passed over', () => {
  const ports = new PortAssignment(blocks(2), hold, ([first]) => first === 20_000);
  expect(ports.open(user(1), 0).session.ports).toEqual([[20_200, 20_399]]);
});

test('whatever happens, no port belongs to two sessions, and a record restores the same', () => {
  const step = fc.tuple(
    fc.constantFrom('open', 'grow', 'close', 'restart', 'settle'),
    fc.integer({ min: 1, max: 8 }),
    fc.constantFrom('bob', 'eve', 'zed'),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let ports = new PortAssignment(blocks(6), hold);
      let now = 0;
      for (const [what, session, name] of steps) {
        now += hour;
        try {
          if (what === 'open') ports.open(user(session, name), now);
          else if (what === 'grow') ports.grow(session, now);
          else if (what === 'close') ports.close(session, now);
          else if (what === 'settle') ports.settle(now);
          else {
            const { record } = ports;
            ports = new PortAssignment(blocks(6), hold);
            ports.restore(record);
            expect(ports.record).toEqual(record);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(AssignmentError);
        }
        const owned = ports.record.sessions.flatMap((each) => each.blocks.map(([first]) => first));
        expect(new Set(owned).size).toBe(owned.length);
        const freed = ports.record.freed.map(({ block }) => block[0]);
        expect(freed.filter((first) => owned.includes(first))).toEqual([]);
      }
    }),
  );
});
