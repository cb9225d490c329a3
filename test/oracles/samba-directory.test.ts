import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { collectorDirectories } from '../../src/backends/collector-directories.ts';
import { prepareDirectories } from '../../src/backends/directory-setup.ts';
import { systemClock } from '../../src/clock.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { CollectorConfig } from '../../src/config/schema.ts';
import { groupFilter } from '../../src/fsso/collector/filters.ts';
import { userGroups } from '../../src/fsso/collector/groups/lookup.ts';
import {
  ActiveDirectory,
  type ActiveDirectoryOptions,
} from '../../src/fsso/directory/active-directory/active-directory.ts';
import { DirectoryClient, type DirectoryOptions } from '../../src/fsso/directory/client.ts';
import type { DirectoryFailure } from '../../src/fsso/directory/failure.ts';
import type { DirectoryServer } from '../../src/fsso/directory/open-socket.ts';
import { joinGroups, splitGroups } from '../../src/fsso/wire/groups.ts';
import { RunningCommand } from '../support/run-command.ts';
import { runningCollector } from '../support/running-collector.ts';
import { canRunSambaAd, type SambaAd, type SambaTokens, startSambaAd } from '../support/samba-ad/samba-ad.ts';

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

  describe('the groups of every user', () => {
    let tokens: SambaTokens;
    let client: DirectoryClient;
    beforeAll(async () => {
      tokens = await samba.tokens();
      client = directory({ security: 'ldaps', port: 636 });
    });
    const activeDirectory = (more: Partial<ActiveDirectoryOptions> = {}) =>
      new ActiveDirectory({
        client,
        clock: systemClock,
        mode: 'advanced',
        base: null,
        nested: 'token-groups',
        takesUniversal: false,
        keptMs: 60_000,
        ...more,
      });

    // Microsoft's numbers of a group's type: a security group that is global, domain local, universal.
    const [security, builtin, global, domainLocal, universal] = [0x80000000, 1, 2, 4, 8];
    const counts = (type: number, scopes: number) =>
      (type & security) !== 0 && (type & builtin) === 0 && (type & scopes) !== 0;

    /** What Samba's own token of a user comes to. */
    const expected = (user: string, scopes: number): string[] =>
      (tokens.users[user]?.sids ?? [])
        .slice(1)
        .flatMap((sid) => tokens.groups[sid] ?? [])
        .filter(({ type }) => counts(type, scopes))
        .map(({ dn }) => dn)
        .sort();

    test.each(['token-groups', 'in-chain'] as const)(
      'advanced mode by %s: those of the token that Samba computes',
      async (nested) => {
        const names = Object.keys(tokens.users);
        expect(names.length).toBeGreaterThan(10);
        const [narrow, wide] = [false, true].map((takesUniversal) =>
          activeDirectory({ nested, takesUniversal }),
        );
        for (const name of names) {
          const [found, all] = [await narrow?.user('CORP', name), await wide?.user('corp.example', name)];
          expect({ name, groups: found?.groups }).toEqual({
            name,
            groups: expected(name, global | domainLocal),
          });
          expect({ name, groups: all?.groups }).toEqual({
            name,
            groups: expected(name, global | domainLocal | universal),
          });
          expect(found).toMatchObject({ dn: tokens.users[name]?.dn, sid: tokens.users[name]?.sids[0] });
          // Whatever is in the names, the text of a record has as many groups.
          expect(splitGroups(joinGroups(found?.groups ?? []))).toHaveLength(found?.groups.length ?? -1);
        }
      },
    );

    test('a filter pushed by a FortiGate with a group, a user or a unit lets just those through whom Samba has there', async () => {
      const users = await Promise.all(
        Object.keys(tokens.users).map(async (name) => {
          const found = await activeDirectory().user('CORP', name);
          return { name, groups: userGroups(found?.groups ?? [], 'directory', found?.dn ?? null) };
        }),
      );
      const passing = (filter: string) =>
        users.filter(({ groups }) => groupFilter([filter])?.matches(groups)).map(({ name }) => name);
      for (const { dn: group } of Object.values(tokens.groups).filter(({ type }) =>
        counts(type, global | domainLocal),
      ))
        expect({ group, users: passing(group.toLowerCase()) }).toEqual({
          group,
          users: users
            .map(({ name }) => name)
            .filter((name) => expected(name, global | domainLocal).includes(group)),
        });
      for (const { name } of users) {
        const { dn } = tokens.users[name] as { dn: string };
        expect(passing(dn)).toEqual([name]);
        const parent = /(?<!\\),(.*)$/s.exec(dn)?.[1] ?? '';
        expect(passing(parent)).toEqual(
          users.filter(({ groups }) => groups.dn?.endsWith(`,${parent}`)).map((each) => each.name),
        );
      }
      expect(passing(samba.base)).toHaveLength(users.length);
    });

    test('nested four deep, through a local group, and with a primary group of its own', async () => {
      const groups = async (user: string) =>
        (await activeDirectory().user('CORP', user))?.groups.map((dn) => dn.replace(/,(?:OU|CN)=.*/, ''));
      expect(await groups('anna')).toEqual(
        ['All-Staff', 'Backend', 'Domain Users', 'Engineering', 'Oncall', 'Printers'].map(
          (name) => `CN=${name}`,
        ),
      );
      expect(await groups('primary')).toEqual(
        ['All-Staff', 'Domain Users', 'Printers', 'Sales'].map((name) => `CN=${name}`),
      );
    });

    test('standard mode: the direct ones that ldapsearch names, and the primary group', async () => {
      const ldif = await samba.ldapsearch(
        '-b',
        samba.base,
        '(&(objectCategory=person)(objectClass=user))',
        'sAMAccountName',
        'memberOf',
        'primaryGroupID',
      );
      const values = (entry: string, name: string) =>
        [...entry.matchAll(new RegExp(`^${name}:(:?) (.*)$`, 'gm'))].map(([, is64, value = '']) =>
          is64 ? Buffer.from(value, 'base64').toString('utf8') : value,
        );
      const entries = ldif.split('\n\n').filter((entry) => values(entry, 'sAMAccountName').length > 0);
      expect(entries).toHaveLength(Object.keys(tokens.users).length);
      const byName = new Map(Object.values(tokens.groups).map((group) => [group.dn, group]));
      for (const entry of entries) {
        const [name = ''] = values(entry, 'sAMAccountName');
        const primary = tokens.groups[`${tokens.domain}-${values(entry, 'primaryGroupID')[0]}`];
        const direct = [
          ...values(entry, 'memberOf').flatMap((dn) => byName.get(dn) ?? []),
          ...(primary ? [primary] : []),
        ];
        const groups = direct
          .filter(({ type }) => counts(type, global | domainLocal))
          .map((group) => `CORP/${group.name}`);
        const found = await activeDirectory({ mode: 'standard' }).user('CORP', name);
        expect({ name, groups: found?.groups }).toEqual({ name, groups: groups.sort() });
      }
    });

    test.each([
      ['anna@corp.example', '', 'CN=anna,'],
      ['ANNA', 'corp', 'CN=anna,'],
      ['anna@CORP.EXAMPLE', 'CORP', 'CN=anna,'],
    ])('%s of the domain "%s" is found', async (user, domain, start) => {
      expect((await activeDirectory().user(domain, user))?.dn.startsWith(start)).toBe(true);
    });

    test.each([
      ['*', 'CORP'],
      ['ann*', 'CORP'],
      ['anna)(cn=*', 'CORP'],
      ['absent', 'CORP'],
      ['anna@elsewhere.example', 'CORP'],
      ['\u0000', 'CORP'],
    ])('%s of the domain "%s" is nobody', async (user, domain) => {
      expect(await activeDirectory().user(domain, user)).toBeNull();
    });

    test('the catalogue of the forest knows them too', async () => {
      const catalogue = directory({ security: 'ldaps', port: 3269 });
      const found = await activeDirectory({ client: catalogue }).user('CORP', 'anna');
      expect(found?.groups).toContain(`CN=All-Staff,OU=Groups,${samba.base}`);
    });

    test('the domain by its NetBIOS and its DNS name, and no other', async () => {
      const ad = activeDirectory();
      expect(await ad.forest()).toEqual({
        base: 'DC=corp,DC=example',
        domains: [{ dn: 'DC=corp,DC=example', netbios: 'CORP', dns: 'corp.example' }],
      });
      expect([
        await ad.serves('corp'),
        await ad.serves('CORP.EXAMPLE'),
        await ad.serves(''),
        await ad.serves('OTHER'),
      ]).toEqual([true, true, true, false]);
    });

    test('the domain controllers of the domain, and of no other', async () => {
      const ad = activeDirectory();
      expect(await ad.controllers('corp.example')).toEqual([
        expect.stringMatching(/^[a-z0-9-]+\.corp\.example$/),
      ]);
      expect(await ad.controllers('other.example')).toBeNull();
    });

    test('somebody of a trusted domain is in the local groups here that their SID is in', async () => {
      const sid = 'S-1-5-21-1111111111-2222222222-3333333333-1105';
      expect(await activeDirectory({ mode: 'standard' }).foreign([sid, 'S-1-5-21-1-2-3-4'])).toEqual([
        'CORP/Printers',
      ]);
      expect(await activeDirectory().foreign([sid])).toEqual([`CN=Printers,OU=Groups,${samba.base}`]);
      expect(await activeDirectory().foreign(['S-1-5-21-1-2-3-4'])).toEqual([]);
    });

    test('a second user costs no search for groups that are known', async () => {
      const ad = activeDirectory();
      const answers = () => client.servers.reduce((sum, server) => sum + server.answers, 0);
      await ad.user('CORP', 'anna');
      const before = answers();
      await ad.user('CORP', 'bob');
      expect(answers() - before).toBe(2);
    });
  });

  describe('a collector', () => {
    async function collecting(text: string, filters: Record<string, string[]> = {}) {
      const files = mkdtempSync(join(tmpdir(), 'fabrictop-directory-'));
      onTestFinished(() => rmSync(files, { recursive: true }));
      const path = join(files, 'config.yaml');
      writeFileSync(
        path,
        `ldap:
  - { name: dead, server: 127.0.0.1, port: 1, secure: ldaps, ca-cert: ${samba.caFile}, type: anonymous }
  - name: corp
    server: ${samba.host}
    secure: ldaps
    ca-cert: ${samba.caFile}
    username: ${samba.login.name}
    password: { env: LDAP_PASSWORD }
collector: { ldap: [ corp ], ${text} }
`,
      );
      const env = { LDAP_PASSWORD: samba.login.password };
      const loaded = await loadConfig(path, env);
      const section = loaded.config.collector as CollectorConfig;
      const setups = await prepareDirectories(loaded, env, section.ldap);
      const directories = await collectorDirectories(section, setups);
      return runningCollector({ directories, filters });
    }

    test('sends the groups of Samba in standard mode, whatever is in the names', async () => {
      const { logon, online } = await collecting('directory-access: standard');
      const fortigate = await online();
      await logon({ user: 'o.neil', domain: 'CORP' });
      const { record } = await fortigate.has('event');
      expect(splitGroups(record.groups)).toEqual(
        [
          'Bürogemeinschaft 東京',
          'Domain Users',
          'Hash Sign',
          'Paren (Star)',
          'Printers',
          'Quoted',
          'R-D',
          'Sales',
          'Wi-Fi Guests',
        ].map((name) => `CORP/${name}`),
      );
    });

    test('lets through whom a filter of nested groups names, in advanced mode', async () => {
      const backend = `CN=Engineering,OU=Groups,${samba.base}`;
      const { logon, online, collector } = await collecting('directory-access: advanced', {
        default: [backend],
      });
      const fortigate = await online();
      await logon({ user: 'primary', ip: '10.0.0.1' });
      await logon({ user: 'anna', ip: '10.0.0.2' });
      const { record } = await fortigate.has('event');
      expect(record).toMatchObject({ user: 'anna', ip: '10.0.0.2' });
      expect(splitGroups(record.groups)).toContain(backend.toUpperCase());
      expect(splitGroups(record.groups)).toHaveLength(6);
      expect(collector.status.directories).toMatchObject([
        { name: 'corp', servers: [{ server: `${samba.host}:636`, state: 'connected', problem: null }] },
      ]);
    });
  });

  test('why names the permitted group that the user has through others', async () => {
    const files = mkdtempSync(join(tmpdir(), 'fabrictop-directory-'));
    onTestFinished(() => rmSync(files, { recursive: true }));
    const { logon, port, collector } = await runningCollector({ groups: { 'CORP\\anna': ['CORP/ONCALL'] } });
    await logon({ user: 'anna', domain: 'CORP' });
    const path = join(files, 'config.yaml');
    writeFileSync(
      path,
      `identity: { serial: FGVM010000000001 }
trust: { ca: [ ${samba.caFile} ] }
ldap:
  - { name: ad, server: ${samba.host}, secure: ldaps, username: ${samba.login.name}, password: { env: LDAP_PASSWORD } }
fsso: [ { name: corp, ldap-server: ad, servers: [ { server: 127.0.0.1, port: ${port} } ] } ]
policies: [ { policyid: 1, fsso-groups: [ CORP/ALL-STAFF ], action: accept, srcintf: [ any ], dstintf: [ any ], srcaddr: [ all ], dstaddr: [ all ] } ]
`,
    );
    const { ended } = new RunningCommand(
      ['--config', path, 'why', 'anna', '--to', '10.9.0.1', '--json'],
      files,
      {
        LDAP_PASSWORD: samba.login.password,
      },
    );
    const { output, diagnostics } = await ended;
    expect(diagnostics).toEqual([]);
    const report = JSON.parse(output);
    expect(report).toMatchObject({ allowed: false, broken: { step: 'policy', row: 14 } });
    const { evidence } = report.steps.find((step: { step: string }) => step.step === 'groups');
    expect(evidence.map(({ text }: { text: string }) => text)).toContain(
      `CN=All-Staff,OU=Groups,${samba.base}, through another group: the collector did not name it`,
    );
    expect(output).not.toContain(samba.login.password);
    expect(collector.status.entries).toBe(1);
  });
});
