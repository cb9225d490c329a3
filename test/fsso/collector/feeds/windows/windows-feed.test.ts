import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readLogon } from '../../../../../src/fsso/collector/feeds/windows/event-logon.ts';
import {
  cutEvents,
  readEvent,
  type WindowsEvent,
} from '../../../../../src/fsso/collector/feeds/windows/event-xml.ts';
import {
  WindowsFeed,
  type WindowsFeedOptions,
} from '../../../../../src/fsso/collector/feeds/windows/windows-feed.ts';
import { feedContext } from '../../../../support/feed-context.ts';
import { ManualClock } from '../../../../support/manual-clock.ts';
import { networkLogon, ticket, windowsEvent } from '../../../../support/windows-event.ts';

const none: WindowsFeedOptions = {
  ids: [4768, 4769, 4776],
  domain: 'CORP',
  exchange: [],
  folder: null,
  posts: null,
};

function feed(options: Partial<WindowsFeedOptions> = {}) {
  const all = feedContext();
  const made = new WindowsFeed({ ...none, ...options }, all.context);
  return { ...all, feed: made, take: (text: string) => made.take(Buffer.from(text), false, 'test') };
}

/** A feed that reads a folder of its own; `again` is the same feed after a restart. */
function folder() {
  const directory = mkdtempSync(join(tmpdir(), 'fabrictop-events-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const path = join(directory, 'forwarded');
  mkdirSync(path);
  const open = () =>
    feed({ folder: { path, state: join(directory, 'state', 'positions.json'), everyMs: 5000 } });
  const write = (name: string, content: string | Buffer) => writeFileSync(join(path, name), content);
  return {
    path,
    write,
    open,
    append: (name: string, text: string) => appendFileSync(join(path, name), text),
  };
}

const event = (id: number, data: Record<string, string>): WindowsEvent => ({
  id,
  time: 0,
  computer: 'DC01',
  record: 7,
  log: 'Security',
  data,
});
const read = (id: number, data: Record<string, string>) => readLogon(event(id, data), new Set([id]), 'CORP');

test('a ticket is a logon, with the time and the machine of the event', () => {
  const { take, logons, clock } = feed();
  take(ticket('jürgen & <söhne>', '10.0.0.7'));
  expect(logons).toEqual([
    {
      ip: '10.0.0.7',
      otherIp: null,
      ip6: null,
      user: 'jürgen & <söhne>',
      domain: 'CORP',
      workstation: '10.0.0.7',
      logonTime: Math.floor(clock.now() / 1000),
      terminal: null,
      groups: null,
      feed: 'poller',
      agent: 'DC01.corp.example',
      evidence: { kind: 'event', id: 4768, record: 4711, log: 'Security', by: 'forwarded', logonType: null },
    },
  ]);
});

test.each([
  [
    'a service ticket, whose account names its realm',
    4769,
    {
      TargetUserName: 'anna@CORP.EXAMPLE',
      TargetDomainName: '',
      IpAddress: '::ffff:10.0.0.7',
      Status: '0x0',
    },
    { user: 'anna', domain: 'CORP.EXAMPLE', ip: '10.0.0.7' },
  ],
  [
    'NTLM, which names a workstation and no domain',
    4776,
    { TargetUserName: 'anna', Workstation: '\\\\PC1', Status: '0x0' },
    { user: 'anna', domain: 'CORP', ip: null, workstation: 'PC1' },
  ],
  [
    'remote desktop',
    4624,
    {
      TargetUserName: 'anna',
      TargetDomainName: 'SALES',
      LogonType: '10',
      IpAddress: '10.0.0.7',
      WorkstationName: 'PC1',
    },
    { domain: 'SALES', ip: '10.0.0.7', workstation: 'PC1' },
  ],
])('%s', (_, id, data, logon) => {
  expect(read(id, data)).toMatchObject({ kind: 'logon', logon });
});

test.each([
  ['a ticket that was refused', 4768, { TargetUserName: 'anna', IpAddress: '10.0.0.7', Status: '0x18' }],
  ['a service', 4624, { TargetUserName: 'anna', LogonType: '5', IpAddress: '10.0.0.7' }],
  [
    'the system',
    4624,
    { TargetUserName: 'SYSTEM', TargetDomainName: 'NT AUTHORITY', LogonType: '3', IpAddress: '10.0.0.7' },
  ],
  ['nobody', 4624, { TargetUserName: 'ANONYMOUS LOGON', LogonType: '3', IpAddress: '10.0.0.7' }],
  ['the machine itself', 4768, { TargetUserName: 'anna', IpAddress: '::1', Status: '0x0' }],
])('%s is passed over', (_, id, data) => {
  expect(read(id, data)).toEqual({ kind: 'passed over' });
});

test('an event of another id is passed over, one without an address is incomplete, an old one makes no entry', () => {
  const { take, order, feed: made, events } = feed();
  take(networkLogon('anna', '10.0.0.7'));
  take(
    windowsEvent(4768, {
      TargetUserName: 'anna',
      TargetDomainName: 'CORP',
      IpAddress: '2001:db8::7',
      Status: '0x0',
    }),
  );
  take(ticket('anna', '10.0.0.7', { time: '2026-01-15T00:59:59Z' }));
  expect(order).toEqual([]);
  expect(made.health.counts).toMatchObject({ received: 3, passedOver: 1, incomplete: 1, old: 1 });
  expect(events).toMatchObject([
    { msg: 'report incomplete', rule: 'Windows event 4768', missing: 'IPv4 address' },
  ]);
});

test('a logon at an Exchange server is one of its own, and what other machines log because of it is ignored', () => {
  const {
    take,
    logons,
    feed: made,
  } = feed({
    ids: [4768, 4624],
    exchange: [{ domain: 'MAIL', server: ['ex01.corp.example', '10.0.0.20'], ignoreNames: ['corp'] }],
  });
  take(networkLogon('anna', '10.0.0.7', { computer: 'EX01.corp.example' }));
  // The same authentication in the log of a domain controller: the client is the Exchange server.
  take(ticket('anna', '10.0.0.20'));
  take(networkLogon('anna', '10.0.0.99', {}, { WorkstationName: 'EX01' }));
  // Somebody of another domain, and somebody elsewhere.
  take(networkLogon('carl', '10.0.0.20', {}, { TargetDomainName: 'SALES' }));
  take(ticket('bert', '10.0.0.8'));
  expect(logons.map(({ user, feed: kind }) => `${user} ${kind}`)).toEqual([
    'anna exchange',
    'carl poller',
    'bert poller',
  ]);
  expect(made.health.counts['ignored']).toBe(2);
});

test('4624 counts at an Exchange server whatever the event ids are, and nowhere else', () => {
  const { take, order } = feed({ exchange: [{ domain: '', server: ['ex01'], ignoreNames: [] }] });
  take(networkLogon('anna', '10.0.0.7', { computer: 'EX01.corp.example' }));
  take(networkLogon('bert', '10.0.0.8'));
  expect(order).toEqual(['+anna@10.0.0.7']);
});

test('events are cut out of any envelope, and what is cut short is kept', () => {
  const one = ticket('anna', '10.0.0.7');
  expect(cutEvents(`<?xml version="1.0"?><Events>${one}\n${one}</Events>`).found).toEqual([one, one]);
  const cut = cutEvents(`${one}${one.slice(0, 50)}`);
  expect(cut).toEqual({ found: [one], tooLong: 0, rest: one.length });
  expect(cutEvents(`x<Eve`).rest).toBe(0);
  expect(cutEvents(`<Event ${'x'.repeat(70_000)}`)).toEqual({ found: [], tooLong: 1, rest: 70_007 });
});

test.each([
  ['an entity of its own', '<Event><!DOCTYPE x [<!ENTITY a "b">]></Event>'],
  ['no XML', '<Event><System></Event>'],
  ['no id', windowsEvent(4768, {}).replace('<EventID>4768</EventID>', '')],
  ['no time', windowsEvent(4768, {}).replace(/SystemTime='[^']*'/, '')],
  ['a prototype', '<Event><__proto__><a>1</a></__proto__></Event>'],
  ['an unclosed tag', `${windowsEvent(4768, {}).slice(0, -8)}`],
])('an event with %s is none', (_, xml) => {
  expect(readEvent(xml)).toBeNull();
});

test('files are read once, what is appended too, and a restart reads nothing twice', async () => {
  const { write, append, open } = folder();
  write('1.xml', ticket('anna', '10.0.0.1'));
  write('ignored.tmp', ticket('eve', '10.0.0.9'));
  write(
    '2.xml',
    Buffer.concat([
      Buffer.from([0xff, 0xfe]),
      Buffer.from(`<Events>${ticket('jürgen', '10.0.0.2')}</Events>`, 'utf16le'),
    ]),
  );
  const first = open();
  await first.feed.start();
  expect(first.order).toEqual(['+anna@10.0.0.1', '+jürgen@10.0.0.2']);
  const third = ticket('carl', '10.0.0.3');
  append('1.xml', third.slice(0, 300));
  await first.feed.look();
  expect(first.order).toHaveLength(2);
  await first.feed.stop();

  append('1.xml', third.slice(300));
  write('3.xml', ticket('dora', '10.0.0.4'));
  const second = open();
  await second.feed.start();
  expect(second.order).toEqual(['+carl@10.0.0.3', '+dora@10.0.0.4']);
  // Another file under an old name is another file.
  write('3.xml', ticket('emil', '10.0.0.5', { time: '2026-01-15T09:00:01.1234567Z' }));
  await second.feed.look();
  expect(second.order.at(-1)).toBe('+emil@10.0.0.5');
  await second.feed.stop();
  expect(second.clock.waiting).toBe(0);
});

test('a new file is found at the next look', async () => {
  const { write, open } = folder();
  const { feed: made, clock, order } = open();
  await made.start();
  write('1.xml', ticket('anna', '10.0.0.1'));
  clock.advance(5000);
  // The look is under way; asking for one waits for it.
  await made.look();
  expect(order).toEqual(['+anna@10.0.0.1']);
  await made.stop();
});

test('a folder that is not there is told once in a while, and looked for again', async () => {
  const { path, write, open } = folder();
  rmSync(path, { recursive: true });
  const { feed: made, events, order } = open();
  await made.start();
  await made.look();
  expect(events).toMatchObject([{ msg: 'file cannot be read', file: path, error: 'ENOENT' }]);
  mkdirSync(path);
  write('1.xml', ticket('anna', '10.0.0.1'));
  await made.look();
  expect(order).toHaveLength(1);
  await made.stop();
});

test('a large file is read in pieces, and an event without an end costs only itself', async () => {
  const { write, open } = folder();
  const many = Array.from({ length: 2000 }, (_, number) =>
    ticket(`u${number}`, `10.1.${number >> 8}.${number & 255}`),
  );
  write('1.xml', `${many.join('\n')}<Event>${' '.repeat(3_000_000)}`);
  write('2.xml', ticket('anna', '10.0.0.1'));
  const { feed: made, order } = open();
  await made.start();
  expect(order).toHaveLength(2001);
  expect(made.health.dropped).toMatchObject({ 'too-long': expect.any(Number) });
  await made.stop();
});

test('many events are taken in slices, and none after the feed was stopped', async () => {
  const { order, context } = feedContext();
  const clock = new ManualClock();
  // Each look at this clock takes a millisecond, so that a slice ends after eight events.
  const ticking = {
    ...clock,
    now: () => {
      clock.advance(1);
      return clock.now();
    },
    after: clock.after.bind(clock),
    every: clock.every.bind(clock),
  };
  const made = new WindowsFeed(none, { ...context, clock: ticking });
  const text = Buffer.from(
    Array.from({ length: 30 }, (_, number) => ticket(`u${number}`, '10.0.0.1')).join(''),
  );
  const taken = made.take(text, false, 'test');
  const first = order.length;
  expect(first).toBeGreaterThan(0);
  expect(first).toBeLessThan(30);
  await made.stop();
  clock.advance(1000);
  expect(await taken).toBe(0);
  expect(order).toHaveLength(first);
});
