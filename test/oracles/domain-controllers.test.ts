import { createSocket } from 'node:dgram';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { DomainControllers } from '../../src/fsso/collector/controllers/domain-controllers.ts';
import { lookupSrv } from '../../src/fsso/collector/controllers/srv-lookup.ts';
import type { CollectorEvent } from '../../src/fsso/collector/events.ts';
import type { FeedHealth, SourceHealth } from '../../src/fsso/collector/feeds/feed.ts';
import { type Dnsmasq, startDnsmasq } from '../support/dnsmasq.ts';
import { ManualClock } from '../support/manual-clock.ts';

// A DNS server that nobody here wrote names the domain controllers: dnsmasq, with more of them than fit in a datagram.

const many = Array.from({ length: 60 }, (_, number) => `dc${number}.big.example`);
let daemon: Dnsmasq;
let server = '';

beforeAll(async () => {
  const srv = (domain: string, name: string) => `--srv-host=_ldap._tcp.dc._msdcs.${domain},${name},389,0,100`;
  daemon = await startDnsmasq(
    ...[srv('corp.example', 'dc01.corp.example'), srv('corp.example', 'dc02.corp.example')],
    ...['--host-record=dc01.corp.example,10.0.0.1', '--host-record=dc02.corp.example,10.0.0.2'],
    ...many.map((name) => srv('big.example', name)),
  );
  server = daemon.server;
});

afterAll(() => daemon?.stop());

const source = (address: string, more: Partial<SourceHealth> = {}): SourceHealth => ({
  address,
  domain: null,
  version: null,
  lastHeard: 1000,
  lastKeepalive: null,
  datagrams: 1,
  bytes: 1,
  eventsPerSecond: [],
  bytesPerSecond: null,
  logons: 0,
  lastLogon: null,
  bad: 0,
  dropped: {},
  clockSkew: 0,
  clockIsOff: false,
  silent: false,
  ...more,
});

function controllers(
  domains: string[],
  directory?: (domain: string) => Promise<string[]>,
  found: () => void = () => {},
) {
  const clock = new ManualClock();
  const events: CollectorEvent[] = [];
  let sources: SourceHealth[] = [];
  const made = new DomainControllers({
    domains,
    dns: [server],
    everyMs: 300_000,
    ...(directory && { directory }),
    clock,
    found,
    report: (event) => events.push(event),
    feeds: (): FeedHealth[] => [{ kind: 'agents', listening: [], sources, counts: {}, dropped: {} }],
  });
  const hear = (...heard: SourceHealth[]) => {
    sources = heard;
  };
  return { clock, events, made, hear };
}

test('the domain controllers of a domain are found, and who is not reported for is named once, until it is', async () => {
  const { made, clock, events, hear } = controllers(['corp.example']);
  made.start();
  await made.look();
  hear(source('10.0.0.1'));
  expect(made.all).toEqual([
    {
      domain: 'corp.example',
      name: 'dc01.corp.example',
      addresses: ['10.0.0.1'],
      reportedBy: '10.0.0.1',
      lastHeard: 1000,
    },
    {
      domain: 'corp.example',
      name: 'dc02.corp.example',
      addresses: ['10.0.0.2'],
      reportedBy: null,
      lastHeard: null,
    },
  ]);
  expect(events).toEqual([]);
  clock.advance(600_000);
  expect(events).toMatchObject([
    {
      msg: 'domain controller without an agent',
      controller: 'dc02.corp.example',
      addresses: '10.0.0.2',
      level: 'warn',
    },
  ]);
  // By the name that its keepalives say, whatever address they come from.
  hear(source('10.0.0.1'), source('192.0.2.1', { domain: 'DC02' }));
  clock.advance(300_000);
  expect(events[1]).toMatchObject({ msg: 'domain controller reported', agent: '192.0.2.1' });
  hear(source('10.0.0.1', { silent: true }), source('10.0.0.2'));
  clock.advance(300_000);
  expect(events[2]).toMatchObject({ controller: 'dc01.corp.example' });
  await made.stop();
  expect(clock.waiting).toBe(0);
});

test('an answer that does not fit in a datagram is asked for over TCP', async () => {
  const answer = await lookupSrv('_ldap._tcp.dc._msdcs.big.example', [server], systemClock);
  expect(answer.records.map(({ target }) => target).sort()).toEqual([...many].sort());
});

test('a domain that DNS does not know is told once', async () => {
  const { made, events } = controllers(['nowhere.example']);
  await made.look();
  await made.look();
  expect(events).toMatchObject([
    { msg: 'domain controllers not found', domain: 'nowhere.example', error: 'there are none' },
  ]);
  await made.stop();
});

test('a domain that was never found is looked for again after half a minute, and who asked for its controllers hears of them', async () => {
  let known: string[] = [];
  let heard = 0;
  const { made, clock } = controllers(
    ['nowhere.example'],
    async () => known,
    () => (heard += 1),
  );
  made.start();
  await made.look();
  known = ['dc01.corp.example'];
  clock.advance(29_000);
  expect(made.all).toEqual([]);
  clock.advance(1000);
  // The look that is under way.
  await made.look();
  expect(heard).toBe(1);
  expect(made.all.map(({ name }) => name)).toEqual(known);
  await made.stop();
  expect(clock.waiting).toBe(0);
});

test('a server that is not there is passed by', async () => {
  const socket = createSocket('udp4');
  await new Promise<void>((done) => socket.bind(0, '127.0.0.1', done));
  const closed = `127.0.0.1:${socket.address().port}`;
  await new Promise<void>((done) => socket.close(() => done()));
  const answer = await lookupSrv('_ldap._tcp.dc._msdcs.corp.example', [closed, server], systemClock);
  expect(answer.records).toHaveLength(2);
  await expect(lookupSrv('corp.example', [closed], systemClock)).rejects.toThrow('ECONNREFUSED');
});

test('a directory may know of more than DNS, or of none, or not be there', async () => {
  const more = controllers(['corp.example'], async () => ['dc02.corp.example', 'dc03.corp.example']);
  await more.made.look();
  expect(more.made.all.map(({ name, addresses }) => [name, ...addresses])).toEqual([
    ['dc01.corp.example', '10.0.0.1'],
    ['dc02.corp.example', '10.0.0.2'],
    ['dc03.corp.example'],
  ]);
  const away = controllers(['corp.example'], () => Promise.reject(new Error('the directory is away')));
  await away.made.look();
  expect(away.made.all).toHaveLength(2);
  const both = controllers(['nowhere.example'], () => Promise.reject(new Error('the directory is away')));
  await both.made.look();
  expect(both.events).toMatchObject([{ error: 'the directory is away' }]);
});
