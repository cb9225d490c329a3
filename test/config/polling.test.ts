import { expect, test } from 'vitest';
import { pollPace } from '../../src/backends/collector-polling.ts';
import { parseConfig } from '../../src/config/load.ts';

const password = '{ env: X }';
const polling = (rest: string) =>
  parseConfig(`collector: { polling: { user: svc, password: ${password}, ${rest} } }`, 'c.yaml').collector
    ?.polling;

test('polling needs an account and somebody who is polled, and takes the product’s defaults', () => {
  expect(polling('controllers: [ { server: dc1 } ]')).toMatchObject({
    ...{ mode: 'event-log', 'event-ids': 0, history: 0, 'at-once': 16, domain: '' },
    controllers: [{ server: 'dc1' }],
  });
  expect(() => polling('mode: netapi')).toThrow('collector.polling.controllers');
  expect(() => parseConfig('collector: { polling: { controllers: [ { server: dc1 } ] } }', 'c.yaml')).toThrow(
    'collector.polling.user',
  );
});

test('a domain controller that says no domain leaves it to the section, and one may say that there is none', () => {
  const found = polling("domain: CORP, controllers: [ { server: dc1 }, { server: dc2, domain: '' } ]");
  expect(found?.domain).toBe('CORP');
  expect(found?.controllers.map(({ domain }) => domain)).toEqual([undefined, '']);
});

test('a machine may be polled for its sessions and its logs', () => {
  const all = '{ server: dc1 }, { server: dc1, mode: netapi }, { server: dc1, log: ForwardedEvents }';
  expect(polling(`controllers: [ ${all} ]`)?.controllers).toHaveLength(3);
});

test.each([
  [
    'controllers: [ { server: dc1 }, { server: DC1, mode: wmi } ]',
    'expected each machine once: controllers.0. reads its log Security already',
  ],
  ['mode: netapi, controllers: [ { server: dc1 }, { server: dc1 } ]', 'reads its sessions already'],
  ['controllers: [ { server: dc1, user: other } ]', 'expected password too'],
  ['controllers: [ { server: dc1 } ], event-ids: [ 4769 ]', '4769 only beside 4768'],
  ['controllers: [ { server: dc1 } ], event-ids: [ 4634 ]', 'expected 0, 1, 2, or a list'],
  ['controllers: [ { server: dc1 } ], period: 0', 'from 1 to 60'],
  ['controllers: [ { server: dc1 } ], periods: [ { from: "7:30", to: "09:00", seconds: 3 } ]', 'time of day'],
  [
    'controllers: [ { server: dc1 } ], periods: [ { days: [ fri, xyz ], from: "07:30", to: "09:00", seconds: 3 } ]',
    'mon, tue',
  ],
  ['domains: [ corp ]', 'the DNS name of a domain'],
])('%s is refused in one line that says what is expected', (rest, expected) => {
  expect(() => polling(rest)).toThrow(new RegExp(expected));
});

test('periods by time of day become minutes and numbers of days', () => {
  const found = polling(
    'controllers: [ { server: dc1 } ], period: 20, periods: [ { days: [ mon, sun ], from: "22:00", to: "06:30", seconds: 30 } ]',
  );
  if (found === undefined) throw new Error('no polling');
  expect(pollPace(found)).toEqual({
    seconds: 20,
    periods: [{ days: new Set([1, 0]), from: 1320, to: 390, seconds: 30 }],
  });
});

test('entries without a collector have the options of FortiOS, and never speak what is unsafe', () => {
  const entry = (rest: string) =>
    parseConfig(
      `fsso-polling: [ { id: 1, server: dc1, user: svc, password: ${password}${rest} } ]`,
      'c.yaml',
    )['fsso-polling'];
  expect(entry('')).toEqual([
    {
      ...{ id: 1, status: 'enable', server: 'dc1', port: 0, user: 'svc', password: { env: 'X' } },
      ...{ 'logon-history': 8, 'polling-frequency': 10, adgrp: [] },
    },
  ]);
  expect(() => entry(', smbv1: enable')).toThrow('SMB 1 is never spoken');
  expect(() => entry(', smb-ntlmv1-auth: enable')).toThrow('never spoken');
  expect(() => entry(', polling-frequency: 31')).toThrow('from 1 to 30');
  expect(() => entry(', ldap-server: nowhere')).toThrow('there is no ldap entry "nowhere"');
  expect(() =>
    parseConfig(
      `fsso-polling: [ { id: 1, server: a, user: s, password: ${password} }, { id: 1, server: b, user: s, password: ${password} } ]`,
      'c.yaml',
    ),
  ).toThrow('a number that no other entry has');
});
