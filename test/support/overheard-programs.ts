import { type ChildProcess, execFile, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { vi } from 'vitest';
import { launcher, outcome } from '../e2e/fabrictop.ts';

/** Somewhere that may have been written to. */
export interface Place {
  readonly name: string;
  readonly bytes: Buffer;
}

/** Long enough for a busy machine; nothing waits for it to pass. */
const patience = { timeout: 30_000, interval: 50 };

/** Our programs, and others beside them, in one directory: whatever they say, write and answer is kept. */
export class OverheardPrograms {
  readonly directory = mkdtempSync(join(tmpdir(), 'fabrictop-overheard-'));
  /** Where they write. */
  readonly written = join(this.directory, 'written');
  /** The keys of all connections over TLS that our programs had a side of. */
  readonly keyLog = join(this.directory, 'tls-keys');
  readonly #children = new Map<string, ChildProcess>();
  readonly #said = new Map<string, Buffer[]>();
  readonly #answers: Place[] = [];

  constructor() {
    mkdirSync(this.written);
  }

  /** A file that is given to programs, and is not one of those that they write. */
  file(name: string, content: string): string {
    const path = join(this.directory, name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  }

  environment(name: string): Record<string, string> {
    return {
      PATH: process.env['PATH'] ?? '',
      HOME: join(this.written, name),
      XDG_STATE_HOME: join(this.written, name, 'state'),
      LANG: 'C.UTF-8',
      NODE_OPTIONS: `--tls-keylog=${this.keyLog}`,
      // Node warns of the keys.
      NODE_NO_WARNINGS: '1',
    };
  }

  /** Starts fabrictop. */
  start(name: string, argv: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
    const child = spawn(launcher, argv, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...this.environment(name), ...env },
    });
    this.#children.set(name, child);
    const texts: Buffer[] = [];
    this.#said.set(name, texts);
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (piece: Buffer) => texts.push(piece));
    return child;
  }

  /** What one that was started has said so far. */
  text(name: string): string {
    return Buffer.concat(this.#said.get(name) ?? []).toString();
  }

  /** Waits until one that was started says it. */
  async says(name: string, pattern: RegExp): Promise<RegExpExecArray> {
    return await vi.waitFor(() => {
      const found = pattern.exec(this.text(name));
      if (found === null) throw new Error(`${name} does not say ${pattern}: ${this.text(name)}`);
      return found;
    }, patience);
  }

  /** Waits until one that was started has ended by itself. */
  async ended(name: string): Promise<void> {
    const child = this.#children.get(name);
    if (child && child.exitCode === null) await new Promise((done) => child.on('close', done));
  }

  /** Ends those that are still running in an orderly way, the one of this name last. */
  async end(last: string): Promise<void> {
    const names = [...this.#children.keys()].filter((name) => name !== last);
    for (const name of [...names, last]) {
      const child = this.#children.get(name);
      child?.stdin?.end();
      child?.kill('SIGTERM');
      await this.ended(name);
    }
  }

  /** Runs any program to its end, whatever its status is. */
  async run(name: string, program: string, argv: readonly string[], input = ''): Promise<void> {
    const child = spawn(program, argv, { stdio: ['pipe', 'pipe', 'pipe'], env: this.environment(name) });
    const ended = outcome(child);
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    const { stdout, stderr } = await ended;
    this.#answers.push({ name: `answer of ${name}`, bytes: Buffer.from(stdout + stderr) });
  }

  /** What a control socket answers to curl. */
  async curl(socket: string, path: string, ...more: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(
      'curl',
      ['-sS', '--unix-socket', socket, ...more, `http://collector${path}`],
      { maxBuffer: 64 * 1024 * 1024 },
    ).catch((error: { stdout: string }) => error);
    this.#answers.push({ name: `control socket ${path}`, bytes: Buffer.from(stdout) });
    return stdout;
  }

  /** Everything that was said, answered and written. */
  get places(): Place[] {
    const files = readdirSync(this.written, { recursive: true, encoding: 'utf8' })
      .map((name) => ({ name, path: join(this.written, name) }))
      .filter(({ path }) => existsSync(path) && statSync(path).isFile());
    return [
      ...files.map(({ name, path }) => ({ name: `file ${name}`, bytes: readFileSync(path) })),
      ...[...this.#said].map(([name, texts]) => ({ name: `output of ${name}`, bytes: Buffer.concat(texts) })),
      ...this.#answers,
    ];
  }

  remove(): void {
    for (const child of this.#children.values()) child.kill('SIGKILL');
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 3 });
  }
}
