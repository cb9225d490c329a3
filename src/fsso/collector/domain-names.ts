import type { Clock } from '../../clock.ts';

/** A domain by its two names, raw. */
export interface DomainName {
  /** `CORP`. */
  readonly netbios: string;
  /** `corp.example`. */
  readonly dns: string;
}

export interface DomainNamesOptions {
  readonly clock: Clock;
  /** The domains that directories know. Rejects where none can be asked. Absent: there are none. */
  readonly directories?: () => Promise<readonly DomainName[]>;
}

/** Between two questions to directories about names that nobody knows, in milliseconds. */
const askEvery = 60_000;
/** So long a logon waits for a directory to say what its domain is called, in milliseconds. */
const longestWait = 5000;

/**
 * The NetBIOS names of domains, under which one user is one user however a reader names the domain: Kerberos writes the realm, `corp.example`,
 * sessions and NTLM the NetBIOS name (docs/protocol/windows.md, Polling). Told by the logins at polled machines, and by directories, which
 * count for more. What nobody knows stays as it is written: nothing is guessed.
 */
export class DomainNames {
  readonly #options: DomainNamesOptions;
  /** By both names, in capitals. */
  readonly #known = new Map<string, DomainName>();
  #askedAt = Number.NEGATIVE_INFINITY;
  #asking: Promise<void> | null = null;

  constructor(options: DomainNamesOptions) {
    this.#options = options;
  }

  /** Takes what a machine says of its domain. Of two that say different things the first counts. */
  learn({ netbios, dns }: DomainName): void {
    if (!this.#known.has(dns.toUpperCase())) this.#put({ netbios, dns });
  }

  /** The NetBIOS name of a domain as far as it is known now; else the name as it is. */
  known(name: string): string {
    return this.#known.get(name.toUpperCase())?.netbios ?? name;
  }

  /** The same; directories are asked first about a DNS name that nobody knows. Never rejects. */
  of(name: string): string | Promise<string> {
    const known = this.#known.get(name.toUpperCase());
    if (known !== undefined) return known.netbios;
    if (!name.includes('.')) return name;
    const asking = this.#ask();
    return asking === null ? name : asking.then(() => this.known(name));
  }

  /** The DNS name of a domain; null where it is not known. */
  dnsNameOf(name: string): string | null {
    return this.#known.get(name.toUpperCase())?.dns ?? null;
  }

  #put(domain: DomainName): void {
    this.#known.set(domain.dns.toUpperCase(), domain);
    this.#known.set(domain.netbios.toUpperCase(), domain);
  }

  /** Null where directories have just been asked, or there are none. */
  #ask(): Promise<void> | null {
    const { directories, clock } = this.#options;
    if (this.#asking !== null || directories === undefined) return this.#asking;
    if (clock.now() - this.#askedAt < askEvery) return null;
    this.#askedAt = clock.now();
    this.#asking = new Promise<void>((done) => {
      const late = clock.after(longestWait, done);
      // One that cannot be asked says so where it is asked for groups.
      const answered = directories().then(
        (domains) => {
          for (const domain of domains) this.#put(domain);
        },
        () => {},
      );
      void answered.then(() => {
        late.cancel();
        done();
      });
    }).finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }
}
