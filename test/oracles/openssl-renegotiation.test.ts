import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { getSerialNumber } from '../../src/ems/api.ts';
import { emsProfile } from '../../src/ems/profile.ts';
import { OpensslCa } from '../support/openssl-ca.ts';

// A web server that wants to see the client certificate for some of its paths negotiates anew in the middle of a call
// (RFC 5246, HelloRequest). Node's own server cannot do that, so that openssl s_server is told to, by hand.
const maker = new OpensslCa();
const root = maker.authority('/CN=Root');
const leaf = maker.issue({ subject: '/CN=localhost', issuer: root });
const deviceRoot = maker.authority('/CN=Device Root');
const device = maker.issue({ subject: '/CN=FGVM010000000001', issuer: deviceRoot });
afterAll(() => maker.remove());
let running: ChildProcess | null = null;
afterEach(() => {
  running?.kill('SIGKILL');
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as { port: number };
  await new Promise((done) => server.close(done));
  return port;
}

test('a server that demands a new handshake in the middle of a call gets it, and the call goes on', async () => {
  const port = await freePort();
  const server = spawn(
    'openssl',
    [
      ...['s_server', '-accept', `127.0.0.1:${port}`, '-tls1_2', '-naccept', '1'],
      ...['-cert', leaf.certificateFile, '-key', leaf.keyFile, '-CAfile', deviceRoot.certificateFile],
    ],
    { stdio: ['pipe', 'pipe', 'pipe'] },
  );
  running = server;
  let said = '';
  for (const stream of [server.stdout, server.stderr])
    stream.on('data', (piece: Buffer) => {
      said += piece.toString('latin1');
    });
  const says = (what: string) =>
    vi.waitFor(() => expect(said).toContain(what), { timeout: 20_000, interval: 10 });
  await says('ACCEPT');
  const call = getSerialNumber({
    host: '127.0.0.1',
    port,
    timeoutMs: 30_000,
    ca: [root.der],
    clock: systemClock,
    certificate: leaf.sha256,
    serial: 'FGVM010000000001',
    identity: { certificate: device.certificate, key: device.key },
    profile: emsProfile,
  });
  await says('GET /api/v1/system/serial_number');
  server.stdin.write('R\n');
  await says('SSL_do_handshake -> 1');
  const body = JSON.stringify({ result: { retval: 1, message: null }, data: 'FCTEMS0000000137' });
  const head = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
  server.stdin.write(`${head}${body}`);
  expect(await call).toMatchObject({ serialNumber: 'FCTEMS0000000137' });
}, 60_000);
