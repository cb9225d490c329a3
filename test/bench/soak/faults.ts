import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { CollectorUnderTest } from './collector-under-test.ts';
import type { Expected } from './expected.ts';
import { type FaultyWay, talkNonsense, type WayFault } from './faulty-way.ts';
import type { SourceName, Sources } from './sources.ts';

/** What is there to go wrong. */
export interface Scene {
  readonly collector: CollectorUnderTest;
  readonly expected: Expected;
  readonly sources: Sources;
  /** In front of the FortiGates' listeners, one of them TLS. */
  readonly fortigates: readonly FaultyWay[];
  readonly agents: FaultyWay;
  readonly syslog: FaultyWay;
  readonly directory: FaultyWay;
  /** In front of domain controllers whose logs are read, and of the one that gives verdicts. */
  readonly logs: readonly FaultyWay[];
  readonly netlogon: FaultyWay;
  /** Ports of the collector itself. */
  readonly ports: { readonly tcp: readonly number[]; readonly udp: readonly number[] };
  /** Directory of a file system of its own with the cache in it; null where none could be made. */
  readonly cache: string | null;
  readonly random: () => number;
}

export interface SoakFault {
  readonly name: string;
  /** Does it for so many milliseconds, and mends it. */
  play(scene: Scene, ms: number): Promise<void>;
}

/** How long what was sent before a break may have been under way. */
const underWayMs = 3_000;
const clockJumpMs = 45_000;
const followers = 12;

/** A way is broken for a while; the sources behind it may lose what they tell. */
function broken(
  ways: (scene: Scene) => readonly FaultyWay[],
  fault: WayFault,
  sources: readonly SourceName[] = [],
): SoakFault['play'] {
  return async (scene, ms) => {
    const isOf = (source: string) => sources.some((each) => each === source);
    scene.expected.doubt(isOf, Date.now() - underWayMs);
    for (const source of sources) scene.sources.broken.add(source);
    for (const way of ways(scene)) way.fault = fault;
    await pause(ms);
    for (const way of ways(scene)) way.fault = 'none';
    // Whoever lost a connection needs a while to notice and to come back.
    if (sources.length > 0) await pause(underWayMs);
    scene.expected.doubt(isOf, Date.now() - ms - 2 * underWayMs);
    for (const source of sources) scene.sources.broken.delete(source);
  };
}

async function kill({ collector, expected, sources }: Scene, ms: number): Promise<void> {
  // What stands in a log is not lost.
  const names: SourceName[] = ['dc', 'dc over tls', 'ts', 'syslog', 'radius', 'gate'];
  for (const name of names) sources.broken.add(name);
  const isLost = (source: string) => names.some((each) => each === source);
  expected.doubt(isLost, Date.now() - underWayMs);
  await collector.kill();
  await pause(ms / 4);
  await collector.start();
  // The agent over TLS comes back by itself.
  await pause(underWayMs);
  expected.doubt(isLost, Date.now() - ms - 3 * underWayMs);
  for (const name of names) sources.broken.delete(name);
}

async function nonsense({ ports, collector, random }: Scene, ms: number): Promise<void> {
  const end = Date.now() + ms;
  const socket = createSocket('udp4').on('error', () => {});
  while (Date.now() < end) {
    for (const port of ports.udp) socket.send(randomBytes(1 + Math.floor(random() * 900)), port, '127.0.0.1');
    const talks = ports.tcp.map((port) => talkNonsense('127.0.0.1', port));
    const control = connect(collector.socket)
      .on('error', () => {})
      .on('data', () => {});
    control.end(randomBytes(300));
    await Promise.all([...talks, pause(100)]);
    control.destroy();
  }
  socket.close();
}

/** Who follows the control socket and does not read, and leaves again. */
async function idleFollowers({ collector }: Scene, ms: number): Promise<void> {
  const sockets: Socket[] = Array.from({ length: followers }, (_, index) => {
    const socket = connect(collector.socket);
    socket.on('error', () => {});
    socket.write(`GET /${index % 2 ? 'watch' : 'events'} HTTP/1.1\r\nHost: c\r\n\r\n`);
    socket.pause();
    return socket;
  });
  await pause(ms);
  for (const socket of sockets) socket.destroy();
}

async function diskFull({ cache }: Scene, ms: number): Promise<void> {
  if (cache === null) return;
  const filler = join(cache, 'filler');
  const file = openSync(filler, 'w');
  const block = Buffer.alloc(64 * 1024);
  const end = Date.now() + ms;
  // Whatever is let go meanwhile is taken too.
  while (Date.now() < end) {
    try {
      for (let size = block.length; size >= 1; )
        if (writeSome(file, block.subarray(0, size)) === 0) size = Math.floor(size / 2);
    } finally {
      await pause(50);
    }
  }
  closeSync(file);
  rmSync(filler);
}

function writeSome(file: number, bytes: Buffer): number {
  try {
    return writeSync(file, bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return 0;
    throw error;
  }
}

async function clockJump({ collector, expected }: Scene, ms: number): Promise<void> {
  const move = async (offset: number): Promise<void> => {
    expected.clockMoved(clockJumpMs);
    await collector.probe(offset);
    expected.clockMoved(clockJumpMs);
  };
  await move(clockJumpMs);
  await pause(ms);
  await move(0);
}

async function reloads({ collector }: Scene, ms: number): Promise<void> {
  for (const end = Date.now() + ms; Date.now() < end; ) {
    collector.reload();
    await pause(100);
  }
}

const allFortigates = ({ fortigates }: Scene) => fortigates;
const agentWay = ({ agents }: Scene) => [agents];
const syslogWay = ({ syslog }: Scene) => [syslog];
const directoryWay = ({ directory }: Scene) => [directory];
const logWays = ({ logs }: Scene) => logs;
const netlogonWay = ({ netlogon }: Scene) => [netlogon];

/** In this order, again and again. Those that start the collector anew come in the first part only, so that the rest is one life. */
export const soakFaults: readonly SoakFault[] = [
  { name: 'nothing', play: (_, ms) => pause(ms) },
  { name: 'FortiGates: delay', play: broken(allFortigates, 'delay') },
  { name: 'logs: reset', play: broken(logWays, 'reset') },
  { name: 'directory: gone', play: broken(directoryWay, 'reset') },
  { name: 'FortiGates: reset', play: broken(allFortigates, 'reset') },
  { name: 'nonsense at every port', play: nonsense },
  { name: 'verdicts: reset', play: broken(netlogonWay, 'reset', ['gate']) },
  { name: 'logs: half-open', play: broken(logWays, 'freeze') },
  { name: 'syslog: reset', play: broken(syslogWay, 'reset', ['syslog']) },
  { name: 'agent over TLS: reset', play: broken(agentWay, 'reset', ['dc over tls']) },
  { name: 'directory: hangs', play: broken(directoryWay, 'freeze') },
  { name: 'verdicts: half-open', play: broken(netlogonWay, 'freeze', ['gate']) },
  { name: 'logs: delay', play: broken(logWays, 'delay') },
  { name: 'followers that do not read', play: idleFollowers },
  { name: 'FortiGates: half-open', play: broken(allFortigates, 'freeze') },
  { name: 'disk full', play: diskFull },
  { name: 'agent over TLS: half-open', play: broken(agentWay, 'freeze', ['dc over tls']) },
  { name: 'configuration read again and again', play: reloads },
  { name: 'FortiGates: half-closed', play: broken(allFortigates, 'half-close') },
  { name: 'logs: half-closed', play: broken(logWays, 'half-close') },
  { name: 'syslog: delay', play: broken(syslogWay, 'delay', ['syslog']) },
  { name: 'directory: slow', play: broken(directoryWay, 'delay') },
  { name: 'clock jumps there and back', play: clockJump },
];

export const killFault: SoakFault = { name: 'kill -9', play: kill };
