import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The checkout. */
export const root = fileURLToPath(new URL('../..', import.meta.url));
/** What a user starts; it runs the built program. */
export const launcher = `${root}bin/fabrictop`;

/** How a command ended, and all it wrote. */
export interface Outcome {
  status: number | NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** Collects a child's output until it has ended and its pipes are closed. */
export function outcome(child: ChildProcess): Promise<Outcome> {
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      texts[name] += text;
    });
  return new Promise((done, failed) => {
    child.on('error', failed);
    child.on('close', (code, signal) => done({ status: code ?? signal, ...texts }));
  });
}

/** Runs a program to its end with nothing on its standard input and only the environment given. */
export function runProgram(
  program: string,
  argv: readonly string[],
  options: SpawnOptions = {},
): Promise<Outcome> {
  const env = { PATH: process.env['PATH'], HOME: '/nonexistent', LANG: 'C.UTF-8', TZ: 'UTC', ...options.env };
  return outcome(spawn(program, argv, { stdio: ['ignore', 'pipe', 'pipe'], ...options, env }));
}

/** Runs fabrictop to its end. */
export function fabrictop(argv: readonly string[], options: SpawnOptions = {}): Promise<Outcome> {
  return runProgram(launcher, argv, options);
}
