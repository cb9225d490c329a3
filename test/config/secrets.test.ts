import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { ConfigError } from '../../src/config/error.ts';
import type { Secret } from '../../src/config/schema.ts';
import { resolveSecret } from '../../src/config/secrets.ts';

const directory = mkdtempSync(join(tmpdir(), 'fabrictop-secret-'));
afterAll(() => rmSync(directory, { recursive: true }));

function file(name: string, content: string | Buffer, mode = 0o600): Secret {
  writeFileSync(join(directory, name), content);
  chmodSync(join(directory, name), mode);
  return { file: name };
}

function script(...lines: string[]): Secret {
  return { command: [process.execPath, '-e', lines.join(';')] };
}

async function refusal(secret: Secret, env: NodeJS.ProcessEnv = {}, limitMs?: number): Promise<string> {
  const error = await resolveSecret(secret, directory, env, limitMs).catch((caught: unknown) => caught);
  if (!(error instanceof ConfigError)) return `no ConfigError: ${String(error)}`;
  expect(error.lines).toHaveLength(1);
  return error.lines[0] ?? '';
}

test('a secret comes from the environment', async () => {
  expect(await resolveSecret({ env: 'WORD' }, directory, { WORD: 'hunter2' })).toBe('hunter2');
});

test('a variable that is not set, or empty, is no secret', async () => {
  expect(await refusal({ env: 'WORD' })).toBe('secret WORD: this environment variable is not set');
  expect(await refusal({ env: 'WORD' }, { WORD: '' })).toBe(
    'secret WORD: this environment variable is empty',
  );
});

test.each([
  ['hunter2\n', 'hunter2'],
  ['hunter2\r\n', 'hunter2'],
  ['hunter2\n\n', 'hunter2\n'],
  [' hunter 2 ', ' hunter 2 '],
])(
  'a secret comes from a file beside the configuration, without its last newline (%j)',
  async (content, secret) => {
    expect(await resolveSecret(file('word', content), directory, {})).toBe(secret);
  },
);

test.each([0o640, 0o604, 0o620, 0o666])('a secret file of mode %o is refused', async (mode) => {
  const line = await refusal(file('open', 'hunter2', mode));
  expect(line).toContain(
    `group or others can read or change it (mode 0${mode.toString(8)}): run chmod 600 on it`,
  );
  expect(line).not.toContain('hunter2');
});

test('a secret file that is missing, empty, too long or no file is one line each', async () => {
  mkdirSync(join(directory, 'folder'));
  execFileSync('mkfifo', ['-m', '600', join(directory, 'pipe')]);
  expect(await refusal({ file: 'missing' })).toBe(`secret file ${directory}/missing: not found`);
  expect(await refusal(file('empty', '\n'))).toBe(`secret file ${directory}/empty: is empty`);
  expect(await refusal(file('long', Buffer.alloc(65_537, 'x')))).toContain('is longer than 65536 octets');
  expect(await refusal({ file: 'folder' })).toContain('is not a regular file');
  expect(await refusal({ file: 'pipe' })).toContain('is not a regular file');
});

test('a secret comes from what a command prints', async () => {
  const secret = script('process.stdout.write(process.cwd() + " " + process.env.WHO + "\\n")');
  expect(await resolveSecret(secret, directory, { WHO: 'me' })).toBe(`${directory} me`);
});

test('no shell reads the command', async () => {
  const secret: Secret = { command: [process.execPath, '-p', 'process.argv[1]', '--', '$(id); echo x | y'] };
  expect(await resolveSecret(secret, directory, {})).toBe('$(id); echo x | y');
});

test('a command that fails says how, and never what it printed as the secret', async () => {
  const line = await refusal(
    script(
      'process.stdout.write("hunter2")',
      'process.stderr.write("vault is \\u001b[31msealed\\nmore")',
      'process.exitCode = 3',
    ),
  );
  expect(line).toBe(`secret command ${process.execPath}: ended with status 3: vault is \\x1b[31msealed`);
});

test.each([
  [
    'that does not exist',
    { command: ['/nowhere/at-all'] },
    'secret command /nowhere/at-all: cannot be started (ENOENT)',
  ],
  ['that prints nothing', script(''), 'printed nothing'],
  [
    'that never stops printing',
    script('setInterval(() => process.stdout.write("x".repeat(65536)), 0)'),
    'printed more than 65536 octets',
  ],
] as [string, Secret, string][])('a command %s is one line', async (_, secret, problem) => {
  expect(await refusal(secret)).toContain(problem);
});

test('a command that does not answer is ended', async () => {
  expect(
    await refusal(script('process.on("SIGTERM", () => {})', 'setInterval(() => {}, 1000)'), {}, 300),
  ).toContain('gave no answer within 0.3 s');
});

test('a command that asks on its standard input finds it at its end', async () => {
  const secret = script('process.stdin.on("end", () => process.stdout.write("asked in vain")).resume()');
  expect(await resolveSecret(secret, directory, {})).toBe('asked in vain');
});
