import { expect, test } from 'vitest';
import { emsEvents } from '../../src/backends/ems-events.ts';
import type { ConnectorReport, ConnectorStatus } from '../../src/ems/connector.ts';
import { EmsFailure } from '../../src/ems/diagnosis.ts';

const server = 'ems.example.com:443';
const status = {
  state: 'connected',
  serialNumber: 'FCTEMS0000000001',
  pinned: true,
  session: { calls: [] },
} as unknown as ConnectorStatus;
const events = (report: ConnectorReport, before: ConnectorStatus | null = status) =>
  emsEvents(report, before, 'ems137', 1000);
const named = { fctemsname: 'ems137' };
const both = { ...named, fctemssn: 'FCTEMS0000000001' };
const refused = new EmsFailure('unexpected-status', { server, httpStatus: 404 });

// Ids, levels and names of fields: docs/protocol/ems.md, Log messages.
test.each<[number, string, ConnectorReport, object]>([
  [45121, 'notice', { kind: 'notification', tables: ['sysinfo', 'tags'] }, both],
  [
    45122,
    'warning',
    { kind: 'call-failed', failure: refused, path: '/api/v1/report/fct/tags' },
    { ...both, url: 'api/v1/report/fct/tags', httpcode: 404 },
  ],
  [
    45123,
    'warning',
    { kind: 'socket-closed', code: 1006, reason: '', path: '/ws/notify' },
    { ...both, url: 'ws/notify', wscode: 1006 },
  ],
  [
    45128,
    'info',
    { kind: 'call-recovered', path: '/api/v1/report/fct/tags' },
    { ...both, url: 'api/v1/report/fct/tags' },
  ],
  [45129, 'info', { kind: 'verified', sha256: 'AB:CD' }, named],
  [
    45130,
    'warning',
    { kind: 'failure', failure: new EmsFailure('unknown-ca', { server, detail: 'its issuer' }) },
    named,
  ],
  [45131, 'notice', { kind: 'unverified' }, named],
])('log %i has its level and the fields of FortiOS', (logId, level, report, fields) => {
  const [event, ...more] = events(report);
  expect(more).toEqual([]);
  expect(event).toMatchObject({ logId, level, source: 'ems137', time: 1000 });
  expect(event?.fields).toEqual(fields);
});

test('a serial number that is not known is no field', () => {
  expect(events({ kind: 'notification', tables: ['tags'] }, null)[0]?.fields).toEqual(named);
});

test('what FortiOS has no log for has neither id nor fields', () => {
  const [event] = events({
    kind: 'failure',
    failure: new EmsFailure('out-of-sync', { server, detail: 'x' }),
  });
  expect(event?.logId).toBeNull();
  expect(event).not.toHaveProperty('fields');
});

test('a failure names the call that failed', () => {
  const failure = new EmsFailure('reply-timeout', { server });
  const path = '/api/v1/report/fct/uid_tags';
  const calls = [{ name: 'uidTags', path, problem: failure.problem }];
  const before = { ...status, session: { ...status.session, calls } } as unknown as ConnectorStatus;
  expect(events({ kind: 'failure', failure }, before)[0]).toMatchObject({
    logId: 45122,
    text: 'Issue in reply of REST API call to api/v1/report/fct/uid_tags HTTP Code: 0 cURL result: (28) Timeout was reached',
    fields: { url: 'api/v1/report/fct/uid_tags', httpcode: 0 },
  });
});

test('fields are as long as in FortiOS, and safe', () => {
  const [event] = emsEvents(
    { kind: 'socket-closed', code: 0, reason: '', path: `/${'x'.repeat(600)}` },
    { ...status, serialNumber: 'FCTEMS\x1b[2J' } as ConnectorStatus,
    `n${'y'.repeat(60)}`,
    0,
  );
  expect(event?.fields?.['url']).toHaveLength(512);
  expect(event?.fields?.['fctemsname']).toHaveLength(36);
  expect(event?.fields?.['fctemssn']).toBe('FCTEMS\\x1b[2J');
});
