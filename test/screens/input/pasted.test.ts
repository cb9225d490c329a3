import { expect, test } from 'vitest';
import { UnmarkedPaste } from '../../../src/screens/input/pasted.ts';

const taken = (...inputs: string[]) => {
  const paste = new UnmarkedPaste();
  return inputs.map((input) => paste.isPasted(input));
};

test('what nobody can type is pasted, with the pieces that follow it, up to the next key', () => {
  expect(taken('x'.repeat(4_096), 'x'.repeat(4_096), 'tail', 'j', 'jjj')).toEqual([
    true,
    true,
    true,
    false,
    false,
  ]);
});

test('keys are keys, also several that a slow line brings at once', () => {
  expect(taken('j', 'jjjj', ':quit\r', '')).toEqual([false, false, false, false]);
});
