import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { Client } from 'ldapts';
import { MessageDecoder } from '../../src/fsso/wire/decoder.ts';
import { encodeHello, encodeSendAll, type LogonRecord } from '../../src/fsso/wire/messages.ts';
import { askControl } from '../support/control-request.ts';
import { type SambaAd, startSambaAd } from '../support/samba-ad/samba-ad.ts';
import { addressOf } from './addresses.ts';
import { Served } from './collector-load.ts';
import { percentile } from './statistics.ts';
import { type SteadyTask, userOf } from './steady-sender.ts';

/** Seconds at the rate of an hour's million. */
const seconds = Number(process.env['BENCH_SECONDS'] ?? 60);
const perSecond = 278;
/** Few enough that the directory itself is no bound. */
const failOverPerSecond = 100;
const users = 1_999;
/** No multiple of it is one of the users, so that user and address together say which datagram it was. */
const addresses = 60_000;
const defaultCacheMs = 10 * 60_000;
/** A directory that is lost, and everything else that holds logons up, is over by then. */
const noProgressMs = 20_000;
/** Look-ups under way of the floor: as many as the product has. */
const atOnce = 32;

/** One logon on its way. Times are milliseconds. */
interface Arrival {
  readonly index: number;
  readonly user: string;
  readonly delay: number;
  readonly at: number;
  readonly hasGroups: boolean;
}

/** A FortiGate that reads every event. */
class Listener {
  readonly socket: Socket;
  readonly online = Promise.withResolvers<void>();
  record: ((record: LogonRecord) => void) | null = null;

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    const decoder = new MessageDecoder('collector');
    const proof = Buffer.alloc(16);
    this.socket.on('data', (chunk) => {
      for (const message of decoder.push(chunk))
        if (message.kind === 'hello')
          this.socket.write(
            encodeHello('fortigate', { sync: 1, name: 'bench', identity: 'FG1-root', proof }),
          );
        else if (message.kind === 'auth-result') this.socket.write(encodeSendAll(2));
        else if (message.kind === 'bulk-end') this.online.resolve();
        else if (message.kind === 'event' && message.record.loggedOn) this.record?.(message.record);
    });
  }
}

interface Settings {
  readonly cacheMinutes: number;
  /** Server that is asked before Samba itself. */
  readonly first?: string;
}

/** A collector that looks groups up in Samba, and a FortiGate. */
class Looking {
  readonly served: Served;
  readonly #directory: string;
  #listener: Listener | null = null;

  constructor(samba: SambaAd, { cacheMinutes, first }: Settings) {
    this.#directory = mkdtempSync(join(tmpdir(), 'fabrictop-bench-'));
    const config = join(this.#directory, 'config.yaml');
    writeFileSync(
      config,
      `ldap:
  - name: corp
    server: ${first ?? samba.host}
    ${first === undefined ? '' : `secondary-server: ${samba.host}`}
    secure: ldaps
    ca-cert: ${samba.caFile}
    server-identity-check: ${first === undefined ? 'enable' : 'disable'}
    username: ${samba.login.name}
    password: { env: LDAP_PASSWORD }
collector:
  listen: 127.0.0.1
  port: 0
  agent-port: 0
  agents: [127.0.0.1]
  cache-directory: cache
  control-socket: c.sock
  ldap: [ corp ]
  directory-access: advanced
  group-cache-minutes: ${cacheMinutes}
`,
    );
    this.served = new Served(
      ['bin/fabrictop', '--config', config, 'collector'],
      join(this.#directory, 'log'),
      { LDAP_PASSWORD: samba.login.password },
    );
  }

  async start(): Promise<this> {
    await this.served.listening();
    this.#listener = new Listener(this.served.port);
    await this.#listener.online.promise;
    return this;
  }

  /** Searches that servers answered so far, and the mean milliseconds of the newest. */
  async searches(): Promise<{ answers: number; averageMs: number }> {
    const { document } = await askControl(join(this.#directory, 'c.sock'), '/directories');
    const servers: { asked: number; averageMs: number | null }[] = document.directories;
    return {
      answers: servers.reduce((sum, { asked }) => sum + asked, 0),
      averageMs: servers.find(({ asked }) => asked > 0)?.averageMs ?? 0,
    };
  }

  /** Sends at the rate, and resolves when all have arrived or nothing comes any more. */
  async send(rate: number, count: number): Promise<Arrival[]> {
    const sentAt = new SharedArrayBuffer(8 * count);
    const times = new Float64Array(sentAt);
    const places = new Map(
      Array.from({ length: Math.min(addresses, count) }, (_, at) => [addressOf(at), at]),
    );
    const next = new Map<number, number>();
    const found: Arrival[] = [];
    const listener = this.#listener as Listener;
    listener.record = ({ ip, user, groups }) => {
      const at = performance.timeOrigin + performance.now();
      const place = places.get(ip) ?? Number.NaN;
      let index = next.get(place) ?? place;
      while (index < count && userOf(index, users) !== user) index += addresses;
      if (!(index < count)) return;
      next.set(place, index + addresses);
      found.push({ index, user, delay: at - (times[index] ?? Number.NaN), at, hasGroups: groups !== '' });
    };
    const task: SteadyTask = {
      port: this.served.agentPort,
      perSecond: rate,
      count,
      addresses,
      users,
      sentAt,
    };
    await once(new Worker(new URL('./steady-sender.ts', import.meta.url), { workerData: task }), 'exit');
    for (let last = -1; found.length < count && found.length !== last; ) {
      last = found.length;
      for (let waited = 0; found.length < count && waited < noProgressMs; waited += 50) await pause(50);
    }
    listener.record = null;
    return found;
  }

  async stop(): Promise<void> {
    this.#listener?.socket.destroy();
    await this.served.stop();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

const shown = (value: number, digits = 0) =>
  value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
const delaysOf = (arrivals: readonly Arrival[]) => {
  const delays = arrivals.map(({ delay }) => delay);
  return `${shown(percentile(delays, 50), 1)} and ${shown(percentile(delays, 99), 1)}`;
};
const withoutGroups = (arrivals: readonly Arrival[]) => arrivals.filter(({ hasGroups }) => !hasGroups).length;

/** Which of them were not in the cache: the first of each user, and the first after the cache has forgotten them. */
function cold(arrivals: readonly Arrival[]): Arrival[] {
  const askedAt = new Map<string, number>();
  return arrivals.filter(({ user, at }) => {
    if (at - (askedAt.get(user) ?? Number.NEGATIVE_INFINITY) < defaultCacheMs) return false;
    askedAt.set(user, at);
    return true;
  });
}

/** Beside it: what a bare client of the same library gets of the same server, with as many searches under way. */
async function floor(samba: SambaAd): Promise<number> {
  const client = new Client({ url: `ldaps://${samba.host}`, tlsOptions: { ca: [samba.ca] } });
  await client.bind(samba.login.name, samba.login.password);
  let next = 0;
  const started = performance.now();
  const end = started + Math.min(10, seconds) * 1_000;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (performance.now() < end) {
        const filter = `(&(objectCategory=person)(objectClass=user)(sAMAccountName=${userOf(next++, users)}))`;
        const { searchEntries } = await client.search(samba.base, { filter, attributes: ['primaryGroupID'] });
        const dn = searchEntries[0]?.dn ?? '';
        await client.search(dn, {
          scope: 'base',
          attributes: ['tokenGroups'],
          explicitBufferAttributes: ['tokenGroups'],
        });
      }
    }),
  );
  const took = performance.now() - started;
  await client.unbind();
  return (next * 1_000) / took;
}

async function using<T>(
  samba: SambaAd,
  settings: Settings,
  work: (looking: Looking) => Promise<T>,
): Promise<T> {
  const looking = await new Looking(samba, settings).start();
  try {
    return await work(looking);
  } finally {
    await looking.stop();
  }
}

async function hour(samba: SambaAd, cacheMinutes: number): Promise<string[]> {
  return using(samba, { cacheMinutes }, async (looking) => {
    const count = perSecond * seconds;
    const before = looking.served.processorTime;
    const arrivals = await looking.send(perSecond, count);
    const share = (looking.served.processorTime - before) / seconds;
    const { answers, averageMs } = await looking.searches();
    const first = cacheMinutes === 0 ? arrivals : cold(arrivals);
    const known = new Set(first);
    const warm = arrivals.filter((each) => !known.has(each));
    const name = cacheMinutes === 0 ? 'nothing kept' : `groups kept for ${cacheMinutes} minutes`;
    return [
      `${name}: logons missing, and without groups, of ${perSecond} a second for ${seconds} s of ${shown(users)} users:  ${count - arrivals.length}, ${withoutGroups(arrivals)} of ${shown(count)}`,
      `${name}: share that was looked up, searches, ms of one of them, share of a core:  ${shown((100 * first.length) / arrivals.length, 1)} %, ${shown(answers)}, ${averageMs}, ${shown(100 * share)} %`,
      `${name}: ms from datagram to socket of those looked up, p50 and p99:  ${delaysOf(first)}`,
      ...(warm.length > 0 ? [`${name}: ms of those that were known, p50 and p99:  ${delaysOf(warm)}`] : []),
    ];
  });
}

/** How many look-ups a second it makes when every user comes at once. */
async function limit(samba: SambaAd): Promise<string[]> {
  return using(samba, { cacheMinutes: 10 }, async (looking) => {
    const arrivals = await looking.send(20_000, users);
    const began = Math.min(...arrivals.map(({ at, delay }) => at - delay));
    const took = Math.max(...arrivals.map(({ at }) => at)) - began;
    return [
      `look-ups a second when ${shown(users)} users come at once, missing, without groups:  ${shown((arrivals.length * 1_000) / took)}, ${users - arrivals.length}, ${withoutGroups(arrivals)}`,
    ];
  });
}

/** A way to Samba that can be cut. */
async function cuttable(samba: SambaAd): Promise<{ host: string; cut(): void }> {
  const host = `127.0.${(process.pid >> 8) & 255}.${(process.pid & 254) + 1}`;
  const sockets = new Set<Socket>();
  const server: Server = createServer((near) => {
    const far = connect(636, samba.host);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.pipe(other);
      one.on('error', () => other.destroy()).on('close', () => sockets.delete(one));
    }
  });
  server.listen(636, host);
  await once(server, 'listening');
  return {
    host,
    cut() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** The first server is lost in the middle of it. */
async function failOver(samba: SambaAd): Promise<string[]> {
  const way = await cuttable(samba);
  try {
    return await using(samba, { cacheMinutes: 0, first: way.host }, async (looking) => {
      const runs = Math.min(10, seconds);
      const count = failOverPerSecond * runs;
      const sending = looking.send(failOverPerSecond, count);
      await pause((runs * 1_000) / 2);
      way.cut();
      const arrivals = await sending;
      const longest = Math.max(...arrivals.map(({ delay }) => delay));
      return [
        `the first of two servers is cut off in the middle of ${runs} s at ${failOverPerSecond} a second, nothing kept: missing, without groups, longest ms:  ${count - arrivals.length}, ${withoutGroups(arrivals)}, ${shown(longest)}`,
      ];
    });
  } finally {
    way.cut();
  }
}

/** A million logons in an hour with groups from a real directory; `BENCH_SECONDS=3600` for the whole of it. */
export async function directoryHour(): Promise<string[]> {
  const samba = await startSambaAd({ users });
  try {
    const bare = await floor(samba);
    return [
      ...(await hour(samba, defaultCacheMs / 60_000)),
      ...(await hour(samba, 0)),
      ...(await limit(samba)),
      ...(await failOver(samba)),
      `the same two searches with bare ldapts, ${atOnce} at once, users a second:  ${shown(bare)}`,
    ];
  } finally {
    await samba.stop();
  }
}
