import { expect, test, vi } from 'vitest';
import {
  changeLines,
  lineTime,
  plainLine,
  receivedLine,
  sentLine,
} from '../../../src/fsso/collector/log-grammar.ts';
import type { LogonTrace } from '../../../src/fsso/collector/trace.ts';
import { patience } from '../../support/raw-fortigate.ts';
import { runningCollector } from '../../support/running-collector.ts';

// The lines as docs/protocol/fsso.md, Log lines, has them, read as somebody else's program would.
const address = '(?:\\d{1,3}\\.){3}\\d{1,3}';
const grammar: Record<string, RegExp> = {
  received: new RegExp(
    `^\\[RECV_EVENT_FROM_DC\\] packet_len:(\\d+) dcagent_ip:(${address}) time:(\\d+) data_len:(\\d+) data:([^/]*)/([^/]*)/(.*) ip:(${address})(?::(${address}))?$`,
  ),
  list: new RegExp(
    `^\\[UPDATE_LOGON_LIST\\] action:(add_new_entry|update_entry|remove_entry) workstation:(\\S*) ip:(${address}):(${address}) user:([^\\\\]*)\\\\(.*)$`,
  ),
  item: new RegExp(
    `^\\[LOGON_ITEM\\] logon:([01]) ip:(${address}) workstation:(\\S*) domain:(\\S*) user:(.*)$`,
  ),
  sent: /^\[SEND_EVENT_TO_FGT\] packet_len:(\d+) FortiGate_SN:(\S+)$/,
  check: new RegExp(
    `^\\[WORKSTATION_CHECK\\] user:([^\\\\]*)\\\\(.*) is no longer logged on to (\\S*) \\((${address})\\)$`,
  ),
};

/** Which line it is, and what stands in its places. */
function parse(line: string): [kind: string, ...fields: (string | undefined)[]] {
  for (const [kind, pattern] of Object.entries(grammar)) {
    const found = pattern.exec(line);
    if (found) return [kind, ...found.slice(1)];
  }
  throw new Error(`not of the grammar: ${line}`);
}

function traced() {
  const lines: string[] = [];
  const trace: LogonTrace = {
    received: (datagram) => lines.push(receivedLine(datagram)),
    changed: (change) => lines.push(...changeLines(change)),
    sent: (identity, bytes) => lines.push(sentLine(identity, bytes)),
  };
  return { lines, trace };
}

test('each logon is a row of lines: received, entered, queued, sent to each FortiGate, with the lengths of the packets', async () => {
  const { lines, trace } = traced();
  const { logon, online } = await runningCollector({ trace });
  const one = await online();
  const other = await online({ identity: 'FGVM010000000002-edge' });
  const before = [one.bytes, other.bytes];
  await logon({
    workstation: 'WINPC01',
    domain: 'FORTILABMX',
    user: 'user1',
    ip: '192.168.201.199',
    time: 1_713_732_662,
  });
  await one.has('event');
  await other.has('event');
  expect(lines.map(parse)).toEqual([
    [
      'received',
      '37',
      '127.0.0.1',
      '1713732662',
      '24',
      'WINPC01',
      'FORTILABMX',
      'user1',
      '192.168.201.199',
      undefined,
    ],
    ['list', 'add_new_entry', 'WINPC01', '192.168.201.199', '0.0.0.0', 'FORTILABMX', 'user1'],
    ['item', '1', '192.168.201.199', 'WINPC01', 'FORTILABMX', 'user1'],
    ['sent', String(one.bytes - (before[0] ?? 0)), 'FGVM010000000001-root'],
    ['sent', String(other.bytes - (before[1] ?? 0)), 'FGVM010000000002-edge'],
  ]);
});

test('who is told again is updated, who takes a place is added, and who goes is removed', async () => {
  const { lines, trace } = traced();
  const { logon, collector, clock, all } = await runningCollector({ trace, deadEntryTimeoutMs: 60_000 });
  const logons = async (count: number) => {
    await vi.waitFor(() => expect(all('logon')).toHaveLength(count), patience);
  };
  await logon();
  await logons(1);
  await logon();
  await logons(2);
  await logon({ user: 'bob', ip2: '10.0.1.1' });
  await logons(4);
  clock.advance(60_000);
  expect(collector.status.entries).toBe(0);
  const kinds = lines.map(parse).filter(([kind]) => kind === 'list' || kind === 'item');
  expect(kinds.map((fields) => fields.slice(0, 4))).toEqual([
    ['list', 'add_new_entry', 'PC1', '10.0.0.1'],
    ['item', '1', '10.0.0.1', 'PC1'],
    ['list', 'update_entry', 'PC1', '10.0.0.1'],
    ['item', '1', '10.0.0.1', 'PC1'],
    ['list', 'add_new_entry', 'PC1', '10.0.0.1'],
    ['item', '1', '10.0.0.1', 'PC1'],
    ['list', 'add_new_entry', 'PC1', '10.0.1.1'],
    ['item', '1', '10.0.1.1', 'PC1'],
    ['list', 'remove_entry', 'PC1', '10.0.0.1'],
    ['item', '0', '10.0.0.1', 'PC1'],
    ['list', 'remove_entry', 'PC1', '10.0.1.1'],
    ['item', '0', '10.0.1.1', 'PC1'],
  ]);
  expect(
    parse(lines.find((line) => line.includes('10.0.0.1:10.0.1.1') && line.startsWith('[UPDATE')) ?? ''),
  ).toEqual(['list', 'add_new_entry', 'PC1', '10.0.0.1', '10.0.1.1', 'CORP', 'bob']);
});

test('a logoff that a workstation told of says so first', async () => {
  const { lines, trace } = traced();
  const { logon, collector, all } = await runningCollector({ trace });
  await logon();
  await vi.waitFor(() => expect(all('logon')).toHaveLength(1), patience);
  const [entry] = collector.entries();
  if (!entry) throw new Error('no entry');
  lines.splice(0);
  trace.changed({ kind: 'logoff', entry, why: 'not-logged-on' });
  expect(lines.map(parse)).toEqual([
    ['check', 'CORP', 'alice', 'PC1', '10.0.0.1'],
    ['list', 'remove_entry', 'PC1', '10.0.0.1', '0.0.0.0', 'CORP', 'alice'],
    ['item', '0', '10.0.0.1', 'PC1', 'CORP', 'alice'],
  ]);
});

test('a name cannot begin a line of its own', () => {
  const datagram = {
    agent: '10.0.0.1',
    bytes: 99,
    time: 1,
    workstation: 'PC1',
    domain: 'CORP',
    user: 'a\n[LOGON_ITEM] logon:1\u001b[2J',
    ip: null,
    otherIp: null,
  };
  const line = receivedLine(datagram);
  expect(line).not.toMatch(/\p{Cc}/u);
  expect(parse(line)[0]).toBe('received');
  expect(line.endsWith(' ip:0.0.0.0')).toBe(true);
});

test('lines begin with the day as the product writes it, in UTC, and other events are words and fields', () => {
  expect(lineTime(Date.UTC(2026, 10, 2, 3, 4, 5, 678))).toBe('11/02/2026 03:04:05');
  const event = { level: 'warn', msg: 'agent silent', agent: '10.0.0.1', domain: null, seconds: 31 };
  expect(plainLine(event)).toBe('[WARN] agent silent agent:10.0.0.1 seconds:31');
});
