import { expect, onTestFinished, test, vi } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { LabMachine, type LabRight } from '../../src/lab/windows/machine.ts';
import { WindowsServer } from '../../src/lab/windows/windows-server.ts';
import { WsmanLabServer } from '../../src/lab/windows/wsman-server/server.ts';
import { CommandHome } from '../support/run-command.ts';
import { ticketStrings } from '../support/scripted-controller.ts';

vi.setConfig({ testTimeout: 120_000 });

const password = 'Svc-Passw0rd1';

/** A Windows machine of the lab, and a configuration that polls it. */
async function doctor(rights: LabRight[], polling: object = {}) {
  const accounts = [{ user: 'svc-fsso', password, rights }];
  const machine = new LabMachine({ name: 'DC1', domain: 'CORP', dnsDomain: 'corp.example', accounts });
  machine.security.write({ id: 4768, generated: 1_763_800_000, strings: ticketStrings('anna', '10.0.0.1') });
  const server = await WindowsServer.start({ machine, clock: systemClock });
  onTestFinished(() => server.stop());
  const home = await CommandHome.make(
    JSON.stringify({
      collector: {
        polling: {
          user: 'CORP\\svc-fsso',
          password: { env: 'DOCTOR_PASSWORD' },
          controllers: [{ server: '127.0.0.1', port: server.port, 'event-ids': [4768] }],
          ...polling,
        },
      },
    }),
  );
  onTestFinished(() => home[Symbol.asyncDispose]());
  const run = (args: string[], secret = password) =>
    home.run(['doctor', 'ad', ...args], { DOCTOR_PASSWORD: secret });
  return { run, port: server.port };
}

test('an account with the right is ready, with what was found; without it the fix is named', async () => {
  const { run, port } = await doctor(['event-log']);
  const ready = await run(['--mode', 'event-log']);
  expect(ready.diagnostics).toEqual([]);
  expect(ready.status).toBe(0);
  expect(ready.output).toContain('Domain controller 127.0.0.1, as CORP\\svc-fsso, polled by event-log');
  expect(ready.output).toMatch(new RegExp(`yes +port ${port}/tcp +open +\\(event-log\\)`));
  expect(ready.output).toMatch(/yes +SMB login +SMB [\d.]+, (signed|encrypted)/);
  expect(ready.output).toContain('  event-log: ready');
  const denied = await run(['--mode', 'netapi']);
  expect(denied.status).toBe(1);
  expect(denied.output).toMatch(/no +sessions .*access denied/);
  expect(denied.output).toContain('Fix:   put CORP\\svc-fsso into Server Operators or Administrators');
  expect(denied.output).toContain(
    "On a domain controller:  Add-ADGroupMember -Identity 'S-1-5-32-549' -Members 'svc-fsso'  # Server Operators",
  );
  expect(denied.output).toContain('netapi: not ready, because of sessions');
});

test('--json is the document of docs/cli.md, and holds no password', async () => {
  const { run } = await doctor(['sessions', 'event-log']);
  const { status, output } = await run(['--mode', 'netapi', '--json']);
  const document = JSON.parse(output);
  expect([status, document.healthy]).toEqual([0, true]);
  expect(document.examined).toEqual([
    {
      kind: 'controller',
      name: '127.0.0.1',
      account: 'CORP\\svc-fsso',
      usedBy: ['polling'],
      polledBy: ['event-log'],
      modes: [{ mode: 'netapi', ready: true, because: [] }],
      checks: expect.arrayContaining([
        {
          check: 'sessions',
          verdict: 'ok',
          detail: expect.stringContaining('NetrSessionEnum'),
          neededBy: ['netapi'],
          problem: null,
          run: [],
        },
      ]),
    },
  ]);
  const wrong = await run(['--mode', 'netapi', '--json'], 'Wr0ng-and-secret');
  expect(wrong.status).toBe(1);
  expect(wrong.output + wrong.diagnostics.join()).not.toContain('Wr0ng-and-secret');
  expect(JSON.parse(wrong.output).examined[0].modes[0].because).toEqual(['SMB login', 'sessions']);
});

test('an account that one domain controller refuses is not tried at the next', async () => {
  const { run, port } = await doctor(['event-log'], {});
  const { run: both } = await doctor(['event-log'], {
    mode: 'event-log',
    controllers: [
      { server: '127.0.0.1', port },
      { server: '127.0.0.2', port },
    ],
  });
  expect((await run(['--mode', 'event-log'])).status).toBe(0);
  const { status, output } = await both(['--mode', 'event-log', '--json'], 'wrong');
  const [first, second] = JSON.parse(output).examined;
  expect([status, first.name, second.name]).toEqual([1, '127.0.0.1', '127.0.0.2']);
  expect(first.checks[1]).toMatchObject({ check: 'SMB login', verdict: 'failed' });
  expect(second.checks[1]).toMatchObject({ check: 'SMB login', verdict: 'skipped' });
});

test('WMI is tried as a poller would, over a port of its own, and a wrong password once', async () => {
  const accounts = [{ user: 'svc-fsso', password, rights: ['event-log' as const] }];
  const machine = new LabMachine({ name: 'DC1', domain: 'CORP', dnsDomain: 'corp.example', accounts });
  machine.security.write({ id: 4768, generated: 1_763_800_000, strings: ticketStrings('anna', '10.0.0.1') });
  const server = new WsmanLabServer({ clock: systemClock, machine });
  await server.start();
  onTestFinished(() => server.stop());
  const { run } = await doctor([], {
    mode: 'wmi',
    'event-ids': [4768],
    controllers: [{ server: '127.0.0.1', port: server.port }],
  });
  const ready = await run(['--mode', 'wmi']);
  expect(ready.output).toMatch(new RegExp(`yes +port ${server.port}/tcp +open +\\(wmi\\)`));
  expect(ready.output).toMatch(/yes +WMI +Security has the records 1 to 1, WMI, HTTP, sealed by NTLM/);
  expect(ready.output).toMatch(
    /yes +audit Kerberos Authentication Service +4768: 1 among the newest 1 records/,
  );
  expect([ready.status, server.counts.refusals]).toEqual([0, 0]);
  const wrong = await run(['--mode', 'wmi'], 'wrong');
  expect(wrong.output).toContain('wmi: not ready, because of WMI');
  expect([wrong.status, server.counts.refusals]).toEqual([1, 1]);
});

test('without anything to examine, and with a mode that there is not, it is one line and status 2', async () => {
  await using home = await CommandHome.make('collector: {}');
  const nothing = await home.run(['doctor', 'ad']);
  expect([nothing.status, nothing.diagnostics.length]).toEqual([2, 1]);
  expect(nothing.diagnostics[0]).toContain(
    'expected polling, ldap, ntlm or monitored-domains, or fsso-polling',
  );
  const wrong = await home.run(['doctor', 'ad', '--mode', 'magic']);
  expect(wrong.status).toBe(2);
});
