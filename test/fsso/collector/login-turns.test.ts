import { expect, test } from 'vitest';
import { AccountHeld, LoginTurns } from '../../../src/fsso/collector/login-turns.ts';
import type { Problem } from '../../../src/problem.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const problem: Problem = { stage: 'login', code: 'STATUS_LOGON_FAILURE', message: 'no', cause: '', fix: [] };

function turns() {
  const clock = new ManualClock();
  const all = new LoginTurns(clock);
  const stop = new AbortController();
  const admitted: number[] = [];
  const refused: unknown[] = [];
  /** Asks for a turn; what it gives ends it. */
  const take = async (one: number): Promise<() => void> => {
    const end = await all.take(stop.signal);
    admitted.push(one);
    return end;
  };
  const settled = () => new Promise((done) => setImmediate(done));
  return { clock, all, stop, admitted, refused, take, settled };
}

test('one logs in at a time until a machine took the account, then three do', async () => {
  const { all, admitted, take, settled } = turns();
  const first = await take(1);
  const others = [2, 3, 4, 5].map(take);
  await settled();
  expect(admitted).toEqual([1]);
  all.accepted();
  first();
  await settled();
  expect(admitted).toEqual([1, 2, 3, 4]);
  (await others[0])?.();
  await settled();
  expect(admitted).toEqual([1, 2, 3, 4, 5]);
});

test('when it is refused, whoever waits hears of it and does not log in', async () => {
  const { all, admitted, take, settled } = turns();
  const first = await take(1);
  const others = Promise.allSettled([2, 3].map(take));
  all.refused(problem);
  first();
  await settled();
  expect(admitted).toEqual([1]);
  for (const each of await others) expect(each).toMatchObject({ reason: expect.any(AccountHeld) });
  await expect(take(4)).rejects.toBeInstanceOf(AccountHeld);
});

test('refusals that were on their way together do not make the pause longer', () => {
  const { all, clock } = turns();
  for (let count = 0; count < 16; count += 1) all.refused(problem);
  clock.advance(299_999);
  expect(all.problem).toBe(problem);
  clock.advance(1);
  expect(all.problem).toBeNull();
});

test('of an account that was taken, two machines in a row have to refuse it', () => {
  const { all } = turns();
  all.accepted();
  all.refused(problem);
  expect(all.problem).toBeNull();
  all.accepted();
  all.refused(problem);
  expect(all.problem).toBeNull();
  all.refused(problem);
  expect(all.problem).toBe(problem);
});

test('whoever gives up waiting takes nobody else his turn', async () => {
  const { all, stop, take, settled } = turns();
  const first = await take(1);
  const waiting = take(2);
  stop.abort(new Error('stopped'));
  await expect(waiting).rejects.toThrow('stopped');
  first();
  await settled();
  const end = await all.take(new AbortController().signal);
  end();
});
