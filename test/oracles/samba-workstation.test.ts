import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { WindowsCheck, type WindowsCheckMethod } from '../../src/fsso/collector/checks/windows-check.ts';
import type { Entry } from '../../src/fsso/collector/entry.ts';
import type { CollectorEvent } from '../../src/fsso/collector/events.ts';
import { connectSmb } from '../../src/fsso/smb/session.ts';
import { usersByRegistry, usersByService } from '../../src/fsso/windows/logged-on.ts';
import { collectorLogon } from '../support/collector-logon.ts';
import { canMakeNamespaces } from '../support/samba-namespace.ts';
import {
  type SambaWorkstation,
  startSambaWorkstation,
} from '../support/samba-workstation/samba-workstation.ts';
import { runTool } from './tool.ts';

// A workstation that nobody here wrote, asked over SMB without any program.
describe.skipIf(!canMakeNamespaces())('Samba as a workstation', () => {
  let workstation: SambaWorkstation;
  beforeAll(async () => {
    workstation = await startSambaWorkstation();
  });
  afterAll(() => workstation?.stop());

  const entryOf = (user: string, domain = 'WS') =>
    ({ ...collectorLogon({ user, domain, ip: workstation.host }), key: `${workstation.host}|0` }) as Entry;

  function checkBy(method: WindowsCheckMethod, credentials = workstation.admin) {
    const events: CollectorEvent[] = [];
    const check = new WindowsCheck({
      ...{ method, credentials, clock: systemClock, timeoutMs: 10_000 },
      report: (event) => events.push(event),
    });
    const ask = (user: string, domain?: string) =>
      check.ask(entryOf(user, domain), new AbortController().signal);
    return { events, ask };
  }

  async function listed(ask: typeof usersByService): Promise<string[]> {
    const { host, admin: credentials } = workstation;
    const session = await connectSmb({ host, credentials, clock: systemClock });
    const users = await ask(session, { host, account: 'WS\\ladmin' }, new AbortController().signal);
    await session.close();
    return users.map(({ user, domain }) => `${domain}\\${user}`);
  }

  test('the workstation service names the same users to us as to rpcclient', async () => {
    workstation.logOn('luser1', 'luser3');
    const { user, domain, password } = workstation.admin;
    const told = runTool(
      'rpcclient',
      [
        ...['-s', '/dev/null', '-U', `${domain}\\${user}%${password}`, workstation.host],
        ...['-c', 'wkssvc_enumerateusers'],
      ],
      'smbclient',
    ).toString();
    const names = told.split('\n').filter((line) => line !== '');
    expect(names).toEqual(['luser1', 'luser3']);
    expect(await listed(usersByService)).toEqual(names.map((name) => `WS\\${name}`));
  });

  test('who is logged on is present, and everybody else absent', async () => {
    workstation.logOn('luser1');
    const { ask, events } = checkBy('netapi');
    expect(await ask('LUSER1')).toEqual({ presence: 'present', method: 'netapi', problem: null });
    expect(await ask('luser1', 'ws.corp.example')).toMatchObject({ presence: 'present' });
    expect(await ask('luser2')).toMatchObject({ presence: 'absent' });
    expect(await ask('luser1', 'OTHER')).toMatchObject({ presence: 'absent' });
    workstation.logOn();
    expect(await ask('luser1')).toMatchObject({ presence: 'absent' });
    expect(events).toEqual([]);
  });

  test('the registry names whose part is loaded and has the environment of a logon', async () => {
    workstation.loadHives(
      { sid: 'S-1-5-21-1-2-3-1105', user: 'anna', domain: 'CORP' },
      { sid: 'S-1-5-21-1-2-3-1106' },
      { sid: 'S-1-5-18', user: 'SYSTEM', domain: 'NT' },
    );
    expect(await listed(usersByRegistry)).toEqual(['CORP\\anna']);
    const { ask } = checkBy('registry');
    expect(await ask('anna', 'corp.example')).toMatchObject({ presence: 'present', method: 'registry' });
    expect(await ask('bob', 'CORP')).toMatchObject({ presence: 'absent' });
  });

  test('who may not ask learns which right is missing', async () => {
    const { ask, events } = checkBy('netapi', workstation.plain);
    const { presence, problem } = await ask('anna', 'CORP');
    expect(presence).toBe('unknown');
    expect(problem?.fix.join()).toContain('local Administrators');
    expect(events).toMatchObject([
      { msg: 'workstation check failed', method: 'netapi', code: 'ERROR_ACCESS_DENIED' },
    ]);
  });

  test('an account that is refused is not tried at the next workstation, lest it be locked', async () => {
    const { ask, events } = checkBy('netapi', { ...workstation.admin, password: 'wrong' });
    const first = await ask('luser1');
    expect(first.problem?.code).toBe('STATUS_LOGON_FAILURE');
    expect(await ask('luser2')).toEqual(first);
    expect(events).toHaveLength(1);
    expect(JSON.stringify(events)).not.toContain('"wrong"');
  });
});
