import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { systemClock } from '../../src/clock.ts';
import { Collector } from '../../src/fsso/collector/collector.ts';
import { agentFeed } from '../../src/fsso/collector/feeds/agents.ts';
import { receiveBuffer } from '../../src/fsso/collector/limits.ts';
import { FssoConnector } from '../../src/fsso/gate/connector.ts';
import { addressOf } from './addresses.ts';
import type { SenderTask } from './datagram-sender.ts';
import { median, ratio, spread } from './statistics.ts';

const count = 100_000;
const rounds = 5;
const password = 'bench';
// The system counts some 1.3 KB for a small datagram that waits, so this many never fill a buffer of 4 MiB.
const window = 1_024;
const noProgressMs = 10_000;

/** Counts what arrived, lets the sender go on, and measures from the first to the last. */
class Arrivals {
  readonly shared = new SharedArrayBuffer(4);
  readonly done: Promise<number>;
  readonly #seen = new Int32Array(this.shared);
  readonly #watch: NodeJS.Timeout;
  #resolve: (perSecond: number) => void = () => {};
  #count = 0;
  #checked = 0;
  #started = 0;

  constructor() {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.done = promise;
    this.#resolve = resolve;
    this.#watch = setInterval(() => {
      if (this.#count === this.#checked) reject(new Error(`${count - this.#count} of ${count} were lost`));
      this.#checked = this.#count;
    }, noProgressMs);
  }

  one(): void {
    if (this.#count === 0) this.#started = performance.now();
    this.#count += 1;
    Atomics.store(this.#seen, 0, this.#count);
    if (this.#count % 64 === 0) Atomics.notify(this.#seen, 0);
    if (this.#count < count) return;
    clearInterval(this.#watch);
    this.#resolve((count * 1_000) / (performance.now() - this.#started));
  }
}

/** Starts the thread that sends; resolves when it has ended. */
function send(port: number, arrivals: Arrivals): Promise<unknown> {
  const task: SenderTask = { port, count, window, arrived: arrivals.shared };
  return once(new Worker(new URL('./datagram-sender.ts', import.meta.url), { workerData: task }), 'exit');
}

/** Datagrams a second that a bare `node:dgram` loop takes. */
async function bare(): Promise<number> {
  const socket = createSocket('udp4');
  const arrivals = new Arrivals();
  socket.on('message', () => arrivals.one());
  await new Promise<void>((done) => socket.bind(0, '127.0.0.1', done));
  socket.setRecvBufferSize(receiveBuffer);
  const sent = send(socket.address().port, arrivals);
  const perSecond = await arrivals.done;
  await sent;
  await new Promise<void>((done) => socket.close(done));
  return perSecond;
}

/** Datagrams a second that come out, as logons, of a connector at the other end of collector and TCP. */
async function whole(): Promise<number> {
  const collector = new Collector({
    listen: '127.0.0.1',
    port: 0,
    feeds: [agentFeed({ listen: '127.0.0.1', port: 0, allowed: ['127.0.0.1/32'] })],
    password,
    fortigates: null,
    dns: [],
    groups: { '*': ['CORP/DOMAIN USERS'] },
    filters: {},
    deadEntryTimeoutMs: 0,
    clock: systemClock,
    log: () => undefined,
  });
  const { fortigate, feeds } = await collector.start();
  const arrivals = new Arrivals();
  const online = Promise.withResolvers<void>();
  const connector = new FssoConnector(
    {
      name: 'bench',
      identity: 'FGVM010000000001-root',
      collectors: [{ host: '127.0.0.1', port: fortigate.port, password }],
      strategy: 'hmac-md5-serial-challenge',
      logonTimeoutMs: 300_000,
      clock: systemClock,
    },
    (change) => {
      if (change.kind === 'bulk-complete') online.resolve();
      else if (change.kind === 'logon' && change.op === 'put' && change.why === 'new') arrivals.one();
    },
  );
  connector.start();
  await online.promise;
  const sent = send(feeds.agents?.port ?? 0, arrivals);
  const perSecond = await arrivals.done;
  await sent;
  for (let index = 0; index < count; index += 1) {
    const logon = connector.logons.get(addressOf(index), 0);
    if (logon?.record.user !== `USER${index}`)
      throw new Error(`the logon of USER${index} is not in the table`);
  }
  await connector.stop();
  await collector.stop();
  return perSecond;
}

/** Both loops in turn, after a round of each that warms up the compiler and does not count. */
export async function throughput(): Promise<string[]> {
  const figures = { bare: [] as number[], whole: [] as number[] };
  for (let round = 0; round <= rounds; round += 1) {
    const plain = await bare();
    const through = await whole();
    if (round === 0) continue;
    figures.bare.push(plain);
    figures.whole.push(through);
  }
  return [
    `datagrams a second, UDP to table to TCP client, ${count.toLocaleString('en')} of them, none lost:  ${spread(figures.whole)}`,
    `datagrams a second, bare node:dgram loop:  ${spread(figures.bare)}`,
    `ratio:  ${ratio(median(figures.whole), median(figures.bare))}`,
  ];
}
