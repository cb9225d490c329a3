import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
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

/** Runs some JavaScript inside the program before it starts: the only way to see an error that nobody expected. */
function sabotage(code: string): string {
  const path = join(directory, 'sabotage.mjs');
  writeFileSync(path, code);
  return `--import=${path}`;
}

test.each([
  ['in a command', "process.stdout.write = () => { throw new TypeError('broken'); };"],
  ['in a timer', "setTimeout(() => { throw new TypeError('broken'); }, 0); setInterval(() => {}, 1000);"],
  [
    'in a promise',
    "setTimeout(() => Promise.reject(new TypeError('broken')), 0); setInterval(() => {}, 1000);",
  ],
])('an unexpected error %s is one line, and its stack is kept for us', async (_, code) => {
  const state = mkdtempSync(join(directory, 'state-'));
  const log = join(state, 'fabrictop', 'errors.log');
  const env = { XDG_STATE_HOME: state, NODE_OPTIONS: sabotage(code) };
  expect(await fabrictop(['--version'], { env })).toEqual({
    status: 1,
    stdout: expect.stringMatching(/^(?:|[\d.]+\n)$/),
    stderr: `fabrictop: unexpected error: broken (details are in ${log})\n`,
  });
  expect(readFileSync(log, 'utf8')).toMatch(/^\S+Z --version\nTypeError: broken\n {4}at /);
  expect(statSync(log).mode & 0o777).toBe(0o600);
});

test('an unexpected error is one line also where nothing can be written', async () => {
  const code = "process.stdout.write = () => { throw new TypeError('broken'); };";
  const env = { XDG_STATE_HOME: '/dev/null', NODE_OPTIONS: sabotage(code) };
  expect(await fabrictop(['--version'], { env })).toMatchObject({
    status: 1,
    stderr: 'fabrictop: unexpected error: broken (no log could be written)\n',
  });
});

test('colours follow NO_COLOR, which Ink does not know', async () => {
  const code =
    "process.on('exit', () => process.stderr.write(['NODE_ENV', 'FORCE_COLOR', 'NO_COLOR'].map((name) => String(process.env[name])).join(' ')));";
  const seen = async (env: NodeJS.ProcessEnv) =>
    (await fabrictop(['--version'], { env: { ...env, NODE_OPTIONS: sabotage(code) } })).stderr;
  expect(await seen({ NO_COLOR: '1', FORCE_COLOR: '3' })).toBe('production 0 undefined');
  expect(await seen({ NO_COLOR: '' })).toBe('production undefined ');
  expect(await seen({ NODE_ENV: 'development' })).toBe('production undefined undefined');
});
