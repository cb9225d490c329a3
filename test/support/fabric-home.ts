import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import { pinnedFacts } from '../../src/ems/pin.ts';
import { TrustStore } from '../../src/ems/trust.ts';
import { fabrictop, launcher, type Outcome, outcome } from '../e2e/fabrictop.ts';
import { ManualClock } from './manual-clock.ts';
import type { Issued } from './openssl-ca.ts';

/** An instance of its own: configuration, state and identity in one directory. */
export interface FabricHome {
  readonly directory: string;
  /** Runs a command to its end. */
  run(args: readonly string[]): Promise<{ status: Outcome['status']; output: string; diagnostics: string[] }>;
  configure(config: Record<string, unknown>): void;
  /** What `fabric ... --json` says. */
  json(...args: string[]): Promise<Record<string, unknown>>;
  trust(): TrustStore;
}

const commandLine = (directory: string, args: readonly string[]): string[] => [
  '--config',
  join(directory, 'config.yaml'),
  ...args,
];

export function fabricHome(serial: string, identity?: Issued, ca?: Issued): FabricHome {
  const directory = mkdtempSync(join(tmpdir(), 'fabrictop-fabric-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const run: FabricHome['run'] = async (args) => {
    const { status, stdout, stderr } = await fabrictop(commandLine(directory, args), {
      env: { HOME: directory },
    });
    return { status, output: stdout, diagnostics: stderr.split('\n').filter((line) => line !== '') };
  };
  if (identity && ca) {
    copyFileSync(identity.certificateFile, join(directory, 'id.pem'));
    copyFileSync(identity.keyFile, join(directory, 'id.key'));
    chmodSync(join(directory, 'id.key'), 0o600);
    copyFileSync(ca.certificateFile, join(directory, 'ca.pem'));
  }
  const base = {
    identity: { serial, ...(identity ? { certificate: 'id.pem', key: 'id.key' } : {}) },
    trust: { store: 'trust.json', ...(ca ? { ca: ['ca.pem'] } : {}) },
  };
  return {
    directory,
    run,
    configure: (config) =>
      writeFileSync(join(directory, 'config.yaml'), JSON.stringify({ ...base, ...config })),
    async json(...args) {
      const { output, diagnostics } = await run(['fabric', ...args, '--json']);
      if (output === '') throw new Error(diagnostics.join('\n'));
      return JSON.parse(output);
    },
    trust: () => TrustStore.open(join(directory, 'trust.json'), new ManualClock()),
  };
}

/** Accepts a certificate as a person would have. */
export async function accept(home: FabricHome, connector: string, der: Buffer): Promise<void> {
  await home.trust().accept(connector, pinnedFacts([der]), 'ca-cn');
}

/** `fabric run`, ended with the test. */
export class FabricRun {
  readonly #child: ChildProcess;
  readonly #ended: Promise<Outcome>;
  #text = '';

  constructor({ directory }: FabricHome) {
    this.#child = spawn(launcher, commandLine(directory, ['fabric', 'run']), {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'], HOME: directory, LANG: 'C.UTF-8', TZ: 'UTC' },
    });
    this.#ended = outcome(this.#child);
    this.#child.stderr?.on('data', (text: string) => {
      this.#text += text;
    });
    onTestFinished(() => void this.#child.kill('SIGKILL'));
  }

  /** Waits for a line of the log that holds this text, and returns its message. */
  says(text: string): Promise<string> {
    return vi.waitFor(
      () => {
        const lines = this.#text.split('\n').slice(0, -1);
        const found = lines.map((line) => String(JSON.parse(line).msg)).find((msg) => msg.includes(text));
        if (found === undefined) throw new Error(`no "${text}" in the log: ${this.#text}`);
        return found;
      },
      { timeout: 30_000, interval: 50 },
    );
  }

  async stop(): Promise<Outcome['status']> {
    this.#child.kill('SIGTERM');
    return (await this.#ended).status;
  }
}
