import { expect, test } from 'vitest';
import {
  type ListedLogon,
  listDocument,
  listText,
  type ServerStatus,
  serverStatusDocument,
  serverStatusText,
  sortLogons,
} from '../../../src/fsso/gate/fortios.ts';
import type { LogonRecord } from '../../../src/fsso/wire/messages.ts';
import { safeJson } from '../../../src/safe-json.ts';
import { logon } from '../../support/fake-network.ts';

function listed(given: Partial<LogonRecord>, connector = 'corp'): ListedLogon {
  const record = logon(given);
  const key = `${record.ip}|${record.session}`;
  const server = '10.0.0.11:8000';
  return {
    connector,
    logon: {
      key,
      server,
      record,
      receivedAt: 0,
      stale: false,
      expiresAt: null,
      before: null,
      overlaps: [],
    },
  };
}

const plain = listed({
  ip: '192.168.201.199',
  user: 'USER1',
  groups: 'FORTILABMX/DOMAIN USERS+FORTILABMX/SALES',
  workstation: 'WINPC01',
  logonTime: 1_713_732_662,
});
const terminal = listed({
  ip: '10.0.0.60',
  session: 3,
  user: 'BOB',
  groups: 'FORTILABMX/SALES',
  workstation: 'TS01!3',
  portRanges: [
    [1224, 1423],
    [1424, 1623],
  ],
});

test('the list has the layout of FortiOS', () => {
  expect(listText([plain, terminal], 4)).toBe(
    [
      '----FSSO logons----',
      'IP: 192.168.201.199  User: USER1  Groups: FORTILABMX/DOMAIN USERS+FORTILABMX/SALES  Workstation: WINPC01',
      'IP: 10.0.0.60  User: BOB  Groups: FORTILABMX/SALES  Workstation: TS01!3 Session: 3 Ports: 1224-1423,1424-1623',
      'Total number of logons listed: 2, filtered: 4',
      '----end of FSSO logons----',
      '',
    ].join('\n'),
  );
});

test('an empty list is a list', () => {
  expect(listText([], 0)).toBe(
    '----FSSO logons----\nTotal number of logons listed: 0, filtered: 0\n----end of FSSO logons----\n',
  );
});

test('logons are in order of their addresses as numbers', () => {
  const some = [
    listed({ ip: '10.0.0.10' }),
    listed({ ip: '10.0.0.9', session: 2 }),
    listed({ ip: '10.0.0.9', session: 1 }, 'b'),
    listed({ ip: '10.0.0.9', session: 1 }, 'a'),
  ];
  expect(sortLogons(some).map(({ connector, logon: { key } }) => `${key} ${connector}`)).toEqual([
    '10.0.0.9|1 a',
    '10.0.0.9|1 b',
    '10.0.0.9|2 corp',
    '10.0.0.10|0 corp',
  ]);
});

test('no character of a peer can act on the terminal, neither in the text nor in the JSON', () => {
  const hostile = '\u001b[2J\u202eEVIL\u0085\n----end';
  const rows = [listed({ user: hostile, workstation: hostile, groups: hostile })];
  const text = listText(rows, 0);
  expect(text.split('\n')).toHaveLength(5);
  expect(text).toContain('User: \\x1b[2J\\u{202e}EVIL\\x85\\x0a----end');
  const json = safeJson(listDocument(rows));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
  expect(json).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  expect(JSON.parse(json).logons[0].user).toBe(hostile);
  expect(safeJson({ user: 'José 山田 😀' })).toContain('José 山田 😀');
});

test('the document of the list', () => {
  expect(listDocument([plain, terminal])).toEqual({
    logons: [
      {
        ip: '192.168.201.199',
        session: null,
        user: 'USER1',
        domain: 'CORP',
        workstation: 'WINPC01',
        groups: ['FORTILABMX/DOMAIN USERS', 'FORTILABMX/SALES'],
        logonTime: '2024-04-21T20:51:02.000Z',
        portRanges: [],
        connector: 'corp',
        server: '10.0.0.11:8000',
      },
      expect.objectContaining({
        session: 3,
        portRanges: [
          [1224, 1423],
          [1424, 1623],
        ],
      }),
    ],
    total: 2,
  });
});

const up: ServerStatus = {
  connector: 'corp',
  host: '10.0.0.11',
  port: 8000,
  isConnected: true,
  active: true,
  version: 'FSSO 5.0.0278',
  stage: null,
  error: null,
};
const down: ServerStatus = {
  ...up,
  host: '2001:db8::1',
  port: 8002,
  isConnected: false,
  active: false,
  version: null,
  stage: 'tcp',
  error: 'connection refused',
};

test('the server status has the columns of FortiOS', () => {
  expect(serverStatusText([up, down])).toBe(
    [
      'Server Name                          Connection Status     Version               Address',
      '-----------                          -----------------     -------               -------',
      'corp                                 connected             FSSO 5.0.0278         10.0.0.11',
      'corp                                 disconnected                                [2001:db8::1]:8002',
      '',
    ].join('\n'),
  );
});

test('a banner longer than its column does not run into the address', () => {
  const text = serverStatusText([{ ...up, version: `${'x'.repeat(22)}\u001b[31m` }]);
  expect(text).toContain(`${'x'.repeat(22)}\\x1b[31m 10.0.0.11`);
});

test('the document of the server status', () => {
  expect(serverStatusDocument([up, down])).toEqual({
    servers: [
      {
        connector: 'corp',
        server: '10.0.0.11:8000',
        status: 'connected',
        version: 'FSSO 5.0.0278',
        active: true,
        stage: null,
        error: null,
      },
      {
        connector: 'corp',
        server: '[2001:db8::1]:8002',
        status: 'disconnected',
        version: null,
        active: false,
        stage: 'tcp',
        error: 'connection refused',
      },
    ],
  });
});
