import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../src/clock.ts';
import { Authority } from '../../src/lab/authority.ts';
import { LabEms } from '../../src/lab/ems/server.ts';
import { FaultyEms, type LabFault } from '../../src/lab/faults/faulty-ems.ts';
import type { Asked, Measured } from './ems-fault-client.ts';

const serial = 'FGVM01LAB0000001';
const calls = 100;
const callTimeoutMs = 1_000;
const timedCalls = 3;
/** Those that could cost memory, and those that could cost time. */
const heavy: readonly LabFault[] = [
  'ten-megabytes',
  'ten-megabytes-announced',
  'gzip-bomb',
  'truncated-json',
  'wrong-content-type',
];
const slow: readonly LabFault[] = ['half-open', 'slow', 'silent', 'reset-in-body'];

async function answer(child: ChildProcess): Promise<Measured> {
  const [message] = (await once(child, 'message')) as [Measured];
  return message;
}

async function measure(faulty: FaultyEms, asked: Asked, fault: LabFault): Promise<Measured> {
  faulty.play(null);
  // A process of its own, so that the memory is that of the client alone.
  const child = fork(fileURLToPath(new URL('./ems-fault-client.ts', import.meta.url)), {
    execArgv: ['--import', 'tsx', '--expose-gc'],
  });
  child.send(asked);
  await answer(child);
  faulty.play(fault);
  child.send('go');
  const measured = await answer(child);
  child.kill();
  return measured;
}

const mebibytes = (octets: number) => (octets / 1_048_576).toFixed(1);

/** What a misbehaving EMS costs: memory of the process over that of healthy calls, and time of each call. */
export async function emsFaults(): Promise<string[]> {
  const [authority, devices] = await Promise.all([
    Authority.create('Lab EMS CA', Date.now()),
    Authority.create('Lab device CA', Date.now()),
  ]);
  const identity = await devices.issue({ commonName: serial, organizationalUnit: 'FortiGate' });
  const ems = await LabEms.start({
    serialNumber: 'FCTEMS0000000137',
    authority,
    hostName: 'ems.corp.example',
    deviceRoots: [devices.certificate],
    clock: systemClock,
  });
  ems.authorize(serial);
  const faulty = await FaultyEms.start(ems);
  const asked = { port: faulty.port, ca: authority.certificate, identity, serial };
  const lines: string[] = [];
  try {
    for (const fault of heavy) {
      const { before, peak, longestMs, outcome } = await measure(
        faulty,
        { ...asked, calls, callTimeoutMs: 30_000 },
        fault,
      );
      const grown = mebibytes(Math.max(0, peak - before));
      lines.push(
        `${fault}: ${outcome}; +${grown} MiB over ${mebibytes(before)} MiB of healthy calls, longest of ${calls} calls ${longestMs.toFixed(0)} ms`,
      );
    }
    for (const fault of slow) {
      const { longestMs, outcome } = await measure(
        faulty,
        { ...asked, calls: timedCalls, callTimeoutMs },
        fault,
      );
      lines.push(
        `${fault}: ${outcome}; longest of ${timedCalls} calls ${longestMs.toFixed(0)} ms at call-timeout ${callTimeoutMs} ms`,
      );
    }
  } finally {
    await faulty.stop();
    await ems.stop();
  }
  return lines;
}
