import { createSocket } from 'node:dgram';
import { setTimeout as pause } from 'node:timers/promises';
import { workerData } from 'node:worker_threads';
import { encodeDatagram } from '../../src/fsso/wire/datagram.ts';
import { addressOf } from './addresses.ts';

/** What the thread that sends at a steady rate is told. */
export interface SteadyTask {
  readonly port: number;
  readonly perSecond: number;
  readonly count: number;
  /** Addresses that take turns; a logon at one of them replaces the one before. */
  readonly addresses: number;
  /** Users that take turns; absent: each datagram names another one. */
  readonly users?: number;
  /** One 64-bit number for each datagram: when it was sent, in milliseconds of the process. */
  readonly sentAt: SharedArrayBuffer;
}

/** User of datagram number `index`, of so many users. */
export function userOf(index: number, users = Number.POSITIVE_INFINITY): string {
  return `U${index % users}`;
}

async function send({ port, perSecond, count, addresses, users, sentAt }: SteadyTask): Promise<void> {
  const times = new Float64Array(sentAt);
  const socket = createSocket('udp4');
  await new Promise<void>((done) => socket.connect(port, '127.0.0.1', done));
  const started = performance.now();
  for (let index = 0; index < count; ) {
    const due = Math.min(count, Math.ceil(((performance.now() - started) * perSecond) / 1_000));
    const time = Math.floor(Date.now() / 1_000);
    for (; index < due; index += 1) {
      const at = index % addresses;
      const payload = encodeDatagram({
        kind: 'logon',
        time,
        ip: addressOf(at),
        ip2: null,
        workstation: `PC-${at}.corp.example`,
        domain: 'CORP',
        user: userOf(index, users),
      });
      times[index] = performance.timeOrigin + performance.now();
      socket.send(payload);
    }
    // A millisecond at least: datagrams come in small bursts, as they do from a domain controller.
    await pause(1);
  }
  await new Promise<void>((done) => setImmediate(() => setImmediate(done)));
  socket.close();
}

if (workerData) await send(workerData as SteadyTask);
