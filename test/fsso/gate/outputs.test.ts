import { describe, expect, test } from 'vitest';
import { authListDocument, authListText } from '../../../src/fsso/gate/auth-list.ts';
import type { ListedLogon } from '../../../src/fsso/gate/fortios.ts';
import { type ListFilter, logonTest } from '../../../src/fsso/gate/list-filter.ts';
import { summaryDocument, summaryText } from '../../../src/fsso/gate/summary.ts';
import type { LogonRecord } from '../../../src/fsso/wire/messages.ts';
import { logon } from '../../support/fake-network.ts';

function listed(given: Partial<LogonRecord>, connector = 'corp', server = '10.0.0.11:8000'): ListedLogon {
  const record = logon(given);
  const key = `${record.ip}|${record.session}`;
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

const anna = listed({
  ip: '10.0.0.9',
  user: 'ANNA',
  domain: 'CORP',
  groups: 'CORP/SALES+CORP/DOMAIN USERS',
  logonTime: 1000,
});
const bob = listed(
  {
    ip: '10.0.1.10',
    session: 3,
    user: 'BOB',
    domain: 'CORP',
    groups: 'CORP/IT',
    workstation: 'TS01!3',
    logonTime: 0,
    portRanges: [
      [1224, 1423],
      [1424, 1623],
    ],
  },
  'branch',
  '[2001:db8::1]:8000',
);

describe('the filter of FortiOS', () => {
  test.each<[ListFilter, string[]]>([
    [{}, ['ANNA', 'BOB']],
    [{ group: 'corp/sales' }, ['ANNA']],
    [{ group: 'SALES' }, []],
    [{ server: 'branch' }, ['BOB']],
    [{ server: '10.0.0.11' }, ['ANNA']],
    [{ server: '2001:DB8::1' }, ['BOB']],
    [{ server: '10.0.0.11:8000' }, ['ANNA']],
    [{ source: '10.0.1.10' }, ['BOB']],
    [{ source: '10.0.0.0/16' }, ['ANNA', 'BOB']],
    [{ source: '2001:db8::/32' }, []],
    [{ user: 'anna' }, ['ANNA']],
    [{ user: 'corp\\bob' }, ['BOB']],
    [{ user: 'other\\bob' }, []],
    [{ user: 'anna', group: 'corp/it' }, []],
  ])('%j lets %j pass', (filter, users) => {
    const passes = logonTest(filter);
    if (typeof passes === 'string') throw new Error(passes);
    expect([anna, bob].filter(passes).map(({ logon: { record } }) => record.user)).toEqual(users);
  });

  test.each(['10.0.0', '10.0.0.0/33', '10.0.0.0/8/8', 'pc-1', '10.0.0.0/x', '::/129', ''])(
    'says of the source %j what was expected',
    (source) => {
      expect(logonTest({ source })).toBe(
        `found ${source}, expected an address or a network such as 10.0.0.0/24`,
      );
    },
  );
});

test('the firewall list has a block for each user, and what only a firewall knows is left out', () => {
  expect(authListText([anna, bob], 4, 1_090_500)).toBe(
    [
      '',
      '10.0.0.9, ANNA',
      '\ttype: fsso, duration: 90',
      '\tserver: corp',
      '\tgroup_name: CORP/SALES CORP/DOMAIN USERS',
      '10.0.1.10, BOB',
      '\ttype: fsso_citrix, id: 3',
      '\tserver: branch',
      '\tport_range: (1224-1423) (1424-1623)',
      '\tgroup_name: CORP/IT',
      '----- 2 listed, 4 filtered ------',
      '',
    ].join('\n'),
  );
  expect(authListDocument([anna], 1, 1_090_500)).toEqual({
    users: [
      {
        ip: '10.0.0.9',
        user: 'ANNA',
        type: 'fsso',
        session: null,
        duration: 90,
        server: 'corp',
        groups: ['CORP/SALES', 'CORP/DOMAIN USERS'],
        portRanges: [],
      },
    ],
    listed: 1,
    filtered: 1,
  });
});

test('a collector whose clock runs ahead gives no negative duration', () => {
  expect(authListText([anna], 0, 500_000)).toContain('duration: 0\n');
});

test('names of the network cannot break out of the list', () => {
  const hostile = listed({ user: 'a\n10.0.0.1, root\x1b[2J', groups: 'x\ny' });
  expect(authListText([hostile], 0, 0).split('\n')).toHaveLength(7);
});

test('the summary counts by connector and collector, names without their case', () => {
  const again = listed({ ip: '10.0.0.20', user: 'anna', domain: 'corp', groups: '' });
  expect(summaryDocument([anna, again, bob])).toEqual({
    connectors: [
      {
        connector: 'corp',
        server: '10.0.0.11:8000',
        logons: 2,
        users: 1,
        workstations: 1,
        sessions: 0,
        groups: 2,
      },
      {
        connector: 'branch',
        server: '[2001:db8::1]:8000',
        logons: 1,
        users: 1,
        workstations: 1,
        sessions: 1,
        groups: 1,
      },
    ],
    total: 3,
  });
  expect(summaryText([bob])).toBe(
    [
      '----FSSO summary----',
      'branch ([2001:db8::1]:8000): logons: 1, users: 1, workstations: 1, terminal-server sessions: 1, groups: 1',
      'Total number of logons: 1',
      '----end of FSSO summary----',
      '',
    ].join('\n'),
  );
});
