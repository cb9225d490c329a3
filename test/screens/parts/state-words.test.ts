import { expect, test } from 'vitest';
import { linkWord } from '../../../src/screens/parts/state-words.ts';
import type { CollectorRow, LinkState } from '../../../src/state/changes.ts';

const now = Date.UTC(2026, 0, 15, 9, 0, 0);

function wordAfter(seconds: number, state: LinkState = 'online'): string {
  return linkWord({ state, lastHeard: now - seconds * 1000 } as CollectorRow, now).word;
}

test('a link that missed its keepalive says so before it is lost', () => {
  expect(wordAfter(14)).toBe('online');
  expect(wordAfter(15)).toBe('silent');
});

test('only a link that is online can be silent', () => {
  expect(wordAfter(600, 'lost')).toBe('lost');
  expect(linkWord({ state: 'online', lastHeard: null } as CollectorRow, now).word).toBe('online');
});
