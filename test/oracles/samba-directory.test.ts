import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { DirectoryClient, type DirectoryOptions } from '../../src/fsso/directory/client.ts';
import type { DirectoryFailure } from '../../src/fsso/directory/failure.ts';
import type { DirectoryServer } from '../../src/fsso/directory/open-socket.ts';
import { canRunSambaAd, type SambaAd, startSambaAd } from '../support/samba-ad/samba-ad.ts';

// Samba as Active Directory: a directory that nobody here wrote.
describe.skipIf(!canRunSambaAd)('Samba as Active Directory', () => {
  let samba: SambaAd;
  const clients: DirectoryClient[] = [];
  beforeAll(async () => {
    samba = await startSambaAd();
  });
  afterAll(async () => {
    for (const client of clients) client.stop();
    await samba?.stop();
  });

  function directory(
    server: Omit<DirectoryServer, 'host'>,
    more: Partial<DirectoryOptions> = {},
  ): DirectoryClient {
    const client = new DirectoryClient({
      servers: [{ host: samba.host, ...server }],
      trust: { ca: [samba.ca], checksName: true },
      login: samba.login,
      clock: systemClock,
      ...more,
    });
    clients.push(client);
    return client;
  }

  describe('the connection', () => {
    const everybody = () => ({ base: `OU=Many,${samba.base}`, scope: 'one' as const, attributes: ['cn'] });

    test.each([
      ['ldaps', 636],
      ['starttls', 389],
      ['ldaps', 3269],
      ['starttls', 3268],
    ] as const)('%s on %i finds every object of a long list, page by page', async (security, port) => {
      const client = directory({ security, port });
      const found = await client.search(everybody());
      const listed = await samba.ldapsearch(
        '-E',
        'pr=200/noprompt',
        '-b',
        `OU=Many,${samba.base}`,
        '-s',
        'one',
        'cn',
      );
      const names = [...listed.matchAll(/^cn: (.*)$/gm)].map(([, name]) => name);
      expect(found.map((entry) => entry.text('cn')).sort()).toEqual(names.sort());
      expect(found.length).toBeGreaterThan(600);
      client.stop();
    });

    const refused = (client: DirectoryClient): Promise<DirectoryFailure['problem']> =>
      client.search(everybody()).then(
        () => Promise.reject(new Error('it was taken')),
        (failure: DirectoryFailure) => failure.problem,
      );

    test('a login without TLS is refused, and the problem says what to set', async () => {
      const problem = await refused(directory({ security: 'plain', port: 389 }));
      expect(problem).toMatchObject({ stage: 'bind', code: 8 });
      expect(problem.fix.join()).toContain('starttls');
    });

    test.each([
      ['svc-ldap@corp.example', 'wrong', '52e', 'wrong'],
      ['disabled1@corp.example', 'User-Passw0rd1', '533', 'disabled'],
    ])('%s with the password %s is refused', async (name, password, code, words) => {
      const problem = await refused(
        directory({ security: 'ldaps', port: 636 }, { login: { name, password } }),
      );
      expect(problem).toMatchObject({ stage: 'bind', code });
      expect(problem.message).toContain(words);
    });

    test('nobody who has not logged in is told anything', async () => {
      const problem = await refused(directory({ security: 'ldaps', port: 636 }, { login: null }));
      expect(problem).toMatchObject({ stage: 'search' });
    });
  });
});
