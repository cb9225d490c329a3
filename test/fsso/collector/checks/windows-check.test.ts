import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import {
  WindowsCheck,
  type WindowsCheckOptions,
} from '../../../../src/fsso/collector/checks/windows-check.ts';
import type { Entry } from '../../../../src/fsso/collector/entry.ts';
import type { CollectorEvent } from '../../../../src/fsso/collector/events.ts';
import { LabMachine } from '../../../../src/lab/windows/machine.ts';
import { WindowsServer } from '../../../../src/lab/windows/windows-server.ts';
import { collectorLogon } from '../../../support/collector-logon.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

const password = 'asks-workstations';

/** A check of a workstation of the lab, at which anna of CORP is logged on. */
async function checking(more: Partial<WindowsCheckOptions> = {}) {
  const clock = new ManualClock();
  const machine = new LabMachine({
    ...{ name: 'PC1', domain: 'CORP', dnsDomain: 'corp.example' },
    accounts: [
      { user: 'svc', password, rights: ['logged-on users', 'registry'] },
      { user: 'weak', password, rights: [] },
    ],
  });
  machine.loggedOn.push({ user: 'anna', domain: 'CORP', logonServer: 'DC1' });
  const server = await WindowsServer.start({ machine, clock });
  onTestFinished(() => server.stop());
  return { machine, clock, port: server.port, ...checkOf(clock, server.port, more) };
}

function checkOf(clock: ManualClock, port: number, more: Partial<WindowsCheckOptions>) {
  const events: CollectorEvent[] = [];
  const check = new WindowsCheck({
    ...{ method: 'netapi' as const, port, clock, timeoutMs: 10_000 },
    credentials: { user: 'svc', domain: 'CORP', password },
    report: (event) => events.push(event),
    ...more,
  });
  const stop = new AbortController();
  const ask = (entry: Partial<Entry> = {}) => {
    const asked = {
      ...collectorLogon({ user: 'anna', domain: 'CORP' }),
      key: '127.0.0.1|0',
      updatedAt: 0,
      ip: '127.0.0.1',
    };
    return check.ask({ ...asked, ...entry } as Entry, stop.signal);
  };
  return { events, stop, ask };
}

/** A port where whoever connects hears nothing. */
async function silentPort(host = '127.0.0.1', at = 0): Promise<{ port: number; heard: () => number }> {
  const sockets: Socket[] = [];
  let heard = 0;
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    socket.on('data', () => {
      heard += 1;
    });
  });
  await new Promise<void>((resolve) => server.listen(at, host, resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, heard: () => heard };
}

test('who is there is present, whether the domain is written short or long, and everybody else absent', async () => {
  const { ask, events } = await checking();
  expect(await ask()).toEqual({ presence: 'present', method: 'netapi', problem: null });
  expect(await ask({ user: 'ANNA', domain: 'corp.example' })).toMatchObject({ presence: 'present' });
  expect(await ask({ user: 'bob' })).toMatchObject({ presence: 'absent' });
  expect(await ask({ domain: 'OTHER' })).toMatchObject({ presence: 'absent' });
  expect(events).toEqual([]);
});

test('an account without the right learns which, and the next workstation is asked all the same', async () => {
  const { ask, events } = await checking({ credentials: { user: 'weak', domain: 'CORP', password } });
  const { presence, problem } = await ask();
  expect(presence).toBe('unknown');
  expect(problem).toMatchObject({ stage: 'logged-on users', code: 'ERROR_ACCESS_DENIED' });
  expect(problem?.fix.join()).toContain('local Administrators');
  expect(events).toMatchObject([{ why: 'not-told', method: 'netapi', code: 'ERROR_ACCESS_DENIED' }]);
  expect((await ask()).problem).not.toBe(problem);
});

test('a refused account is left alone for five minutes, then ten', async () => {
  const credentials = { user: 'svc', domain: 'CORP', password: 'an old one' };
  const { ask, clock, machine } = await checking({ credentials });
  const tried = vi.spyOn(machine, 'hashOf');
  const tries = async (ms: number): Promise<number> => {
    clock.advance(ms);
    const before = tried.mock.calls.length;
    expect((await ask()).problem?.code).toBe('STATUS_LOGON_FAILURE');
    return tried.mock.calls.length - before;
  };
  expect(await tries(0)).toBe(1);
  expect(await tries(299_999)).toBe(0);
  expect(await tries(1)).toBe(1);
  expect(await tries(599_999)).toBe(0);
  expect(await tries(1)).toBe(1);
});

test('an account that nobody has taken yet is tried once, however many are asked', async () => {
  const credentials = { user: 'svc', domain: 'CORP', password: 'an old one' };
  const { ask, machine, events } = await checking({ credentials });
  const tried = vi.spyOn(machine, 'hashOf');
  const answers = await Promise.all(Array.from({ length: 16 }, () => ask()));
  expect(new Set(answers.map(({ problem }) => problem?.code))).toEqual(new Set(['STATUS_LOGON_FAILURE']));
  expect(tried).toHaveBeenCalledTimes(1);
  expect(events).toHaveLength(1);
});

test('once it was taken, workstations are asked side by side', async () => {
  const { ask } = await checking();
  const answers = await Promise.all(Array.from({ length: 16 }, () => ask()));
  expect(answers.every(({ presence }) => presence === 'present')).toBe(true);
});

test('a machine that never answers keeps nobody else from being asked', async () => {
  const { ask, port } = await checking();
  const { heard } = await silentPort('127.0.0.2', port);
  const silent = ask({ ip: '127.0.0.2' });
  await vi.waitFor(() => expect(heard()).toBeGreaterThan(0), { timeout: 20_000, interval: 2 });
  expect(await ask()).toMatchObject({ presence: 'present' });
  void silent;
});

test('a machine that could not be asked is left alone for five minutes, then ten, and others are asked', async () => {
  const { ask, clock, events } = await checking();
  const nobody = { ip: '127.0.0.3' };
  const tries = async (ms: number): Promise<boolean> => {
    clock.advance(ms);
    const before = events.length;
    expect(await ask(nobody)).toMatchObject({ presence: 'unknown', problem: { code: 'ECONNREFUSED' } });
    return events.length > before;
  };
  expect([await tries(0), await tries(299_999), await tries(1)]).toEqual([true, false, true]);
  expect([await tries(599_999), await tries(1)]).toEqual([false, true]);
  expect(await ask()).toMatchObject({ presence: 'present' });
});

test('a machine that could not be asked is asked again at once where somebody logs on', async () => {
  const { ask, clock, events } = await checking();
  await ask({ ip: '127.0.0.3' });
  await ask({ ip: '127.0.0.3' });
  expect(events).toHaveLength(1);
  clock.advance(60_000);
  await ask({ ip: '127.0.0.3', updatedAt: clock.now() });
  expect(events).toHaveLength(2);
});

test('one machine that refuses an account which others took is left alone, and the others are asked', async () => {
  const { ask, port } = await checking();
  expect(await ask()).toMatchObject({ presence: 'present' });
  const stranger = new LabMachine({ name: 'NAS', domain: 'NAS', dnsDomain: 'nas.example', accounts: [] });
  const server = await WindowsServer.start({
    machine: stranger,
    clock: new ManualClock(),
    host: '127.0.0.4',
    port,
  });
  onTestFinished(() => server.stop());
  expect((await ask({ ip: '127.0.0.4' })).problem?.code).toBe('STATUS_LOGON_FAILURE');
  expect(await ask()).toMatchObject({ presence: 'present' });
});

test('a workstation that is silent says nothing, and the problem says so', async () => {
  const { port, heard } = await silentPort();
  const clock = new ManualClock();
  const { ask, events } = checkOf(clock, port, {});
  const asked = ask();
  await vi.waitFor(() => expect(heard()).toBeGreaterThan(0), { timeout: 20_000, interval: 2 });
  clock.advance(10_000);
  const { presence, problem } = await asked;
  expect(presence).toBe('unknown');
  expect(['timeout', 'answer-timeout']).toContain(problem?.code);
  expect(events).toHaveLength(1);
});

test('a question that is broken off says nothing, and is no failure', async () => {
  const { port, heard } = await silentPort();
  const { ask, stop, events } = checkOf(new ManualClock(), port, {});
  const asked = ask();
  await vi.waitFor(() => expect(heard()).toBeGreaterThan(0), { timeout: 20_000, interval: 2 });
  stop.abort();
  expect(await asked).toEqual({ presence: 'unknown', method: 'netapi', problem: null });
  expect(events).toEqual([]);
});

test('an entry without an IPv4 address is not asked for', async () => {
  const { port, heard } = await silentPort();
  const { ask } = checkOf(new ManualClock(), port, {});
  expect(await ask({ ip: 'fd00::1' })).toMatchObject({ presence: 'unknown', problem: null });
  expect(heard()).toBe(0);
});

test('no password is in what is told', async () => {
  const { ask, events } = await checking({ credentials: { user: 'weak', domain: 'CORP', password } });
  const answer = await ask();
  expect(JSON.stringify([answer, events])).not.toContain(password);
});
