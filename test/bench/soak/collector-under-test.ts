import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { askControl } from '../../support/control-request.ts';
import type { Place } from './expected.ts';

/** What the process holds. */
export interface Held {
  readonly rss: number;
  readonly heapUsed: number;
  /** Open files and sockets. */
  readonly files: number;
  /** Timers of Node, and whatever else keeps its loop alive. */
  readonly timers: number;
  readonly resources: Readonly<Record<string, number>>;
}

export interface EntryHeld {
  readonly user: string;
  readonly hasGroups: boolean;
}

interface LogonPage {
  readonly logons: readonly { ip: string; session: number; user: string; groups: readonly string[] }[];
  readonly next: string | null;
}

const probe = fileURLToPath(new URL('./probe.mjs', import.meta.url));
const pageSize = 10_000;

/** `fabrictop collector`, as it is built, in a process that can be killed and started again at the same ports. */
export class CollectorUnderTest {
  readonly socket: string;
  readonly log: string;
  readonly #config: string;
  readonly #probe: string;
  readonly #env: Readonly<Record<string, string>>;
  #child: ChildProcess | null = null;
  starts = 0;

  constructor(directory: string, config: string, env: Readonly<Record<string, string>>) {
    this.socket = join(directory, 'c.sock');
    this.log = join(directory, 'collector.log');
    this.#config = config;
    this.#probe = join(directory, 'probe');
    this.#env = env;
    writeFileSync(this.#probe, '0');
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  get isRunning(): boolean {
    return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async start(): Promise<void> {
    const log = openSync(this.log, 'a');
    this.#child = spawn('bin/fabrictop', ['--config', this.#config, 'collector', '--write'], {
      stdio: ['ignore', 'ignore', log],
      env: {
        ...process.env,
        ...this.#env,
        SOAK_PROBE: this.#probe,
        NODE_OPTIONS: `--expose-gc --import=${probe}`,
      },
    });
    this.starts += 1;
    const child = this.#child;
    process.once('exit', () => child.kill('SIGKILL'));
    for (let tries = 0; tries < 3_000; tries++) {
      if (!this.isRunning) throw new Error(`the collector has ended; see ${this.log}`);
      const isThere = await askControl(this.socket, '/health').then(
        ({ status }) => status === 200,
        () => false,
      );
      if (isThere) return;
      await pause(20);
    }
    throw new Error('the collector does not start');
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child === null || !this.isRunning) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  }

  /** Reads its configuration again. */
  reload(): void {
    this.#child?.kill('SIGHUP');
  }

  /** Who is logged on, by its control socket. */
  async entries(): Promise<Map<Place, EntryHeld>> {
    const found = new Map<Place, EntryHeld>();
    for (let after: string | null = null; ; ) {
      const path: string = `/logons?limit=${pageSize}${after === null ? '' : `&after=${encodeURIComponent(after)}`}`;
      const page = (await askControl(this.socket, path)).document as LogonPage;
      for (const { ip, session, user, groups } of page.logons)
        found.set(`${ip}/${session}`, { user, hasGroups: groups.length > 0 });
      if (page.next === null) return found;
      after = page.next;
    }
  }

  // biome-ignore lint/suspicious/noExplicitAny: documents of the control socket
  async ask(path: string): Promise<any> {
    return (await askControl(this.socket, path)).document;
  }

  /** Moves its clock to so many milliseconds beside the true one, and reads what it holds. */
  async probe(offset = 0): Promise<Held> {
    const answer = `${this.#probe}.out`;
    rmSync(answer, { force: true });
    writeFileSync(this.#probe, String(offset));
    this.#child?.kill('SIGUSR2');
    for (let tries = 0; tries < 1_000 && !isWhole(answer); tries++) await pause(10);
    const { rss, heapUsed, resources } = JSON.parse(readFileSync(answer, 'utf8'));
    return {
      rss,
      heapUsed,
      files: readdirSync(`/proc/${this.pid}/fd`).length,
      timers: (resources.Timeout ?? 0) as number,
      resources,
    };
  }
}

function isWhole(file: string): boolean {
  return existsSync(file) && readFileSync(file, 'utf8').endsWith('}');
}
