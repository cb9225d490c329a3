import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { afterAll, afterEach, expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { EmsFailure } from '../../src/ems/diagnosis.ts';
import { type ProbeOptions, probe } from '../../src/ems/probe.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { OpensslCa } from '../support/openssl-ca.ts';

const openssl = new OpensslCa();
const root = openssl.authority('/O=T/CN=Root');
const leaf = openssl.issue({
  subject: '/CN=ems.test',
  issuer: root,
  extensions: [['subjectAltName', 'DNS:localhost,IP:127.0.0.1']],
});
afterAll(() => openssl.remove());

const servers: { server: Server; sockets: Set<Socket> }[] = [];
afterEach(async () => {
  for (const { server, sockets } of servers.splice(0)) {
    for (const socket of sockets) socket.destroy();
    await new Promise((done) => server.close(done));
  }
});

async function listen(server: Server, host = '127.0.0.1'): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
  });
  servers.push({ server, sockets });
  await new Promise<void>((done) => server.listen(0, host, done));
  return (server.address() as { port: number }).port;
}

/** A server that does this with the first bytes of each client. */
const answering = (answer: (socket: Socket) => void) =>
  listen(createServer((socket) => void socket.once('data', () => answer(socket))));

function options(port: number, more: Partial<ProbeOptions> = {}): ProbeOptions {
  return { host: '127.0.0.1', port, timeoutMs: 10_000, ca: [root.der], clock: systemClock, ...more };
}

async function failureOf(work: Promise<unknown>): Promise<EmsFailure> {
  const outcome = await work.then(
    () => null,
    (error: unknown) => error,
  );
  expect(outcome).toBeInstanceOf(EmsFailure);
  return outcome as EmsFailure;
}

const goodServer = () => listen(createTlsServer({ cert: leaf.certificate, key: leaf.key }));

test('a chain that leads to an installed CA is trusted, and completed with that CA', async () => {
  const result = await probe(options(await goodServer()));
  expect(result).toMatchObject({ trusted: true, chainIncomplete: false, reason: null, failure: null });
  expect(result.chain).toEqual([leaf.der, root.der]);
});

test('without installed CAs nothing is trusted, whatever the system trusts, and the chain says that it ends early', async () => {
  const result = await probe(options(await goodServer(), { ca: [] }));
  expect(result).toMatchObject({
    trusted: false,
    chainIncomplete: true,
    reason: 'its issuer is not installed',
  });
  expect(result.chain).toEqual([leaf.der]);
  expect(result.failure?.problem).toMatchObject({
    stage: 'certificate',
    code: -4,
    message: 'EMS server certificate is not signed by any known CA.',
  });
});

test('an expired certificate is not trusted, and the cause says why', async () => {
  const expired = openssl.issue({
    subject: '/CN=old',
    issuer: root,
    notBefore: '20200101000000Z',
    notAfter: '20210101000000Z',
  });
  const port = await listen(createTlsServer({ cert: expired.certificate, key: expired.key }));
  const result = await probe(options(port));
  expect(result.trusted).toBe(false);
  expect(result.failure?.fault).toBe('certificate-invalid');
  expect(result.failure?.problem.cause).toContain('expired');
});

test('a certificate for another host is trusted, and the mismatch is told', async () => {
  const other = openssl.issue({ subject: '/CN=other.test', issuer: root });
  const port = await listen(createTlsServer({ cert: other.certificate, key: other.key }));
  expect(await probe(options(port))).toMatchObject({ trusted: true, hostMatches: false });
  expect(await probe(options(await goodServer()))).toMatchObject({ trusted: true, hostMatches: true });
});

test('a name is sent as SNI, an address is not', async () => {
  const asked: (string | false)[] = [];
  const server = createTlsServer({ cert: leaf.certificate, key: leaf.key }, (socket) => {
    asked.push((socket as unknown as { servername: string | false }).servername);
  });
  const port = await listen(server);
  await probe(options(port, { host: 'localhost', sourceIp: '127.0.0.1' }));
  await probe(options(port));
  await expect.poll(() => asked.length, { timeout: 5000 }).toBe(2);
  expect(asked).toEqual(['localhost', false]);
});

test('source-ip is the address that the server sees', async () => {
  const from: (string | undefined)[] = [];
  const server = createTlsServer({ cert: leaf.certificate, key: leaf.key });
  server.on('connection', (socket: Socket) => from.push(socket.remoteAddress));
  const port = await listen(server);
  await probe(options(port, { sourceIp: '127.0.0.2' }));
  await probe(options(port, { sourceIp: '0.0.0.0' }));
  expect(from).toEqual(['127.0.0.2', '127.0.0.1']);
});

test('a source-ip that this machine does not have is named as the reason', async () => {
  const failure = await failureOf(probe(options(await goodServer(), { sourceIp: '192.0.2.77' })));
  expect(failure.fault).toBe('source-address');
  expect(failure.problem).toMatchObject({ stage: 'TCP', code: -1 });
});

test('a refused connection is told as refused', async () => {
  const port = await listen(createServer());
  await new Promise((done) => servers.splice(0)[0]?.server.close(done));
  const failure = await failureOf(probe(options(port)));
  expect(failure.fault).toBe('connection-refused');
  expect(failure.problem.message).toBe('EMS server was not reached (connection refused)');
});

test('a name that does not exist fails at resolve', async () => {
  const failure = await failureOf(probe(options(443, { host: 'no-such-host.invalid' })));
  expect(failure.fault).toBe('name-not-found');
  expect(failure.problem.stage).toBe('resolve');
});

test('a server that accepts and says nothing runs into the time limit, at TLS', async () => {
  const clock = new ManualClock();
  const port = await listen(createServer());
  let connected = false;
  const outcome = failureOf(
    probe(options(port, { clock, timeoutMs: 30_000, onConnected: () => (connected = true) })),
  );
  await expect.poll(() => connected, { timeout: 5000 }).toBe(true);
  clock.advance(29_999);
  expect(clock.waiting).toBe(1);
  clock.advance(1);
  const failure = await outcome;
  expect(failure.fault).toBe('tls-timeout');
  expect(failure.problem).toMatchObject({
    code: -1,
    stage: 'TLS',
    message: 'EMS server was not reached (timeout)',
  });
  expect(clock.waiting).toBe(0);
});

test.each([
  ['plain HTTP', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
  ['an SSH banner', 'SSH-2.0-OpenSSH\r\n'],
  ['zeros', Buffer.alloc(300)],
])('%s in place of TLS is told as not TLS', async (_name, bytes) => {
  const port = await answering((socket) => socket.end(bytes));
  expect((await failureOf(probe(options(port)))).fault).toBe('not-tls');
});

test('a TLS alert is told with its number', async () => {
  const port = await answering((socket) => socket.end(Buffer.from([21, 3, 3, 0, 2, 2, 70])));
  const failure = await failureOf(probe(options(port)));
  expect(failure.problem).toMatchObject({ code: -5, stage: 'TLS' });
  expect(failure.problem.message).toBe(
    'EMS server connection failed because the server is not compatible. TLS alert 70, protocol version',
  );
});

test('a connection that is closed or reset in the handshake is told as closed', async () => {
  const closing = await answering((socket) => socket.end());
  expect((await failureOf(probe(options(closing)))).fault).toBe('closed-in-handshake');
  const resetting = await answering((socket) => socket.resetAndDestroy());
  expect((await failureOf(probe(options(resetting)))).fault).toBe('closed-in-handshake');
});

const size = (length: number) => Buffer.from([length >> 16, (length >> 8) & 255, length & 255]);
const record = (body: Buffer) =>
  Buffer.concat([Buffer.from([22, 3, 3, body.length >> 8, body.length & 255]), body]);
const message = (type: number, body: Buffer) =>
  record(Buffer.concat([Buffer.from([type]), size(body.length), body]));
/** TLS 1.2, ECDHE_ECDSA_AES_128_GCM_SHA256, an empty renegotiation extension: RFC 5246 section 7.4.1.3. */
const serverHello = message(
  2,
  Buffer.concat([
    Buffer.from([3, 3]),
    Buffer.alloc(32, 7),
    Buffer.from([0, 0xc0, 0x2b, 0, 0, 5, 0xff, 1, 0, 1, 0]),
  ]),
);
/** The Certificate message: all lengths fit what is sent, or announce `announced` octets of certificate. */
function certificateMessage(der: Buffer, announced = der.length): Buffer {
  return message(11, Buffer.concat([size(announced + 3), size(announced), der]));
}

test.each([
  ['cut in the middle', (der: Buffer) => certificateMessage(der.subarray(0, der.length >> 1))],
  ['cut to its first octets', (der: Buffer) => certificateMessage(der.subarray(0, 3))],
  ['shorter than announced', (der: Buffer) => certificateMessage(der.subarray(0, 100), der.length)],
  ['replaced by noise', (der: Buffer) => certificateMessage(Buffer.alloc(der.length, 0x55))],
  ['missing', () => message(11, size(0))],
])('a certificate that is %s is told as unreadable', async (_name, build) => {
  const port = await answering((socket) => socket.write(Buffer.concat([serverHello, build(leaf.der)])));
  const failure = await failureOf(probe(options(port)));
  expect(failure.problem).toMatchObject({ stage: 'certificate', code: -5 });
  expect(failure.fault).toBe('certificate-unreadable');
});

test('a server that closes after its certificate still shows it', async () => {
  const port = await answering((socket) =>
    socket.end(Buffer.concat([serverHello, certificateMessage(leaf.der)])),
  );
  expect(await probe(options(port))).toMatchObject({
    chain: [leaf.der, root.der],
    trusted: true,
    refusal: { fault: 'closed-in-handshake' },
  });
});

test('a probe that is given up closes its connection and says so', async () => {
  const server = createServer();
  const port = await listen(server);
  const closed = new Promise((done) => server.on('connection', (socket) => socket.on('close', done)));
  const stop = new AbortController();
  const reason = new Error('stopped');
  const work = probe(options(port, { signal: stop.signal, onConnected: () => stop.abort(reason) }));
  await expect(work).rejects.toBe(reason);
  await closed;
});

test('names from the configuration reach a problem without control characters', async () => {
  const failure = await failureOf(probe(options(443, { host: 'a\u001b[31mb.invalid' })));
  expect(failure.problem.cause).not.toContain('\u001b');
});
