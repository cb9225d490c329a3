import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { EmsAdmin } from '../../src/ems/admin.ts';
import { EmsAdminSession } from '../../src/ems/admin-session.ts';
import { CloudSession } from '../../src/ems/cloud.ts';
import { type HttpServer, judgeByFingerprint, judgeByName } from '../../src/ems/http-call.ts';
import { HttpFailure } from '../../src/ems/http-failure.ts';
import { Authority } from '../../src/lab/authority.ts';
import type { LabAdminOptions } from '../../src/lab/ems/admin.ts';
import { LabEms } from '../../src/lab/ems/server.ts';
import { ReadOnlyError, WriteGuard } from '../../src/verbs.ts';
import { OpensslCa } from '../support/openssl-ca.ts';

const openssl = new OpensslCa();
const root = openssl.authority('/CN=Root');
const named = openssl.issue({
  subject: '/CN=ems.test',
  issuer: root,
  extensions: [['subjectAltName', 'IP:127.0.0.1']],
});
const unnamed = openssl.issue({ subject: '/CN=ems.test', issuer: root });
const password = 'p4ss-word-of-an-admin';
const cloudAccount = { accountEmail: 'fabric@example.com', accessKey: 'key-of-the-account' };
const admin: LabAdminOptions = {
  name: 'admin',
  password,
  cloud: cloudAccount,
  endpoints: { total: 12, online: 7 },
};

let authority: Authority;
let lab: LabEms;
let closers: (() => void | Promise<void>)[] = [];

beforeAll(async () => {
  authority = await Authority.create('Lab EMS CA', Date.now());
});
afterAll(() => openssl.remove());

async function startLab(patch: Partial<LabAdminOptions> = {}): Promise<LabEms> {
  const ems = await LabEms.start({
    serialNumber: 'FCTEMS0000000137',
    authority,
    hostName: 'ems.corp.example',
    deviceRoots: [],
    admin: { ...admin, ...patch },
    clock: systemClock,
  });
  closers.push(() => ems.stop());
  return ems;
}

beforeEach(async () => {
  lab = await startLab();
});
afterEach(async () => {
  for (const close of closers) await close();
  closers = [];
});

const labRoot = () =>
  new Uint8Array(Buffer.from(authority.certificate.replace(/-----[^-]+-----|\s/g, ''), 'base64'));

function serverAt(port: number, patch: Partial<HttpServer> = {}): HttpServer {
  return {
    peer: 'EMS',
    host: '127.0.0.1',
    port,
    timeoutMs: 5000,
    cas: () => [root.der, Buffer.from(labRoot())],
    judge: judgeByName,
    clock: systemClock,
    ...patch,
  };
}

function sessionAt(port: number, patch: Partial<HttpServer> = {}, secret = password): EmsAdminSession {
  return new EmsAdminSession(serverAt(port, patch), { name: 'admin', password: secret, site: null });
}

function adminAt(port: number, write = true, patch: Partial<HttpServer> = {}): EmsAdmin {
  const facts = { peer: 'EMS', server: `127.0.0.1:${port}` };
  return new EmsAdmin(sessionAt(port, patch), new WriteGuard(write), facts);
}

async function failureOf(promise: Promise<unknown>): Promise<HttpFailure> {
  const error: unknown = await promise.then(
    () => new Error('it succeeded'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof HttpFailure)) throw error;
  return error;
}

describe('against the EMS of the lab', () => {
  test('an overview says all that administrators see', async () => {
    lab.state.devices.seen('FGVM01LAB0000002', Date.now());
    const overview = await adminAt(lab.port, false).overview();
    expect(overview).toMatchObject({
      serialNumber: 'FCTEMS0000000137',
      version: lab.state.version,
      license: { isTrial: false, error: null },
      devices: [{ id: '1', serial: 'FGVM01LAB0000002', authorized: false }],
      endpoints: { total: 12, online: 7 },
      failures: [],
    });
    const days = ((overview.license?.expiresAt ?? 0) - Date.now()) / 86_400_000;
    expect(Math.round(days)).toBeGreaterThanOrEqual(210);
  });

  test.each(['by-id', 'in-bulk'] as const)(
    'a pending device is authorised %s, and no other',
    async (authorizes) => {
      const ems = await startLab({ authorizes });
      for (const serial of ['FGVM01LAB0000002', 'FGVM01LAB0000003'])
        ems.state.devices.seen(serial, Date.now());
      const device = await adminAt(ems.port).authorize('FGVM01LAB0000002');
      expect(device).toMatchObject({ serial: 'FGVM01LAB0000002', authorized: true });
      expect([...ems.pending]).toEqual(['FGVM01LAB0000003']);
    },
  );

  test('without --write nothing is sent, not even a sign-in', async () => {
    lab.state.devices.seen('FGVM01LAB0000002', Date.now());
    await expect(adminAt(lab.port, false).authorize('FGVM01LAB0000002')).rejects.toThrow(ReadOnlyError);
    expect(lab.admin?.openSessions).toBe(0);
    expect(lab.pending.size).toBe(1);
  });

  test('a serial number that EMS does not list is not authorised in advance', async () => {
    const failure = await failureOf(adminAt(lab.port).authorize('FGVM01LAB0000009'));
    expect(failure.message).toContain('it lists no Fabric device FGVM01LAB0000009');
    expect(lab.state.devices.all()).toEqual([]);
  });

  test('a session that ended is opened again once, and left on stop', async () => {
    const session = sessionAt(lab.port);
    const get = { method: 'GET', path: '/license/get' } as const;
    await session.call(get);
    lab.admin?.endSessions();
    await expect(session.call(get)).resolves.toMatchObject({ sn: 'FCTEMS0000000137' });
    expect(lab.admin?.openSessions).toBe(1);
    await session.signOut();
    expect(lab.admin?.openSessions).toBe(0);
  });

  test('a wrong password is refused once and says what to look at', async () => {
    const failure = await failureOf(
      sessionAt(lab.port, {}, 'not-it').call({ method: 'GET', path: '/license/get' }),
    );
    expect(failure.fault).toBe('sign-in-refused');
    expect(failure.problem).toMatchObject({ stage: 'authentication', code: 401 });
    expect(failure.message).toContain('Invalid username or password.');
    expect(JSON.stringify(failure.problem)).not.toContain('not-it');
  });

  test('the public API of EMS Cloud gives the same behind its own session', async () => {
    const session = new CloudSession(serverAt(lab.port), cloudAccount);
    const cloud = new EmsAdmin(session, new WriteGuard(true), { peer: 'EMS Cloud', server: 'cloud' });
    lab.state.devices.seen('FGVM01LAB0000002', Date.now());
    expect((await cloud.overview()).serialNumber).toBe('FCTEMS0000000137');
    lab.admin?.endSessions();
    expect((await cloud.authorize('FGVM01LAB0000002')).authorized).toBe(true);
    await session.signOut();
    expect(lab.admin?.openSessions).toBe(0);
    const wrong = new CloudSession(serverAt(lab.port), { ...cloudAccount, accessKey: 'wrong-key' });
    const failure = await failureOf(wrong.call({ method: 'GET', path: '/license/get' }));
    expect(failure.fault).toBe('sign-in-refused');
    expect(failure.message).not.toContain('wrong-key');
  });
});

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

/** A server that says exactly what a test wants, and what it was told. */
async function serve(handler: Handler, certificate = named) {
  const seen: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[] = [];
  const server: Server = createServer(
    { cert: certificate.certificate, key: certificate.key },
    (request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        seen.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body });
        handler(request, response, body);
      });
    },
  );
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return { seen, port: (server.address() as AddressInfo).port };
}

const ok = (data: unknown) => JSON.stringify({ result: { retval: 1, message: null }, data });
const signedIn = { 'set-cookie': ['csrftoken=csrf-of-now; Secure', 'sessionid=session-of-now; Secure'] };

function reply(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Record<string, unknown> = {},
): void {
  response.writeHead(status, headers as Record<string, string>);
  response.end(body);
}

/** Signs in anybody, and answers everything else with this. */
const afterSignIn =
  (answer: Handler): Handler =>
  (request, response, body) => {
    if (request.url === '/api/v1/auth/signin') reply(response, 200, ok(null), signedIn);
    else answer(request, response, body);
  };

const call = (port: number, patch: Partial<HttpServer> = {}) =>
  sessionAt(port, patch).call({ method: 'GET', path: '/license/get' });

describe('what is sent', () => {
  test('the password goes into the body of the sign-in only, cookies and token into headers', async () => {
    const { seen, port } = await serve(afterSignIn((_, response) => reply(response, 200, ok({}))));
    await call(port);
    const [first, second] = seen;
    expect(first?.body).toBe(JSON.stringify({ name: 'admin', password }));
    expect(first?.headers['x-csrftoken']).toBeUndefined();
    expect(second?.headers).toMatchObject({
      cookie: 'csrftoken=csrf-of-now; sessionid=session-of-now',
      'x-csrftoken': 'csrf-of-now',
      'ems-call-type': '2',
      referer: `https://127.0.0.1:${port}`,
    });
    expect(JSON.stringify([second, first?.url, first?.headers])).not.toContain(password);
  });

  test('nothing is sent to a server whose CA is not installed, that has another name or another certificate', async () => {
    const { seen, port } = await serve((_, response) => reply(response, 200, ok({})));
    expect((await failureOf(call(port, { cas: () => [] }))).fault).toBe('not-trusted');
    const judge = judgeByFingerprint('00'.repeat(32));
    expect((await failureOf(call(port, { judge }))).fault).toBe('other-certificate');
    const other = await serve((_, response) => reply(response, 200, ok({})), unnamed);
    expect((await failureOf(call(other.port))).fault).toBe('other-name');
    expect([...seen, ...other.seen]).toEqual([]);
  });

  test('a certificate held by its fingerprint needs neither CA nor name', async () => {
    const { port } = await serve(
      afterSignIn((_, response) => reply(response, 200, ok('yes'))),
      unnamed,
    );
    await expect(call(port, { cas: () => [], judge: judgeByFingerprint(unnamed.sha256) })).resolves.toBe(
      'yes',
    );
  });
});

describe('what comes back', () => {
  const cases: [name: string, answer: Handler, fault: string][] = [
    ['a web page', (_, response) => reply(response, 200, '<html>Sign in</html>'), 'unreadable'],
    ['something without an envelope', (_, response) => reply(response, 200, '{"a":1}'), 'unreadable'],
    ['a body without end', (_, response) => reply(response, 200, `"${'x'.repeat(2_000_000)}"`), 'unreadable'],
    [
      'a redirect',
      (_, response) => reply(response, 302, '', { location: 'https://evil.example' }),
      'redirected',
    ],
    ['403', (_, response) => reply(response, 403, '{}'), 'forbidden'],
    ['404', (_, response) => reply(response, 404, '<h1>Not Found</h1>'), 'not-found'],
    ['500', (_, response) => reply(response, 500, ''), 'server-error'],
    ['429', (_, response) => reply(response, 429, '', { 'retry-after': '7' }), 'throttled'],
    [
      'a refusal',
      (_, response) => reply(response, 200, '{"result":{"retval":-9,"message":"no"}}'),
      'refused',
    ],
    ['an early end', (_, response) => response.destroy(), 'not-reached'],
  ];
  test.each(cases)('%s is a failure of its own kind', async (_, answer, fault) => {
    const { port } = await serve(afterSignIn(answer));
    const failure = await failureOf(call(port));
    expect(failure.fault).toBe(fault);
    expect(failure.problem.fix.length).toBeGreaterThan(0);
    if (fault === 'throttled') expect(failure.retryAfterMs).toBe(7000);
  });

  test('a server that never answers is given up in time', async () => {
    const { port } = await serve(() => {});
    const failure = await failureOf(call(port, { timeoutMs: 300 }));
    expect(failure.message).toContain('timeout while its reply was awaited');
  });

  test('a token that EMS no longer takes is replaced by signing in again, once', async () => {
    let refused = 0;
    const { seen, port } = await serve(
      afterSignIn((_, response) => {
        refused += 1;
        reply(response, 403, '{"detail":"CSRF Failed: CSRF token missing or incorrect."}');
      }),
    );
    const failure = await failureOf(call(port));
    expect(failure.fault).toBe('forbidden');
    expect([refused, seen.length]).toEqual([2, 4]);
  });

  test('a secret that the server repeats is not passed on', async () => {
    const { port } = await serve((_, response, body) =>
      reply(response, 400, JSON.stringify({ result: { retval: -1, message: `bad: ${body}\x1b[2J` } })),
    );
    const failure = await failureOf(call(port));
    expect(failure.message).toContain('***');
    const told = JSON.stringify([failure.message, failure.said, failure.problem, failure.stack]);
    expect(told).not.toContain(password);
    expect(told).not.toContain('\x1b');
  });

  test('a part that is not allowed leaves the others', async () => {
    const { port } = await serve(
      afterSignIn((request, response) => {
        if (request.url?.endsWith('/system/serial_number')) reply(response, 200, ok('FCTEMS0000000001'));
        else if (request.url?.endsWith('/client_certificates/index'))
          reply(
            response,
            200,
            ok([{ cn: 'FG\x1b[2J', authorized: 'yes' }, { id: 7 }, 'x', { cn: 'FGT1', authorized: true }]),
          );
        else reply(response, 403, '{}');
      }),
    );
    const overview = await adminAt(port).overview();
    expect(overview).toMatchObject({
      serialNumber: 'FCTEMS0000000001',
      version: null,
      license: null,
      endpoints: null,
      devices: [
        { id: null, serial: 'FG\\x1b[2J', authorized: null },
        { id: null, serial: 'FGT1', authorized: true },
      ],
    });
    expect(overview.failures.map(({ fault }) => fault)).toEqual(['forbidden', 'forbidden', 'forbidden']);
  });
});
