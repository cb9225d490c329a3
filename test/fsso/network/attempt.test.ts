import { expect, test } from 'vitest';
import { attempt } from '../../../src/fsso/network/attempt.ts';
import { ManualClock } from '../../support/manual-clock.ts';

function trying() {
  const clock = new ManualClock();
  const stop = new AbortController();
  let opened = 0;
  const options = {
    ...{ clock, limitMs: 1000, signal: stop.signal },
    late: () => new Error('late'),
    drop: () => {
      opened = 0;
    },
  };
  const open = () => {
    opened = 1;
  };
  return { clock, stop, options, open, opened: () => opened };
}

test('what ends well is kept, whatever comes behind it', async () => {
  const { clock, stop, options, open, opened } = trying();
  const result = attempt<string>(options, (done, failed) => {
    open();
    done('good');
    failed(new Error('too late to fail'));
  });
  clock.advance(5000);
  stop.abort();
  expect(await result).toBe('good');
  expect(opened()).toBe(1);
});

test.each([
  [
    'fails',
    'broken',
    (_: ReturnType<typeof trying>, failed: (reason: unknown) => void) => failed(new Error('broken')),
  ],
  ['takes too long', 'late', ({ clock }: ReturnType<typeof trying>) => clock.advance(1000)],
  ['is given up', 'enough', ({ stop }: ReturnType<typeof trying>) => stop.abort(new Error('enough'))],
] as const)('what %s is let go', async (_how, message, end) => {
  const all = trying();
  let failed: (reason: unknown) => void = () => {};
  const result = attempt(all.options, (_done, fail) => {
    all.open();
    failed = fail;
  });
  end(all, failed);
  await expect(result).rejects.toThrow(message);
  expect(all.opened()).toBe(0);
});

test('what fails before it has told what it opened is let go too', async () => {
  const { options, open, opened } = trying();
  const result = attempt(options, (_done, failed) => {
    failed(new Error('at once'));
    open();
  });
  await expect(result).rejects.toThrow('at once');
  expect(opened()).toBe(0);
});

test('what was given up before it began is not begun', async () => {
  const { stop, options, open, opened } = trying();
  stop.abort(new Error('enough'));
  await expect(attempt(options, open)).rejects.toThrow('enough');
  expect(opened()).toBe(0);
});
