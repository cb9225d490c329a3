import { expect, test } from 'vitest';
import { seenBy } from '../../../src/backends/attached/seen-by.ts';

const ticket = {
  kind: 'event',
  id: 4768,
  record: 1,
  log: 'Security',
  by: 'event-log',
  logonType: null,
} as const;
const eventIds = new Map([['dc1', [672, 680, 4768, 4776]]]);
const configured = (ways: ReturnType<typeof seenBy>) => ways.filter(({ isConfigured }) => isConfigured);

test('the setting by which the log of its controller is read is marked', () => {
  const of = (agent: string) => configured(seenBy({ feed: 'poller', agent, evidence: ticket }, eventIds));
  expect(of('dc1').map(({ mode }) => mode)).toEqual(['event log, setting 0']);
  expect(of('dc2')).toEqual([]);
});

test.each([
  ['a feed that nobody knows', 'telepathy', null],
  ['no feed', null, null],
  ['polling without evidence, as an older collector tells it', 'poller', null],
])('nothing is said of %s', (_, feed, evidence) =>
  expect(seenBy({ feed, agent: 'dc1', evidence }, eventIds)).toEqual([]),
);

test('a logon of which only the feed is known is judged by that', () => {
  expect(seenBy({ feed: 'dc-agent', agent: '10.0.0.10', evidence: null }, eventIds)[0]).toMatchObject({
    mode: 'DC agent',
    sees: 'yes',
  });
});
