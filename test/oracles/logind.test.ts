// Sessions of logind, asked for with the system's busctl over a real bus, from a logind that dbusmock plays.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { logindUsers } from '../../src/fsso/agents/terminal/logind.ts';
import { runTool as run, ToolError } from '../../src/fsso/agents/terminal/sessions.ts';
import { patience } from '../support/raw-fortigate.ts';
import { runTool } from './tool.ts';

const directory = mkdtempSync(join(tmpdir(), 'fabrictop-logind-'));
const before = process.env['DBUS_SYSTEM_BUS_ADDRESS'];
const children: ChildProcess[] = [];
const logind = 'org.freedesktop.login1';

const busConfig = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path=${directory}/bus</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/><allow user="*"/></policy></busconfig>`;

function start(program: string, args: string[]): void {
  const child = spawn(program, args, { stdio: 'ignore' });
  child.on('error', () => {});
  children.push(child);
}

function mock(...args: string[]): void {
  runTool(
    'busctl',
    ['call', logind, '/org/freedesktop/login1', 'org.freedesktop.DBus.Mock', ...args],
    'systemd',
  );
}

beforeAll(async () => {
  writeFileSync(join(directory, 'bus.conf'), busConfig);
  process.env['DBUS_SYSTEM_BUS_ADDRESS'] = `unix:path=${directory}/bus`;
  start('dbus-daemon', [`--config-file=${directory}/bus.conf`, '--nofork']);
  const look = logindUsers(run);
  await vi.waitFor(
    () => expect(run('busctl', ['list'])).resolves.toContain('org.freedesktop.DBus'),
    patience,
  );
  // Debian's own Python has the module.
  start('/usr/bin/python3', ['-m', 'dbusmock', '--system', '--template', 'logind']);
  await vi.waitFor(() => expect(look()).resolves.toEqual([]), patience);
}, 30_000);

afterAll(async () => {
  for (const child of children.reverse()) child.kill('SIGTERM');
  if (before === undefined) delete process.env['DBUS_SYSTEM_BUS_ADDRESS'];
  else process.env['DBUS_SYSTEM_BUS_ADDRESS'] = before;
  rmSync(directory, { recursive: true });
});

test('who logs on is found with name and number, and who logs off is not any more', async () => {
  const look = logindUsers(run);
  mock('AddSession', 'ssusb', 'c1', 'seat0', '1001', 'CORP\\bob', 'true');
  mock('AddSession', 'ssusb', 'c2', 'seat0', '1002', 'anna@corp.example', 'true');
  expect(await look()).toEqual([
    { name: 'CORP\\bob', uid: 1001 },
    { name: 'anna@corp.example', uid: 1002 },
  ]);
  runTool(
    'busctl',
    [
      ...['call', logind, '/org/freedesktop/login1', 'org.freedesktop.DBus.Mock', 'RemoveObject', 's'],
      '/org/freedesktop/login1/session/c1',
    ],
    'systemd',
  );
  expect(await look()).toEqual([{ name: 'anna@corp.example', uid: 1002 }]);
});

test('without a bus it is one line', async () => {
  const address = process.env['DBUS_SYSTEM_BUS_ADDRESS'];
  process.env['DBUS_SYSTEM_BUS_ADDRESS'] = 'unix:path=/no/such/bus';
  try {
    await expect(logindUsers(run)()).rejects.toThrow(ToolError);
    await expect(logindUsers(run)()).rejects.toThrow(/^busctl failed: Failed to connect to bus/);
  } finally {
    process.env['DBUS_SYSTEM_BUS_ADDRESS'] = address;
  }
});
