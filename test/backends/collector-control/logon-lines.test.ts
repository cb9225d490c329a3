import { expect, test } from 'vitest';
import {
  type LogonsLine,
  logonsLine,
  readLogons,
  type ToldLogon,
} from '../../../src/backends/collector-control/logon-lines.ts';
import type { EventEvidence } from '../../../src/logon-evidence.ts';

const problem = {
  ...{ stage: 'tcp', code: 'ECONNREFUSED', message: 'connection refused by 10.0.0.1 port 445' },
  ...{ cause: 'A firewall refuses the connection.', fix: ['allow TCP 445 from this machine'] },
};

const sales = ['CORP/SALES', 'CORP/DOMAIN USERS'];

function told(more: Partial<ToldLogon> = {}): ToldLogon {
  return {
    ip: '10.0.0.1',
    otherIp: null,
    ip6: null,
    session: 0,
    user: 'anna',
    domain: 'CORP',
    workstation: 'PC1',
    groups: sales,
    logonTime: 1_768_467_600_000,
    updatedAt: 1_768_467_601_000,
    portRanges: [],
    feed: 'dc-agent',
    agent: '10.255.0.1',
    status: 'ok',
    doubt: null,
    verifiedAt: null,
    nextCheckAt: null,
    expiresAt: null,
    lastCheck: null,
    evidence: null,
    ...more,
  };
}

const ticket: EventEvidence = {
  ...{ kind: 'event', id: 4768, record: 71 },
  ...{ log: 'Security', by: 'event-log', logonType: null },
};

/** Over the socket and back. */
function sent(line: LogonsLine): Record<string, unknown> {
  return JSON.parse(JSON.stringify(line));
}

test('entries come back from a line as they were, whatever is known of them', () => {
  const logons = [
    told(),
    told({ otherIp: '10.0.0.9', ip6: 'fe80::1', session: 3, portRanges: [[1224, 1423]], groups: [] }),
    told({ status: 'not-verified', doubt: 'workstation-unknown', feed: null }),
    told({ verifiedAt: 1, nextCheckAt: 2, expiresAt: 3 }),
    told({ lastCheck: { at: 1, method: 'command', presence: 'present', problem: null } }),
    told({ lastCheck: { at: 1, method: 'netapi', presence: 'unknown', problem } }),
    told({ evidence: { kind: 'session' } }),
    told({ evidence: ticket }),
    told({ evidence: { ...ticket, by: 'forwarded', record: null, log: null, logonType: 3 } }),
  ];
  expect(readLogons(sent(logonsLine(logons)))).toEqual(logons);
});

test('a collector of an earlier version says nothing of what a logon was read from', () => {
  const line = logonsLine([told()]);
  const logons = line.logons.map((columns) => columns.slice(0, 18));
  expect(readLogons(sent({ ...line, logons }))).toEqual([told()]);
});

test('a list of groups that many entries have is sent once, and shared where it is read', () => {
  const line = logonsLine([told(), told({ ip: '10.0.0.2' }), told({ ip: '10.0.0.3', groups: ['CORP/IT'] })]);
  expect(line.groups).toEqual([sales, ['CORP/IT']]);
  const [one, other, third] = readLogons(sent(line)) ?? [];
  expect(other?.groups).toBe(one?.groups);
  expect(third?.groups).toEqual(['CORP/IT']);
});

test.each([
  ['an address that is no text', 0, 7],
  ['a session that is negative', 3, -1],
  ['a session that is no whole number', 3, 1.5],
  ['a user that is longer than any name', 4, 'x'.repeat(4_097)],
  ['groups that are not in the line', 7, 1],
  ['groups that are a property of every list', 7, 'length'],
  ['a time that is text', 8, '2026-01-01T00:00:00.000Z'],
  ['a range of one port', 10, [[1]]],
  ['a status that nobody knows', 13, 'good'],
  ['an end that is missing', 17, undefined],
  ['a check that is no list', 18, 'present'],
  ['a check that says what nobody knows', 18, [1, 'netapi', 'perhaps', null]],
  ['a check without a time', 18, [null, 'netapi', 'present', null]],
  ['a problem that is text', 18, [1, 'netapi', 'unknown', 'refused']],
  ['a problem without its fixes', 18, [1, 'netapi', 'unknown', ['tcp', null, 'refused', '', null]]],
  ['evidence of no kind', 19, { kind: 'rumour' }],
  ['an event without a number', 19, { ...ticket, id: null }],
  ['an event of a way that nobody knows', 19, { ...ticket, by: 'pigeon' }],
  ['a log with a longer name than any', 19, { ...ticket, log: 'x'.repeat(4_097) }],
])('a line with %s is refused whole', (_, column, value) => {
  const line = logonsLine([told(), told({ ip: '10.0.0.2' })]);
  const [first, second] = line.logons;
  expect(readLogons({ ...line })).toHaveLength(2);
  expect(readLogons({ ...line, logons: [first, second?.with(column, value)] })).toBeNull();
});

test.each([
  ['no lists', {}],
  ['groups that are no lists', { groups: ['CORP/SALES'], logons: [] }],
  ['groups that are no texts', { groups: [[1]], logons: [] }],
  ['entries that are no lists', { groups: [], logons: [{}] }],
  ['more entries than a line may have', { groups: [[]], logons: Array.from({ length: 10_001 }, () => []) }],
])('a line with %s is refused', (_, line) => expect(readLogons(line)).toBeNull());

test('a line of a collector that does not tell of checks is read all the same', () => {
  const { groups, logons } = sent(logonsLine([told()])) as unknown as LogonsLine;
  const before = logons.map((columns) => columns.slice(0, 18));
  expect(readLogons({ groups, logons: before })).toEqual([told()]);
});
