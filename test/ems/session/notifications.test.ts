import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Duplex } from 'node:stream';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import type { CallOptions } from '../../../src/ems/call.ts';
import { EmsFailure } from '../../../src/ems/diagnosis.ts';
import { emsProfile } from '../../../src/ems/profile.ts';
import { Notifications } from '../../../src/ems/session/notifications.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { OpensslCa } from '../../support/openssl-ca.ts';

// The server's side is spoken by hand, so that it can say what no library would.

const openssl = new OpensslCa();
const root = openssl.authority('/O=T/CN=Root');
const leaf = openssl.issue({ subject: '/CN=ems.test', issuer: root });
const other = openssl.issue({ subject: '/CN=other.test', issuer: root });
afterAll(() => openssl.remove());

const servers: Server[] = [];
const opened: Notifications[] = [];
afterEach(async () => {
  for (const each of opened.splice(0)) each.close();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

type Answer = (request: IncomingMessage, socket: Duplex) => void;

async function serve(answer: Answer): Promise<number> {
  const server = createServer({ cert: leaf.certificate, key: leaf.key });
  server.on('upgrade', (request, socket) => {
    socket.on('error', () => undefined);
    answer(request, socket);
  });
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return (server.address() as { port: number }).port;
}

/** The right answer to the handshake. */
function welcome(request: IncomingMessage, socket: Duplex): void {
  const key = request.headers['sec-websocket-key'];
  const proof = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${proof}\r\n\r\n`,
  );
}

function textFrame(text: string): Buffer {
  const body = Buffer.from(text);
  const length = Buffer.alloc(8);
  length.writeBigUInt64BE(BigInt(body.length));
  return Buffer.concat([Buffer.from([0x81, 127]), length, body]);
}

function options(port: number, clock: ManualClock, more: Partial<CallOptions> = {}): CallOptions {
  return {
    host: '127.0.0.1',
    port,
    timeoutMs: 30_000,
    ca: [root.der],
    certificate: leaf.sha256,
    serial: null,
    profile: emsProfile,
    clock,
    ...more,
  };
}

async function open(answer: Answer, more: Partial<CallOptions> = {}) {
  const clock = new ManualClock();
  const heard: (readonly string[])[] = [];
  const closed: [number, string][] = [];
  const port = await serve(answer);
  const notifications = await Notifications.open(options(port, clock, more), {
    changed: (tables) => heard.push(tables),
    closed: (code, reason) => closed.push([code, reason]),
  });
  opened.push(notifications);
  return { notifications, clock, heard, closed };
}

const soon = { timeout: 5000, interval: 5 };

test('only notifications of changed tables are taken, whatever else comes', async () => {
  const { heard } = await open((request, socket) => {
    welcome(request, socket);
    for (const text of [
      'no JSON',
      '[]',
      'null',
      '{"type":"other","tables":["tags"]}',
      '{"type":"notify"}',
      '{"type":"notify","tables":"tags"}',
      '{"type":"notify","tables":[1,{"a":2},"tags\\u001b[2J"]}',
    ])
      socket.write(textFrame(text));
    socket.write(Buffer.from([0x82, 0x01, 0x00]));
    socket.write(textFrame('{"type":"notify","tables":["sysinfo"]}'));
  });
  await vi.waitFor(() => expect(heard).toHaveLength(2), soon);
  expect(heard).toEqual([['tags\\x1b[2J'], ['sysinfo']]);
});

test('a message longer than the limit ends the socket before it is kept', async () => {
  const { closed, heard } = await open((request, socket) => {
    welcome(request, socket);
    // The length alone says it: a terabyte is announced and nothing more is sent.
    socket.write(Buffer.from([0x81, 127, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff]));
  });
  await vi.waitFor(() => expect(closed).toHaveLength(1), soon);
  expect(heard).toEqual([]);
});

test('a server that answers no ping is given up after two of them', async () => {
  const { clock, closed } = await open((request, socket) => {
    welcome(request, socket);
    socket.resume();
  });
  clock.advance(emsProfile.websocket.pingEvery);
  expect(closed).toEqual([]);
  clock.advance(emsProfile.websocket.pingEvery);
  expect(closed).toEqual([[1006, 'no answer to a ping']]);
  expect(clock.waiting).toBe(0);
});

test('the close code and its reason are told, made safe', async () => {
  const reason = Buffer.from('bye\u001b[2J');
  const { closed } = await open((request, socket) => {
    welcome(request, socket);
    socket.write(Buffer.concat([Buffer.from([0x88, 2 + reason.length, 0x03, 0xf4]), reason]));
  });
  await vi.waitFor(() => expect(closed).toEqual([[1012, 'bye\\x1b[2J']]), soon);
});

test('after close nothing is told and no timer is left', async () => {
  const { notifications, clock, closed } = await open(welcome);
  notifications.close();
  expect(clock.waiting).toBe(0);
  await new Promise((done) => setImmediate(done));
  expect(closed).toEqual([]);
});

const refusals: [name: string, answer: Answer, fault: string][] = [
  ['401', (_, socket) => socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n'), 'not-authorized'],
  ['404', (_, socket) => socket.end('HTTP/1.1 404 Not Found\r\n\r\n'), 'unexpected-status'],
  ['503', (_, socket) => socket.end('HTTP/1.1 503 Busy\r\n\r\n'), 'server-error'],
  [
    'a redirect, which is not followed',
    (_, socket) => socket.end('HTTP/1.1 302 Found\r\nLocation: wss://127.0.0.1:1/\r\n\r\n'),
    'unexpected-status',
  ],
  [
    'a wrong proof',
    (_, socket) =>
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: AAAA\r\n\r\n',
      ),
    'closed-in-reply',
  ],
  ['a hang-up', (_, socket) => socket.destroy(), 'closed-in-reply'],
];

test.each(refusals)('%s is a typed failure', async (_, answer, fault) => {
  const failure = await open(answer).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(EmsFailure);
  expect((failure as EmsFailure).fault).toBe(fault);
});

test('a server that never answers the upgrade is given up within call-timeout', async () => {
  const clock = new ManualClock();
  let asked = false;
  const port = await serve(() => {
    asked = true;
  });
  const outcome = Notifications.open(options(port, clock), {
    changed: () => undefined,
    closed: () => undefined,
  }).catch((error: unknown) => error);
  await vi.waitFor(() => expect(asked).toBe(true), soon);
  clock.advance(30_000);
  expect((await outcome) as EmsFailure).toMatchObject({ fault: 'reply-timeout' });
  expect(clock.waiting).toBe(0);
});

test('nothing is asked of a server with another certificate', async () => {
  let asked = false;
  const answer: Answer = () => {
    asked = true;
  };
  const failure = await open(answer, { certificate: other.sha256 }).catch((error: unknown) => error);
  expect((failure as EmsFailure).fault).toBe('certificate-swapped');
  expect(asked).toBe(false);
});
