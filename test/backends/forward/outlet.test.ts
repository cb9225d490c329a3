import { expect, test } from 'vitest';
import type { Channel, Delivery, ForwardItem } from '../../../src/backends/forward/item.ts';
import { forwardLimits } from '../../../src/backends/forward/limits.ts';
import { Outlet } from '../../../src/backends/forward/outlet.ts';
import type { NewEvent } from '../../../src/state/changes.ts';
import { ManualClock } from '../../support/manual-clock.ts';

/** A receiver that answers as told, one answer for each delivery; the last one stays. */
function receiver(...answers: Delivery[]) {
  const clock = new ManualClock();
  const taken: string[][] = [];
  const told: string[] = [];
  const channel: Channel = {
    batch: 3,
    gatherMs: 1_000,
    async deliver(items: readonly ForwardItem[]) {
      taken.push(items.map(({ number, event }) => `${number} ${event.text}`));
      return (answers.length > 1 ? answers.shift() : answers[0]) as Delivery;
    },
    async close() {},
  };
  const report = ({ level, text }: NewEvent) => void told.push(`${level} ${text}`);
  const outlet = new Outlet({ name: 'siem', kind: 'webhook', channel, clock, report });
  const push = (...texts: string[]) => {
    for (const text of texts) outlet.push({ time: 0, level: 'info', source: 'corp', logId: null, text });
  };
  /** Time moves in steps, so that promises settle between them. */
  const pass = async (ms: number) => {
    clock.advance(ms);
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  };
  return { clock, taken, told, outlet, push, pass };
}

const ok: Delivery = { ok: true };
const again = (retryAfterMs: number | null = null): Delivery => ({
  ok: false,
  drop: false,
  reason: 'HTTP status 503',
  retryAfterMs,
});

test('lines wait for each other, and go in batches in their order', async () => {
  const { taken, outlet, push, pass } = receiver(ok);
  push('a', 'b', 'c', 'd');
  expect(taken).toEqual([]);
  await pass(1_000);
  await pass(0);
  expect(taken).toEqual([['1 a', '2 b', '3 c'], ['4 d']]);
  expect(outlet.status).toMatchObject({ sent: 4, dropped: 0, waiting: 0, isUp: true });
});

test('what was not taken is tried again after longer and longer pauses, and told once', async () => {
  const { taken, told, push, pass } = receiver(again(), again(), ok);
  push('a');
  await pass(1_000);
  await pass(999);
  expect(taken).toHaveLength(1);
  await pass(1);
  expect(taken).toHaveLength(2);
  await pass(1_999);
  expect(taken).toHaveLength(2);
  await pass(1);
  expect(taken).toEqual([['1 a'], ['1 a'], ['1 a']]);
  expect(told).toEqual([
    'warning webhook siem takes nothing that is forwarded: HTTP status 503',
    'notice webhook siem takes what is forwarded again',
  ]);
});

test('a receiver that asks for a pause gets it, and new lines do not cut it short', async () => {
  const { taken, push, pass } = receiver(again(90_000), ok);
  push('a');
  await pass(1_000);
  push('b');
  await pass(89_999);
  expect(taken).toHaveLength(1);
  await pass(1);
  expect(taken[1]).toEqual(['1 a', '2 b']);
});

test('a pause that is asked for is bounded', async () => {
  const { taken, push, pass } = receiver(again(1e15), ok);
  push('a');
  await pass(1_000);
  await pass(forwardLimits.longestRetryAfter);
  expect(taken).toHaveLength(2);
});

test('lines that the receiver will never take are dropped and counted', async () => {
  const { taken, told, outlet, push, pass } = receiver(
    { ok: false, drop: true, reason: 'HTTP status 400' },
    ok,
  );
  push('a');
  await pass(1_000);
  push('b');
  await pass(1_000);
  expect(taken).toEqual([['1 a'], ['2 b']]);
  expect(outlet.status).toMatchObject({ sent: 1, dropped: 1, isUp: true });
  expect(told[1]).toBe('notice webhook siem takes what is forwarded again; lost: 1');
});

test('the queue is bounded: the oldest lines go, and their number is told', async () => {
  const { told, outlet, push, pass } = receiver(again(), ok);
  push(...Array.from({ length: forwardLimits.waiting + 5 }, (_, index) => String(index)));
  expect(outlet.status).toMatchObject({ waiting: forwardLimits.waiting, dropped: 5 });
  await pass(1_000);
  await pass(1_000);
  expect(told.at(-1)).toMatch(/; lost: 5$/);
});

test('at the end what waits is handed over once more, and nothing afterwards', async () => {
  const { clock, taken, outlet, push } = receiver(ok);
  push('a', 'b', 'c', 'd');
  await outlet.close();
  push('e');
  expect(taken.flat()).toEqual(['1 a', '2 b', '3 c', '4 d']);
  expect(clock.waiting).toBe(0);
});

test('a receiver that hangs does not keep the program from ending', async () => {
  const clock = new ManualClock();
  const { promise: never } = Promise.withResolvers<Delivery>();
  const channel: Channel = { batch: 1, gatherMs: 0, deliver: () => never, async close() {} };
  const outlet = new Outlet({ name: 'siem', kind: 'syslog', channel, clock, report: () => {} });
  outlet.push({ time: 0, level: 'info', source: 'corp', logId: null, text: 'a' });
  const closing = outlet.close();
  clock.advance(forwardLimits.goodbye);
  await closing;
  expect(clock.waiting).toBe(0);
});
