import { spawn } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { launcher, outcome, runProgram } from './fabrictop.ts';

// A package laid out as npm installs it, with a `node` that only tells how it was called.
let place: string;
let installed: string;

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'fabrictop launcher '));
  installed = join(place, 'lib', 'bin', 'fabrictop');
  mkdirSync(join(place, 'lib', 'bin'), { recursive: true });
  mkdirSync(join(place, 'lib', 'dist'));
  mkdirSync(join(place, 'path'));
  copyFileSync(launcher, installed);
  writeFileSync(join(place, 'lib', 'dist', 'main.js'), '');
});

afterEach(() => rmSync(place, { recursive: true }));

function node(version: string, directory = join(place, 'path')): void {
  mkdirSync(directory, { recursive: true });
  const file = join(directory, 'node');
  writeFileSync(
    file,
    `#!/bin/sh\nif [ "$1" = --version ]; then echo ${version}; else echo $$ ${version} "$@"; fi\n`,
  );
  chmodSync(file, 0o755);
}

const env = () => ({ PATH: `${join(place, 'path')}:/usr/bin:/bin` });
const withoutNode = () => {
  for (const tool of ['readlink', 'dirname', 'sh'])
    symlinkSync(`/usr/bin/${tool}`, join(place, 'path', tool));
  return { PATH: join(place, 'path') };
};

test('the program takes the place of the launcher, so that signals reach it', async () => {
  node('v24.11.0');
  const child = spawn(installed, ['fsso', 'list', 'a b'], { stdio: ['ignore', 'pipe', 'pipe'], env: env() });
  const { stdout } = await outcome(child);
  expect(stdout).toBe(`${child.pid} v24.11.0 ${join(place, 'lib', 'dist', 'main.js')} fsso list a b\n`);
});

test('it is found through links, absolute and relative', async () => {
  node('v25.0.0');
  mkdirSync(join(place, 'prefix', 'bin'), { recursive: true });
  symlinkSync('../../lib/bin/fabrictop', join(place, 'prefix', 'bin', 'fabrictop'));
  symlinkSync(join(place, 'prefix', 'bin', 'fabrictop'), join(place, 'path', 'fabrictop'));
  const { status, stdout } = await runProgram('fabrictop', ['x'], { env: env(), cwd: '/' });
  expect([status, stdout]).toEqual([0, expect.stringContaining(join(place, 'lib', 'dist', 'main.js'))]);
});

test('the pinned Node of a checkout goes before the one on the path', async () => {
  node('v24.99.0');
  node('v24.21.0', join(place, 'lib', 'node_modules', '.bin'));
  expect((await runProgram(installed, [], { env: env() })).stdout).toContain('v24.21.0');
});

test.each(['v20.20.2', 'v24.10.9', 'v8.0.0', 'nonsense'])(
  'Node %s is refused with one line',
  async (version) => {
    node(version);
    const { status, stdout, stderr } = await runProgram(installed, [], { env: env() });
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^fabrictop: Node\.js 24\.11 or later is needed on the PATH [^\n]*\n$/);
    expect(stderr).toContain(version);
  },
);

test('without any Node there is one line', async () => {
  const { status, stderr } = await runProgram(installed, [], { env: withoutNode() });
  expect(status).toBe(2);
  expect(stderr).toMatch(
    /^fabrictop: Node\.js 24\.11 or later is needed on the PATH [^\n]*; none was found\n$/,
  );
});

test('a checkout that was not built is one line', async () => {
  node('v24.11.0');
  rmSync(join(place, 'lib', 'dist', 'main.js'));
  const { status, stderr } = await runProgram(installed, [], { env: env() });
  expect(status).toBe(2);
  expect(stderr).toBe(
    `fabrictop: ${join(place, 'lib', 'dist', 'main.js')} is missing: run npm run build in ${join(place, 'lib')}\n`,
  );
});
