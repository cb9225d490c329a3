import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { collectorFeeds } from '../../src/backends/collector-feeds.ts';
import { createFssoPollingSource } from '../../src/backends/fsso-polling.ts';
import { pollOnce } from '../../src/backends/fsso-polling-once.ts';
import { prepareFssoPolling } from '../../src/backends/fsso-polling-setup.ts';
import { type Clock, systemClock } from '../../src/clock.ts';
import { configSchema } from '../../src/config/schema.ts';
import type { CollectorOptions } from '../../src/fsso/collector/collector-options.ts';
import type { PolledController } from '../../src/fsso/collector/feeds/feed.ts';
import { openSmbLink } from '../../src/fsso/windows/smb-link.ts';
import type { CollectorRow, LogonRow } from '../../src/state/changes.ts';
import { startDnsmasq } from '../support/dnsmasq.ts';
import { runningCollector } from '../support/running-collector.ts';
import { canRunSambaWindows, type SambaAd, startSambaAd } from '../support/samba-ad/samba-ad.ts';
import { ticketStrings } from '../support/scripted-controller.ts';

// Logons at Samba's domain controller, made by Samba's own client, as our collector has them; and what rpcclient lists in the same run.

const signal = new AbortController().signal;
const generous = { timeout: 30_000, interval: 50 };

describe.runIf(canRunSambaWindows)('polling Samba', () => {
  let samba: SambaAd;

  beforeAll(async () => {
    samba = await startSambaAd({ smb: true });
  });

  afterAll(() => samba?.stop());

  /** A collector that polls it as its configuration says. */
  async function polled(more: object, directory = temporary(), options: Partial<CollectorOptions> = {}) {
    process.env['TEST_POLLING_PASSWORD'] = samba.windows.poller.password;
    onTestFinished(() => void delete process.env['TEST_POLLING_PASSWORD']);
    const section = configSchema.parse({
      collector: {
        'agent-port': 0,
        'cache-directory': directory,
        polling: {
          user: 'CORP\\svc-fsso',
          password: { env: 'TEST_POLLING_PASSWORD' },
          domain: 'CORP',
          period: 1,
          controllers: [{ server: samba.host }],
          ...more,
        },
      },
    }).collector;
    if (section === undefined) throw new Error('no collector');
    const feeds = await collectorFeeds(section, directory, process.env);
    const running = await runningCollector({ feeds, clock: systemClock, ...options });
    const controller = (): PolledController => {
      const found = running.collector.status.feeds.flatMap(({ polled: all = [] }) => all)[0];
      if (found === undefined) throw new Error('nobody is polled');
      return found;
    };
    const users = () => running.collector.entries().map(({ ip, domain, user }) => `${ip} ${domain}\\${user}`);
    await vi.waitFor(() => expect(controller().polls + controller().failures).toBeGreaterThan(0), generous);
    return { ...running, controller, users };
  }

  function temporary(): string {
    const directory = mkdtempSync(join(tmpdir(), 'fabrictop-polling-'));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    return directory;
  }

  test('sessions of users are logons at their addresses, the same that rpcclient lists', async () => {
    const open = [
      await samba.windows.openSession('user01', '127.0.0.51'),
      await samba.windows.openSession('user02', '127.0.0.52'),
    ];
    const { users, controller } = await polled({ mode: 'netapi' });
    await vi.waitFor(() => expect(users()).toHaveLength(2), generous);
    const listed = await samba.windows.rpcclient('netsessenum');
    for (const each of open) await each.end();
    expect(users().sort()).toEqual(['127.0.0.51 CORP\\user01', '127.0.0.52 CORP\\user02']);
    // These two, ours, and its own.
    expect(listed).toContain('Received 4 entries');
    expect(controller()).toMatchObject({
      state: 'ok',
      means: expect.stringMatching(/^SMB 3\.1\.1, signed, NetrSessionEnum level 1$/),
    });
    // Samba tells whole seconds.
    expect(Math.abs(controller().clockSkew ?? 99)).toBeLessThan(2);
  });

  test('a logon by smbclient comes from the event log too, once', async () => {
    await samba.windows.writeLogonEvents();
    const { users, controller, all } = await polled({ 'event-ids': 2 });
    const session = await samba.windows.openSession('user03', '127.0.0.53');
    await session.end();
    expect(await samba.windows.writeLogonEvents()).toBeGreaterThan(0);
    await vi.waitFor(() => expect(users()).toContain('127.0.0.53 CORP\\user03'), generous);
    const { polls } = controller();
    await vi.waitFor(() => expect(controller().polls).toBeGreaterThan(polls + 1), generous);
    expect(controller()).toMatchObject({ state: 'ok', lag: { records: 0 }, lost: 0 });
    // 4776 names a workstation that nothing resolves, 4624 the address. What was written in the second of the start is read too.
    expect(all('logon').filter((event) => 'user' in event && event.user === 'user03')).toHaveLength(1);
  });

  test('tickets that kinit got are logons at the addresses of their workstations', async () => {
    await samba.windows.writeLogonEvents();
    const { users, controller } = await polled({});
    expect(await samba.windows.kinit('user04', '127.0.0.61')).toBe('');
    expect(await samba.windows.kinit('jürgen', '127.0.0.62')).toBe('');
    await samba.windows.writeLogonEvents();
    const expected = ['127.0.0.61 CORP\\user04', '127.0.0.62 CORP\\jürgen'];
    await vi.waitFor(() => expect(users()).toEqual(expect.arrayContaining(expected)), generous);
    expect(controller()).toMatchObject({ state: 'ok', problem: null });
  });

  test('one user who came by kinit, by NTLM and as a session is one user of one domain, which nobody configured', async () => {
    await samba.windows.writeLogonEvents();
    const nameless = { domain: '', 'event-ids': 2 };
    const byLog = await polled(nameless);
    expect(await samba.windows.kinit('user09', '127.0.0.71')).toBe('');
    await samba.windows.writeLogonEvents();
    await vi.waitFor(() => expect(byLog.users()).toContain('127.0.0.71 CORP\\user09'), generous);
    const session = await samba.windows.openSession('user09', '127.0.0.71');
    expect(await samba.windows.writeLogonEvents()).toBeGreaterThan(0);
    const entry = () => byLog.collector.entries().find(({ user }) => user === 'user09');
    await vi.waitFor(() => expect(entry()?.evidence).toMatchObject({ id: 4624 }), generous);
    expect(entry()).toMatchObject({ ip: '127.0.0.71', domain: 'CORP', replaced: null });
    expect(byLog.collector.entries().filter(({ user }) => user === 'user09')).toHaveLength(1);
    expect(byLog.all('logoff')).toEqual([]);
    expect(byLog.controller().domain).toBe('corp.example');
    const bySession = await polled({ ...nameless, mode: 'netapi' });
    await vi.waitFor(() => expect(bySession.users()).toEqual(['127.0.0.71 CORP\\user09']), generous);
    expect(bySession.collector.entries()[0]?.evidence).toEqual({ kind: 'session' });
    await session.end();
  });

  test('an NTLM logon that names its workstation only is found at the address that Samba’s DNS has of it', async () => {
    await samba.windows.addDns('ws53', 'A', '10.9.0.53');
    await samba.windows.writeLogonEvents();
    const { users } = await polled({}, temporary(), { dns: [samba.host] });
    const session = await samba.windows.openSession('user06', '127.0.0.63', 'WS53');
    await session.end();
    await samba.windows.writeLogonEvents();
    await vi.waitFor(() => expect(users()).toContain('10.9.0.53 CORP\\user06'), generous);
  });

  test('who is refused at the domain controller is no logon, by Kerberos and by NTLM, whatever the reason', async () => {
    await samba.windows.writeLogonEvents();
    const { users, controller, events } = await polled({ 'event-ids': 2 });
    const refused = [
      ['user07', 'wrong', 'Password incorrect', 'LOGON_FAILURE'],
      ['disabled1', undefined, 'credentials have been revoked', 'ACCOUNT_DISABLED'],
      ['expired1', undefined, 'credentials have been revoked', 'ACCOUNT_EXPIRED'],
      ['locked1', undefined, 'credentials have been revoked', 'ACCOUNT_LOCKED_OUT'],
      ['hours1', undefined, 'credentials have been revoked', 'INVALID_LOGON_HOURS'],
      ['unknown1', undefined, 'not found in Kerberos database', 'LOGON_FAILURE'],
    ] as const;
    for (const [user, password, kerberos, ntlm] of refused) {
      expect(await samba.windows.kinit(user, '127.0.0.64', password)).toContain(kerberos);
      expect(await samba.windows.refusedSession(user, '127.0.0.65', password)).toBe(`NT_STATUS_${ntlm}`);
    }
    expect(await samba.windows.kinit('user08', '127.0.0.66')).toBe('');
    expect(await samba.windows.writeLogonEvents()).toBeGreaterThan(2 * refused.length);
    // It comes behind all of them.
    await vi.waitFor(() => expect(users()).toContain('127.0.0.66 CORP\\user08'), generous);
    // Neither as an entry nor as a workstation that was looked for. What an earlier test wrote in the same second may be read here too.
    const told = `${users().join()} ${JSON.stringify(events)}`;
    for (const [user] of refused) expect(told).not.toContain(user);
    expect(controller()).toMatchObject({ state: 'ok', lag: { records: 0 } });
  });

  test('a domain controller that only the collector’s DNS knows is found there, polled at its address and called by its name', async () => {
    const dns = await startDnsmasq(
      '--srv-host=_ldap._tcp.dc._msdcs.corp.example,dc1.corp.example,389,0,100',
      `--host-record=dc1.corp.example,${samba.host}`,
    );
    onTestFinished(() => dns.stop());
    // Domains are looked at every few seconds, and here more often.
    const every: Clock['every'] = (ms, action) => systemClock.every(Math.min(ms, 200), action);
    const { users, controller } = await polled({ controllers: [], domains: ['corp.example'] }, temporary(), {
      domains: ['corp.example'],
      dns: [dns.server],
      clock: { ...systemClock, every },
    });
    expect(controller()).toMatchObject({ name: 'dc1.corp.example', state: 'ok', problem: null });
    await samba.windows.writeEvents([{ id: 4768, strings: ticketStrings('found', '10.9.1.1') }]);
    await vi.waitFor(() => expect(users()).toContain('10.9.1.1 CORP\\found'), generous);
  });

  test('a restart goes on behind the bookmark, over a log that has wrapped meanwhile', async () => {
    const directory = temporary();
    const first = await polled({}, directory);
    await samba.windows.writeEvents([{ id: 4768, strings: ticketStrings('before', '10.9.0.1') }]);
    await vi.waitFor(() => expect(first.users()).toContain('10.9.0.1 CORP\\before'), generous);
    await first.stop();
    const many = (from: number, to: number) =>
      Array.from({ length: to - from + 1 }, (_, index) => {
        const number = from + index;
        return { id: 4768, strings: ticketStrings(`u${number}`, `10.8.${number >> 8}.${number & 255}`) };
      });
    await samba.windows.writeEvents(many(1, 100));
    const second = await polled({}, directory);
    await vi.waitFor(() => expect(second.users()).toHaveLength(100), generous);
    expect(second.controller()).toMatchObject({ lost: 0, state: 'ok' });
    await second.stop();
    // 512 KiB hold about 1,570 records.
    await samba.windows.writeEvents(many(101, 1900));
    const third = await polled({}, directory);
    const { lost } = third.controller();
    expect(lost).toBeGreaterThan(100);
    const read = third.collector.entries().length;
    expect(read + lost).toBe(1800);
    expect(third.all('event log was overwritten')).toHaveLength(1);
  });

  test('what we read of the log is what rpcclient reads', async () => {
    const { poller, rpcclient } = samba.windows;
    await samba.windows.writeEvents([
      { id: 4768, strings: ticketStrings('Jürgen O’Neil', '10.9.9.9'), at: 1_700_000_000 + 86_400 * 1000 },
    ]);
    const link = await openSmbLink({
      ...{
        host: samba.host,
        credentials: poller,
        mode: 'event-log',
        log: 'Security',
        clock: systemClock,
        signal,
      },
    });
    onTestFinished(() => link.close());
    const extent = await link.log?.extent(signal);
    const count = /number of records: (\d+)/i.exec(
      await rpcclient.call(samba.windows, 'eventlog_numrecord Security'),
    );
    const oldest = /oldest entry: (\d+)/i.exec(
      await rpcclient.call(samba.windows, 'eventlog_oldestrecord Security'),
    );
    expect(extent?.oldest).toBe(Number(oldest?.[1]));
    expect((extent?.newest ?? 0) - (extent?.oldest ?? 0) + 1).toBe(Number(count?.[1]));
  });

  test('a dashboard polls it as a FortiGate does, and the command prints the same', async () => {
    await samba.windows.writeEvents([
      { id: 4768, strings: ticketStrings('user05', '10.7.0.5') },
      { id: 4768, strings: ticketStrings('nobody-here', '10.7.0.6') },
      { id: 4768, strings: ticketStrings('DC1$', '10.7.0.7') },
    ]);
    const directory = temporary();
    process.env['TEST_POLLING_PASSWORD'] = samba.windows.poller.password;
    process.env['TEST_LDAP_PASSWORD'] = samba.login.password;
    onTestFinished(() => {
      for (const name of ['TEST_POLLING_PASSWORD', 'TEST_LDAP_PASSWORD']) delete process.env[name];
    });
    const config = configSchema.parse({
      ldap: [
        {
          ...{
            name: 'ad',
            server: samba.host,
            secure: 'ldaps',
            'ca-cert': samba.caFile,
            cnid: 'sAMAccountName',
          },
          ...{ dn: samba.base, type: 'regular', username: samba.login.name },
          password: { env: 'TEST_LDAP_PASSWORD' },
        },
      ],
      'fsso-polling': [
        {
          ...{ id: 7, server: samba.host, 'default-domain': 'CORP', user: 'svc-fsso', 'ldap-server': 'ad' },
          ...{ 'logon-history': 1, 'polling-frequency': 1, password: { env: 'TEST_POLLING_PASSWORD' } },
        },
      ],
    });
    const [setup] = await prepareFssoPolling({ config, directory }, process.env);
    if (setup === undefined) throw new Error('nothing is polled');
    const rows = new Map<string, LogonRow>();
    let link: CollectorRow | null = null;
    const source = createFssoPollingSource(setup, systemClock);
    source.start((change) => {
      if (change.table === 'logons' && change.op === 'put') rows.set(change.row.ip, change.row);
      if (change.table === 'collectors' && change.op === 'put') link = change.row;
    });
    onTestFinished(() => source.stop());
    await vi.waitFor(
      () => expect([...rows.keys()]).toEqual(expect.arrayContaining(['10.7.0.5', '10.7.0.6'])),
      generous,
    );
    expect(rows.get('10.7.0.5')).toMatchObject({
      user: 'user05',
      domain: 'CORP',
      connector: 'fsso-polling 7',
    });
    expect(rows.get('10.7.0.5')?.groups.length).toBeGreaterThan(0);
    expect(rows.has('10.7.0.7')).toBe(false);
    await vi.waitFor(
      () => expect(link).toMatchObject({ state: 'online', server: samba.host, problem: null }),
      generous,
    );

    const printed = await pollOnce([setup], systemClock, 'user', false);
    expect(printed).toMatchObject({ isHealthy: true, diagnostics: [] });
    expect(printed.output).toContain('IP: 10.7.0.5  User: user05  Domain: CORP');
    const detail = await pollOnce([setup], systemClock, 'detail', false);
    expect(detail.output).toMatch(
      /^AD Server Status:\nID=7, name\([\d.]+\),source\(security\),users\(\d+\)\nport=auto username=svc-fsso\n/,
    );
    expect(detail.output).toMatch(/polling frequency: every 1 second\(s\) success\(\d+\), fail\(0\)/);
  });

  test('an account without the right says so, and what gives it the right', async () => {
    process.env['TEST_WEAK_PASSWORD'] = samba.windows.weak.password;
    onTestFinished(() => void delete process.env['TEST_WEAK_PASSWORD']);
    const { controller } = await polled({
      mode: 'netapi',
      user: 'CORP\\svc-weak',
      password: { env: 'TEST_WEAK_PASSWORD' },
    });
    expect(controller()).toMatchObject({
      state: 'failed',
      problem: {
        stage: 'sessions',
        message: expect.stringContaining('access denied'),
        fix: expect.arrayContaining([expect.stringContaining('svc-weak')]),
      },
    });
  });

  test('a wrong password is one try, and says so', async () => {
    process.env['TEST_WRONG_PASSWORD'] = 'wrong';
    onTestFinished(() => void delete process.env['TEST_WRONG_PASSWORD']);
    const { controller } = await polled({ password: { env: 'TEST_WRONG_PASSWORD' } });
    expect(controller()).toMatchObject({
      state: 'failed',
      failures: 1,
      problem: { stage: 'authentication', code: 'STATUS_LOGON_FAILURE' },
    });
  });
});
