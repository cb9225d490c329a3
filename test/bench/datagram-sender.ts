import { createSocket } from 'node:dgram';
import { setImmediate as turn } from 'node:timers/promises';
import { workerData } from 'node:worker_threads';
import { encodeDatagram } from '../../src/fsso/wire/datagram.ts';
import { addressOf } from './addresses.ts';

/** What the thread that sends is told. */
export interface SenderTask {
  readonly port: number;
  readonly count: number;
  /** Datagrams that may be under way. */
  readonly window: number;
  /** One 32-bit number: how many have arrived at the far end. */
  readonly arrived: SharedArrayBuffer;
}

const turnEach = 32;

async function send({ port, count, window, arrived }: SenderTask): Promise<void> {
  const seen = new Int32Array(arrived);
  const time = Math.floor(Date.now() / 1_000);
  // Encoded before the first is sent, so that the far end is never short of work.
  const payloads = Array.from({ length: count }, (_, index) =>
    encodeDatagram({
      kind: 'logon',
      time,
      ip: addressOf(index),
      ip2: null,
      workstation: `PC-${index}.corp.example`,
      domain: 'CORP',
      user: `USER${index}`,
    }),
  );
  const socket = createSocket('udp4');
  await new Promise<void>((done) => socket.connect(port, '127.0.0.1', done));
  for (const [index, payload] of payloads.entries()) {
    for (let far = Atomics.load(seen, 0); index - far >= window; far = Atomics.load(seen, 0)) {
      const wait = Atomics.waitAsync(seen, 0, far, 1_000);
      if (wait.async) await wait.value;
    }
    if (index === count - 1) await new Promise<unknown>((done) => socket.send(payload, done));
    else socket.send(payload);
    if (index % turnEach === 0) await turn();
  }
  socket.close();
}

if (workerData) await send(workerData as SenderTask);
