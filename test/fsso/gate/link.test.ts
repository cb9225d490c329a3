import { expect, test } from 'vitest';
import { Link, type LinkOptions } from '../../../src/fsso/gate/link.ts';
import type { Message } from '../../../src/fsso/wire/messages.ts';
import { FakeNetwork, logon } from '../../support/fake-network.ts';
import { ManualClock } from '../../support/manual-clock.ts';

function start(given: Partial<LinkOptions> = {}) {
  const clock = new ManualClock();
  const network = new FakeNetwork();
  const happened: string[] = [];
  const received: Message[] = [];
  const link: Link = new Link(
    {
      host: '10.0.0.11',
      port: 8000,
      password: 'fortinet',
      identity: 'FG44FAAS00123456',
      strategy: 'hmac-md5-serial-challenge',
      clock,
      connect: network.connect,
      ...given,
    },
    {
      changed: (isState) => isState && happened.push(link.state),
      online: (implicit) => happened.push(implicit ? 'implicit' : 'accepted'),
      received: (message) => received.push(message),
      ended: () => happened.push(`ended ${link.state}`),
    },
  );
  link.open();
  return { clock, network, happened, received, link, line: network.last };
}

const stage = (link: Link) => [link.state, link.problem?.stage];

test('a link passes through its states and answers the challenge with the documented response', () => {
  const { happened, line, link } = start();
  line.accept();
  expect(happened).toEqual(['connecting', 'waiting-hello', 'hello-sent', 'online', 'accepted']);
  expect(line.sent).toEqual([
    expect.objectContaining({
      kind: 'hello',
      sync: 1,
      capability: 0x20,
      name: 'fabrictop',
      identity: 'FG44FAAS00123456',
      proof: Buffer.from('3b41a6bfc58fe3f14f5144804816ef7c', 'hex'),
    }),
  ]);
  expect(link.version).toBe('FSSO 5.0.0278');
  link.requestLogons();
  expect(line.sent.at(-1)).toMatchObject({ kind: 'send-all', sync: 2 });
});

test('without a password the response is zeros', () => {
  const { line } = start({ password: null });
  line.accept();
  expect(line.sent[0]).toMatchObject({ proof: Buffer.alloc(16) });
});

test('a keepalive is sent each 60 s, with the next sequence number', () => {
  const { clock, line } = start();
  line.accept();
  for (let second = 0; second < 130; second += 10) {
    line.keepalive();
    clock.advance(10_000);
  }
  expect(line.sent.slice(1)).toEqual([
    expect.objectContaining({ kind: 'keepalive', sync: 2 }),
    expect.objectContaining({ kind: 'keepalive', sync: 3 }),
  ]);
});

test.each([
  ['keepalive', (line: FakeNetwork['last']) => line.keepalive()],
  ['event', (line: FakeNetwork['last']) => line.event(logon())],
  ['list', (line: FakeNetwork['last']) => line.bulk(logon())],
])('a %s before any verdict means that the collector wants no password', (_, send) => {
  const { line, happened, received } = start();
  line.open().hello();
  send(line);
  expect(happened.slice(-2)).toEqual(['online', 'implicit']);
  expect(received).not.toEqual([]);
});

test('a message that nobody knows is no verdict', () => {
  const { line, link } = start();
  line.open().hello().send(Buffer.from('0000000a8e06deadbeef', 'hex'));
  expect(link.state).toBe('hello-sent');
  expect(link.unknown).toBeGreaterThan(0);
});

test.each([0, 2])('verdict %i refuses, names the stage and closes', (status) => {
  const { line, link, happened } = start();
  line.open().hello().verdict(status);
  expect(stage(link)).toEqual(['refused', 'authentication']);
  expect(link.problem).toMatchObject({ code: status, message: 'server authentication failed' });
  expect(happened.at(-1)).toBe('ended refused');
  expect(line.isClosed).toBe(true);
});

test('a late refusal counts even when data came first', () => {
  const { line, link } = start();
  line.open().hello().keepalive().verdict(0);
  expect(link.state).toBe('refused');
});

test.each([
  [null, 'hmac-md5-serial-challenge', /none is configured/],
  ['sixteen letters!', 'hmac-md5-serial-challenge', /has 16 characters; a collector takes at most 15/],
  ['secret', 'none', /auth-strategy is none/],
  ['secret', 'hmac-md5-serial-challenge', /differs/],
] as const)(
  'a refusal with password %j and strategy %s says what is wrong with it',
  (password, strategy, cause) => {
    const { line, link } = start({ password, strategy });
    line.open().hello().verdict(0);
    expect(link.problem?.cause).toMatch(cause);
    expect(JSON.stringify(link.problem)).not.toContain(password ?? 'no password');
    expect(link.problem?.fix.length).toBeGreaterThan(0);
  },
);

test('each step has 10 s, and what is overdue names its stage', () => {
  const connecting = start();
  connecting.clock.advance(9999);
  expect(connecting.link.state).toBe('connecting');
  connecting.clock.advance(1);
  expect(stage(connecting.link)).toEqual(['failed', 'tcp']);
  expect(connecting.link.problem?.message).toBe('no answer from 10.0.0.11 port 8000 within 10 s');

  const hello = start();
  hello.line.open();
  hello.clock.advance(10_000);
  expect(stage(hello.link)).toEqual(['stalled', 'hello']);

  const verdict = start();
  verdict.line.open().hello();
  verdict.clock.advance(10_000);
  expect(stage(verdict.link)).toEqual(['stalled', 'authentication']);
});

test('a hello that trickles in does not buy time', () => {
  const { clock, line, link } = start();
  line.open();
  for (const octet of Buffer.from('0000005a80060000000a', 'hex')) {
    line.send(Buffer.from([octet]));
    clock.advance(1000);
  }
  expect(link.state).toBe('stalled');
});

test('a silent port 8001 is said to want TLS', () => {
  const { clock, line, link } = start({ port: 8001 });
  line.open();
  clock.advance(10_000);
  expect(link.problem?.cause).toContain('TLS');
});

test('29 s without a byte is a lost link, and any byte starts them again', () => {
  const { clock, line, link } = start();
  line.accept();
  clock.advance(28_999);
  line.keepalive();
  clock.advance(28_999);
  expect(link.state).toBe('online');
  clock.advance(1);
  expect(stage(link)).toEqual(['lost', 'keepalive']);
  expect(link.problem?.message).toBe('nothing received for 29 s');
  expect(clock.waiting).toBe(0);
});

test.each([
  ['ECONNREFUSED', 'tcp', 'connection refused by 10.0.0.11 port 8000'],
  ['EHOSTUNREACH', 'tcp', '10.0.0.11 is not reachable (EHOSTUNREACH)'],
  ['ENOTFOUND', 'resolve', '10.0.0.11 cannot be resolved (ENOTFOUND)'],
  ['EACCES', 'tcp', 'cannot connect to 10.0.0.11 port 8000 (EACCES)'],
])('%s while connecting fails at stage %s', (code, expected, message) => {
  const { line, link } = start();
  line.end(code);
  expect(link.problem).toMatchObject({ stage: expected, code, message });
  expect(link.state).toBe('failed');
});

test('an own address that cannot be used is named', () => {
  const { line, link } = start({ source: { ip4: '192.0.2.9', ip6: null, interface: null } });
  expect(line.address.source?.ip4).toBe('192.0.2.9');
  line.end('EADDRNOTAVAIL');
  expect(link.problem?.message).toBe('cannot connect from source-ip 192.0.2.9 (EADDRNOTAVAIL)');
});

test('an end is told by where it came', () => {
  const beforeHello = start();
  beforeHello.line.open().end();
  expect(stage(beforeHello.link)).toEqual(['failed', 'hello']);
  const beforeVerdict = start();
  beforeVerdict.line.open().hello().end('ECONNRESET');
  expect(stage(beforeVerdict.link)).toEqual(['failed', 'authentication']);
  const online = start();
  online.line.accept().end();
  expect(stage(online.link)).toEqual(['lost', 'connection']);
  const broken = start();
  broken.line.accept().end('ECONNRESET');
  expect(broken.link.problem?.message).toBe('the connection broke (ECONNRESET)');
});

test.each([
  ['SSH-2.0-OpenSSH_9.6\r\n', 'hello', 'it begins with "SSH-2.0-OpenSSH_9.6"'],
  ['\x15\x03\x03\x00\x02\x02\x28', 'hello', 'speaks TLS'],
  ['\xff\xfe\xfd\xfc\xfb\xfa', 'hello', 'does not speak FSSO'],
])('a stranger that says %j is told from a collector', (words, expected, message) => {
  const { line, link } = start();
  line.open().send(Buffer.from(words, 'latin1'));
  expect(stage(link)).toEqual(['failed', expected]);
  expect(link.problem?.message).toContain(message);
});

test('garbage on a link that was online loses it', () => {
  const { line, link } = start();
  line.accept().send(Buffer.from('ffffffff8406', 'hex'));
  expect(stage(link)).toEqual(['lost', 'protocol']);
});

test('missed sequence numbers are counted; verdicts, events without a number and steps back are not', () => {
  const { line, link } = start();
  line.accept();
  line.keepalive();
  line.sync += 3;
  line.keepalive();
  expect(link.gaps).toBe(3);
  const before = line.sync;
  line.sync = -1;
  line.event(logon());
  line.sync = before;
  line.keepalive();
  line.sync = 10;
  line.keepalive();
  line.keepalive();
  expect(link.gaps).toBe(3);
});

test('a closed link tells nothing more and leaves no timer', async () => {
  const { clock, happened, line, link } = start();
  line.accept();
  happened.length = 0;
  await link.close();
  line.end('ECONNRESET');
  clock.advance(100_000);
  expect(happened).toEqual([]);
  expect([link.state, line.isClosed, clock.waiting]).toEqual(['standby', true, 0]);
});

test('an address that the system refuses outright is a failure, no exception', () => {
  const clock = new ManualClock();
  const refuse = () => {
    throw Object.assign(new Error('bad'), { code: 'ERR_INVALID_IP_ADDRESS' });
  };
  const { link } = { link: startWith(clock, refuse) };
  expect(stage(link)).toEqual(['failed', 'tcp']);
});

function startWith(clock: ManualClock, connect: NonNullable<LinkOptions['connect']>): Link {
  const link = new Link(
    { host: 'x', port: 1, password: null, identity: 'x', strategy: 'none', clock, connect },
    { changed() {}, online() {}, received() {}, ended() {} },
  );
  link.open();
  return link;
}
