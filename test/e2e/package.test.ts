import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { version } from '../../src/version.ts';
import { PtyScreen } from '../support/pty-screen.ts';
import { root, runProgram } from './fabrictop.ts';

// What a user gets who never sees the repository: the packed tarball, installed with npm's own `-g`.
const directory = mkdtempSync(join(tmpdir(), 'fabrictop-package-'));
const prefix = join(directory, 'prefix');
const installed = join(prefix, 'lib', 'node_modules', 'fabrictop');
const command = join(prefix, 'bin', 'fabrictop');
const npmEnv = { ...process.env, npm_config_update_notifier: 'false' };
let packed: string[];

beforeAll(async () => {
  const pack = await runProgram(
    'npm',
    ['pack', '--ignore-scripts', '--json', '--pack-destination', directory],
    {
      cwd: root,
      env: npmEnv,
    },
  );
  expect(pack).toMatchObject({ status: 0 });
  const tarball = readdirSync(directory).find((name) => name.endsWith('.tgz')) ?? '';
  const install = await runProgram(
    'npm',
    ['install', '-g', '--prefix', prefix, '--no-audit', join(directory, tarball)],
    {
      cwd: directory,
      env: npmEnv,
    },
  );
  expect(install).toMatchObject({ status: 0 });
  packed = readdirSync(installed, { recursive: true, encoding: 'utf8' }).filter(
    (name) => !name.startsWith('node_modules'),
  );
}, 120_000);

afterAll(() => rmSync(directory, { recursive: true }));

/** The installed program, from a directory that is not ours, with a Node that is new enough first on the path. */
function run(program: string, ...argv: string[]) {
  const env = { PATH: `${root}node_modules/.bin:/usr/bin:/bin`, XDG_CONFIG_HOME: directory };
  return runProgram(program, argv, { cwd: '/', env });
}

test('the package holds the program and its papers, and no sources or tests', () => {
  expect(packed).toEqual(
    expect.arrayContaining(['LICENSE', 'CHANGELOG.md', 'bin/fabrictop', 'dist/main.js', 'docs/cli.md']),
  );
  expect(packed.filter((name) => /^(?:src|test|tools|node_modules)\b|\.tsx?$/.test(name))).toEqual([]);
});

test('the installed program says its version and its help', async () => {
  expect(await run(command, '--version')).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
  expect((await run(command, '--help')).stdout).toMatch(/^Usage: fabrictop/);
});

test('it runs through a link to it', async () => {
  symlinkSync(command, join(directory, 'link'));
  expect((await run(join(directory, 'link'), '--version')).stdout).toBe(`${version}\n`);
});

test('it checks a configuration', async () => {
  const path = join(directory, 'config.yaml');
  writeFileSync(path, 'ems: [{ name: ems137, server: ems.example.com }]\n');
  expect(await run(command, 'config', 'check', path)).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/^OK /),
  });
});

test('it opens the demo in a terminal, and leaves it with q', async () => {
  const screen = new PtyScreen(command, ['demo'], {
    columns: 80,
    rows: 24,
    cwd: '/',
    env: { PATH: `${root}node_modules/.bin:/usr/bin:/bin`, HOME: directory },
  });
  try {
    await screen.waitFor((text) => text.includes('connected'));
    screen.type('q');
    expect(await screen.exit()).toMatchObject({ exitCode: 0 });
  } finally {
    screen.close();
  }
});

test('every package that the bundle leaves outside comes with it', () => {
  const dist = readdirSync(join(installed, 'dist')).map((name) =>
    readFileSync(join(installed, 'dist', name), 'utf8'),
  );
  const imports =
    /(?:^(?:import |\} )(?:[^;\n]* )?from |\bimport\()"((?:@[\w-]+\/)?[a-z][\w.-]*)(?:\/[^"]*)?"/gm;
  const outside = new Set(dist.flatMap((code) => [...code.matchAll(imports)].map((match) => match[1] ?? '')));
  const packages = [...outside].filter((name) => !isBuiltin(name));
  expect(packages).toEqual(expect.arrayContaining(['react']));
  for (const name of packages) expect(existsSync(join(installed, 'node_modules', name)), name).toBe(true);
});
