import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Ended {
  status: number | null;
  output: string;
  /** Standard error, a line each. */
  diagnostics: string[];
}

/** A command of the program as a process of its own, from the sources, in a directory of its own. */
export class RunningCommand {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;

  constructor(args: readonly string[], home: string, env: Record<string, string> = {}) {
    const child = spawn(process.execPath, ['--import', 'tsx', join(root, 'bin/main.ts'), ...args], {
      cwd: root,
      env: { PATH: process.env['PATH'], HOME: home, XDG_CONFIG_HOME: home, XDG_STATE_HOME: home, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.process = child;
    const status = new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    });
    this.ended = Promise.all([status, text(child.stdout), text(child.stderr)]).then(
      ([code, output, errors]) => ({
        status: code,
        output,
        diagnostics: errors.split('\n').filter((line) => line !== ''),
      }),
    );
  }
}

/** A directory with a configuration, removed with the test. */
export class CommandHome implements AsyncDisposable {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  static async make(config?: string): Promise<CommandHome> {
    const home = new CommandHome(await mkdtemp(join(tmpdir(), 'fabrictop-test-')));
    if (config !== undefined) await writeFile(join(home.directory, 'config.yaml'), config);
    return home;
  }

  start(args: readonly string[], env: Record<string, string> = {}): RunningCommand {
    return new RunningCommand(
      ['--config', join(this.directory, 'config.yaml'), ...args],
      this.directory,
      env,
    );
  }

  run(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
    return this.start(args, env).ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return rm(this.directory, { recursive: true, force: true });
  }
}
