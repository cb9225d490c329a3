import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { EmsAdmin } from '../../src/ems/admin.ts';
import { EmsAdminSession } from '../../src/ems/admin-session.ts';
import { readCertificateFile } from '../../src/ems/certificate.ts';
import { CloudSession } from '../../src/ems/cloud.ts';
import {
  callJson,
  type HttpRequest,
  type HttpServer,
  judgeByFingerprint,
  judgeByName,
} from '../../src/ems/http-call.ts';
import { HttpFailure } from '../../src/ems/http-failure.ts';
import { KeptConnection } from '../../src/ems/kept-connection.ts';
import { Authority } from '../../src/lab/authority.ts';
import { LabEms } from '../../src/lab/ems/server.ts';
import { WriteGuard } from '../../src/verbs.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { OpensslCa } from '../support/openssl-ca.ts';

vi.setConfig({ testTimeout: 30_000 });

const openssl = new OpensslCa();
const root = openssl.authority('/CN=Root');
const extensions: [string, string][] = [['subjectAltName', 'IP:127.0.0.1']];
const named = openssl.issue({ subject: '/CN=ems.test', issuer: root, extensions });
const other = openssl.issue({ subject: '/CN=ems.test', issuer: root, extensions });
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});
afterAll(() => openssl.remove());

/** A server that says `{}` to everything, counts its connections, and keeps them as long as the client likes. */
async function serve() {
  const server: Server = createServer({ cert: named.certificate, key: named.key });
  const seen = { connections: 0, open: 0, calls: [] as string[] };
  const held: (() => void)[] = [];
  server.keepAliveTimeout = 0;
  server.on('secureConnection', (socket) => {
    seen.connections += 1;
    seen.open += 1;
    socket.on('close', () => {
      seen.open -= 1;
    });
  });
  server.on('request', (request, response) => {
    seen.calls.push(request.url ?? '');
    const answer = () => response.setHeader('content-type', 'application/json').end('{}');
    if (request.url === '/held') held.push(answer);
    else answer();
  });
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(() => resolve()));
  });
  return { server, seen, held, port: (server.address() as AddressInfo).port };
}

const clock = new ManualClock(Date.now());

/** Calls one after another over what one session shares, to a server that may be judged otherwise each time. */
function calls(port: number) {
  const shared = new KeptConnection(clock);
  closers.push(async () => shared.close());
  const trust = { cas: [root.der] as Buffer[], judge: judgeByName };
  const server: HttpServer = {
    peer: 'EMS',
    host: '127.0.0.1',
    port,
    timeoutMs: 5000,
    cas: () => trust.cas,
    judge: (shown) => trust.judge(shown),
    clock,
  };
  const call = (path: string, method: HttpRequest['method'] = 'GET') =>
    callJson(server, { method, path }, shared);
  const fault = (path: string) =>
    call(path).then(
      () => null,
      (error: unknown) => (error instanceof HttpFailure ? error.fault : String(error)),
    );
  return { call, fault, shared, trust };
}

test('an administrator signs in, reads everything and signs out over one connection', async () => {
  const authority = await Authority.create('Lab EMS CA', Date.now());
  const cloudAccount = { accountEmail: 'fabric@example.com', accessKey: 'key-of-the-account' };
  const lab = await LabEms.start({
    serialNumber: 'FCTEMS0000000137',
    authority,
    hostName: 'ems.corp.example',
    deviceRoots: [],
    admin: { name: 'admin', password: 'p4ss-word', cloud: cloudAccount },
    clock: systemClock,
  });
  closers.push(() => lab.stop());
  const server: HttpServer = {
    peer: 'EMS',
    host: '127.0.0.1',
    port: lab.port,
    timeoutMs: 5000,
    cas: () => readCertificateFile(Buffer.from(authority.certificate)),
    judge: judgeByName,
    clock: systemClock,
  };
  const sessions = [
    new EmsAdminSession(server, { name: 'admin', password: 'p4ss-word', site: null }),
    new CloudSession(server, cloudAccount),
  ];
  for (const [index, session] of sessions.entries()) {
    const admin = new EmsAdmin(session, new WriteGuard(false), { peer: 'EMS', server: 'lab' });
    expect((await admin.overview()).failures).toEqual([]);
    expect((await admin.overview()).failures).toEqual([]);
    expect(lab.admin?.openSessions).toBe(1);
    await session.signOut();
    expect(lab.admin?.openSessions).toBe(0);
    expect(lab.connections).toBe(index + 1);
  }
});

test('an idle connection is closed after four seconds, and the next call makes another', async () => {
  const { seen, port } = await serve();
  const { call } = calls(port);
  await call('/1');
  clock.advance(3_999);
  await call('/2');
  expect(seen).toMatchObject({ connections: 1, open: 1 });
  clock.advance(4_000);
  await vi.waitFor(() => expect(seen.open).toBe(0), { timeout: 10_000 });
  await call('/3');
  expect(seen).toMatchObject({ connections: 2, calls: ['/1', '/2', '/3'] });
});

test('each new connection is judged: one that shows another certificate is told nothing', async () => {
  const { server, seen, port } = await serve();
  const { call, fault, shared, trust } = calls(port);
  trust.judge = judgeByFingerprint(named.sha256);
  await call('/1');
  server.setSecureContext({ cert: other.certificate, key: other.key });
  await call('/2');
  shared.close();
  expect(await fault('/3')).toBe('other-certificate');
  expect(seen.calls).toEqual(['/1', '/2']);
});

test('a kept connection whose certificate is no longer accepted, or whose CA is gone, is not used again', async () => {
  const { seen, port } = await serve();
  const { call, fault, trust } = calls(port);
  await call('/1');
  trust.judge = () => ({ fault: 'other-certificate' });
  expect(await fault('/2')).toBe('other-certificate');
  trust.judge = judgeByName;
  await call('/3');
  trust.cas = [];
  expect(await fault('/4')).toBe('not-trusted');
  expect(seen.calls).toEqual(['/1', '/3']);
  await vi.waitFor(() => expect(seen.open).toBe(0), { timeout: 10_000 });
});

test('a call while another runs does not wait for it', async () => {
  const { seen, held, port } = await serve();
  const { call } = calls(port);
  const slow = call('/held');
  await vi.waitFor(() => expect(held).toHaveLength(1), { timeout: 10_000 });
  await call('/beside');
  held[0]?.();
  await slow;
  await call('/after');
  expect(seen.connections).toBe(2);
  await vi.waitFor(() => expect(seen.open).toBe(1), { timeout: 10_000 });
});

test('a connection that the server has closed meanwhile is noticed, and nothing is lost by it', async () => {
  const { server, seen, port } = await serve();
  const { call, shared } = calls(port);
  await call('/1');
  server.closeIdleConnections();
  await call('/2');
  expect(seen).toMatchObject({ connections: 2, calls: ['/1', '/2'] });
  shared.close();
  await vi.waitFor(() => expect(seen.open).toBe(0), { timeout: 10_000 });
});
