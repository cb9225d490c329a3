import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { Worker } from 'node:worker_threads';
import { systemClock } from '../../src/clock.ts';
import { LogFollower } from '../../src/fsso/collector/feeds/polling/log-follower.ts';
import { connectWmi } from '../../src/fsso/windows/wmi-link.ts';
import { wsmanLimits } from '../../src/fsso/wsman/profile.ts';
import { percentile } from './statistics.ts';
import { wmiBench } from './wmi-figures.ts';

const perMinute = 50_000;
const periodSeconds = 3;
const perPoll = (perMinute * periodSeconds) / 60;
const polls = 12;

/** 50,000 events a minute read by WMI over sealed HTTP: how long a poll takes, and what it costs us, beside bare HTTP. */
export async function wmi(): Promise<string[]> {
  const worker = new Worker(new URL('./wmi-controller.ts', import.meta.url));
  const [ports] = (await once(worker, 'message')) as [[number, number]];
  try {
    return [
      ...(await follow(worker, ports[0], false)),
      ...(await follow(worker, ports[0], true)),
      await bareHttp(ports[1]),
    ];
  } finally {
    await worker.terminate();
  }
}

async function follow(worker: Worker, port: number, subscribes: boolean): Promise<string[]> {
  const { user, password } = wmiBench;
  const signal = new AbortController().signal;
  const link = await connectWmi({
    ...{ log: 'Security', clock: systemClock, subscribes },
    server: { host: '127.0.0.1', port, tls: null },
    login: { kind: 'negotiate', credentials: { user, domain: 'CORP', password } },
  });
  if (link.log === null) throw new Error('no log');
  const { log } = link;
  let events = 0;
  const follower = new LogFollower({ ids: new Set([4768]), historyMs: () => 0, usefulMs: 1e12 }, null);
  const take = async (found: readonly unknown[]) => {
    events += found.length;
  };
  const poll = () => follower.poll(log, Date.now(), take, signal);
  await poll();
  // The first poll takes what is of the same second, which may be some of the run before.
  events = 0;
  const taken: number[] = [];
  const before = process.threadCpuUsage();
  for (let round = 0; round < polls; round++) {
    worker.postMessage(perPoll);
    await once(worker, 'message');
    const begun = performance.now();
    const { behind } = await poll();
    taken.push(performance.now() - begun);
    if (behind > 0) throw new Error(`${behind} records behind`);
  }
  const { user: own, system } = process.threadCpuUsage(before);
  await link.close();
  if (events !== polls * perPoll) throw new Error(`${events} events in place of ${polls * perPoll}`);
  const share = (own + system) / 1e6 / (polls * periodSeconds);
  return [
    `${subscribes ? 'subscription' : 'queries'}: a poll of ${perPoll} events (${perMinute} a minute, one each ${periodSeconds} s) in ${percentile(taken, 50).toFixed(0)} ms, the slowest ${Math.max(...taken).toFixed(0)} ms, nothing behind; ${(share * 100).toFixed(1)} % of a core`,
  ];
}

async function bareHttp(port: number): Promise<string> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const taken: number[] = [];
  for (let round = 0; round < polls; round++) {
    const begun = performance.now();
    for (let part = 0; part < perPoll / wsmanLimits.pullItems; part++) await post(agent, port);
    taken.push(performance.now() - begun);
  }
  agent.destroy();
  return `bare HTTP with as many octets in as many replies: ${percentile(taken, 50).toFixed(0)} ms`;
}

function post(agent: Agent, port: number): Promise<void> {
  return new Promise((done, failed) => {
    const sent = request({ agent, port, host: '127.0.0.1', method: 'POST' }, (response) => {
      response.resume();
      response.on('end', done);
    });
    sent.on('error', failed);
    sent.end('x');
  });
}
