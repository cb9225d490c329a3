import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/clock.ts';
import { readCertificateFile } from '../../src/ems/certificate.ts';
import { plainDevice } from '../../src/ems/device.ts';
import { type EmsTarget, examine } from '../../src/ems/examine.ts';
import type { Identity } from '../../src/ems/handshake.ts';
import { TrustStore } from '../../src/ems/trust.ts';

/** What the bench wants of this process. */
export interface Asked {
  port: number;
  /** PEM. */
  ca: string;
  identity: Identity;
  serial: string;
  calls: number;
  callTimeoutMs: number;
}

/** Octets of resident memory, and the longest examination in milliseconds. */
export interface Measured {
  before: number;
  peak: number;
  longestMs: number;
  /** How the last one ended. */
  outcome: string;
}

const warmUp = 30;

async function run(asked: Asked): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'fabrictop-bench-'));
  const trust = TrustStore.open(join(directory, 'trust.json'), systemClock);
  trust.importCa(readCertificateFile(Buffer.from(asked.ca)));
  rmSync(directory, { recursive: true });
  const target: EmsTarget = {
    name: 'bench',
    enabled: true,
    type: 'ems',
    server: '127.0.0.1',
    sourceIp: '0.0.0.0',
    pinMode: 'ca-cn',
    trust,
    clock: systemClock,
    device: plainDevice,
    ...asked,
  };
  for (let call = 0; call < warmUp; call += 1) await examine(target, { pins: 'respect' });
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  const measured: Measured = { before, peak: before, longestMs: 0, outcome: 'healthy' };
  process.send?.(measured);
  await new Promise((go) => process.once('message', go));
  for (let call = 0; call < asked.calls; call += 1) {
    const started = performance.now();
    const sample = setInterval(() => {
      measured.peak = Math.max(measured.peak, process.memoryUsage().rss);
    }, 5);
    const { failure, outcome } = await examine(target, { pins: 'respect' });
    clearInterval(sample);
    measured.peak = Math.max(measured.peak, process.memoryUsage().rss);
    measured.longestMs = Math.max(measured.longestMs, performance.now() - started);
    measured.outcome = failure?.fault ?? outcome;
  }
  process.send?.(measured);
}

process.once('message', (asked: Asked) => void run(asked));
