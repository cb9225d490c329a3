import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { doctorOnce } from '../../src/backends/doctor/once.ts';
import { doctorSubjects } from '../../src/backends/doctor/subjects.ts';
import { systemClock } from '../../src/clock.ts';
import { parseConfig } from '../../src/config/load.ts';
import { canRunSambaWindows, type SambaAd, startSambaAd } from '../support/samba-ad/samba-ad.ts';
import { ticketStrings } from '../support/scripted-controller.ts';

// What the doctor says of Samba as a domain controller, with accounts that may much, little, or nothing.

interface Document {
  healthy: boolean;
  examined: {
    kind: string;
    name: string;
    modes: { mode: string; ready: boolean; because: string[] }[];
    checks: {
      check: string;
      verdict: string;
      detail: string;
      problem: { fix: string[] } | null;
      run: { command: string }[];
    }[];
  }[];
}

describe.runIf(canRunSambaWindows)('the doctor at Samba', () => {
  let samba: SambaAd;

  beforeAll(async () => {
    samba = await startSambaAd({ smb: true });
  });

  afterAll(() => samba?.stop());

  /** The report on the configuration with these settings of polling; `ldap` beside it. */
  async function report(polling: object, password: string, more: object = {}, only = {}): Promise<Document> {
    process.env['TEST_DOCTOR_PASSWORD'] = password;
    process.env['TEST_DOCTOR_LDAP'] = samba.login.password;
    onTestFinished(() => {
      delete process.env['TEST_DOCTOR_PASSWORD'];
      delete process.env['TEST_DOCTOR_LDAP'];
    });
    const text = JSON.stringify({
      ldap: [
        {
          name: 'corp',
          server: samba.host,
          secure: 'ldaps',
          'ca-cert': samba.caFile,
          username: samba.login.name,
          password: { env: 'TEST_DOCTOR_LDAP' },
        },
      ],
      collector: {
        dns: [samba.host],
        polling: {
          user: 'CORP\\svc-fsso',
          password: { env: 'TEST_DOCTOR_PASSWORD' },
          controllers: [{ server: samba.host }],
          ...polling,
        },
        ...more,
      },
    });
    const config = parseConfig(text, 'config.yaml');
    const loaded = { config, path: 'config.yaml', directory: '/' } as Parameters<typeof doctorSubjects>[0];
    const subjects = await doctorSubjects(loaded, process.env, systemClock, only);
    const { output } = await doctorOnce(subjects, { clock: systemClock, timeoutMs: 60_000, json: true });
    return JSON.parse(output);
  }

  const verdicts = (document: Document, kind: string) =>
    Object.fromEntries(
      document.examined
        .filter((each) => each.kind === kind)
        .flatMap(({ checks }) => checks.map(({ check, verdict }) => [check, verdict])),
    );
  const ready = ({ examined }: Document) =>
    Object.fromEntries(
      examined
        .filter(({ kind }) => kind === 'controller')
        .flatMap(({ modes }) => modes.map(({ mode, ready: isReady }) => [mode, isReady])),
    );

  test('an account with every right is ready for what Samba serves, and WMI is what Samba lacks', async () => {
    await samba.windows.writeEvents([
      { id: 4768, strings: ticketStrings('anna', '10.9.0.1') },
      { id: 4776, strings: ['MICROSOFT_AUTHENTICATION_PACKAGE_V1_0', 'anna', 'PC1', '0x0'] },
    ]);
    const document = await report({}, samba.windows.poller.password, {
      ldap: ['corp'],
      'monitored-domains': ['corp.example'],
    });
    expect(verdicts(document, 'domain')).toMatchObject({
      'DNS SRV _ldap._tcp.dc._msdcs.corp.example': 'ok',
    });
    expect(verdicts(document, 'directory')).toEqual({
      'port 636/tcp': 'ok',
      'LDAP login': 'ok',
      'LDAP read': 'ok',
      clock: 'ok',
    });
    expect(verdicts(document, 'controller')).toEqual({
      'port 445/tcp': 'ok',
      'port 5985/tcp': 'failed',
      'SMB login': 'ok',
      sessions: 'ok',
      'event log': 'ok',
      WMI: 'skipped',
      'audit Kerberos Authentication Service': 'ok',
      'audit Credential Validation': 'ok',
      clock: 'ok',
    });
    expect(ready(document)).toEqual({ netapi: true, 'event-log': true, wmi: false });
    expect(document.healthy).toBe(true);
  });

  test('an account without the right to list sessions is told what gives it the right, and is not healthy for them', async () => {
    const document = await report(
      { user: 'CORP\\svc-weak', mode: 'netapi' },
      samba.windows.weak.password,
      {},
      { mode: 'netapi' },
    );
    const sessions = document.examined[0]?.checks.find(({ check }) => check === 'sessions');
    expect(sessions).toMatchObject({ verdict: 'failed', detail: expect.stringContaining('access denied') });
    expect(sessions?.problem?.fix.join(' ')).toContain('CORP\\svc-weak');
    expect([ready(document), document.healthy]).toEqual([{ netapi: false }, false]);
  });

  test('a wrong password is tried once, and nothing else logs in', async () => {
    await samba.windows.writeLogonEvents();
    const document = await report({}, 'wrong');
    expect(verdicts(document, 'controller')).toEqual({
      'port 445/tcp': 'ok',
      'port 5985/tcp': 'failed',
      'SMB login': 'failed',
      sessions: 'skipped',
      'event log': 'skipped',
      WMI: 'skipped',
    });
    expect(ready(document)).toEqual({ netapi: false, 'event-log': false, wmi: false });
    // What Samba's own audit has seen of logins since.
    expect(await samba.windows.writeLogonEvents()).toBe(1);
  });

  test('events that are not in the log are a warning that names the audit subcategory', async () => {
    const document = await report(
      { 'event-ids': [4770] },
      samba.windows.poller.password,
      {},
      { mode: 'event-log' },
    );
    const audit = document.examined[0]?.checks.find(({ check }) => check.startsWith('audit'));
    expect(audit?.verdict).toBe('unknown');
    expect(audit?.problem?.fix.join(' ')).toContain('Kerberos Service Ticket Operations');
    expect(audit?.run[0]?.command).toContain('auditpol /get');
    expect(document.healthy).toBe(true);
  });
});
