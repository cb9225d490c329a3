import { expect, test } from 'vitest';
import { LoginTurns } from '../../../src/fsso/collector/login-turns.ts';
import type { Check } from '../../../src/fsso/doctor/check.ts';
import { problemOf, readinessOf, withoutRepeats } from '../../../src/fsso/doctor/check.ts';
import { type ControllerSubject, controllerChecks } from '../../../src/fsso/doctor/controller-checks.ts';
import type { Names } from '../../../src/fsso/doctor/names.ts';
import { connectionFailure, statusFailure } from '../../../src/fsso/smb/problems.ts';
import type { SmbSession } from '../../../src/fsso/smb/session.ts';
import type { ControllerLink, PollMode } from '../../../src/fsso/windows/reading.ts';
import { refusedWith } from '../../../src/fsso/windows/windows-failure.ts';
import { failureOf } from '../../../src/fsso/wsman/problems.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { ScriptedLink, ScriptedLog } from '../../support/scripted-controller.ts';

const place = { host: 'dc1', port: 445, account: 'CORP\\svc' };
const wsman = { host: 'dc1', port: 5985, login: 'CORP\\svc' };
const accessDenied = refusedWith('win32', 5, { host: 'dc1', account: 'CORP\\svc', task: 'sessions' });
const wrongPassword = statusFailure(0xc000006d, place, 'login');

interface Given {
  modes?: readonly PollMode[];
  ids?: readonly number[];
  logIn?: ControllerSubject['logIn'];
  open?: (mode: PollMode) => Promise<ControllerLink>;
  tryPort?: ControllerSubject['tryPort'];
  host?: string;
  known?: readonly string[];
}

/** Checks of a controller whose answers a test gives; `opened` names the ways that were opened. */
async function checked(given: Given) {
  const { modes = ['netapi', 'event-log', 'wmi'], ids = [4768], host = '10.0.0.10', known = [] } = given;
  const clock = new ManualClock();
  const log = new ScriptedLog();
  const opened: PollMode[] = [];
  const link = new ScriptedLink(() => clock.now(), log);
  const session = {
    dialect: '3.1.1',
    encrypted: false,
    roundTripMs: 0.4,
    close: async () => {},
  } as SmbSession;
  const names: Names = { who: 'a test', addresses: async () => known, reverse: async () => [] };
  const subject: ControllerSubject = {
    ...{ host, account: 'CORP\\svc', names, otherNames: null, isWmiSecure: false },
    ports: { smb: 445, wmi: 5985 },
    readings: modes.map((mode) => ({ mode, log: 'Security', ids })),
    tryPort: given.tryPort ?? (async () => {}),
    logIn: given.logIn ?? (async () => session),
    open: async ({ mode }) => {
      opened.push(mode);
      return given.open ? given.open(mode) : link;
    },
  };
  const turns = new LoginTurns(clock);
  const run = async () => {
    const checks: Check[] = [];
    await controllerChecks(subject, turns, clock, new AbortController().signal, (...more) =>
      checks.push(...more),
    );
    return withoutRepeats(checks);
  };
  return { clock, log, link, opened, turns, run };
}

const verdicts = (checks: readonly Check[]) =>
  Object.fromEntries(checks.map(({ check, verdict }) => [check, verdict]));

test('where everything is there, every way is ready, and the clock is compared once', async () => {
  const { run, log, link } = await checked({});
  log.ticket(0, 'anna', '10.0.0.1');
  link.skewMs = 1_000;
  const checks = await run();
  expect(verdicts(checks)).toEqual({
    'port 445/tcp': 'ok',
    'SMB login': 'ok',
    sessions: 'ok',
    'event log': 'ok',
    'port 5985/tcp': 'ok',
    WMI: 'ok',
    clock: 'ok',
    'audit Kerberos Authentication Service': 'ok',
  });
  expect(checks.find(({ check }) => check === 'clock')).toMatchObject({
    detail: '1 s ahead of ours',
    neededBy: ['netapi', 'event-log', 'wmi'],
  });
  expect(readinessOf(['netapi', 'event-log', 'wmi'], checks).every(({ isReady }) => isReady)).toBe(true);
});

test('a refused password is tried once: no other way logs in, WMI neither', async () => {
  const { run, opened } = await checked({ logIn: () => Promise.reject(wrongPassword) });
  const checks = await run();
  expect(opened).toEqual([]);
  expect(verdicts(checks)).toMatchObject({ 'SMB login': 'failed', sessions: 'skipped', WMI: 'skipped' });
});

test('where another domain controller refused the account, nothing logs in', async () => {
  const asked: string[] = [];
  const { run, opened, turns } = await checked({ logIn: () => Promise.reject(asked.push('smb')) });
  turns.refused(problemOf(wrongPassword));
  expect(verdicts(await run())).toEqual({
    'port 445/tcp': 'ok',
    'port 5985/tcp': 'ok',
    'SMB login': 'skipped',
    sessions: 'skipped',
    'event log': 'skipped',
    WMI: 'skipped',
  });
  expect([...asked, ...opened]).toEqual([]);
});

test('a port that is closed is told as the port, and WMI is still tried on its own', async () => {
  const { run, opened, log } = await checked({
    tryPort: async (service) => {
      if (service === 'smb') throw connectionFailure('ECONNREFUSED', place);
    },
  });
  log.ticket(0, 'anna', '10.0.0.1');
  const checks = await run();
  expect(opened).toEqual(['wmi']);
  expect(readinessOf(['netapi', 'event-log', 'wmi'], checks)).toEqual([
    { mode: 'netapi', isReady: false, because: ['port 445/tcp', 'SMB login', 'sessions'] },
    { mode: 'event-log', isReady: false, because: ['port 445/tcp', 'SMB login', 'event log'] },
    { mode: 'wmi', isReady: true, because: [] },
  ]);
  const [port] = checks;
  expect(port?.run).toContainEqual({
    on: '10.0.0.10',
    command: 'Set-Service -Name LanmanServer -StartupType Automatic -Status Running',
  });
});

test('every address of a name is tried, and one that is closed is named', async () => {
  const { run } = await checked({
    ...{ modes: ['netapi'], host: 'dc1', known: ['10.0.0.1', '10.0.0.2'] },
    tryPort: async (_, address) => {
      if (address === '10.0.0.2') throw connectionFailure('ECONNREFUSED', place);
    },
  });
  const [address, port] = await run();
  expect(address).toMatchObject({
    check: 'address',
    verdict: 'ok',
    detail: '10.0.0.1, 10.0.0.2, says a test',
  });
  expect(port).toMatchObject({ verdict: 'warning', detail: 'open at 10.0.0.1, not at 10.0.0.2' });
});

test('a name that nobody knows is the address, and nothing else is tried', async () => {
  const { run, opened } = await checked({ host: 'dc9' });
  const checks = await run();
  expect(verdicts(checks)).toMatchObject({ address: 'failed', 'port 445/tcp': 'skipped', WMI: 'skipped' });
  expect(opened).toEqual([]);
});

test('a right that is missing concerns its own way only, and keeps cause and fix', async () => {
  const { run, log, link } = await checked({
    open: (mode) => (mode === 'netapi' ? Promise.reject(accessDenied) : Promise.resolve(link)),
  });
  log.ticket(0, 'anna', '10.0.0.1');
  const checks = await run();
  const sessions = checks.find(({ check }) => check === 'sessions');
  expect(sessions?.problem?.fix.join(' ')).toContain('CORP\\svc');
  expect(sessions?.run).toEqual([
    {
      on: 'a domain controller',
      command: "Add-ADGroupMember -Identity 'S-1-5-32-549' -Members 'svc'  # Server Operators",
    },
  ]);
  expect(readinessOf(['netapi', 'event-log'], checks).map(({ isReady }) => isReady)).toEqual([false, true]);
});

test('WMI that takes longer for its newest record than there is from poll to poll is a warning', async () => {
  const { run, log, clock } = await checked({ modes: ['wmi'] });
  log.ticket(0, 'anna', '10.0.0.1');
  const extent = log.extent.bind(log);
  log.extent = async () => {
    clock.advance(3_100);
    return extent();
  };
  const found = (await run()).find(({ check }) => check === 'WMI');
  expect(found).toMatchObject({ verdict: 'warning', problem: { stage: 'wmi' } });
  expect(found?.problem?.message).toContain('3.1 s');
});

test('WMI that does not listen is its port, and the other port is looked at', async () => {
  const closed = (open: number) =>
    checked({
      modes: ['wmi'],
      tryPort: async (_, __, port) => {
        if (port !== open) throw failureOf('refused', wsman, 'ECONNREFUSED');
      },
    });
  const [port, wmi] = await (await closed(0)).run();
  expect([port, wmi]).toMatchObject([
    { check: 'port 5985/tcp', verdict: 'failed' },
    { check: 'WMI', verdict: 'skipped' },
  ]);
  const [other] = await (await closed(5986)).run();
  expect(other?.problem?.fix[0]).toBe('5986 is open: set collector.polling.wmi.secure: https');
});

test('events that the log has none of are not known to be audited, with what shows and sets it', async () => {
  const { run, log } = await checked({ modes: ['event-log'], ids: [672, 4768, 4769, 4770] });
  log.ticket(0, 'anna', '10.0.0.1');
  const audits = (await run()).filter(({ check }) => check.startsWith('audit'));
  expect(audits).toMatchObject([
    {
      check: 'audit Kerberos Authentication Service',
      verdict: 'ok',
      detail: '4768: 1 among the newest 1 records',
    },
    {
      check: 'audit Kerberos Service Ticket Operations',
      verdict: 'unknown',
      detail: '4769: 0, 4770: 0 among the newest 1 records',
    },
  ]);
  expect(audits[1]?.run.map(({ command }) => command)).toEqual([
    'auditpol /get /subcategory:"{0CCE9240-69AE-11D9-BED3-505054503030}"',
    'auditpol /set /subcategory:"{0CCE9240-69AE-11D9-BED3-505054503030}" /success:enable',
  ]);
  expect(readinessOf(['event-log'], audits)[0]?.isReady).toBe(true);
});

test('only the newest records are looked through, in as many answers as it takes', async () => {
  const { run, log } = await checked({ modes: ['event-log'] });
  for (let index = 0; index < 2_500; index += 1) log.ticket(index, 'anna', '10.0.0.1');
  log.most = 700;
  const audit = (await run()).find(({ check }) => check.startsWith('audit'));
  expect(audit?.detail).toBe('4768: 2000 among the newest 2000 records');
  expect(log.asked.filter((each) => each.includes('-'))).toEqual(['501-2500', '1201-2500', '1901-2500']);
});

test.each([
  [4_000, 'ok', '4 s ahead of ours'],
  [-60_000, 'warning', '60 s behind ours'],
  [301_000, 'failed', '301 s ahead of ours'],
])('a clock that differs by %i ms is %s', async (skewMs, verdict, detail) => {
  const { run, link } = await checked({ modes: ['netapi'] });
  link.skewMs = skewMs;
  expect((await run()).at(-1)).toMatchObject({ check: 'clock', verdict, detail });
});

test('a machine that does not say its time is not held against any way', async () => {
  const { run } = await checked({ modes: ['netapi'] });
  const checks = await run();
  expect(checks.at(-1)).toMatchObject({ check: 'clock', verdict: 'unknown' });
  expect(readinessOf(['netapi'], checks)[0]?.isReady).toBe(true);
});
