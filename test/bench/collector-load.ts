import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { MessageDecoder } from '../../src/fsso/wire/decoder.ts';
import { encodeHello, encodeSendAll } from '../../src/fsso/wire/messages.ts';
import { messageCodes } from '../../src/fsso/wire/profile.ts';
import type { SenderTask } from './datagram-sender.ts';
import { percentile } from './statistics.ts';
import { type SteadyTask, userOf } from './steady-sender.ts';

/** Seconds of the sustained run. */
const sustainedSeconds = Number(process.env['BENCH_SECONDS'] ?? 60);
const perSecond = Number(process.env['BENCH_RATE'] ?? 20_000);
const quietPerSecond = 500;
const quietSeconds = 10;
const addresses = 60_000;
const entries = 300_000;
const noProgressMs = 5_000;

/** A program of its own that takes datagrams and tells TCP peers of them. */
export class Served {
  readonly child: ChildProcess;
  readonly #log: string;
  port = 0;
  agentPort = 0;

  /** @param log the file that standard error goes to: every logon has its line, as it has by default */
  constructor(command: readonly string[], log: string, env: Readonly<Record<string, string>> = {}) {
    const [file = '', ...args] = command;
    this.#log = log;
    const output = openSync(log, 'w');
    this.child = spawn(file, args, { stdio: ['ignore', 'ignore', output], env: { ...process.env, ...env } });
    closeSync(output);
  }

  async listening(): Promise<this> {
    for (;;) {
      const line = this.logged('listening')[0];
      if (line !== undefined) {
        this.port = portOf(line['fortigate']);
        this.agentPort = portOf(line['agents']);
        return this;
      }
      if (this.child.exitCode !== null) throw new Error(readFileSync(this.#log, 'utf8'));
      await pause(2);
    }
  }

  /** Lines of the log with this message. */
  logged(message: string): Record<string, unknown>[] {
    const found: Record<string, unknown>[] = [];
    for (const line of readFileSync(this.#log, 'latin1').split('\n'))
      if (line.includes(`"msg":"${message}"`)) found.push(JSON.parse(line));
    return found;
  }

  /** Resident memory in bytes. */
  get memory(): number {
    const status = readFileSync(`/proc/${this.child.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) * 1_024;
  }

  /** Seconds of processor time so far. */
  get processorTime(): number {
    const fields = readFileSync(`/proc/${this.child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null) return;
    this.child.kill('SIGTERM');
    await once(this.child, 'exit');
  }
}

const portOf = (text: unknown) => Number(String(text).split(':').at(-1));

/** Counts the events that one FortiGate gets, by their lengths alone; reads them only where it is asked for times. */
class Reader {
  readonly socket: Socket;
  readonly identity: string;
  events = 0;
  ended = false;
  user: ((user: string) => void) | null = null;
  counted: (() => void) | null = null;
  #rest: Buffer = Buffer.alloc(0);
  #decoder: MessageDecoder | null = new MessageDecoder('collector');
  #online = Promise.withResolvers<void>();

  constructor(port: number, identity: string) {
    this.identity = identity;
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('data', (chunk) => this.#take(chunk));
    this.socket
      .on('error', () => undefined)
      .on('close', () => {
        this.ended = true;
      });
  }

  /** After the hello and the first frame of the bulk. */
  get online(): Promise<void> {
    return this.#online.promise;
  }

  bulkRecords = 0;

  #take(chunk: Buffer): void {
    if (this.#decoder === null) {
      this.#count(chunk);
      return;
    }
    for (const message of this.#decoder.push(chunk)) {
      if (message.kind === 'hello')
        this.socket.write(
          encodeHello('fortigate', {
            sync: 1,
            name: 'bench',
            identity: this.identity,
            proof: Buffer.alloc(16),
          }),
        );
      else if (message.kind === 'auth-result') this.socket.write(encodeSendAll(2));
      else if (message.kind === 'bulk-record') this.bulkRecords += 1;
      else if (message.kind === 'bulk-end') this.#online.resolve();
      else if (message.kind === 'event') {
        this.events += 1;
        this.user?.(message.record.user);
      }
    }
  }

  /** From now on only counts. Call it between two messages: when nothing is sent. */
  countOnly(): void {
    this.#decoder = null;
  }

  #count(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    while (bytes.length - at >= 6) {
      const length = bytes.readUInt32BE(at);
      if (bytes.length - at < length) break;
      if (bytes[at + 4] === messageCodes.event) this.events += 1;
      at += length;
    }
    this.#rest = bytes.subarray(at);
    this.counted?.();
  }
}

interface Run {
  readonly served: Served;
  readonly rate: number;
  readonly seconds: number;
  /** Resolves what the far end counts. */
  readonly counted: () => number;
}

/** Sends at the rate; resolves when the far end has counted all, or nothing came for a while. How many are missing. */
async function steady(
  { served, rate, seconds, counted }: Run,
  sentAt = new SharedArrayBuffer(8 * rate * seconds),
) {
  const task: SteadyTask = {
    port: served.agentPort,
    perSecond: rate,
    count: rate * seconds,
    addresses,
    sentAt,
  };
  const before = counted();
  const done = once(new Worker(new URL('./steady-sender.ts', import.meta.url), { workerData: task }), 'exit');
  let last = -1;
  await done;
  while (counted() - before < task.count && counted() !== last) {
    last = counted();
    await pause(noProgressMs);
  }
  return task.count - (counted() - before);
}

/** Milliseconds from sending to the FortiGate, of each logon. */
async function delays(served: Served, onUser: (take: (user: string) => void) => void): Promise<number[]> {
  const count = quietPerSecond * quietSeconds;
  const sentAt = new SharedArrayBuffer(8 * count);
  const times = new Float64Array(sentAt);
  const index = new Map(Array.from({ length: count }, (_, each) => [userOf(each), each]));
  const found: number[] = [];
  onUser((user) => {
    const at = index.get(user);
    if (at !== undefined) found.push(performance.timeOrigin + performance.now() - (times[at] ?? Number.NaN));
  });
  await steady({ served, rate: quietPerSecond, seconds: quietSeconds, counted: () => found.length }, sentAt);
  return found;
}

function config(directory: string): string {
  const path = join(directory, 'config.yaml');
  writeFileSync(
    path,
    `collector:
  listen: 127.0.0.1
  port: 0
  agent-port: 0
  agents: [127.0.0.1]
  agent-rate-limit: 0
  cache-directory: cache
  groups: { static: { "*": [CORP/DOMAIN USERS] } }
`,
  );
  return path;
}

async function collector(directory: string): Promise<Served> {
  const command = ['bin/fabrictop', '--config', config(directory), 'collector'];
  return new Served(command, join(directory, 'log')).listening();
}

const shown = (value: number, digits = 0) =>
  value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });

async function relay(directory: string): Promise<string[]> {
  const served = await new Served(
    [process.execPath, '--import', 'tsx', 'test/bench/bare-relay.ts'],
    join(directory, 'log'),
  ).listening();
  const socket = connect(served.port, '127.0.0.1');
  let rest: Buffer = Buffer.alloc(0);
  let count = 0;
  let take: ((user: string) => void) | null = null;
  socket.on('data', (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    for (; rest.length - at >= 2; ) {
      const length = rest.readUInt16BE(at);
      if (rest.length - at < length) break;
      count += 1;
      take?.(rest.toString('latin1', at + 12, at + length - 1).split('/')[2] ?? '');
      at += length;
    }
    rest = rest.subarray(at);
  });
  await once(socket, 'connect');
  const seconds = Math.min(20, sustainedSeconds);
  const before = served.processorTime;
  const missing = await steady({ served, rate: perSecond, seconds, counted: () => count });
  const share = (served.processorTime - before) / seconds;
  const found = await delays(served, (each) => {
    take = each;
  });
  socket.destroy();
  await served.stop();
  return [
    `the same through a bare relay for ${seconds} s, missing, and share of a core:  ${shown(missing)}, ${shown(100 * share)} %`,
    `ms from datagram to socket through the relay at ${quietPerSecond}/s, p50 and p99:  ${shown(percentile(found, 50), 2)}, ${shown(percentile(found, 99), 2)}`,
  ];
}

async function one(directory: string): Promise<string[]> {
  const served = await collector(directory);
  const reader = new Reader(served.port, 'FG1-root');
  await reader.online;
  const found = await delays(served, (take) => {
    reader.user = take;
  });
  reader.user = null;
  reader.countOnly();
  const before = served.processorTime;
  const missing = await steady({
    served,
    rate: perSecond,
    seconds: sustainedSeconds,
    counted: () => reader.events,
  });
  const share = (served.processorTime - before) / sustainedSeconds;
  await served.stop();
  return [
    `logons missing of ${shown(perSecond)} a second for ${sustainedSeconds} s, and share of a core:  ${shown(missing)}, ${shown(100 * share)} %`,
    `ms from datagram to socket at ${quietPerSecond}/s, p50 and p99:  ${shown(percentile(found, 50), 2)}, ${shown(percentile(found, 99), 2)} (limit 20)`,
  ];
}

/** 64 FortiGates, of which one does not read. */
async function many(directory: string): Promise<string[]> {
  const served = await collector(directory);
  const readers = Array.from({ length: 64 }, (_, index) => new Reader(served.port, `FG${index}-root`));
  await Promise.all(readers.map((reader) => reader.online));
  const slow = readers.pop();
  slow?.socket.pause();
  for (const reader of readers) reader.countOnly();
  const seconds = Math.min(20, sustainedSeconds);
  const fewest = () => Math.min(...readers.map(({ events }) => events));
  const before = served.processorTime;
  const missing = await steady({ served, rate: perSecond, seconds, counted: fewest });
  const share = (served.processorTime - before) / seconds;
  const why = served.logged('fortigate closed').find(({ identity }) => identity === 'FG63-root')?.['why'];
  for (const { socket } of readers) socket.destroy();
  slow?.socket.destroy();
  await served.stop();
  return [
    `logons missing at the worst of 63 FortiGates beside one that does not read, ${shown(perSecond)} a second for ${seconds} s, and share of a core:  ${shown(missing)}, ${shown(100 * share)} %`,
    `what became of the one that does not read:  ${why ?? 'still connected'}`,
  ];
}

async function large(directory: string): Promise<string[]> {
  let served = await collector(directory);
  const empty = served.memory;
  const reader = new Reader(served.port, 'FG1-root');
  await reader.online;
  reader.countOnly();
  const arrived = new SharedArrayBuffer(4);
  const seen = new Int32Array(arrived);
  reader.counted = () => {
    Atomics.store(seen, 0, reader.events);
    Atomics.notify(seen, 0);
  };
  const task: SenderTask = { port: served.agentPort, count: entries, window: 1_024, arrived };
  await once(new Worker(new URL('./datagram-sender.ts', import.meta.url), { workerData: task }), 'exit');
  while (reader.events < entries) await pause(20);
  const full = served.memory;
  reader.socket.destroy();
  await served.stop();
  const started = performance.now();
  served = await collector(directory);
  const restart = performance.now() - started;
  const restored = served.memory;
  const asked = performance.now();
  const next = new Reader(served.port, 'FG2-root');
  for (let before = -1; next.bulkRecords < entries; before = next.bulkRecords) {
    if (next.bulkRecords === before) throw new Error(`${before} of ${entries} entries came back`);
    for (let turns = 0; turns < 500 && next.bulkRecords < entries; turns += 1) await pause(10);
  }
  const bulk = performance.now() - asked;
  next.socket.destroy();
  await served.stop();
  return [
    `bytes of resident memory for each of ${shown(entries)} entries, while they came and after a restart:  ${shown((full - empty) / entries)}, ${shown((restored - empty) / entries)}`,
    `ms to start with ${shown(entries)} entries in the cache, until it serves:  ${shown(restart)}`,
    `ms from connection to the end of the bulk of ${shown(entries)} for a new FortiGate:  ${shown(bulk)} (limit 3,000)`,
  ];
}

/** `BENCH_PARTS=large,many` measures only those. */
const all = { one, relay, many, large };
const parts = Object.entries(all).flatMap(([name, part]) =>
  (process.env['BENCH_PARTS']?.split(',') ?? Object.keys(all)).includes(name) ? [part] : [],
);

/** A collector of its own process, as it is installed: with its logon cache, under a steady load. */
export async function collectorLoad(): Promise<string[]> {
  const lines: string[] = [];
  for (const part of parts) {
    const directory = mkdtempSync(join(tmpdir(), 'fabrictop-bench-'));
    try {
      lines.push(...(await part(directory)));
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }
  return lines;
}
