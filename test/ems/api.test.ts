import type { RequestListener } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { type CallOptions, getSerialNumber } from '../../src/ems/api.ts';
import { EmsFailure } from '../../src/ems/diagnosis.ts';
import { emsProfile } from '../../src/ems/profile.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { OpensslCa } from '../support/openssl-ca.ts';

const openssl = new OpensslCa();
const root = openssl.authority('/O=T/CN=Root');
const leaf = openssl.issue({ subject: '/CN=ems.test', issuer: root });
const deviceRoot = openssl.authority('/CN=Device Root');
const device = openssl.issue({ subject: '/CN=FGVM010000000001', issuer: deviceRoot });
afterAll(() => openssl.remove());

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
});

async function serve(answer: RequestListener, more: object = {}): Promise<{ port: number; server: Server }> {
  const server = createServer(
    {
      cert: leaf.certificate,
      key: leaf.key,
      ca: [deviceRoot.certificate],
      requestCert: true,
      rejectUnauthorized: false,
      ...more,
    },
    answer,
  );
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return { port: (server.address() as { port: number }).port, server };
}

const json =
  (status: number, body: unknown, headers: Record<string, string> = {}): RequestListener =>
  (_request, response) =>
    void response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(JSON.stringify(body));
const success = { result: { retval: 1, message: null }, data: 'FCTEMS0000000001' };

function options(port: number, more: Partial<CallOptions> = {}): CallOptions {
  return {
    host: '127.0.0.1',
    port,
    timeoutMs: 10_000,
    ca: [root.der],
    identity: { certificate: device.certificate, key: device.key },
    certificate: leaf.sha256,
    serial: 'FGVM010000000001',
    profile: emsProfile,
    clock: systemClock,
    ...more,
  };
}

async function failureOf(work: Promise<unknown>): Promise<EmsFailure> {
  const outcome = await work.then(
    () => null,
    (error: unknown) => error,
  );
  expect(outcome).toBeInstanceOf(EmsFailure);
  return outcome as EmsFailure;
}

test('the serial number comes over a connection that shows our certificate, and no header names us', async () => {
  let seen: { url: string | undefined; method: string | undefined; headers: object; cn: unknown } | null =
    null;
  const { port } = await serve((request, response) => {
    const { subject } = (request.socket as TLSSocket).getPeerCertificate();
    seen = { url: request.url, method: request.method, headers: request.headers, cn: subject.CN };
    json(200, success)(request, response);
  });
  const reply = await getSerialNumber(options(port));
  expect(reply.serialNumber).toBe('FCTEMS0000000001');
  expect(reply.latencyMs).toBeGreaterThanOrEqual(0);
  expect(seen).toEqual({
    url: '/api/v1/system/serial_number',
    method: 'GET',
    cn: 'FGVM010000000001',
    headers: {
      host: `127.0.0.1:${port}`,
      connection: 'close',
      accept: 'application/json',
      'accept-encoding': 'gzip',
    },
  });
});

test('source-ip is the address that EMS sees the call from', async () => {
  let from: string | undefined;
  const { port } = await serve((request, response) => {
    from = request.socket.remoteAddress;
    json(200, success)(request, response);
  });
  await getSerialNumber(options(port, { sourceIp: '127.0.0.2' }));
  expect(from).toBe('127.0.0.2');
});

test('nothing is asked of a server with another certificate, nor of one whose chain is not trusted', async () => {
  let asked = 0;
  const { port } = await serve((request, response) => {
    asked += 1;
    json(200, success)(request, response);
  });
  const swapped = await failureOf(getSerialNumber(options(port, { certificate: root.sha256 })));
  expect(swapped.fault).toBe('certificate-swapped');
  const unknown = await failureOf(getSerialNumber(options(port, { ca: [deviceRoot.der] })));
  expect(unknown.problem.code).toBe(-4);
  expect(asked).toBe(0);
});

test('a reply that is no JSON by its own word is refused, and a missing word is not', async () => {
  const html: RequestListener = (_request, response) =>
    void response.writeHead(200, { 'content-type': 'text/html' }).end(JSON.stringify(success));
  const { port } = await serve(html);
  const failure = await failureOf(getSerialNumber(options(port)));
  expect(failure.message).toContain('Its reply is text/html, not JSON');
  const bare = await serve((_request, response) => void response.end(JSON.stringify(success)));
  expect((await getSerialNumber(options(bare.port))).serialNumber).toBe('FCTEMS0000000001');
});

test.each([
  ['120', 120_000],
  ['99999999', 3_600_000],
  ['soon', null],
])('429 says how long EMS wants to be left alone (Retry-After: %s)', async (field, waits) => {
  const { port } = await serve(json(429, {}, { 'retry-after': field }));
  const failure = await failureOf(getSerialNumber(options(port)));
  expect(failure).toMatchObject({ fault: 'too-many-calls', retryAfterMs: waits });
});

test('429 with a date counts from now', async () => {
  const clock = new ManualClock(Date.UTC(2026, 0, 15, 9, 0, 0));
  const { port } = await serve(json(429, {}, { 'retry-after': 'Thu, 15 Jan 2026 09:05:00 GMT' }));
  const failure = await failureOf(getSerialNumber(options(port, { clock })));
  expect(failure.retryAfterMs).toBe(300_000);
});

test('each call is a full handshake: no TLS session is resumed', async () => {
  const resumed: boolean[] = [];
  const { port, server } = await serve(json(200, success));
  server.on('secureConnection', (socket) => resumed.push(socket.isSessionReused()));
  await getSerialNumber(options(port));
  await getSerialNumber(options(port));
  expect(resumed).toEqual([false, false]);
});

test.each([
  [401, { result: { retval: -4, message: 'Session has expired or does not exist.' } }, 'not-authorized', -8],
  [400, { result: { retval: -1, message: 'Bad' } }, 'serial-refused', -5],
  [403, {}, 'unexpected-status', -5],
  [404, '<html>', 'unexpected-status', -5],
  [500, {}, 'server-error', -5],
  [503, {}, 'server-error', -5],
  [302, {}, 'unexpected-status', -5],
  [
    200,
    { result: { retval: -5, message: 'Certificate user does not have access to global.' } },
    'global-site',
    -5,
  ],
  [
    403,
    { result: { retval: -5, message: 'Certificate user does not have access to global.' } },
    'global-site',
    -5,
  ],
  [200, { result: { retval: -1, message: 'License expired' } }, 'license-expired', -7],
  [200, { result: { retval: -3 } }, 'call-refused', -5],
  [200, { result: { retval: 1 } }, 'reply-unreadable', -5],
  [200, { result: { retval: 1 }, data: { serial: 'x' } }, 'reply-unreadable', -5],
  [200, { result: { retval: 1 }, data: 'F'.repeat(65) }, 'reply-unreadable', -5],
  [200, ['FCTEMS0000000001'], 'reply-unreadable', -5],
])('status %i with %j is %s, code %i', async (status, body, fault, code) => {
  const { port } = await serve(json(status, body, status === 302 ? { location: '/elsewhere' } : {}));
  const failure = await failureOf(getSerialNumber(options(port)));
  expect(failure.fault).toBe(fault);
  expect(failure.problem.code).toBe(code);
  expect(failure.httpStatus).toBe(status);
});

test('a redirect is not followed', async () => {
  const asked: (string | undefined)[] = [];
  const { port } = await serve((request, response) => {
    asked.push(request.url);
    response.writeHead(301, { location: '/api/v1/other' }).end();
  });
  expect((await failureOf(getSerialNumber(options(port)))).problem.message).toContain(
    'received https code 301',
  );
  expect(asked).toHaveLength(1);
});

test('not authorised names the serial number; without an identity the fix is to configure one', async () => {
  const { port } = await serve(json(401, {}));
  const failure = await failureOf(getSerialNumber(options(port)));
  expect(failure.problem.message).toBe('EMS server connection failed. Authentication failed');
  expect(failure.problem.fix.join(' ')).toContain('FGVM010000000001');
  expect(failure.oldForm).toBe('Error 1--94-0-401 in get SN call: Authentication denied.');
  const { identity: _, ...nobody } = options(port);
  expect((await failureOf(getSerialNumber(nobody))).fault).toBe('no-identity');
});

test.each(['TLSv1.2', 'TLSv1.3'])(
  'a server that insists on a client certificate is told so under %s',
  async (version) => {
    const { port } = await serve(json(200, success), {
      rejectUnauthorized: true,
      minVersion: version,
      maxVersion: version,
    });
    const { identity: _, ...nobody } = options(port);
    const failure = await failureOf(getSerialNumber(nobody));
    // Node's server closes without an alert, which openssl s_server does not: see the oracle.
    expect(['no-identity', 'closed-in-handshake', 'closed-in-reply']).toContain(failure.fault);
    expect((await getSerialNumber(options(port))).serialNumber).toBe('FCTEMS0000000001');
  },
);

test('a compressed reply is read', async () => {
  const { port } = await serve((_request, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(JSON.stringify(success)));
  });
  expect((await getSerialNumber(options(port))).serialNumber).toBe('FCTEMS0000000001');
});

const raw =
  (bytes: string | Buffer, end = true): RequestListener =>
  (request) => {
    const socket = request.socket as Socket;
    socket.write(bytes);
    if (end) socket.end();
  };

test.each<[string, RequestListener, string]>([
  [
    'a bomb',
    (_q, r) => void r.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(50_000_000))),
    'unpacks to more than 65536',
  ],
  [
    'damaged',
    (_q, r) => void r.writeHead(200, { 'content-encoding': 'gzip' }).end('no gzip'),
    'compressed reply is damaged',
  ],
  ['of an unknown encoding', json(200, success, { 'content-encoding': 'br' }), 'unknown encoding br'],
  ['too long', json(200, { ...success, filler: 'x'.repeat(70_000) }), 'longer than 65536'],
  [
    'longer than it says it could be',
    json(200, 'x'.repeat(70_000), { 'content-length': '70002' }),
    'longer than 65536',
  ],
  ['no JSON', (_q, r) => void r.end('<html>'), 'not the JSON of EMS'],
  ['empty', (_q, r) => void r.end(), 'not the JSON of EMS'],
  ['no HTTP', raw('220 ftp ready\r\n'), 'not HTTP'],
  [
    'with a header without end',
    raw(`HTTP/1.1 200 OK\r\nX: ${'y'.repeat(40_000)}`, false),
    'header of its reply is too long',
  ],
])('a reply that is %s is refused within bounds', async (_name, answer, detail) => {
  const { port } = await serve(answer);
  const failure = await failureOf(getSerialNumber(options(port)));
  expect(failure.fault).toBe('reply-unreadable');
  expect(failure.problem.message).toContain(detail);
});

test.each<[string, RequestListener]>([
  ['cut in its body', raw('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"result":')],
  ['cut in its header', raw('HTTP/1.1 200 OK\r\nContent-Le')],
  ['no reply at all', raw('')],
])('a reply that is %s is told as closed', async (_name, answer) => {
  const { port } = await serve(answer);
  expect((await failureOf(getSerialNumber(options(port)))).fault).toBe('closed-in-reply');
});

test.each<[string, RequestListener]>([
  ['no answer', () => {}],
  ['half an answer', raw('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{', false)],
])('%s within call-timeout is a timeout', async (_name, answer) => {
  const clock = new ManualClock();
  let asked = false;
  const { port } = await serve((request, response) => {
    asked = true;
    answer(request, response);
  });
  const work = failureOf(getSerialNumber(options(port, { clock, timeoutMs: 30_000 })));
  await expect.poll(() => asked, { timeout: 5000 }).toBe(true);
  clock.advance(30_000);
  const failure = await work;
  expect(failure.fault).toBe('reply-timeout');
  expect(failure.problem).toMatchObject({ code: -1, message: 'EMS server was not reached (timeout)' });
  expect(clock.waiting).toBe(0);
});

test('a call that is given up ends with the reason', async () => {
  const stop = new AbortController();
  const reason = new Error('stopped');
  const { port } = await serve(() => stop.abort(reason));
  await expect(getSerialNumber(options(port, { signal: stop.signal }))).rejects.toBe(reason);
});

test('what EMS says reaches a problem without control characters', async () => {
  const { port } = await serve(json(200, { result: { retval: -9, message: 'a\u001b[2J\u202eb' } }));
  const failure = await failureOf(getSerialNumber(options(port)));
  expect(failure.problem.message).toContain('a\\x1b[2J\\u{202e}b');
});
