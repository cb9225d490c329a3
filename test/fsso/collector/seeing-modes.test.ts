import { expect, test } from 'vitest';
import type { FeedKind } from '../../../src/fsso/collector/feeds/feed.ts';
import { seeingModes } from '../../../src/fsso/collector/seeing-modes.ts';
import type { LogonEvidence } from '../../../src/logon-evidence.ts';

const event = (id: number, logonType: number | null = null): LogonEvidence => ({
  ...{ kind: 'event', id, record: 7, log: 'Security', by: 'event-log', logonType },
});
const session: LogonEvidence = { kind: 'session' };

/** `DC agent`, `NetAPI`, settings 0, 1, 2, WMI as y, ?, -. */
function inShort(
  feed: FeedKind,
  evidence: LogonEvidence | null,
  ids: readonly number[] | null = null,
): string {
  const letters = { yes: 'y', maybe: '?', no: '-' } as const;
  return seeingModes(feed, evidence, ids)
    .map(({ sees }) => letters[sees])
    .join('');
}

test.each([
  ['a ticket', 'poller', event(4768), 'y?yyyy'],
  ['a ticket of Windows 2003', 'poller', event(672), 'y?yyyy'],
  ['a check by NTLM', 'poller', event(4776), 'y?yyyy'],
  ['a ticket for a service, which setting 0 leaves out', 'poller', event(4769), '??-yy-'],
  ['a renewed ticket, which no setting has', 'poller', event(4770), '??----'],
  ['a logon over the network at the machine, which setting 2 alone has', 'poller', event(4624, 3), '??--y-'],
  ['a logon at the screen of the machine', 'poller', event(4624, 2), '?---y-'],
  ['a session', 'poller', session, '?y??y?'],
  ['what an agent told', 'dc-agent', null, 'y?yyyy'],
  ['a user of a terminal server', 'ts-agent', null, '------'],
  ['a client that was asked by NTLM', 'ntlm', null, '?-????'],
  ['a mail client', 'exchange', event(4624, 3), '--????'],
  ['a line of syslog', 'syslog', null, '------'],
] as const)('who else would have seen %s', (_, feed, evidence, expected) => {
  expect(inShort(feed, evidence)).toBe(expected);
});

test('the setting that is configured is marked, and WMI is judged by it', () => {
  const verdicts = seeingModes('poller', event(4769), [673, 4769, 4768, 4776, 672, 680]);
  expect(verdicts.filter(({ isConfigured }) => isConfigured).map(({ mode }) => mode)).toEqual([
    'event log, setting 1',
  ]);
  expect(verdicts.at(-1)).toMatchObject({ mode: 'WMI', sees: 'yes' });
});

test('a list of its own is a mode of its own', () => {
  const verdicts = seeingModes('poller', event(4768), [4770]);
  expect(verdicts.map(({ mode }) => mode)).toContain('event log, own list 4770');
  expect(verdicts.find(({ isConfigured }) => isConfigured)).toMatchObject({
    sees: 'no',
    why: 'It does not read 4768.',
  });
});

test('who reads a ticket for a service too late is told of the one before it', () => {
  const [, , first] = seeingModes('poller', event(4769), null);
  expect(first?.why).toContain('4768');
});

test('equal answers are one object, so that a hundred thousand entries share them', () => {
  expect(seeingModes('poller', event(4768), [4768])).toBe(seeingModes('poller', event(4768), [4768]));
});
