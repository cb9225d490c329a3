import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { toldLogonOf } from '../../../src/backends/collector-control/documents.ts';
import { collectorControlLimits, readStreamLine } from '../../../src/backends/collector-control/protocol.ts';
import { ControlStream } from '../../../src/backends/collector-control/stream.ts';
import { type Entry, entryKey } from '../../../src/fsso/collector/entry.ts';
import { collectorEvent } from '../../../src/fsso/collector/events.ts';
import { userGroups } from '../../../src/fsso/collector/groups/lookup.ts';
import { ManualClock } from '../../support/manual-clock.ts';

/** A response whose reader takes so many octets and then no more, until it is drained. */
class SlowResponse extends EventEmitter {
  readonly written: string[] = [];
  writableNeedDrain = false;
  ended: string | null = null;
  readonly #room: number;
  constructor(room: number) {
    super();
    this.#room = room;
  }
  write(text: string): boolean {
    this.written.push(text);
    this.writableNeedDrain = this.written.join('').length >= this.#room;
    return !this.writableNeedDrain;
  }
  end(text: string): void {
    this.ended = text;
  }
  get lines(): { kind: string; [key: string]: unknown }[] {
    return this.written
      .join('')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  }
}

function entry(index: number, user = 'alice'): Entry {
  const ip = `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`;
  return {
    key: entryKey(ip, 0),
    ip,
    otherIp: null,
    ip6: null,
    session: 0,
    user,
    domain: 'CORP',
    workstation: 'PC1',
    logonTime: 1_768_467_600,
    terminal: null,
    groups: userGroups(['CORP/SALES']),
    groupsReported: false,
    feed: 'dc-agent',
    agent: '10.0.0.1',
    arrival: index,
    updatedAt: 1_768_467_600_000,
    verifiedAt: null,
    doubt: null,
    replaced: null,
  };
}

/** As a collector that checks nothing. */
const judge = {
  dispositionOf: ({ doubt, updatedAt, verifiedAt }: Entry) => ({
    status: doubt === null ? ('ok' as const) : ('not-verified' as const),
    doubt,
    reportedAt: updatedAt,
    verifiedAt,
    addressCheckAt: null,
    workstationCheckAt: null,
    expiresAt: null,
    lastCheck: null,
  }),
};

function slow(room: number, entries: readonly Entry[] | null) {
  const clock = new ManualClock();
  const response = new SlowResponse(room);
  const watched = entries && {
    entries,
    told: (each: Entry) => toldLogonOf(each, judge),
    status: () => ({}) as never,
  };
  const stream = new ControlStream(response as unknown as ServerResponse, clock, watched);
  return { clock, response, stream };
}

test('a slow reader is written no more than it takes, and what it missed waits as one change of each entry', () => {
  const { clock, response, stream } = slow(1, []);
  expect(response.lines.map(({ kind }) => kind)).toEqual(['status', 'complete']);
  for (const user of ['alice', 'bob', 'carol'])
    stream.changed({ kind: 'logon', entry: entry(1, user), previous: null });
  clock.advance(10_000);
  expect(response.lines).toHaveLength(2);
  response.writableNeedDrain = false;
  response.emit('drain');
  expect(response.lines.slice(2).map(({ kind }) => kind)).toEqual(['status', 'logons']);
  expect(readStreamLine(response.lines.at(-1))).toMatchObject({ logons: [{ user: 'carol' }] });
});

test('a reader who is too far behind is told so and left', () => {
  const { response, stream } = slow(1, []);
  for (let index = 0; index <= collectorControlLimits.waitingEntries; index += 1)
    stream.changed({ kind: 'logon', entry: entry(index), previous: null });
  expect(response.ended).toBe('{"kind":"overflow"}\n');
  const before = response.written.length;
  stream.changed({ kind: 'logon', entry: entry(0), previous: null });
  stream.event(collectorEvent({ msg: 'stopping' }));
  response.emit('drain');
  expect(response.written).toHaveLength(before);
});

test('of the log the newest lines wait, and the others are counted', () => {
  const { clock, response, stream } = slow(1, null);
  stream.event(collectorEvent({ msg: 'stopping' }));
  clock.advance(collectorControlLimits.gather);
  expect(response.lines).toHaveLength(1);
  for (let index = 0; index < collectorControlLimits.waitingLines + 7; index += 1)
    stream.event(collectorEvent({ msg: 'stopped', entries: index, datagrams: 0 }));
  response.writableNeedDrain = false;
  response.emit('drain');
  expect(response.lines[1]).toEqual({ kind: 'lost', events: 7 });
  expect(response.lines[2]).toMatchObject({ msg: 'stopped', entries: 7 });
});

test('an entry that is doubted is told of again, and is not gone', () => {
  const { clock, response, stream } = slow(100_000, []);
  const doubted = { ...entry(1), doubt: 'workstation-unknown' as const };
  stream.changed({ kind: 'status', entry: doubted, previous: entry(1) });
  clock.advance(collectorControlLimits.gather);
  expect(readStreamLine(response.lines.at(-1))).toMatchObject({
    kind: 'logons',
    logons: [{ status: 'not-verified', doubt: 'workstation-unknown' }],
  });
});

test('an entry whose workstation was asked is told of again, though nothing of it changed', () => {
  const { clock, response, stream } = slow(100_000, [entry(1)]);
  clock.advance(collectorControlLimits.gather);
  const before = response.lines.length;
  stream.checked({ ...entry(1), verifiedAt: 1_768_467_660_000 });
  clock.advance(collectorControlLimits.gather);
  expect(response.lines.slice(before).map((line) => readStreamLine(line))).toMatchObject([
    { kind: 'logons', logons: [{ ip: '10.0.0.1', verifiedAt: 1_768_467_660_000 }] },
  ]);
});

test('every entry of the beginning and every change is told, however many fit in one line', () => {
  const count = collectorControlLimits.lineEntries * 2 + 1;
  const all = Array.from({ length: count }, (_, index) => entry(index));
  const { clock, response, stream } = slow(10_000_000, all);
  for (const each of all) stream.changed({ kind: 'logoff', entry: each, why: 'operator' });
  stream.changed({ kind: 'logon', entry: entry(count, 'bob'), previous: null });
  clock.advance(collectorControlLimits.gather);
  const told = response.lines.map((line) => readStreamLine(line));
  const addresses = told.flatMap((line) => (line?.kind === 'logons' ? line.logons.map(({ ip }) => ip) : []));
  expect(addresses).toEqual([...all, entry(count)].map(({ ip }) => ip));
  expect(told.flatMap((line) => (line?.kind === 'logoff' ? [line.ip] : []))).toEqual(all.map(({ ip }) => ip));
  expect(told).toContainEqual({ kind: 'complete', logons: count });
});

test('a change that comes while the entries are still being sent comes behind them', () => {
  const { response, stream } = slow(300, [entry(1), entry(2), entry(3)]);
  stream.changed({ kind: 'logoff', entry: entry(1), why: 'operator' });
  for (let turn = 0; turn < 10; turn += 1) {
    response.writableNeedDrain = false;
    response.emit('drain');
  }
  const kinds = response.lines.map(({ kind }) => kind);
  expect(kinds.indexOf('logoff')).toBeGreaterThan(kinds.indexOf('complete'));
});
