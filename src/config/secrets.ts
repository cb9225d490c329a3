import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { safeText } from '../safe-text.ts';
import { ConfigError } from './error.ts';
import type { Secret } from './schema.ts';

/** Octets of a secret; what is longer is no password. */
const longestSecret = 65_536;
// Ctrl+C reaches the command and us: that the command ended by it is told only when we had time to hear of it.
const interruptMs = 200;
/** How long a secret's command may take, in milliseconds. */
export const commandLimitMs = 10_000;
/** Collectors and FortiGates take passwords of at most so many characters (docs/protocol/fsso.md, Authentication). */
export const longestFssoPassword = 15;

function withoutTrailingNewline(text: string): string {
  return text.replace(/\r?\n$/, '');
}

function fail(subject: string, reason: string): never {
  throw new ConfigError([`${safeText(subject)}: ${reason}`]);
}

async function fromFile(file: string, directory: string): Promise<string> {
  const path = resolve(directory, file);
  const subject = `secret file ${path}`;
  // Non-blocking, because opening a pipe that nobody writes to would wait for ever.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(
    (error: NodeJS.ErrnoException) =>
      fail(subject, error.code === 'ENOENT' ? 'not found' : `cannot be read (${error.code})`),
  );
  try {
    const status = await handle.stat();
    if (!status.isFile()) fail(subject, 'is not a regular file');
    if ((status.mode & 0o066) !== 0) {
      const mode = (status.mode & 0o777).toString(8).padStart(4, '0');
      fail(subject, `group or others can read or change it (mode ${mode}): run chmod 600 on it`);
    }
    if (status.size > longestSecret)
      fail(subject, `is longer than ${longestSecret} octets, so it is no secret`);
    const text = withoutTrailingNewline((await handle.readFile()).toString('utf8'));
    if (text === '') fail(subject, 'is empty');
    return text;
  } finally {
    await handle.close();
  }
}

function fromCommand(
  command: readonly string[],
  directory: string,
  env: NodeJS.ProcessEnv,
  limitMs: number,
): Promise<string> {
  const [program = '', ...parameters] = command;
  const subject = `secret command ${program}`;
  return new Promise((done, failed) => {
    const stop = (reason: string) => failed(new ConfigError([`${safeText(subject)}: ${reason}`]));
    const child = execFile(
      program,
      parameters,
      {
        cwd: directory,
        env,
        timeout: limitMs,
        killSignal: 'SIGKILL',
        maxBuffer: longestSecret,
        encoding: 'utf8',
      },
      (error, output, diagnostics) => {
        if (error) {
          if (error.killed && error.code !== 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER')
            return stop(`gave no answer within ${limitMs / 1000} s`);
          if (error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER')
            return stop(`printed more than ${longestSecret} octets`);
          if (typeof error.code !== 'number') {
            const reason = error.signal ? `ended by ${error.signal}` : `cannot be started (${error.code})`;
            return setTimeout(() => stop(reason), error.signal === 'SIGINT' ? interruptMs : 0);
          }
          const said = diagnostics.split('\n', 1)[0]?.trim().slice(0, 200);
          return stop(`ended with status ${error.code}${said ? `: ${safeText(said)}` : ''}`);
        }
        const text = withoutTrailingNewline(output);
        if (text === '') return stop('printed nothing');
        done(text);
      },
    );
    // A command that asks for a password on its standard input must fail, not wait for the limit. One that never ran
    // has already reported why.
    child.stdin?.on('error', () => {});
    child.stdin?.end();
  });
}

/**
 * Obtains a secret: from the environment (set and not empty), from a file relative to `directory` that only its owner
 * can read, or from a program run without a shell, in `directory`, within `limitMs` milliseconds. One trailing newline
 * is removed.
 * @throws ConfigError with one line that names the source, never the secret
 */
export async function resolveSecret(
  secret: Secret,
  directory: string,
  env: NodeJS.ProcessEnv,
  limitMs: number = commandLimitMs,
): Promise<string> {
  if ('env' in secret) {
    const value = env[secret.env];
    if (value === undefined) fail(`secret ${secret.env}`, 'this environment variable is not set');
    if (value === '') fail(`secret ${secret.env}`, 'this environment variable is empty');
    return value;
  }
  if ('file' in secret) return fromFile(secret.file, directory);
  return fromCommand(secret.command, directory, env, limitMs);
}
