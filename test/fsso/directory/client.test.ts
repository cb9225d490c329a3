import type { Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { DirectoryClient, type DirectoryOptions } from '../../../src/fsso/directory/client.ts';
import type { DirectoryQuestion } from '../../../src/fsso/directory/connection.ts';
import type { DirectoryFailure } from '../../../src/fsso/directory/failure.ts';
import type { DirectoryLimits } from '../../../src/fsso/directory/limits.ts';
import type { DirectoryServer } from '../../../src/fsso/directory/open-socket.ts';
import { eventually } from '../../support/lab-users.ts';
import {
  element,
  type LdapAnswer,
  type LdapServer,
  type LdapServerOptions,
  ldap,
  startLdapServer,
} from '../../support/ldap-server.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { type Issued, OpensslCa } from '../../support/openssl-ca.ts';

const servers: LdapServer[] = [];
const clients: DirectoryClient[] = [];
const clock = new ManualClock();

async function server(options: LdapServerOptions = {}): Promise<LdapServer> {
  const started = await startLdapServer(options);
  servers.push(started);
  return started;
}

const plain = ({ port }: { port: number }): DirectoryServer => ({
  host: '127.0.0.1',
  port,
  security: 'plain',
});

function client(
  of: readonly DirectoryServer[],
  more: Partial<DirectoryOptions> = {},
  limits: Partial<DirectoryLimits> = {},
) {
  const made = new DirectoryClient({
    servers: of,
    trust: { ca: [], checksName: true },
    login: { name: 'svc', password: 'secret' },
    clock,
    limits,
    ...more,
  });
  clients.push(made);
  return made;
}

const question: DirectoryQuestion = { base: 'DC=corp', scope: 'sub', filter: '(cn=a)', attributes: ['cn'] };
const failureOf = (promise: Promise<unknown>): Promise<DirectoryFailure> =>
  promise.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: DirectoryFailure) => error,
  );

/** Takes every login, and searches as it is told. */
const answering =
  (search: (id: number, socket: Socket, connection: number) => void): LdapAnswer =>
  ({ kind, id }, socket, connection) => {
    if (kind === 'bind') socket.write(ldap.bound(id));
    if (kind === 'search') search(id, socket, connection);
  };
const oneEntry = answering((id, socket) =>
  socket.write(Buffer.concat([ldap.entry(id, 'CN=a', { cn: ['a'] }), ldap.done(id)])),
);

afterEach(async () => {
  for (const each of clients.splice(0)) each.stop();
  await Promise.all(servers.splice(0).map((each) => each.close()));
});

describe('a search', () => {
  test('logs in once and finds what the server has, on one connection for many searches', async () => {
    const one = await server({ answer: oneEntry });
    const directory = client([plain(one)]);
    const found = await Promise.all(Array.from({ length: 50 }, () => directory.search(question)));
    expect(found.map(([entry]) => entry?.text('CN'))).toEqual(Array(50).fill('a'));
    expect(one.connections).toBe(1);
    expect(one.requests.filter(({ kind }) => kind === 'bind')).toMatchObject([
      { name: 'svc', password: 'secret' },
    ]);
    expect(directory.servers).toMatchObject([
      { state: 'connected', answers: 50, failures: 0, problem: null, band: 'good' },
    ]);
  });

  test('takes all pages, and leaves referrals to other servers out', async () => {
    const pages = [0, 1, 2];
    const one = await server({
      answer: answering((id, socket) => {
        const page = pages.shift() ?? 0;
        const entry = ldap.entry(id, `CN=${page}`, { cn: [String(page)] });
        socket.write(
          Buffer.concat([
            entry,
            ldap.reference(id, 'ldap://elsewhere/DC=x'),
            ldap.page(id, page < 2 ? `to ${page + 1}` : ''),
          ]),
        );
      }),
    });
    const found = await client([plain(one)]).search(question);
    expect(found.map(({ dn }) => dn)).toEqual(['CN=0', 'CN=1', 'CN=2']);
  });

  test('takes an answer that drips in byte by byte', async () => {
    const one = await server({
      answer: answering((id, socket) => {
        socket.setNoDelay(true);
        const bytes = Buffer.concat([ldap.entry(id, 'CN=drip', { cn: ['x'.repeat(50)] }), ldap.done(id)]);
        let at = 0;
        const next = () => {
          if (at < bytes.length) socket.write(bytes.subarray(at, ++at), next);
        };
        next();
      }),
    });
    expect((await client([plain(one)]).search(question)).map(({ dn }) => dn)).toEqual(['CN=drip']);
  });

  test('finds nothing where the one object is not there, and says so where a whole base is not', async () => {
    const one = await server({
      answer: answering((id, socket) => socket.write(ldap.done(id, 32, '0000208D: NameErr'))),
    });
    const directory = client([plain(one)]);
    expect(await directory.search({ ...question, scope: 'base' })).toEqual([]);
    const { problem } = await failureOf(directory.search(question));
    expect(problem).toMatchObject({ stage: 'search', code: 32 });
    expect(problem.message).toMatch(/refused a search: 0000208D: NameErr$/);
  });

  test('keeps bytes as bytes', async () => {
    const sid = Buffer.from('010500000000000515000000e1f2', 'hex');
    const one = await server({
      answer: answering((id, socket) =>
        socket.write(Buffer.concat([ldap.entry(id, 'CN=a', { objectSid: [sid] }), ldap.done(id)])),
      ),
    });
    const [entry] = await client([plain(one)]).search({
      ...question,
      attributes: ['objectSid'],
      octets: ['objectSid'],
    });
    expect(entry?.octets('objectsid')).toEqual([sid]);
  });
});

describe('fail-over', () => {
  test('goes to the next server, leaves the dead one alone, and asks it again when its pause is over', async () => {
    const dead = await server();
    await dead.close();
    const good = await server({ answer: oneEntry });
    const directory = client([plain(dead), plain(good)]);
    expect(await directory.search(question)).toHaveLength(1);
    const [first] = directory.servers;
    expect(first).toMatchObject({
      state: 'failed',
      failures: 1,
      problem: { stage: 'tcp', code: 'ECONNREFUSED' },
    });
    expect(first?.retryAt).toBe(clock.now() + 15_000);
    good.drop();
    await eventually(() => expect(directory.servers[1]?.state).toBe('idle'));
    await directory.search(question);
    expect(directory.servers[0]?.failures).toBe(1);
    clock.advance(15_000);
    good.drop();
    await eventually(() => expect(directory.servers[1]?.state).toBe('idle'));
    await directory.search(question);
    expect(directory.servers[0]).toMatchObject({ failures: 2, retryAt: clock.now() + 30_000 });
  });

  test('asks again what was under way when the connection was lost', async () => {
    const one = await server({
      answer: answering((id, socket, connection) => {
        if (connection === 1) socket.destroy();
        else socket.write(Buffer.concat([ldap.entry(id, 'CN=a'), ldap.done(id)]));
      }),
    });
    const directory = client([plain(one)]);
    expect(await Promise.all([directory.search(question), directory.search(question)])).toHaveLength(2);
    expect(directory.servers).toMatchObject([{ failures: 0 }]);
  });

  test('a server that never answers is given up in time, and so is one that never answers the login', async () => {
    const silent = await server({ answer: answering(() => {}) });
    const mute = await server({ answer: () => {} });
    const good = await server({ answer: oneEntry });
    const directory = client([plain(mute), plain(silent), plain(good)]);
    const found = directory.search(question);
    await eventually(() => expect(mute.requests).toHaveLength(1));
    clock.advance(5000);
    await eventually(() => expect(silent.requests.some(({ kind }) => kind === 'search')).toBe(true));
    clock.advance(10_000);
    expect(await found).toHaveLength(1);
    expect(directory.servers.map(({ problem }) => problem?.stage ?? null)).toEqual(['bind', 'search', null]);
    await eventually(() => expect(silent.open).toBe(0));
  });

  test('with every server in its pause, a search fails at once and says what each failed at', async () => {
    const [one, other] = [await server(), await server()];
    await Promise.all([one.close(), other.close()]);
    const directory = client([plain(one), plain(other)]);
    expect((await failureOf(directory.search(question))).problem.message).toMatch(
      /no server of the directory answers: connection refused by .* port \d+; connection refused/,
    );
  });
});

describe('a login that is refused', () => {
  const refusing =
    (text: string): LdapAnswer =>
    ({ id, kind }, socket) => {
      if (kind === 'bind') socket.write(ldap.bound(id, 49, text));
    };
  test.each([
    [
      '80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext error, data 52e, v2580',
      '52e',
      'name or password is wrong',
    ],
    [
      '80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext error, data 533, v2580',
      '533',
      'disabled',
    ],
    [
      '80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext error, data 775, v2580',
      '775',
      'locked',
    ],
    ['', 49, 'refused the login of svc'],
  ])('%s', async (said, code, words) => {
    const one = await server({ answer: refusing(said) });
    const { problem, scope } = await failureOf(client([plain(one)]).search(question));
    expect(problem).toMatchObject({ stage: 'bind', code });
    expect(problem.message).toContain(words);
    expect(scope).toBe('login');
    expect(JSON.stringify(problem)).not.toContain('secret');
  });

  test('is not tried at the other servers, nor again before its pause is over: each try counts towards the lockout', async () => {
    const [one, other] = [await server({ answer: refusing('data 52e') }), await server({ answer: oneEntry })];
    const directory = client([plain(one), plain(other)]);
    await failureOf(directory.search(question));
    await failureOf(directory.search(question));
    clock.advance(59_999);
    await failureOf(directory.search(question));
    expect(one.requests).toHaveLength(1);
    expect(other.connections).toBe(0);
    clock.advance(1);
    await failureOf(directory.search(question));
    expect(one.requests).toHaveLength(2);
  });
});

describe('a server that lies', () => {
  const lies: [string, (id: number) => Buffer][] = [
    ['an entry that breaks off', (id) => ldap.message(id, element(0x64, element(0x04, 'CN=a')))],
    ['an answer to another question', (id) => ldap.done(id + 1)],
    ['a message of 4 GB', () => Buffer.from([0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0x02])],
    ['a negative length', () => Buffer.from([0x30, 0x84, 0x80, 0x00, 0x00, 0x00, 0x02])],
    ['HTTP', () => Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['a bind in place of entries', (id) => Buffer.concat([ldap.bound(id), ldap.entry(id, 'CN=late')])],
    [
      'more in one page than there can be',
      (id) => Buffer.concat(Array.from({ length: 31 }, () => ldap.entry(id, 'CN=a'))),
    ],
    [
      'more bytes than there can be',
      (id) => Buffer.concat([1, 2].map(() => ldap.entry(id, 'CN=a', { cn: ['x'.repeat(900)] }))),
    ],
  ];
  test.each(lies)('%s: the connection ends, and the next server answers', async (_, lie) => {
    const liar = await server({ answer: answering((id, socket) => socket.write(lie(id))) });
    const good = await server({ answer: oneEntry });
    const directory = client([plain(liar), plain(good)], {}, { mostPageEntries: 30, pageBytes: 1500 });
    expect((await directory.search(question)).map(({ dn }) => dn)).toEqual(['CN=a']);
    await eventually(() => expect(liar.open).toBe(0));
    expect(directory.servers[0]?.problem).toMatchObject({ stage: 'search' });
  });

  test('pages without end are ended', async () => {
    let asked = 0;
    const one = await server({
      answer: answering((id, socket) => {
        asked += 1;
        socket.write(Buffer.concat([ldap.entry(id, 'CN=a'), ldap.page(id, 'again')]));
      }),
    });
    const { problem } = await failureOf(client([plain(one)], {}, { mostEntries: 100 }).search(question));
    expect(problem.message).toContain('more entries');
    expect(asked).toBeLessThan(30);
  });

  test('texts of a server are made safe before people read them', async () => {
    const one = await server({
      answer: ({ id }, socket) => socket.write(ldap.bound(id, 49, '\u001b[31mboo\u0007')),
    });
    const { problem } = await failureOf(client([plain(one)]).search(question));
    expect(problem.message).toContain('boo');
    expect(problem.message).not.toContain('\u001b');
  });
});

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

describe('bounds', () => {
  test('so many searches are under way, and so many wait; one more is refused', async () => {
    const open: (() => void)[] = [];
    const one = await server({
      answer: answering((id, socket) => open.push(() => socket.write(ldap.done(id)))),
    });
    const directory = client([plain(one)], {}, { searches: 2, waiting: 3 });
    const asked = Array.from({ length: 5 }, () => directory.search(question));
    expect((await failureOf(directory.search(question))).problem.message).toContain('too many searches');
    expect(directory.waiting).toBe(3);
    await eventually(() => expect(open).toHaveLength(2));
    for (let each = 0; each < 5; each++) {
      await eventually(() => expect(open.length).toBeGreaterThan(0));
      open.shift()?.();
    }
    await Promise.all(asked);
  });

  test('a connection that nobody uses is closed, and opened again when it is needed', async () => {
    const one = await server({ answer: oneEntry });
    const directory = client([plain(one)]);
    await directory.search(question);
    await eventually(() => {
      clock.advance(5 * 60_000);
      expect(one.open).toBe(0);
    });
    expect(directory.servers).toMatchObject([{ state: 'idle', problem: null }]);
    await directory.search(question);
    expect(one.connections).toBe(2);
  });

  test('stop refuses what is under way, what waits and what comes', async () => {
    const one = await server({ answer: answering(() => {}) });
    const directory = client([plain(one)], {}, { searches: 1 });
    const asked = [failureOf(directory.search(question)), failureOf(directory.search(question))];
    await eventually(() => expect(one.requests).toHaveLength(2));
    directory.stop();
    for (const { problem } of await Promise.all(asked))
      expect(problem.message).toContain('the program stops');
    expect((await failureOf(directory.search(question))).problem.message).toContain('the program stops');
    await eventually(() => expect(one.open).toBe(0));
  });
});
