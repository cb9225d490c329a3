import { type ChildProcess, fork } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { systemClock as clock } from '../../src/clock.ts';
import type { PolledController } from '../../src/fsso/collector/feeds/feed.ts';
import { PollingFeed, type PollTarget } from '../../src/fsso/collector/feeds/polling/polling-feed.ts';
import { SessionLogons } from '../../src/fsso/collector/feeds/polling/session-logons.ts';
import { connectSmb } from '../../src/fsso/smb/session.ts';
import type { PollMode } from '../../src/fsso/windows/reading.ts';
import { openSmbLink } from '../../src/fsso/windows/smb-link.ts';
import { benchAccount, type ControllersAnswer, type ControllersOrder } from './lab-controllers.ts';
import { percentile, spread } from './statistics.ts';

const seconds = Number(process.env['BENCH_SECONDS'] ?? 60);
const signal = new AbortController().signal;

/** The lab's domain controllers in a process of their own. */
class Controllers {
  readonly #process: ChildProcess;
  ports: readonly number[] = [];

  private constructor() {
    this.#process = fork(new URL('./lab-controllers.ts', import.meta.url), { execArgv: process.execArgv });
  }

  static async start(count: number, sessions: number): Promise<Controllers> {
    const started = new Controllers();
    const answer = await started.#tell({ do: 'start', count, sessions });
    started.ports = 'ports' in answer ? answer.ports : [];
    return started;
  }

  async write(perSecond: number): Promise<number> {
    const answer = await this.#tell({ do: 'write', perSecond });
    return 'written' in answer ? answer.written : 0;
  }

  stop(): void {
    this.#process.disconnect();
  }

  #tell(order: ControllersOrder): Promise<ControllersAnswer> {
    return new Promise((done, failed) => {
      this.#process.once('message', (answer) => done(answer as ControllersAnswer));
      this.#process.once('exit', () => failed(new Error('the domain controllers ended')));
      this.#process.send(order);
    });
  }
}

const linkTo = (port: number, mode: Exclude<PollMode, 'wmi'>, until = signal) =>
  openSmbLink({
    ...{ host: '127.0.0.1', port, credentials: benchAccount, mode, log: 'Security', clock },
    signal: until,
  });

const targetAt = (port: number, mode: Exclude<PollMode, 'wmi'>): PollTarget => ({
  ...{ name: `dc-${port}`, mode, log: 'Security', domain: 'CORP', ids: [4768, 4776] },
  ...{ account: 'CORP\\svc-fsso', seconds: null },
  open: (until) => linkTo(port, mode, until),
});

/** A feed of these, and how many logons it told of. */
function feedOf(targets: readonly PollTarget[]) {
  let logons = 0;
  const feed = new PollingFeed(
    {
      ...{ targets, domains: [], exchange: [], bookmarks: null, historyMs: 0, atOnce: 16 },
      pace: { seconds: null, periods: [] },
    },
    {
      clock,
      report: () => {},
      sink: {
        logon: () => {
          logons += 1;
        },
        logoff: () => {},
      },
    },
  );
  const polled = (): readonly PolledController[] => feed.health.polled ?? [];
  return { feed, polled, logons: () => logons };
}

/** 10,000 sessions as logons, beside the bare listing of them. */
export async function sessions(): Promise<string[]> {
  const controllers = await Controllers.start(1, 10_000);
  try {
    const link = await linkTo(controllers.ports[0] ?? 0, 'netapi');
    const whole: number[] = [];
    const bare: number[] = [];
    for (let run = 0; run < 12; run++) {
      const began = performance.now();
      const found = (await link.sessions?.sessions(signal)) ?? [];
      const listed = performance.now();
      const { logons } = new SessionLogons({ domain: 'CORP', account: 'svc-fsso' }).take(found, Date.now());
      if (logons.length !== 10_000) throw new Error(`${logons.length} logons of 10,000 sessions`);
      // The first two warm the compiler up.
      if (run < 2) continue;
      whole.push(performance.now() - began);
      bare.push(listed - began);
    }
    await link.close();
    return [
      `10,000 sessions listed and turned into logons: ${spread(whole)} ms; allowed are 250`,
      `of it the listing alone: ${spread(bare)} ms`,
    ];
  } finally {
    controllers.stop();
  }
}

/** A log that grows by 50,000 events a minute. */
export async function eventPoll(): Promise<string[]> {
  const controllers = await Controllers.start(1, 0);
  const { feed, polled, logons } = feedOf([targetAt(controllers.ports[0] ?? 0, 'event-log')]);
  try {
    await feed.start();
    await feed.pollAll();
    await controllers.write(50_000 / 60);
    const cpu = process.cpuUsage();
    const began = performance.now();
    let behind = 0;
    while (performance.now() - began < seconds * 1000) {
      await wait(200);
      behind = Math.max(behind, polled()[0]?.lag?.records ?? 0);
    }
    const share = usedSince(cpu, began);
    const written = await controllers.write(0);
    await feed.pollAll();
    await feed.pollAll();
    if (logons() !== written) throw new Error(`${logons()} logons of ${written} events`);
    const times = polled()[0]?.pollTimes ?? [];
    return [
      `50,000 events a minute for ${seconds} s: ${written.toLocaleString('en')} written, as many logons; after no poll were records left (most: ${behind})`,
      `a poll took ${percentile(times, 50)} ms, the slowest ${Math.max(...times)} ms; ${share} % of a core`,
    ];
  } finally {
    await feed.stop();
    controllers.stop();
  }
}

/** 100 domain controllers, half of them by sessions, beside bare echoes over as many sessions of SMB at the same pace. */
export async function controllers(): Promise<string[]> {
  const count = 100;
  const lab = await Controllers.start(count, 200);
  const targets = lab.ports.map((port, index) => targetAt(port, index % 2 === 0 ? 'event-log' : 'netapi'));
  const { feed, polled, logons } = feedOf(targets);
  try {
    await feed.start();
    await feed.pollAll();
    await lab.write(200);
    const cpu = process.cpuUsage();
    const began = performance.now();
    const before = polled().reduce((sum, each) => sum + each.polls, 0);
    await wait(seconds * 1000);
    const share = usedSince(cpu, began);
    const all = polled();
    const polls = all.reduce((sum, each) => sum + each.polls, 0) - before;
    const failed = all.filter(({ problem }) => problem !== null).length;
    if (failed > 0) throw new Error(`${failed} of ${count} domain controllers failed`);
    const times = all.flatMap(({ pollTimes }) => pollTimes);
    await feed.stop();
    const floor = await echoes(lab.ports);
    return [
      `${count} domain controllers, half by event log with 200 events a second together, half by 200 sessions each: ${polls} polls in ${seconds} s, ${logons().toLocaleString('en')} logons, ${share} % of a core; allowed are 25`,
      `a poll took ${percentile(times, 50)} ms, 99 % within ${percentile(times, 99)} ms`,
      `bare echoes over as many SMB sessions, one each in 10 s: ${floor} % of a core`,
    ];
  } finally {
    await feed.stop();
    lab.stop();
  }
}

/** Percent of a core that an echo each ten seconds takes at all of them. */
async function echoes(ports: readonly number[]): Promise<string> {
  const open = await Promise.all(
    ports.map((port) => connectSmb({ host: '127.0.0.1', port, credentials: benchAccount, clock })),
  );
  const cpu = process.cpuUsage();
  const began = performance.now();
  for (let round = 0; round * 10 < seconds; round++) {
    for (const session of open) await session.echo();
    await wait(Math.min((round + 1) * 10, seconds) * 1000 - (performance.now() - began));
  }
  const share = usedSince(cpu, began);
  for (const session of open) await session.close();
  return share;
}

/** Percent of one core since then. */
function usedSince(cpu: NodeJS.CpuUsage, began: number): string {
  const { user, system } = process.cpuUsage(cpu);
  return (((user + system) / 1000 / (performance.now() - began)) * 100).toFixed(1);
}
