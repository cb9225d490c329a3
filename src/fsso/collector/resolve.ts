import { isIP, isIPv4 } from 'node:net';
import type { Clock } from '../../clock.ts';
import { type DnsServerHealth, DnsServers } from './dns-servers.ts';
import type { UnresolvedBecause } from './events.ts';
import { answerKept, failureKept, mostNames, mostWaitingLogons, recheckKept } from './limits.ts';

/** The addresses of a workstation, or why there are none. */
export type Resolution =
  | {
      readonly ip: string;
      readonly otherIp: string | null;
      readonly ip6: string | null;
      /** Every IPv4 address of the answer, those two included. */
      readonly all: readonly string[];
      readonly failure: null;
    }
  | {
      readonly ip: null;
      readonly otherIp: null;
      readonly ip6: string | null;
      readonly all: readonly [];
      readonly failure: UnresolvedBecause;
    };

type Answer = (resolution: Resolution) => void;

const failed = (failure: UnresolvedBecause, ip6: string | null = null): Resolution => ({
  ip: null,
  otherIp: null,
  ip6,
  all: [],
  failure,
});

function found(addresses: readonly [string, ...string[]], ip6: string | null = null): Resolution {
  return { ip: addresses[0], otherIp: addresses[1] ?? null, ip6, all: addresses, failure: null };
}

const hostName = /^(?=.{1,253}$)[\p{L}\p{N}_](?:[\p{L}\p{N}_-]{0,62})(?:\.[\p{L}\p{N}_-]{1,63})*\.?$/u;

/** True where DNS can be asked for a workstation's addresses. */
export function isHostName(workstation: string): boolean {
  return hostName.test(workstation) && !isIP(workstation);
}

/**
 * The names to ask for, best first: a bare workstation name is completed with its domain where that is a DNS domain and
 * no NetBIOS name, then with each of the suffixes. Empty where the workstation cannot be a host name.
 */
export function namesToAsk(
  workstation: string,
  domain: string,
  suffixes: readonly string[] = [],
): readonly string[] {
  if (!hostName.test(workstation)) return [];
  if (workstation.includes('.')) return [workstation];
  const domains = domain.includes('.') ? [domain, ...suffixes] : suffixes;
  const full = domains.map((each) => `${workstation}.${each}`).filter((name) => hostName.test(name));
  return [...new Set([...full, workstation])];
}

export interface ResolverOptions {
  readonly clock: Clock;
  /** Addresses of DNS servers, with a port where it is not 53. */
  readonly servers: readonly string[];
  /** Domains that bare workstation names are completed with. */
  readonly suffixes?: readonly string[];
  /** The DNS name of a domain that a logon names otherwise; null where it is not known. Absent: none is. */
  readonly dnsNameOf?: (domain: string) => string | null;
  /** Names asked for at the same time; 128 where it is left out. */
  readonly lookups?: number;
}

/** A name that is asked for. */
interface Question {
  readonly key: string;
  readonly names: readonly string[];
  readonly since: number;
  readonly answers: Answer[];
  /** Of these, logons that wait for it. */
  logons: number;
  isAsked: boolean;
}

/**
 * Finds the addresses of workstations at the configured DNS servers (docs/protocol/fsso.md, Life of an entry). Questions
 * for one name are asked once, answers are kept for their time to live, a minute at most; how many are asked at once and
 * how many logons wait is bounded, and logons go before checks.
 */
export class WorkstationResolver {
  readonly #clock: Clock;
  readonly #servers: DnsServers;
  readonly #suffixes: readonly string[];
  readonly #dnsNameOf: (domain: string) => string | null;
  readonly #lookups: number;
  readonly #kept = new Map<string, { resolution: Resolution; at: number; until: number }>();
  readonly #questions = new Map<string, Question>();
  readonly #first: Question[] = [];
  readonly #later: Question[] = [];
  #logonsWaiting = 0;
  #underWay = 0;
  #stopped = false;

  /** @throws RangeError for a server that is no address */
  constructor({ clock, servers, suffixes = [], dnsNameOf = () => null, lookups = 128 }: ResolverOptions) {
    this.#clock = clock;
    this.#servers = new DnsServers(servers, clock);
    this.#suffixes = suffixes;
    this.#dnsNameOf = dnsNameOf;
    this.#lookups = lookups;
  }

  /** Logons that wait for an address. */
  get waiting(): number {
    return this.#logonsWaiting;
  }

  /** Milliseconds that the logon that came first has waited; null where none waits. */
  get oldestWait(): number | null {
    for (const { logons, since } of this.#questions.values())
      if (logons > 0) return this.#clock.now() - since;
    return null;
  }

  get servers(): DnsServerHealth[] {
    return this.#servers.health;
  }

  /** False where no server is configured, so that only addresses can be resolved. */
  get canAsk(): boolean {
    return this.#servers.size > 0;
  }

  /** For a logon: calls `answer` once, at once where nothing has to be asked; never after `stop`. */
  resolve(workstation: string, domain: string, answer: Answer): void {
    this.#resolve(workstation, domain, true, answer);
  }

  /** For a check: the same, but an answer that is some time old does not do, IPv4 only, and behind the logons. */
  recheck(workstation: string, domain: string, answer: Answer): void {
    this.#resolve(workstation, domain, false, answer);
  }

  /** Gives up what is under way. */
  stop(): void {
    this.#stopped = true;
    this.#first.length = 0;
    this.#later.length = 0;
    this.#questions.clear();
    this.#logonsWaiting = 0;
    this.#servers.stop();
  }

  #resolve(workstation: string, domain: string, isLogon: boolean, answer: Answer): void {
    const names = namesToAsk(workstation, this.#dnsNameOf(domain) ?? domain, this.#suffixes);
    const key = names.join(' ').toLowerCase();
    const known = this.#known(workstation, key, isLogon);
    if (known) {
      answer(known);
      return;
    }
    let question = this.#questions.get(key);
    if (!question) {
      question = { key, names, since: this.#clock.now(), answers: [], logons: 0, isAsked: false };
      this.#questions.set(key, question);
      if (!isLogon) this.#later.push(question);
    }
    question.answers.push(answer);
    if (isLogon) {
      this.#logonsWaiting += 1;
      question.logons += 1;
      if (question.logons === 1) this.#first.push(question);
    }
    this.#next();
  }

  /** What can be said without asking; null where a server has to be asked. */
  #known(workstation: string, key: string, isLogon: boolean): Resolution | null {
    if (isIPv4(workstation)) return found([workstation]);
    if (isIP(workstation) || key === '') return failed('not-a-name');
    if (!this.canAsk) return failed('no-dns-server');
    const now = this.#clock.now();
    const kept = this.#kept.get(key);
    if (kept && now < kept.until && (isLogon || now - kept.at < recheckKept)) return kept.resolution;
    return isLogon && this.#logonsWaiting >= mostWaitingLogons ? failed('busy') : null;
  }

  #next(): void {
    while (this.#underWay < this.#lookups) {
      const question = this.#first.shift() ?? this.#later.shift();
      if (!question) return;
      // A logon came while a check of the same name waited.
      if (question.isAsked) continue;
      question.isAsked = true;
      this.#underWay += 1;
      this.#ask(question, question.names, null, null);
    }
  }

  #ask(
    question: Question,
    [name, ...others]: readonly string[],
    failure: UnresolvedBecause | null,
    ip6: string | null,
  ): void {
    if (name === undefined) {
      this.#answer(question, failed(ip6 === null ? (failure ?? 'not-found') : 'only-ipv6', ip6), failureKept);
      return;
    }
    const take = (addresses: readonly string[], ttl: number, why: UnresolvedBecause | null, six?: string) => {
      const known6 = ip6 ?? six ?? null;
      const [first, ...more] = addresses;
      if (first !== undefined)
        this.#answer(question, found([first, ...more], known6), Math.min(ttl * 1000, answerKept));
      // No server answers: for the next name it would not either.
      else if (why === 'no-answer') this.#ask(question, [], why, known6);
      else this.#ask(question, others, failure === 'not-found' ? failure : why, known6);
    };
    if (question.logons === 0)
      this.#servers.ask(4, name, ({ addresses, ttl, failure: why }) => take(addresses, ttl, why));
    else
      this.#servers.askBoth(name, (four, six) =>
        take(four.addresses, four.ttl, four.failure, six?.addresses[0]),
      );
  }

  #answer(question: Question, resolution: Resolution, keepMs: number): void {
    if (this.#stopped) return;
    this.#underWay -= 1;
    // A check does not ask for IPv6 addresses, and does not forget them either.
    const known6 = this.#kept.get(question.key)?.resolution.ip6 ?? null;
    this.#keep(question.key, { ...resolution, ip6: resolution.ip6 ?? known6 }, keepMs);
    this.#questions.delete(question.key);
    this.#logonsWaiting -= question.logons;
    for (const answer of question.answers) answer(resolution);
    this.#next();
  }

  #keep(key: string, resolution: Resolution, keepMs: number): void {
    if (keepMs === 0) return;
    this.#kept.delete(key);
    if (this.#kept.size >= mostNames) {
      const oldest = this.#kept.keys().next().value;
      if (oldest !== undefined) this.#kept.delete(oldest);
    }
    const at = this.#clock.now();
    this.#kept.set(key, { resolution, at, until: at + keepMs });
  }
}
