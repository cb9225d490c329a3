import { createServer } from 'node:https';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { channelBindings } from '../../../src/fsso/ntlm/channel-bindings.ts';
import type { WsmanFailure } from '../../../src/fsso/wsman/failure.ts';
import type { WsmanLogin } from '../../../src/fsso/wsman/login.ts';
import { OpensslCa } from '../../support/openssl-ca.ts';
import { wsmanClient, wsmanPassword, wsmanServer } from '../../support/wsman.ts';

const openssl = new OpensslCa();
afterAll(() => openssl.remove());
const authority = openssl.authority('/CN=Machines');
const stranger = openssl.authority('/CN=Somebody');
const issue = (name: string) =>
  openssl.issue({ subject: '/CN=dc01', issuer: authority, extensions: [['subjectAltName', name]] });
const identity = issue('IP:127.0.0.1');
const tls = { certificate: identity.certificate, key: identity.key, der: identity.der };
const negotiate = (password: string): WsmanLogin => ({
  kind: 'negotiate',
  credentials: { user: 'svc-fsso', domain: 'CORP', password },
});
const basic: WsmanLogin = { kind: 'basic', user: 'svc-fsso', password: wsmanPassword };

const client = (
  port: number,
  login: WsmanLogin = negotiate(wsmanPassword),
  ca = authority.certificate,
  checksName = true,
) => wsmanClient(port, { login, server: { host: '127.0.0.1', port, tls: { ca: [ca], checksName } } });

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no failure',
    ({ problem }: WsmanFailure) => `${problem.stage} ${problem.code}`,
  );

test('over HTTPS a client logs in, tied to the certificate, and its messages go as they are', async () => {
  const { server } = await wsmanServer({ tls });
  const asked = client(server.port);
  expect(await asked.identify()).toMatchObject({ vendor: 'Microsoft Corporation' });
  await asked.identify();
  expect(asked.logins).toBe(1);
});

test('a login that was tied to another certificate, as through somebody between, is refused', async () => {
  const { server } = await wsmanServer({ tls: { ...tls, der: stranger.der } });
  expect(await codeOf(client(server.port).identify())).toBe('authentication 401');
});

test('a certificate of another authority or for another name ends the connection before anything is sent', async () => {
  const { server } = await wsmanServer({ tls });
  expect(await codeOf(client(server.port, basic, stranger.certificate).identify())).toMatch(/^tls UNABLE_TO/);
  const other = issue('IP:127.0.0.2');
  const { server: renamed } = await wsmanServer({
    tls: { ...tls, certificate: other.certificate, key: other.key },
  });
  expect(await codeOf(client(renamed.port).identify())).toBe('tls WRONG_NAME');
  expect(server.counts.requests + renamed.counts.requests).toBe(0);
});

test('Basic works over HTTPS where the server offers it, and is refused with a wrong password', async () => {
  const { server } = await wsmanServer({ tls, offersBasic: true });
  expect(await codeOf(client(server.port, basic).identify())).toBe('no failure');
  expect(await codeOf(client(server.port, { ...basic, password: 'wrong' }).identify())).toBe(
    'authentication 401',
  );
  const { server: strict } = await wsmanServer({ tls });
  expect(await codeOf(client(strict.port, basic).identify())).toBe('authentication 401');
});

test('HTTP on the port of HTTPS, and the other way about, is told as such', async () => {
  const { server: secure } = await wsmanServer({ tls });
  const { server: plain } = await wsmanServer();
  expect(await codeOf(client(plain.port).identify())).toMatch(/^tls (?:ERR_SSL|EPROTO|ECONNRESET)/);
  const asked = wsmanClient(secure.port, { clock: systemClock });
  expect(await codeOf(asked.identify())).toMatch(/^(?:tcp|wsman) /);
});

test('a page of a web server that failed is told by its status', async () => {
  const page = '<html><body>Bad gateway<br></body></html>';
  const proxy = createServer({ cert: tls.certificate, key: tls.key }, (request, response) => {
    request.resume().on('end', () => response.writeHead(502, { 'content-type': 'text/html' }).end(page));
  });
  await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done));
  onTestFinished(() => void proxy.close());
  const { port } = proxy.address() as { port: number };
  expect(await codeOf(client(port, basic).identify())).toBe('wsman 502');
});

test('the binding takes the hash of the signature, and SHA-256 where there is a weaker one', () => {
  // From RFC 5929 and MS-NLMP; the value is what pywinrm computes for the same certificate (test/oracles/wsman.test.ts).
  expect(channelBindings(identity.der)).toHaveLength(16);
  expect(channelBindings(identity.der)).not.toEqual(channelBindings(stranger.der));
});
