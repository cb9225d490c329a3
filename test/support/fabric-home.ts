import { chmodSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import { pinnedFacts } from '../../src/ems/pin.ts';
import { TrustStore } from '../../src/ems/trust.ts';
import { ManualClock } from './manual-clock.ts';
import type { Issued } from './openssl-ca.ts';
import { CommandHome, type RunningCommand } from './run-command.ts';

/** An instance of its own: configuration, state and identity in one directory. */
export interface FabricHome {
  readonly home: CommandHome;
  readonly directory: string;
  configure(config: Record<string, unknown>): void;
  /** What `fabric ... --json` says. */
  json(...args: string[]): Promise<Record<string, unknown>>;
  trust(): TrustStore;
}

export async function fabricHome(serial: string, identity?: Issued, ca?: Issued): Promise<FabricHome> {
  const home = await CommandHome.make();
  onTestFinished(() => home[Symbol.asyncDispose]());
  const { directory } = home;
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
    home,
    directory,
    configure: (config) =>
      writeFileSync(join(directory, 'config.yaml'), JSON.stringify({ ...base, ...config })),
    async json(...args) {
      const { output, diagnostics } = await home.run(['fabric', ...args, '--json']);
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
  readonly command: RunningCommand;
  #text = '';

  constructor({ home }: FabricHome, ...args: string[]) {
    this.command = home.start(['fabric', 'run', ...args]);
    this.command.process.stderr?.on('data', (piece: Buffer) => {
      this.#text += piece.toString();
    });
    onTestFinished(() => void this.command.process.kill('SIGKILL'));
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

  async stop(): Promise<number | null> {
    this.command.process.kill('SIGTERM');
    return (await this.command.ended).status;
  }
}

export const readJson = (path: string) => JSON.parse(readFileSync(path, 'utf8'));
