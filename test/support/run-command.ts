import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

let isBuilt = false;

/** Builds the program from the sources as they are now, once in this process; throws with what the bundler said. */
function build(): void {
  if (isBuilt) return;
  execFileSync(process.execPath, [join(root, 'tools/bundle.mjs')], { stdio: 'pipe' });
  isBuilt = true;
}

export interface Ended {
  status: number | null;
  output: string;
  /** Standard error, a line each. */
  diagnostics: string[];
}

/**
 * A command of the program as a process of its own, in a directory of its own. It runs the bundle: to load the sources one by
 * one takes each process three times as long.
 */
export class RunningCommand {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;

  constructor(args: readonly string[], home: string, env: Record<string, string> = {}) {
    build();
    const child = spawn(process.execPath, [join(root, 'dist/main.js'), ...args], {
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
