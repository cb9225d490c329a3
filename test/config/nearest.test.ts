import { expect, test } from 'vitest';
import { nearest } from '../../src/config/nearest.ts';

test.each([
  ['vdomm', 'vdom'],
  ['serail', 'serial'],
  ['SERIAL', 'serial'],
  ['certificat', 'certificate'],
  ['kye', 'key'],
])('%s most likely means %s', (typed, meant) => {
  expect(nearest(typed, ['serial', 'vdom', 'certificate', 'key'])).toBe(meant);
});

test.each(['banana', 'x', 'zzzzzzzz', 'v'.repeat(10_000)])('nothing is near %s', (typed) => {
  expect(nearest(typed, ['serial', 'vdom', 'certificate'])).toBeNull();
});
