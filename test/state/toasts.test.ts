import { expect, test } from 'vitest';
import type { NewEvent } from '../../src/state/changes.ts';
import { createToasts } from '../../src/state/toasts.ts';
import { ManualClock } from '../support/manual-clock.ts';

function toaster() {
  const clock = new ManualClock();
  const logged: NewEvent[] = [];
  const toasts = createToasts(clock, (event) => logged.push(event));
  const seen = () => {
    const { visible, more } = toasts.state.getState();
    return visible === null ? null : `${visible.text} +${more}`;
  };
  return { clock, logged, toasts, seen };
}

test.each([
  ['info', 3_000],
  ['warning', 6_000],
  ['error', 10_000],
] as const)('a toast of level %s is seen for %d ms', (level, ms) => {
  const { clock, toasts, seen } = toaster();
  toasts.push(level, 'text');
  clock.advance(ms - 1);
  expect(seen()).toBe('text +0');
  clock.advance(1);
  expect(seen()).toBeNull();
  expect(clock.waiting).toBe(0);
});

test('the newest is seen with a count of the others, and an older one that still runs returns', () => {
  const { clock, toasts, seen } = toaster();
  toasts.push('error', 'first');
  toasts.push('warning', 'second');
  toasts.push('info', 'third');
  expect(seen()).toBe('third +2');
  clock.advance(3_000);
  expect(seen()).toBe('second +1');
  clock.advance(3_000);
  expect(seen()).toBe('first +0');
  clock.advance(4_000);
  expect(seen()).toBeNull();
});

test('a key ends an error that is seen, and nothing else', () => {
  const { clock, toasts, seen } = toaster();
  toasts.push('error', 'bad');
  toasts.push('info', 'copied');
  toasts.keyPressed();
  expect(seen()).toBe('copied +1');
  clock.advance(3_000);
  toasts.keyPressed();
  expect(seen()).toBeNull();
  expect(clock.waiting).toBe(0);
});

test('every toast is in the event log', () => {
  const { clock, logged, toasts } = toaster();
  toasts.push('warning', 'careful');
  expect(logged).toEqual([
    { time: clock.now(), level: 'warning', source: 'fabrictop', logId: null, text: 'careful' },
  ]);
});

test('a flood keeps the newest fifty and no timer of the others', () => {
  const { clock, toasts, seen } = toaster();
  for (let each = 1; each <= 200; each += 1) toasts.push('info', `toast ${each}`);
  expect(seen()).toBe('toast 200 +49');
  expect(clock.waiting).toBe(50);
  toasts.clear();
  expect([seen(), clock.waiting]).toEqual([null, 0]);
});
