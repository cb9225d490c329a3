import { expect, test } from 'vitest';
import type { Check } from '../../../src/fsso/doctor/check.ts';
import { readinessOf } from '../../../src/fsso/doctor/check.ts';
import { type ControllerSubject, controllerChecks } from '../../../src/fsso/doctor/controller-checks.ts';
import { connectionFailure, statusFailure } from '../../../src/fsso/smb/problems.ts';
import type { SmbSession } from '../../../src/fsso/smb/session.ts';
import type { PollMode } from '../../../src/fsso/windows/reading.ts';
import { refusedWith } from '../../../src/fsso/windows/windows-failure.ts';
import { failureOf } from '../../../src/fsso/wsman/problems.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { ScriptedLink, ScriptedLog } from '../../support/scripted-controller.ts';

const place = { host: 'dc1', port: 445, account: 'CORP\\svc' };
const wsman = { host: 'dc1', port: 5985, isSecure: false, login: 'CORP\\svc' };
const accessDenied = refusedWith('win32', 5, { host: 'dc1', account: 'CORP\\svc', task: 'sessions' });
const wrongPassword = statusFailure(0xc000006d, place, 'login');

/** Checks of a controller whose answers a test gives; `opened` names the ways that were opened. */
async function checked({
  logIn,
  open,
  modes = ['netapi', 'event-log', 'wmi'],
  ids = [4768],
}: Partial<ControllerSubject>) {
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
  const subject: ControllerSubject = {
    host: 'dc1',
    ports: { smb: '445/tcp', wmi: '5985/tcp' },
    log: 'Security',
    ids,
    modes,
    logIn: logIn ?? (async () => session),
    open: async (mode, signal) => {
      opened.push(mode);
      return open ? open(mode, signal) : link;
    },
  };
  const run = async (wasRefused = false) =>
    (await controllerChecks(subject, clock, new AbortController().signal, wasRefused)).checks;
  return { clock, log, link, opened, run };
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
    'audit policy': 'ok',
    clock: 'ok',
  });
  expect(checks.at(-1)).toMatchObject({
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
  const { run, opened } = await checked({ logIn: () => Promise.reject(asked.push('smb')) });
  expect(verdicts(await run(true))).toEqual({
    'SMB login': 'skipped',
    sessions: 'skipped',
    'event log': 'skipped',
    WMI: 'skipped',
  });
  expect([...asked, ...opened]).toEqual([]);
});

test('a port that is closed is told as the port, and WMI is still tried on its own', async () => {
  const { run, opened, log } = await checked({
    logIn: () => Promise.reject(connectionFailure('ECONNREFUSED', place)),
  });
  log.ticket(0, 'anna', '10.0.0.1');
  const checks = await run();
  expect(opened).toEqual(['wmi']);
  expect(readinessOf(['netapi', 'event-log', 'wmi'], checks)).toEqual([
    { mode: 'netapi', isReady: false, because: ['port 445/tcp', 'SMB login', 'sessions'] },
    { mode: 'event-log', isReady: false, because: ['port 445/tcp', 'SMB login', 'event log'] },
    { mode: 'wmi', isReady: true, because: [] },
  ]);
});

test('a right that is missing concerns its own way only, and keeps cause and fix', async () => {
  const { run, log, link } = await checked({
    open: (mode) => (mode === 'netapi' ? Promise.reject(accessDenied) : Promise.resolve(link)),
  });
  log.ticket(0, 'anna', '10.0.0.1');
  const checks = await run();
  const sessions = checks.find(({ check }) => check === 'sessions');
  expect(sessions?.problem?.fix.join(' ')).toContain('CORP\\svc');
  expect(readinessOf(['netapi', 'event-log'], checks).map(({ isReady }) => isReady)).toEqual([false, true]);
});

test('WMI that does not listen is its port', async () => {
  const { run } = await checked({
    modes: ['wmi'],
    open: () => Promise.reject(failureOf('refused', wsman, 'ECONNREFUSED')),
  });
  expect(verdicts(await run())).toEqual({ 'port 5985/tcp': 'failed', WMI: 'skipped' });
});

test('events that the log has none of are a warning, with what switches their audit on', async () => {
  const { run, log } = await checked({ modes: ['event-log'], ids: [672, 4768, 4769] });
  log.ticket(0, 'anna', '10.0.0.1');
  const audit = (await run()).find(({ check }) => check === 'audit policy');
  expect(audit).toMatchObject({ verdict: 'warning', detail: 'of the newest 1 records 4768: 1, 4769: 0' });
  expect(audit?.problem?.fix).toEqual([
    'on the domain controller: auditpol /set /subcategory:"Kerberos Service Ticket Operations" /success:enable',
  ]);
});

test('only the newest records are looked through, in as many answers as it takes', async () => {
  const { run, log } = await checked({ modes: ['event-log'] });
  for (let index = 0; index < 2_500; index += 1) log.ticket(index, 'anna', '10.0.0.1');
  log.most = 700;
  const audit = (await run()).find(({ check }) => check === 'audit policy');
  expect(audit?.detail).toBe('of the newest 2000 records 4768: 2000');
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
  expect(checks.at(-1)).toMatchObject({ check: 'clock', verdict: 'skipped' });
  expect(readinessOf(['netapi'], checks)[0]?.isReady).toBe(true);
});
