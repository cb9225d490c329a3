import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import {
  client,
  clock,
  closeDirectories,
  failureOf,
  plain,
  question,
  server,
} from '../../support/directory-client.ts';
import { eventually } from '../../support/lab-users.ts';
import { type LdapAnswer, ldap } from '../../support/ldap-server.ts';
import { type Issued, OpensslCa } from '../../support/openssl-ca.ts';

afterEach(closeDirectories);

describe('TLS', () => {
  let ca: OpensslCa;
  let root: Issued;
  let leaf: Issued;
  beforeAll(() => {
    ca = new OpensslCa();
    root = ca.authority('/CN=Directory Test CA');
    leaf = ca.issue({ subject: '/CN=dc1', issuer: root, extensions: [['subjectAltName', 'IP:127.0.0.1']] });
  });
  afterAll(() => ca.remove());
  const trust = (checksName = true) => ({ ca: [root.certificate], checksName });
  const tls = (mode: 'ldaps' | 'starttls', from: Issued = leaf) => ({
    tls: { key: from.key, cert: from.certificate, mode },
  });

  test.each(['ldaps', 'starttls'] as const)('%s: the login goes over TLS only', async (mode) => {
    const one = await server(tls(mode));
    const directory = client([{ ...plain(one), security: mode }], { trust: trust() });
    const asked = failureOf(directory.search(question));
    await eventually(() => expect(one.requests.at(-1)?.kind).toBe('search'));
    expect(one.requests.map(({ kind }) => kind)).toEqual([
      ...(mode === 'starttls' ? ['extended'] : []),
      'bind',
      'search',
    ]);
    directory.stop();
    await asked;
  });

  test.each(['ldaps', 'starttls'] as const)(
    '%s: a certificate that is not trusted, or names another, ends it before the login',
    async (mode) => {
      const stranger = ca.issue({ subject: '/CN=dc1', extensions: [['subjectAltName', 'IP:127.0.0.1']] });
      const elsewhere = ca.issue({
        subject: '/CN=dc2',
        issuer: root,
        extensions: [['subjectAltName', 'DNS:dc2.corp']],
      });
      for (const [certificate, code] of [
        [stranger, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
        [elsewhere, 'WRONG_NAME'],
      ] as const) {
        const one = await server(tls(mode, certificate));
        const { problem } = await failureOf(
          client([{ ...plain(one), security: mode }], { trust: trust() }).search(question),
        );
        expect(problem).toMatchObject({ stage: 'tls', code });
        expect(one.requests.filter(({ kind }) => kind === 'bind')).toEqual([]);
        await eventually(() => expect(one.open).toBe(0));
      }
    },
  );

  test('a name that does not fit is taken where the check is off', async () => {
    const elsewhere = ca.issue({
      subject: '/CN=dc2',
      issuer: root,
      extensions: [['subjectAltName', 'DNS:dc2.corp']],
    });
    const one = await server(tls('ldaps', elsewhere));
    const directory = client([{ ...plain(one), security: 'ldaps' }], { trust: trust(false) });
    const asked = failureOf(directory.search(question));
    await eventually(() => expect(one.requests.at(-1)?.kind).toBe('search'));
    directory.stop();
    await asked;
  });

  test.each<[string, LdapAnswer, string]>([
    [
      'refuses',
      ({ id }, socket) => socket.write(ldap.extended(id, 52, 'no certificate')),
      'does not offer StartTLS: no certificate',
    ],
    [
      'answers with more than was asked',
      ({ id }, socket) => socket.write(Buffer.concat([ldap.extended(id), ldap.bound(2)])),
      'more than one answer',
    ],
    ['closes', (_, socket) => socket.destroy(), 'closed the connection'],
    [
      'says yes and speaks no TLS',
      ({ id }, socket) => {
        socket.once('data', () => socket.write('nonsense, and more of it'));
        socket.write(ldap.extended(id));
      },
      'TLS with',
    ],
  ])('a server that %s is no server to log in to', async (_, answer, words) => {
    const one = await server({ answer });
    const { problem } = await failureOf(
      client([{ ...plain(one), security: 'starttls' }], { trust: trust() }).search(question),
    );
    expect(problem.message).toContain(words);
    expect(one.requests.filter(({ kind }) => kind === 'bind')).toEqual([]);
    await eventually(() => expect(one.open).toBe(0));
  });

  test('a server that never completes the handshake is given up', async () => {
    const one = await server({ answer: () => {} });
    const asked = failureOf(
      client([{ ...plain(one), security: 'ldaps' }], { trust: trust() }).search(question),
    );
    await eventually(() => expect(one.connections).toBe(1));
    // The limit of the handshake begins when TCP is up; the client may not have heard of it yet.
    const ticking = systemClock.every(20, () => clock.advance(5000));
    const { problem } = await asked;
    ticking.cancel();
    expect(problem).toMatchObject({ stage: 'tls' });
  });
});
