import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { version } from '../../src/version.ts';
import { fabrictop, launcher, outcome } from './fabrictop.ts';

const directory = mkdtempSync(join(tmpdir(), 'fabrictop-cli-'));
afterAll(() => rmSync(directory, { recursive: true }));

function config(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

test('--version prints the version and nothing else', async () => {
  expect(await fabrictop(['--version'])).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
});

test.each([[['--help']], [['help']], [['-h']]])('%j prints the help of the program', async (argv) => {
  const { status, stdout, stderr } = await fabrictop(argv);
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^Usage: fabrictop \[options\] \[command\]\n/);
});

test('a mistyped command is one line and status 2', async () => {
  expect(await fabrictop(['confgi', 'check'])).toEqual({
    status: 2,
    stdout: '',
    stderr: 'fabrictop: unknown command "confgi": did you mean config?\n',
  });
});

test('a right configuration is OK and a summary', async () => {
  const path = config(
    'right.yaml',
    `identity: { serial: FGVM010000000001 }
ems: [{ name: ems137, server: ems.example.com }]
fsso: [{ name: corp, servers: [{ server: 10.0.0.11 }, { server: 10.0.0.12, port: 8010 }] }]
`,
  );
  expect(await fabrictop(['config', 'check', path])).toEqual({
    status: 0,
    stderr: '',
    stdout: `OK ${path}
  identity   FGVM010000000001-root
  release    7.4
  ems        ems137 ems.example.com:443
  fsso       corp 10.0.0.11:8000, 10.0.0.12:8010
`,
  });
  expect(await fabrictop(['--config', path, 'config', 'check'])).toMatchObject({ status: 0 });
  expect(await fabrictop(['config', 'check', '--config', path])).toMatchObject({ status: 0 });
});

test('a wrong configuration is a line for each problem and status 2', async () => {
  const path = config('wrong.yaml', 'ems: [{ name: a, server: b, https-port: 0 }]\nfsos: []\n');
  expect(await fabrictop(['config', 'check', path])).toEqual({
    status: 2,
    stdout: '',
    stderr:
      `fabrictop: ${path}:1:29: ems[0].https-port: found 0, expected a whole number from 1 to 65535\n` +
      `fabrictop: ${path}:2:1: fsos: unknown key, did you mean fsso?\n`,
  });
});

test('a missing configuration is one line that says where one is expected', async () => {
  const { status, stderr } = await fabrictop(['config', 'check'], { env: { XDG_CONFIG_HOME: directory } });
  expect(status).toBe(2);
  expect(stderr).toMatch(/^fabrictop: .*\/fabrictop\/config\.yaml: no such configuration file: [^\n]*\n$/);
});

test('a reader that leaves early is no failure', async () => {
  const child = spawn(launcher, ['completion', 'bash'], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  expect(await outcome(child)).toMatchObject({ status: 0, stderr: '' });
});

test('an interrupt ends a one-shot with 130', async () => {
  const started = join(directory, 'started');
  const command = JSON.stringify(['sh', '-c', `touch ${started}; exec sleep 30`]);
  const path = config('slow.yaml', `collector: { agents: [], password: { command: ${command} } }`);
  // In a group of its own, so that the interrupt reaches what it started too, as one from a terminal does.
  const child = spawn(launcher, ['config', 'check', path], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const ended = outcome(child);
  await vi.waitFor(() => expect(existsSync(started)).toBe(true), { timeout: 20_000 });
  process.kill(-(child.pid ?? Number.NaN), 'SIGINT');
  expect(await ended).toEqual({ status: 130, stdout: '', stderr: '' });
});
