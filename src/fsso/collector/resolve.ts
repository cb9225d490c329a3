import { Resolver } from 'node:dns';
import { isIP, isIPv4 } from 'node:net';
import type { Clock } from '../../clock.ts';
import type { UnresolvedBecause } from './events.ts';
import {
  answerKept,
  failureKept,
  lookupTimeout,
  lookupTries,
  mostLookups,
  mostNames,
  mostWaitingLogons,
} from './limits.ts';

/** The addresses of a workstation, two at most, or why there are none. */
export type Resolution =
  | { readonly ip: string; readonly otherIp: string | null; readonly failure: null }
  | { readonly ip: null; readonly otherIp: null; readonly failure: UnresolvedBecause };

type Answer = (resolution: Resolution) => void;

const failed = (failure: UnresolvedBecause): Resolution => ({ ip: null, otherIp: null, failure });
const found = (ip: string, otherIp: string | null = null): Resolution => ({ ip, otherIp, failure: null });

const hostName = /^(?=.{1,253}$)[\p{L}\p{N}_](?:[\p{L}\p{N}_-]{0,62})(?:\.[\p{L}\p{N}_-]{1,63})*\.?$/u;

/** What the errors of the DNS library mean; any other one is `refused`. */
const failures: Readonly<Record<string, UnresolvedBecause>> = {
  ENOTFOUND: 'not-found',
  ENODATA: 'not-found',
  EBADNAME: 'not-a-name',
  ETIMEOUT: 'no-answer',
  ECONNREFUSED: 'no-answer',
  ECANCELLED: 'no-answer',
};

/**
 * The names to ask for, best first: a bare workstation name is completed with its domain where that is a DNS domain and
 * no NetBIOS name. Empty where the workstation cannot be a host name.
 */
export function namesToAsk(workstation: string, domain: string): string[] {
  if (!hostName.test(workstation)) return [];
  if (workstation.includes('.')) return [workstation];
  const full = `${workstation}.${domain}`;
  return domain.includes('.') && hostName.test(full) ? [full, workstation] : [workstation];
}

/**
 * Finds the addresses of workstations at the configured DNS servers, for datagrams that leave them out
 * (docs/protocol/fsso.md, Life of an entry). Questions for one name are asked once, answers are kept for their time to
 * live, a minute at most; how many wait is bounded.
 */
export class WorkstationResolver {
  readonly #clock: Clock;
  readonly #resolver: Resolver | null;
  readonly #kept = new Map<string, { resolution: Resolution; until: number }>();
  readonly #waiting = new Map<string, { names: string[]; answers: Answer[]; since: number }>();
  readonly #queue: string[] = [];
  #logonsWaiting = 0;
  #lookups = 0;
  #stopped = false;

  /**
   * @param servers addresses, with a port where it is not 53 (`10.0.0.10:5353`, `[2001:db8::1]:5353`)
   * @throws RangeError for a server that is no address
   */
  constructor(servers: readonly string[], clock: Clock) {
    this.#clock = clock;
    if (servers.length === 0) {
      this.#resolver = null;
      return;
    }
    this.#resolver = new Resolver({ timeout: lookupTimeout, tries: lookupTries });
    try {
      this.#resolver.setServers(servers);
    } catch {
      throw new RangeError(`one of ${servers.join(', ')} is not the address of a DNS server`);
    }
  }

  /** Logons that wait for an address. */
  get waiting(): number {
    return this.#logonsWaiting;
  }

  /** Milliseconds that the name asked for first has waited; null where none waits. */
  get oldestWait(): number | null {
    const oldest = this.#waiting.values().next().value;
    return oldest ? this.#clock.now() - oldest.since : null;
  }

  /** Calls `answer` once, at once where nothing has to be asked; never after `stop`. */
  resolve(workstation: string, domain: string, answer: Answer): void {
    const names = namesToAsk(workstation, domain);
    const key = names.join(' ').toLowerCase();
    const known = this.#known(workstation, key);
    if (known) {
      answer(known);
      return;
    }
    this.#logonsWaiting += 1;
    const asked = this.#waiting.get(key);
    if (asked) {
      asked.answers.push(answer);
      return;
    }
    this.#waiting.set(key, { names, answers: [answer], since: this.#clock.now() });
    this.#queue.push(key);
    this.#next();
  }

  /** Gives up what is under way. */
  stop(): void {
    this.#stopped = true;
    this.#queue.length = 0;
    this.#waiting.clear();
    this.#logonsWaiting = 0;
    this.#resolver?.cancel();
  }

  /** What can be said without asking; null where a server has to be asked. */
  #known(workstation: string, key: string): Resolution | null {
    if (isIPv4(workstation)) return found(workstation);
    // A FortiGate is told of IPv4 addresses only.
    if (isIP(workstation) || key === '') return failed('not-a-name');
    if (!this.#resolver) return failed('no-dns-server');
    const kept = this.#kept.get(key);
    if (kept && this.#clock.now() < kept.until) return kept.resolution;
    return this.#logonsWaiting >= mostWaitingLogons ? failed('busy') : null;
  }

  #next(): void {
    while (this.#lookups < mostLookups) {
      const key = this.#queue.shift();
      if (key === undefined) return;
      this.#lookups += 1;
      this.#ask(this.#waiting.get(key)?.names ?? [], 0, (resolution, keepMs) => {
        this.#lookups -= 1;
        if (this.#stopped) return;
        this.#keep(key, resolution, keepMs);
        const answers = this.#waiting.get(key)?.answers ?? [];
        this.#waiting.delete(key);
        this.#logonsWaiting -= answers.length;
        for (const answer of answers) answer(resolution);
        this.#next();
      });
    }
  }

  #ask(names: readonly string[], at: number, done: (resolution: Resolution, keepMs: number) => void): void {
    this.#resolver?.resolve4(names[at] as string, { ttl: true }, (error, records) => {
      const [first, second] = error ? [] : records;
      if (first) return done(found(first.address, second?.address), Math.min(first.ttl * 1000, answerKept));
      if (at + 1 < names.length && !this.#stopped) return this.#ask(names, at + 1, done);
      done(failed(error ? (failures[error.code ?? ''] ?? 'refused') : 'not-found'), failureKept);
    });
  }

  #keep(key: string, resolution: Resolution, keepMs: number): void {
    if (keepMs === 0) return;
    this.#kept.delete(key);
    if (this.#kept.size >= mostNames) {
      const oldest = this.#kept.keys().next().value;
      if (oldest !== undefined) this.#kept.delete(oldest);
    }
    this.#kept.set(key, { resolution, until: this.#clock.now() + keepMs });
  }
}
