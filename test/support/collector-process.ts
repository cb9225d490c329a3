import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import { launcher, type Outcome, outcome } from '../e2e/fabrictop.ts';
import { patience } from './raw-fortigate.ts';

/** One line of the collector's log. */
export type LogLine = Record<string, unknown> & { level: string; msg: string; time: string };

/** A place of its own for what the process remembers; gone at the end of the test. */
function stateHome(): string {
  const path = mkdtempSync(join(tmpdir(), 'fabrictop-state-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true, maxRetries: 3 }));
  return path;
}

/** `fabrictop collector` as its own process; ended at the end of the test. */
export class CollectorProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<Outcome>;
  #text = '';
  /** Ports of the two listeners, once it serves. */
  port = 0;
  agentPort = 0;

  private constructor(argv: readonly string[], env: Record<string, string>) {
    this.child = spawn(launcher, [...argv], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        HOME: '/nonexistent',
        XDG_STATE_HOME: stateHome(),
        LANG: 'C.UTF-8',
        ...env,
      },
    });
    this.ended = outcome(this.child);
    this.child.stderr?.on('data', (text: string) => {
      this.#text += text;
    });
    onTestFinished(() => void this.child.kill('SIGKILL'));
  }

  /** Starts it and waits until it serves. */
  static async start(config: string, more: string[] = [], env: Record<string, string> = {}) {
    const collector = new CollectorProcess(['--config', config, 'collector', ...more], env);
    const line = await collector.logged('listening');
    const portOf = (key: string) => Number(String(line[key]).split(':').at(-1));
    collector.port = portOf('fortigate');
    collector.agentPort = portOf('agents');
    return collector;
  }

  /** Complete lines of its log; throws where one is not JSON. */
  get log(): LogLine[] {
    return this.#text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  }

  /** Waits until `count` lines with this message are logged, and returns the last one. */
  async logged(msg: string, count = 1): Promise<LogLine> {
    return await vi.waitFor(() => {
      const lines = this.log.filter((line) => line.msg === msg);
      const last = lines.at(-1);
      if (lines.length < count || !last) throw new Error(`no "${msg}" in the log: ${this.#text}`);
      return last;
    }, patience);
  }
}
