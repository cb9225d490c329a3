import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { NtlmDomains } from '../../src/fsso/collector/ntlm/domains.ts';
import { ntlmFeed } from '../../src/fsso/collector/ntlm/ntlm-feed.ts';
import { NtlmService } from '../../src/fsso/collector/ntlm/service.ts';
import { NtlmClient } from '../../src/fsso/ntlm/client.ts';
import { feedContext } from '../support/feed-context.ts';
import { canRunSambaWindows, type SambaAd } from '../support/samba-ad/samba-ad.ts';
import { startTwoDomains, type TwoDomains } from '../support/samba-ad/two-domains.ts';

// Two domains of Samba: strangers to each other first, then with a trust between them.

const run = promisify(execFile);

describe.runIf(canRunSambaWindows)('two domains of Samba', () => {
  let two: TwoDomains;
  const opened: NtlmDomains[] = [];

  /** Verdicts as a collector with these domains gives them. */
  const serviceOf = (...sambas: readonly SambaAd[]) => {
    const domains = new NtlmDomains({
      ...{ clock: systemClock, report: () => {}, timeoutMs: 60_000, connectTimeoutMs: 30_000, parallel: 2 },
      domains: sambas.map(({ host, names, windows: { machine } }) => ({
        account: { account: machine.user, domain: machine.domain, password: machine.password },
        dnsName: names.dnsDomain,
        controllers: [{ host, port: null }],
      })),
    });
    opened.push(domains);
    const service = new NtlmService({ clock: systemClock, domains, mostWaiting: 10 });
    const verify = async (
      user: string,
      domain: string,
      password = 'User-Passw0rd1',
      address = `at ${domain}${user}`,
    ) => {
      const client = new NtlmClient({ user, domain, password, workstation: 'WS09' }, { clock: systemClock });
      const negotiation = service.begin({ address, wantsGroups: true });
      const challenge = await negotiation.challenge(client.negotiate());
      return negotiation.answer(client.authenticate(challenge as Buffer).message);
    };
    /** How many verdicts each domain controller gave. */
    const asked = () => domains.health.map(({ verdicts }) => verdicts);
    return { verify, asked };
  };
  const groupsOf = async (samba: SambaAd, user: string): Promise<string[]> => {
    const { users, groups } = await samba.tokens();
    const [, ...sids] = users[user]?.sids ?? [];
    return sids.flatMap((sid) => (groups[sid] && !sid.startsWith('S-1-5-32-') ? [groups[sid].name] : []));
  };

  beforeAll(async () => {
    two = await startTwoDomains();
  }, 300_000);

  afterEach(() => {
    for (const domains of opened.splice(0)) domains.close();
  });

  afterAll(async () => {
    await two?.stop();
  });

  test('that trust nobody are asked by the name that the client writes, NetBIOS or DNS', async () => {
    const { verify, asked } = serviceOf(two.corp, two.lab);
    // The first challenge is in the name of CORP; whoever names LAB behind it is asked once more, and never again.
    for (const [user, domain] of [
      ['anna', 'lab'],
      ['anna', 'LAB.example'],
      ['anna@lab.example', ''],
    ] as const)
      expect(await verify(user, domain)).toMatchObject({ kind: 'ask-again', status: 'STATUS_LOGON_FAILURE' });
    expect(asked()).toEqual([0, 3]);
    for (const [user, domain, due] of [
      ['anna', 'CORP', 'CORP'],
      ['anna', 'lab', 'LAB'],
      ['anna', 'LAB.example', 'LAB'],
      ['anna@lab.example', '', 'LAB'],
      ['anna@corp.example', '', 'CORP'],
      ['anna', '', 'CORP'],
    ] as const)
      expect(await verify(user, domain), `${domain}\\${user}`).toMatchObject({
        ...{ kind: 'ok', user: 'anna', domain: due },
        groupNames: expect.arrayContaining([`${due}/Oncall`, `${due}/All-Staff`]),
      });
    expect(asked()).toEqual([3, 6]);
    // All groups are of the domain that was asked, and no other domain has the same.
    const { groups } = await verify('anna', 'lab');
    const { domain } = await two.lab.tokens();
    expect(groups.filter((sid) => !sid.startsWith(`${domain}-`))).toEqual([]);
    // A password is wrong in one domain, whatever the other would say.
    expect(await verify('anna', 'lab', 'wrong')).toMatchObject({ kind: 'wrong-password' });
    expect(asked()).toEqual([3, 8]);
  });

  test('let curl in at either gate, which is sent on once where its domain was not known', async () => {
    const { context, logons, events } = feedContext();
    const gate = {
      listen: '127.0.0.1',
      port: 0,
      identity: null,
      enabledBrowsers: [],
      guests: false,
      groups: [],
    };
    const feed = ntlmFeed({
      domains: [two.corp, two.lab].map(({ host, names, windows: { machine } }) => ({
        account: { account: machine.user, domain: machine.domain, password: machine.password },
        dnsName: names.dnsDomain,
        controllers: [{ host, port: null }],
      })),
      gates: [
        { ...gate, mode: 'transparent', answerWithinMs: 60_000 },
        { ...gate, mode: 'explicit-proxy', answerWithinMs: 60_000 },
      ],
      ...{ gateLink: null, admittedMs: 1, timeoutMs: 60_000, connectTimeoutMs: 30_000, parallel: 2 },
      ...{ mostWaiting: 10, bringsGroups: false },
    })({ ...context, clock: systemClock });
    try {
      const [at, proxy] = await feed.start();
      const curl = async (...parameters: string[]): Promise<string> => {
        const told = ['-s', '-o', '/dev/null', '-w', '%{http_code} %{num_redirects}', '-m', '60'];
        const { stdout } = await run('curl', [...told, ...parameters]);
        return stdout;
      };
      const lab = ['--ntlm', '-u', 'LAB\\anna:User-Passw0rd1'];
      const url = `http://127.0.0.1:${at?.port}/page`;
      const corp = ['--ntlm', '-u', 'CORP\\anna:User-Passw0rd1'];
      // curl counts its answer to the challenge as one, and its next Type 1 as another.
      expect(await curl(...corp, '-L', url)).toBe('200 1');
      expect(await curl(...lab, '-L', url)).toBe('200 3');
      expect(await curl(...lab, '-L', url)).toBe('200 1');
      // The same through the other gate, from an address that has named CORP last.
      expect(await curl(...corp, '-L', url)).toBe('200 3');
      const through = [
        '--proxy-ntlm',
        '-U',
        'LAB\\anna:User-Passw0rd1',
        '-x',
        `http://127.0.0.1:${proxy?.port}`,
      ];
      expect(await curl(...through, '-L', 'http://a.example/page')).toBe('200 3');
      expect(logons.map(({ domain }) => domain)).toEqual(['CORP', 'LAB', 'LAB', 'CORP', 'LAB']);
      expect(JSON.stringify(events)).not.toContain('Passw0rd');
    } finally {
      await feed.stop();
    }
  });

  test('that trust nobody know no user of each other', async () => {
    const { verify } = serviceOf(two.corp);
    for (const domain of ['LAB', 'lab.example', 'NOWHERE'])
      expect(await verify('anna', domain)).toMatchObject({ kind: 'no-such-user' });
  });

  test('with a trust between them are both asked through one', async () => {
    two.trust();
    // Somebody of LAB in a group of CORP: a SID of another domain than the user's own.
    const [anna = ''] = (await two.lab.tokens()).users['anna']?.sids ?? [];
    two.corp.windows.tool('group', 'addmembers', 'Printers', anna);
    const { verify, asked } = serviceOf(two.corp);
    await expect.poll(async () => (await verify('anna', 'LAB')).kind, { timeout: 60_000 }).toBe('ok');
    const names = (await groupsOf(two.lab, 'anna')).map((name) => `LAB/${name}`);
    expect(names.length).toBeGreaterThan(4);
    for (const [user, domain] of [
      ['anna', 'LAB'],
      ['anna', 'lab.example'],
      ['anna@lab.example', ''],
    ] as const) {
      const verdict = await verify(user, domain);
      expect(verdict).toMatchObject({ kind: 'ok', user: 'anna', domain: 'LAB' });
      expect([...(verdict.groupNames ?? [])].sort()).toEqual([...names, 'CORP/Printers'].sort());
    }
    // What LAB says comes through as it is.
    for (const [user, password, kind] of [
      ['anna', 'wrong', 'wrong-password'],
      ['disabled1', undefined, 'disabled'],
      ['locked1', undefined, 'locked'],
      ['expired1', undefined, 'account-expired'],
      ['hours1', undefined, 'wrong-hours'],
      ['nobody1', undefined, 'no-such-user'],
    ] as const)
      expect(await verify(user, 'LAB', password), user).toMatchObject({ kind });
    expect(asked().length).toBe(1);
  });

  test('say so when the trusted one is gone', async () => {
    const { verify } = serviceOf(two.corp);
    await two.lab.stop();
    expect(await verify('bob', 'LAB')).toMatchObject({ kind: 'no-logon-servers' });
    expect(await verify('anna', 'CORP')).toMatchObject({ kind: 'ok' });
  });
});
