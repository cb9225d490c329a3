import { afterEach, describe, expect, test } from 'vitest';
import {
  answering,
  client,
  clock,
  closeDirectories,
  failureOf,
  oneEntry,
  plain,
  question,
  server,
} from '../../support/directory-client.ts';
import { eventually } from '../../support/lab-users.ts';
import { type LdapAnswer, ldap } from '../../support/ldap-server.ts';

afterEach(closeDirectories);

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
