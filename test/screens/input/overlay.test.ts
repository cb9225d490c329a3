import { expect, test } from 'vitest';
import { openFilter, pasteIntoOverlay } from '../../../src/screens/input/overlay.ts';

test('what is typed behind a filter that is there narrows it', () => {
  expect(pasteIntoOverlay(openFilter('collector:="main"'), 'user:anna').filter).toBe(
    'collector:="main" user:anna',
  );
  expect(pasteIntoOverlay(openFilter('collector:="main" '), 'user:anna').filter).toBe(
    'collector:="main" user:anna',
  );
  expect(pasteIntoOverlay(openFilter(''), 'user:anna').filter).toBe('user:anna');
});
