import { expect, test } from 'vitest';
import type { CollectorEvent } from '../../../src/fsso/collector/events.ts';
import { AgentFeed } from '../../../src/fsso/collector/feeds/agents.ts';
import type { FeedLogon } from '../../../src/fsso/collector/feeds/feed.ts';
import type { RateLimit } from '../../../src/fsso/collector/feeds/token-bucket.ts';
import { type DatagramToSend, encodeDatagram } from '../../../src/fsso/wire/datagram.ts';
import { ManualClock } from '../../support/manual-clock.ts';

function feed(allowed: string[] | null = null, rate?: RateLimit) {
  const clock = new ManualClock();
  const logons: FeedLogon[] = [];
  const events: CollectorEvent[] = [];
  const agents = new AgentFeed(
    { listen: '127.0.0.1', port: 0, allowed, ...(rate && { rate }) },
    {
      clock,
      sink: { logon: (logon) => logons.push(logon), logoff: () => {} },
      report: (event) => events.push(event),
    },
  );
  const now = () => Math.floor(clock.now() / 1000);
  const send = (datagram: Partial<DatagramToSend & { kind: 'logon' }> = {}, source = '10.9.9.9') =>
    agents.receive(
      encodeDatagram({
        kind: 'logon',
        time: now(),
        ip: '10.0.0.1',
        workstation: 'PC1',
        domain: 'CORP',
        user: 'alice',
        ...datagram,
      }),
      source,
    );
  const keepalive = (source = '10.9.9.9', version = '5.0.0278') =>
    agents.receive(encodeDatagram({ kind: 'keepalive', time: now(), domain: 'CORP', version }), source);
  return { clock, agents, logons, events, send, keepalive, now };
}

test('a logon is handed on with all that the agent said', () => {
  const { send, logons, now } = feed();
  send({ ip2: '10.0.1.1' });
  expect(logons).toEqual([
    {
      ip: '10.0.0.1',
      otherIp: '10.0.1.1',
      ip6: null,
      user: 'alice',
      domain: 'CORP',
      workstation: 'PC1',
      logonTime: now(),
      terminal: null,
      groups: null,
      feed: 'dc-agent',
      agent: '10.9.9.9',
    },
  ]);
});

test('a session of a terminal server is handed on with its ports, not more than a record carries', () => {
  const { send, logons } = feed();
  send({ terminal: { session: 3, portRanges: [[1224, 1423]] } });
  const many = Array.from({ length: 5000 }, (_, index) => [1024 + index, 1024 + index] as const);
  send({ terminal: { session: 4, portRanges: many } });
  expect(logons[0]?.terminal).toEqual({ session: 3, portRanges: [[1224, 1423]] });
  expect(logons[1]?.terminal?.portRanges).toHaveLength(1024);
});

test('a keepalive is remembered with the agent and is no logon', () => {
  const { keepalive, agents, logons, events, clock } = feed();
  keepalive();
  clock.advance(1000);
  keepalive();
  expect(logons).toEqual([]);
  expect(agents.health.sources).toMatchObject([
    { address: '10.9.9.9', domain: 'CORP', version: '5.0.0278', datagrams: 2, lastKeepalive: clock.now() },
  ]);
  expect(events.map((event) => event.msg)).toEqual(['agent heard']);
});

test('what has a wrong length is dropped, counted and logged once in a while', () => {
  const { agents, logons, events, clock } = feed();
  const garbage = [
    Buffer.alloc(0),
    Buffer.alloc(13),
    Buffer.from('GET / HTTP/1.1\r\n\r\n'),
    Buffer.alloc(1400, 0xff),
  ];
  for (const bytes of garbage) agents.receive(bytes, '10.9.9.9');
  expect(agents.health.counts).toMatchObject({ received: 4, dropped: 4, logons: 0 });
  expect(agents.health.sources).toMatchObject([{ bad: 4, datagrams: 4 }]);
  expect(logons).toEqual([]);
  expect(events).toMatchObject([{ msg: 'datagram dropped', why: 'bad-length', level: 'warn' }]);
  clock.advance(10_000);
  agents.receive(Buffer.alloc(1), '10.9.9.9');
  expect(events[1]).toMatchObject({ msg: 'datagram dropped', repeated: 3 });
});

test('a text without three parts is counted and shown, and is no logon', () => {
  const { agents, logons, events, now } = feed();
  agents.receive(
    encodeDatagram({
      kind: 'unparsed',
      time: now(),
      ip: '10.0.0.1',
      text: 'PC1/CORP',
      tail: Buffer.alloc(0),
    }),
    '10.9.9.9',
  );
  expect(logons).toEqual([]);
  expect(agents.health.counts['notUnderstood']).toBe(1);
  expect(events).toMatchObject([{ msg: 'datagram not understood', text: 'PC1/CORP' }]);
});

test('datagrams from a source that is not allowed are dropped, counted, and make no agent', () => {
  const { send, agents, logons, events } = feed(['10.9.9.0/24']);
  send({}, '10.9.8.1');
  send({}, '::ffff:10.9.9.1');
  expect(logons.map((logon) => logon.agent)).toEqual(['10.9.9.1']);
  expect(agents.health.counts['dropped']).toBe(1);
  expect(agents.health.sources.map((agent) => agent.address)).toEqual(['10.9.9.1']);
  expect(events).toMatchObject([{ msg: 'datagram dropped', agent: '10.9.8.1', why: 'source-not-allowed' }]);
});

test('an agent whose clock is more than an hour off is flagged, and the time of arrival is used', () => {
  const { send, agents, logons, events, now } = feed();
  send({ time: now() - 3600 });
  send({ time: now() - 3601 });
  send({ time: now() + 86_400 });
  expect(logons.map((logon) => logon.logonTime)).toEqual([now() - 3600, now(), now()]);
  expect(agents.health.sources).toMatchObject([{ clockIsOff: true, clockSkew: 86_400 }]);
  expect(events).toMatchObject([{ msg: 'agent clock is off', seconds: -3601 }]);
  send();
  expect(agents.health.sources).toMatchObject([{ clockIsOff: false, clockSkew: 0 }]);
});

test('an agent whose keepalives stop is called silent after 30 s, and heard again when they come back', async () => {
  const { keepalive, send, agents, events, clock } = feed();
  await agents.start();
  keepalive();
  send({}, '10.9.9.8');
  clock.advance(29_000);
  expect(agents.health.sources[0]?.silent).toBe(false);
  clock.advance(11_000);
  expect(agents.health.sources.map((agent) => agent.silent)).toEqual([true, false]);
  keepalive();
  expect(agents.health.sources[0]?.silent).toBe(false);
  expect(events.map((event) => event.msg)).toEqual([
    'datagrams from any address are taken',
    'agent heard',
    'agent silent',
    'agent heard',
  ]);
  await agents.stop();
  expect(clock.waiting).toBe(0);
});

test('more sources than are remembered still log users on', () => {
  const { send, agents, logons, events } = feed();
  for (let index = 0; index < 4200; index++) send({}, `10.${index >> 8}.${index & 255}.1`);
  expect(logons).toHaveLength(4200);
  expect(agents.health.sources).toHaveLength(4096);
  expect(events.filter((event) => event.msg === 'agents are too many to remember')).toHaveLength(1);
});

test('an agent that sends more than it may loses what is too much, and no other agent does', () => {
  const { send, agents, logons, events, clock } = feed(null, { perSecond: 10, burst: 3 });
  for (let sent = 0; sent < 5; sent++) send();
  send({}, '10.9.9.8');
  expect(logons.map((logon) => logon.agent)).toEqual([...Array(3).fill('10.9.9.9'), '10.9.9.8']);
  expect(agents.health.dropped).toEqual({ rate: 2 });
  expect(agents.health.sources).toMatchObject([
    { bad: 2, datagrams: 5, dropped: { rate: 2 }, lastLogon: clock.now() },
    { bad: 0, dropped: {} },
  ]);
  expect(events).toMatchObject([{ msg: 'datagram dropped', agent: '10.9.9.9', why: 'rate' }]);
  clock.advance(200);
  send();
  expect(logons).toHaveLength(5);
});

test('what an agent sends is known by second, in events and octets', () => {
  const { send, agents, clock } = feed();
  for (let sent = 0; sent < 20; sent++) send();
  clock.advance(10_000);
  // 12 octets of header, PC1/CORP/alice, and a NUL.
  expect(agents.health.sources).toMatchObject([{ eventsPerSecond: [2], bytesPerSecond: 54, bytes: 540 }]);
});
