import { Resolver } from 'node:dns';
import type { Clock, Timer } from '../../clock.ts';
import type { UnresolvedBecause } from './events.ts';
import { ip6Grace, lookupTimeout, serverRest } from './limits.ts';

/** What a server says of a name: its addresses, or why there are none. */
export interface DnsAnswer {
  readonly addresses: readonly string[];
  /** Seconds that the answer holds; 0 where there are no addresses. */
  readonly ttl: number;
  readonly failure: UnresolvedBecause | null;
}

/** One DNS server as its answers show it. */
export interface DnsServerHealth {
  /** As configured. */
  readonly address: string;
  readonly asked: number;
  /** Questions that it did not answer, or refused to. */
  readonly failed: number;
  /** Milliseconds of its last answer, and of its last ones on average; null before the first. */
  readonly lastMs: number | null;
  readonly averageMs: number | null;
  /** Name of the error of its last question, such as `ETIMEOUT`; null where it was answered. */
  readonly error: string | null;
  /** It did not answer, so the others are asked first for a while. */
  readonly isResting: boolean;
}

interface Server {
  readonly address: string;
  readonly resolver: Resolver;
  asked: number;
  failed: number;
  lastMs: number | null;
  averageMs: number | null;
  error: string | null;
  restsUntil: number;
}

/** What the errors of the DNS library mean; any other one is `refused`. */
const failures: Readonly<Record<string, UnresolvedBecause>> = {
  ENOTFOUND: 'not-found',
  ENODATA: 'not-found',
  EBADNAME: 'not-a-name',
  ETIMEOUT: 'no-answer',
  ECONNREFUSED: 'no-answer',
  ECANCELLED: 'no-answer',
};

/** Weight of the newest answer in the average time of a server. */
const newest = 0.2;

/**
 * The configured DNS servers, asked in their order. One that gives no answer is passed over for the next one, and then
 * comes last for a while; a name that a server does not know is an answer, and no other server is asked for it.
 */
export class DnsServers {
  readonly #clock: Clock;
  readonly #servers: Server[];

  /**
   * @param addresses with a port where it is not 53 (`10.0.0.10:5353`, `[2001:db8::1]:5353`)
   * @throws RangeError for what is no address
   */
  constructor(addresses: readonly string[], clock: Clock) {
    this.#clock = clock;
    this.#servers = addresses.map((address) => {
      const resolver = new Resolver({ timeout: lookupTimeout, tries: 1 });
      try {
        resolver.setServers([address]);
      } catch {
        throw new RangeError(`${address} is not the address of a DNS server`);
      }
      const unknown = { lastMs: null, averageMs: null, error: null };
      return { address, resolver, asked: 0, failed: 0, ...unknown, restsUntil: 0 };
    });
  }

  get size(): number {
    return this.#servers.length;
  }

  get health(): DnsServerHealth[] {
    const now = this.#clock.now();
    return this.#servers.map(({ resolver: _, restsUntil, ...server }) => ({
      ...server,
      isResting: restsUntil > now,
    }));
  }

  /** Asks for the IPv4 or IPv6 addresses of a name. */
  ask(family: 4 | 6, name: string, done: (answer: DnsAnswer) => void): void {
    this.#try(family, name, this.#order(), done);
  }

  /** Asks for both; IPv6 addresses that come much later than the IPv4 ones are not waited for. */
  askBoth(name: string, done: (four: DnsAnswer, six: DnsAnswer | null) => void): void {
    let four: DnsAnswer | null = null;
    let six: DnsAnswer | null = null;
    let grace: Timer | null = null;
    const finish = () => {
      grace?.cancel();
      if (four) done(four, six);
      four = null;
    };
    this.ask(6, name, (answer) => {
      six = answer;
      finish();
    });
    this.ask(4, name, (answer) => {
      four = answer;
      if (six) finish();
      else grace = this.#clock.after(ip6Grace, finish);
    });
  }

  /** Gives up what is under way. */
  stop(): void {
    for (const { resolver } of this.#servers) resolver.cancel();
  }

  /** The servers in the order in which they are to be asked; a lone one is asked twice, for a datagram can be lost. */
  #order(): Server[] {
    const [only] = this.#servers;
    if (this.#servers.length === 1 && only) return [only, only];
    const now = this.#clock.now();
    const awake: Server[] = [];
    const resting: Server[] = [];
    for (const server of this.#servers) {
      if (server.restsUntil > now) {
        resting.push(server);
        continue;
      }
      awake.push(server);
      // One question finds out whether it is back; the others need not wait for that.
      if (server.restsUntil > 0) server.restsUntil = now + serverRest;
    }
    return [...awake, ...resting];
  }

  #try(
    family: 4 | 6,
    name: string,
    [server, ...others]: readonly Server[],
    done: (answer: DnsAnswer) => void,
  ): void {
    if (!server) {
      done({ addresses: [], ttl: 0, failure: 'no-dns-server' });
      return;
    }
    const asked = this.#clock.now();
    server.asked += 1;
    const answered = (error: NodeJS.ErrnoException | null, records?: { address: string; ttl: number }[]) => {
      const failure = error ? (failures[error.code ?? ''] ?? 'refused') : null;
      const isUseless = failure === 'no-answer' || failure === 'refused';
      if (isUseless) this.#failed(server, error?.code ?? 'unknown', failure === 'no-answer');
      else this.#answered(server, this.#clock.now() - asked);
      const [next] = others;
      // A lone server that refused would refuse again.
      const isHope = next !== undefined && (failure === 'no-answer' || next !== server);
      if (isUseless && isHope && error?.code !== 'ECANCELLED') {
        this.#try(family, name, others, done);
        return;
      }
      const found = records ?? [];
      const ttl = found.reduce((least, record) => Math.min(least, record.ttl), found[0]?.ttl ?? 0);
      const addresses = found.map(({ address }) => address);
      done({ addresses, ttl, failure: failure ?? (addresses.length === 0 ? 'not-found' : null) });
    };
    if (family === 4) server.resolver.resolve4(name, { ttl: true }, answered);
    else server.resolver.resolve6(name, { ttl: true }, answered);
  }

  #answered(server: Server, ms: number): void {
    server.lastMs = ms;
    server.averageMs = server.averageMs === null ? ms : server.averageMs + newest * (ms - server.averageMs);
    server.error = null;
    server.restsUntil = 0;
  }

  #failed(server: Server, code: string, rests: boolean): void {
    server.failed += 1;
    server.error = code;
    if (rests) server.restsUntil = this.#clock.now() + serverRest;
  }
}
