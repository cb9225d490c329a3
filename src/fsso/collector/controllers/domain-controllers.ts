import { promises } from 'node:dns';
import type { Clock, Timer } from '../../../clock.ts';
import { collectorEvent, type Report } from '../events.ts';
import type { FeedHealth } from '../feeds/feed.ts';
import { lookupTimeout } from '../limits.ts';
import { lookupSrv } from './srv-lookup.ts';

/** A domain controller as DNS or its directory names it, and who reports for it. */
export interface DomainController {
  readonly domain: string;
  readonly name: string;
  /** IPv4. */
  readonly addresses: readonly string[];
  /** Address or name of the agent or log that was heard of it; null: nobody reports for it. */
  readonly reportedBy: string | null;
  /** When that was last heard; milliseconds since the epoch. */
  readonly lastHeard: number | null;
}

export interface DomainControllersOptions {
  /** DNS names of domains. */
  readonly domains: readonly string[];
  /** DNS servers, as the collector's own are written. */
  readonly dns: readonly string[];
  /** The names that a directory knows of a domain's controllers. Rejects where it cannot be asked. */
  readonly directory?: (domain: string) => Promise<readonly string[]>;
  /** Milliseconds between two looks. */
  readonly everyMs: number;
  readonly clock: Clock;
  readonly report: Report;
  /** The feeds as they are. */
  readonly feeds: () => readonly FeedHealth[];
  /** Those of a domain have been found; absent: nobody minds. */
  readonly found?: () => void;
}

interface Found {
  readonly domain: string;
  readonly name: string;
  readonly addresses: readonly string[];
}

/** Domain controllers of one domain. */
const mostOfDomain = 500;
/** Until a domain that was never found is looked for again, in milliseconds. */
const soon = 30_000;

/**
 * The domain controllers of the configured domains, found in DNS as Windows finds them and in their directory, and whether anybody reports
 * their logons: who is not reported for is where logons are missing (docs/protocol/fsso.md, Domain controllers).
 */
export class DomainControllers {
  readonly #options: DomainControllersOptions;
  readonly #found = new Map<string, readonly Found[]>();
  /** Those that have been named as unreported, and domains that could not be asked. */
  readonly #named = new Set<string>();
  #timer: Timer | null = null;
  #soon: Timer | null = null;
  #look: Promise<void> | null = null;
  #stopped = false;

  constructor(options: DomainControllersOptions) {
    this.#options = options;
  }

  /** A copy, in the order of domains and names. */
  get all(): DomainController[] {
    const heard = this.#heard();
    return [...this.#found.values()].flat().map((controller) => {
      const keys = [...controller.addresses, controller.name, shortName(controller.name)];
      const source = keys.map((key) => heard.get(key)).find((each) => each !== undefined);
      return { ...controller, reportedBy: source?.address ?? null, lastHeard: source?.lastHeard ?? null };
    });
  }

  /** Looks at once, and then every so often; agents have that long to be heard before anything is said. */
  start(): void {
    if (this.#options.domains.length === 0) return;
    void this.look();
    this.#timer = this.#options.clock.every(this.#options.everyMs, () => {
      this.#name();
      void this.look();
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#soon?.cancel();
    await this.#look;
  }

  /** Asks for all domains once. Never rejects. */
  look(): Promise<void> {
    this.#look ??= Promise.all(this.#options.domains.map((domain) => this.#lookAt(domain)))
      .then(() => {})
      .finally(() => {
        this.#look = null;
        this.#lookSoon();
      });
    return this.#look;
  }

  /** A domain that was never found is asked for again before its turn: nobody polls it as long. */
  #lookSoon(): void {
    const isWhole = this.#options.domains.every((domain) => this.#found.has(domain));
    if (this.#stopped || this.#timer === null || isWhole) return;
    this.#soon ??= this.#options.clock.after(soon, () => {
      this.#soon = null;
      void this.look();
    });
  }

  async #lookAt(domain: string): Promise<void> {
    const { dns, directory, clock, report } = this.#options;
    const [records, listed] = await Promise.allSettled([
      lookupSrv(`_ldap._tcp.dc._msdcs.${domain}`, dns, clock),
      directory?.(domain) ?? Promise.resolve([]),
    ]);
    if (this.#stopped) return;
    const answer = records.status === 'fulfilled' ? records.value : null;
    const inDns = answer?.records.map(({ target }) => target) ?? [];
    const inDirectory = listed.status === 'fulfilled' ? listed.value : [];
    const names = [...new Set([...inDns, ...inDirectory])].sort().slice(0, mostOfDomain);
    if (names.length > 0) {
      const found = await this.#addressed(domain, names, answer?.addresses ?? new Map());
      if (this.#stopped) return;
      this.#found.set(domain, found);
      this.#named.delete(domain);
      this.#options.found?.();
      return;
    }
    if (this.#named.has(domain)) return;
    this.#named.add(domain);
    const failed = [records, listed].filter(({ status }) => status === 'rejected');
    const error = failed.map((each) => ((each as PromiseRejectedResult).reason as Error).message).join(', ');
    report(collectorEvent({ msg: 'domain controllers not found', domain, error: error || 'there are none' }));
  }

  async #addressed(
    domain: string,
    names: readonly string[],
    known: ReadonlyMap<string, readonly string[]>,
  ): Promise<Found[]> {
    const { dns } = this.#options;
    const resolver = new promises.Resolver({ timeout: lookupTimeout, tries: 1 });
    if (dns.length > 0) resolver.setServers(dns);
    const found: Found[] = [];
    for (const name of names) {
      const addresses =
        known.get(name) ?? (dns.length === 0 ? [] : await resolver.resolve4(name).catch((): string[] => []));
      found.push({ domain, name, addresses });
      if (this.#stopped) break;
    }
    return found;
  }

  /** Says once who is not reported for, and once that somebody is after all. */
  #name(): void {
    for (const { domain, name, addresses, reportedBy } of this.all) {
      const key = `${domain} ${name}`;
      if (reportedBy === null && !this.#named.has(key)) {
        this.#named.add(key);
        this.#options.report(
          collectorEvent({
            msg: 'domain controller without an agent',
            controller: name,
            domain,
            addresses: addresses.join(' '),
          }),
        );
      } else if (reportedBy !== null && this.#named.delete(key)) {
        this.#options.report(
          collectorEvent({ msg: 'domain controller reported', controller: name, domain, agent: reportedBy }),
        );
      }
    }
  }

  /** Everybody whom a feed of Windows machines has heard, by address, name and short name. */
  #heard(): Map<string, { address: string; lastHeard: number }> {
    const heard = new Map<string, { address: string; lastHeard: number }>();
    for (const { kind, sources } of this.#options.feeds()) {
      if (!reporting.has(kind)) continue;
      for (const { address, lastHeard, silent, domain } of sources) {
        if (silent) continue;
        heard.set(address.toLowerCase(), { address, lastHeard });
        // A log is known by its machine's name; keepalives of agents carry their domain, or the machine's name.
        const name = kind === 'windows-events' ? address : domain;
        if (name !== null) heard.set(shortName(name), { address, lastHeard });
      }
    }
    return heard;
  }
}

/** Feeds that tell what domain controllers see. */
const reporting = new Set(['agents', 'agents over TLS', 'windows-events', 'poller']);

function shortName(name: string): string {
  return (name.split('.')[0] ?? '').toLowerCase();
}
