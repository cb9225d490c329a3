import { expect, test } from 'vitest';
import { readLogon } from '../../../src/fsso/collector/feeds/windows/event-logon.ts';
import { namedStrings, understoodIds } from '../../../src/fsso/windows/event-strings.ts';

const all = new Set(understoodIds);
const read = (id: number, strings: string[]) =>
  readLogon({ id, data: namedStrings(id, strings) ?? {} }, all, 'CORP');

const guid = '{00000000-0000-0000-0000-000000000000}';
const kerberos2003 = ['alice', 'CORP.EXAMPLE', '%{S-1-5-21-1-2-3-1104}', 'krbtgt', '%{S-1-5-21-1-2-3-502}'];
const logon2003 = ['alice', 'CORP', '(0x0,0x1E240)', '3', 'Kerberos', 'Kerberos', 'WS01', guid, '-', '-'];

test.each([
  [
    4768,
    [
      'alice',
      'CORP',
      'S-1-5-21-1',
      'krbtgt',
      'S-1-5-21-2',
      '0x40810010',
      '0x0',
      '0x12',
      '2',
      '::ffff:10.0.0.7',
    ],
    { user: 'alice', domain: 'CORP', ip: '10.0.0.7' },
  ],
  [
    4769,
    [
      ...['alice@CORP.EXAMPLE', 'CORP.EXAMPLE', 'FILE1$', 'S-1-5-21-3', '0x40810000', '0x12'],
      ...['::ffff:10.0.0.7', '49731', '0x0', guid, '-'],
    ],
    { user: 'alice', domain: 'CORP.EXAMPLE', ip: '10.0.0.7' },
  ],
  [
    4770,
    ['alice@CORP.EXAMPLE', 'CORP.EXAMPLE', 'krbtgt', 'S-1-5-21-2', '0x2', '0x12', '::ffff:10.0.0.7', '49731'],
    { user: 'alice', domain: 'CORP.EXAMPLE', ip: '10.0.0.7' },
  ],
  [
    4776,
    ['MICROSOFT_AUTHENTICATION_PACKAGE_V1_0', 'alice', 'WS01', '0x0'],
    { user: 'alice', domain: 'CORP', ip: null, workstation: 'WS01' },
  ],
  [
    4624,
    [
      ...['S-1-0-0', '-', '-', '0x0', 'S-1-5-21-1', 'alice', 'CORP', '0x1e240', '3', 'Kerberos', 'Kerberos'],
      ...['WS01', guid, '-', '-', '0', '0x0', '-', '10.0.0.7', '49731'],
    ],
    { user: 'alice', domain: 'CORP', ip: '10.0.0.7', workstation: 'WS01' },
  ],
  [
    672,
    [...kerberos2003, '0x40810010', '-', '0x17', '2', '10.0.0.7'],
    { user: 'alice', domain: 'CORP.EXAMPLE', ip: '10.0.0.7' },
  ],
  [
    673,
    [
      'alice@CORP.EXAMPLE',
      'CORP.EXAMPLE',
      'FILE1$',
      '%{S-1}',
      '0x40810000',
      '0x17',
      '10.0.0.7',
      '-',
      guid,
      '-',
    ],
    { user: 'alice', domain: 'CORP.EXAMPLE', ip: '10.0.0.7' },
  ],
  [
    680,
    ['MICROSOFT_AUTHENTICATION_PACKAGE_V1_0', 'alice', '\\\\WS01', '0x0'],
    { user: 'alice', domain: 'CORP', ip: null, workstation: 'WS01' },
  ],
  [
    528,
    [...logon2003.with(3, '2'), '-', '-', '-', '10.0.0.7', '0'],
    { user: 'alice', domain: 'CORP', ip: '10.0.0.7', workstation: 'WS01' },
  ],
  [
    540,
    [...logon2003, '-', '-', '-', '10.0.0.7', '0'],
    { user: 'alice', domain: 'CORP', ip: '10.0.0.7', workstation: 'WS01' },
  ],
])('the strings of %i tell of a logon', (id, strings, expected) => {
  const reading = read(id, strings);
  expect(reading.kind).toBe('logon');
  expect(reading).toHaveProperty('logon', expect.objectContaining(expected));
});

test.each([
  [
    'a ticket that was refused',
    4768,
    ['alice', 'CORP', '-', 'krbtgt', '-', '0x0', '0x18', '0x12', '2', '10.0.0.7'],
  ],
  [
    'a service ticket that a service took in the name of its user',
    4769,
    [
      ...[
        'alice@CORP.EXAMPLE',
        'CORP.EXAMPLE',
        'SQL1$',
        'S-1',
        '0x40810000',
        '0x12',
        '::ffff:10.0.0.99',
        '1',
      ],
      ...['0x0', guid, 'web1@CORP.EXAMPLE'],
    ],
  ],
  ['a logon of a service', 528, [...logon2003.with(3, '5'), '-', '-', '-', '10.0.0.7', '0']],
])('%s is passed over', (_what, id, strings) => {
  expect(read(id, strings).kind).toBe('passed over');
});

test('strings that are missing at the end are left out, and an id without a layout gives nothing', () => {
  expect(namedStrings(4768, ['alice'])).toEqual({ TargetUserName: 'alice' });
  expect(namedStrings(4768, [])).toEqual({});
  expect(namedStrings(1102, ['alice'])).toBeNull();
});
