import { monitorEventLoopDelay } from 'node:perf_hooks';
import { serveCollectorControl } from '../../src/backends/collector-control/server.ts';
import { systemClock } from '../../src/clock.ts';
import { Collector } from '../../src/fsso/collector/collector.ts';
import type { Feed, FeedSink } from '../../src/fsso/collector/feeds/feed.ts';
import { WriteGuard } from '../../src/verbs.ts';

// A collector in a process of its own, which holds so many entries and has a control socket.

/** What it tells when it is asked, of the time since it was asked last; milliseconds. */
export interface AttachCost {
  readonly ranMs: number;
  readonly longestBlockMs: number;
}

const [count, socket] = [Number(process.argv[2]), process.argv[3] ?? ''];
let sink: FeedSink | null = null;
const feed: Feed = {
  kind: 'bench',
  start: () => Promise.resolve([]),
  stop: () => Promise.resolve(),
  health: { kind: 'bench', listening: [], sources: [], counts: {}, dropped: {} },
};
const departments = 40;
const collector = new Collector({
  listen: '127.0.0.1',
  port: 0,
  feeds: [
    (context) => {
      sink = context.sink;
      return feed;
    },
  ],
  password: null,
  fortigates: null,
  dns: [],
  groups: {},
  filters: {},
  deadEntryTimeoutMs: 8 * 3_600_000,
  clock: systemClock,
  log: () => {},
});
await collector.start();
const began = Math.floor(systemClock.now() / 1_000) - 3_600;
const groups = Array.from({ length: departments }, (_, each) => [
  `CORP/DEPARTMENT ${each}`,
  'CORP/DOMAIN USERS',
]);
for (let index = 0; index < count; index += 1)
  (sink as FeedSink | null)?.logon({
    ip: `10.${(index >>> 16) & 255}.${(index >>> 8) & 255}.${index & 255}`,
    otherIp: null,
    ip6: null,
    user: `USER${String((index * 7_919) % 1_000_003).padStart(7, '0')}`,
    domain: 'CORP',
    workstation: `PC-${String(index).padStart(6, '0')}`,
    logonTime: began + (index % 3_600),
    terminal: null,
    groups: groups[index % departments] ?? null,
    feed: 'dc-agent',
    agent: `10.255.0.${index % 8}`,
  });
await serveCollectorControl({ path: socket, collector, guard: new WriteGuard(false), clock: systemClock });

const delay = monitorEventLoopDelay({ resolution: 1 });
let cpu = process.cpuUsage();
process.on('message', () => {
  const used = process.cpuUsage(cpu);
  const cost: AttachCost = { ranMs: (used.user + used.system) / 1_000, longestBlockMs: delay.max / 1e6 };
  process.send?.(cost);
  delay.enable();
  delay.reset();
  cpu = process.cpuUsage();
});
process.send?.(collector.status.entries);
