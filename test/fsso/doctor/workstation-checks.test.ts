import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { LoginTurns } from '../../../src/fsso/collector/login-turns.ts';
import { type Check, readinessOf } from '../../../src/fsso/doctor/check.ts';
import { type WorkstationSubject, workstationChecks } from '../../../src/fsso/doctor/workstation-checks.ts';
import { connectSmb } from '../../../src/fsso/smb/session.ts';
import { LabMachine, type LabRight } from '../../../src/lab/windows/machine.ts';
import { WindowsServer } from '../../../src/lab/windows/windows-server.ts';

const password = 'asks-workstations';

/** What is said of a workstation of the lab, at which anna is logged on. */
async function examined(
  rights: readonly LabRight[],
  more: Partial<WorkstationSubject> = {},
  given = password,
) {
  const accounts = [{ user: 'svc', password, rights }];
  const machine = new LabMachine({ name: 'PC1', domain: 'CORP', dnsDomain: 'corp.example', accounts });
  machine.loggedOn.push({ user: 'anna', domain: 'CORP', logonServer: 'DC1' });
  const server = await WindowsServer.start({ machine, clock: systemClock });
  onTestFinished(() => server.stop());
  const { port } = server;
  const credentials = { user: 'svc', domain: 'CORP', password: given };
  const checks: Check[] = [];
  await workstationChecks(
    {
      ...{ host: '127.0.0.1', account: 'CORP\\svc', port, method: 'netapi', isInNetworks: () => true },
      names: { who: 'a test', addresses: async () => [], reverse: async () => ['pc1.corp.example'] },
      tryPort: async () => {},
      logIn: (address, signal) =>
        connectSmb({ host: '127.0.0.1', address, port, credentials, clock: systemClock, signal }),
      ...more,
    },
    new LoginTurns(systemClock),
    new AbortController().signal,
    (...found) => checks.push(...found),
  );
  const of = (name: string) => checks.find(({ check }) => check === name);
  return { checks, of, ready: readinessOf(['workstation-check'], checks)[0]?.isReady };
}

test('who is logged on is named, and what the method does not need speaks against nothing', async () => {
  const { of, ready } = await examined(['logged-on users']);
  expect(of('logged-on users')).toMatchObject({ verdict: 'ok', detail: 'CORP\\anna' });
  expect(of('remote registry')).toMatchObject({ verdict: 'failed', neededBy: [] });
  expect(ready).toBe(true);
});

test('an account that is no local administrator is told the command on that workstation', async () => {
  const { of, ready } = await examined([]);
  expect(of('logged-on users')?.run).toEqual([
    {
      on: '127.0.0.1',
      command: "Add-LocalGroupMember -SID 'S-1-5-32-544' -Member 'CORP\\svc'  # Administrators",
    },
  ]);
  expect(ready).toBe(false);
});

test('a wrong password is a failed login, and nobody is asked for', async () => {
  const { checks, of, ready } = await examined(['logged-on users'], {}, 'Wr0ng-and-secret');
  expect(of('SMB login')).toMatchObject({ verdict: 'failed', problem: { code: 'STATUS_LOGON_FAILURE' } });
  expect(of('logged-on users')).toBeUndefined();
  expect(JSON.stringify(checks)).not.toContain('Wr0ng');
  expect(ready).toBe(false);
});

test('a workstation outside of the networks would never be asked', async () => {
  const { of, ready } = await examined(['logged-on users'], { isInNetworks: () => false });
  expect(of('workstation-check-networks')).toMatchObject({ verdict: 'failed' });
  expect(ready).toBe(false);
});

test('an IPv6 address beside it is in no network, and needs to be in none', async () => {
  const names = { who: 'a test', addresses: async () => ['127.0.0.1', 'fd00::1'], reverse: async () => [] };
  const isInNetworks = (address: string) => address === '127.0.0.1';
  const { of } = await examined(['logged-on users'], { host: 'pc1.corp.example', names, isInNetworks });
  expect(of('workstation-check-networks')?.verdict).toBe('ok');
});

test('where the configuration asks by a program, or not at all, that is said', async () => {
  const { of } = await examined(['logged-on users'], { method: null });
  expect(of('method')?.problem?.fix.join()).toContain('workstation-check-method');
});

test('a name in DNS that is another one is said, with what registers it anew', async () => {
  const names = {
    who: 'a test',
    addresses: async () => ['127.0.0.1'],
    reverse: async () => ['old.corp.example'],
  };
  const { of } = await examined(['logged-on users'], { host: 'pc1.corp.example', names });
  expect(of('DNS PTR')).toMatchObject({ verdict: 'failed', neededBy: [] });
  expect(of('DNS PTR')?.run[0]).toEqual({ on: 'pc1.corp.example', command: 'ipconfig /registerdns' });
});
