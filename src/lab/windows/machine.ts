import { ntHash } from '../../fsso/ntlm/proof.ts';
import type { SessionInfo } from '../../fsso/rpc/interfaces/srvsvc.ts';
import type { LoggedOnUser } from '../../fsso/rpc/interfaces/wkssvc.ts';
import { SecurityLog } from './security-log.ts';

/** What an account may ask of a machine. */
export type LabRight = 'sessions' | 'event-log' | 'logged-on users' | 'registry';

export interface LabAccount {
  readonly user: string;
  readonly password: string;
  readonly rights: readonly LabRight[];
}

export interface LabMachineOptions {
  /** NetBIOS names of the machine and its domain, and the domain in DNS. */
  readonly name: string;
  readonly domain: string;
  readonly dnsDomain: string;
  readonly accounts: readonly LabAccount[];
  /** Records that each log holds. */
  readonly mostRecords?: number;
  /** Logs beside Security, as that of forwarded events. */
  readonly moreLogs?: readonly string[];
}

/** What a Windows machine of the lab knows of who uses it. A scenario changes it, servers tell it. */
export class LabMachine {
  readonly name: string;
  readonly domain: string;
  readonly dnsDomain: string;
  /** Sessions at its file server, without those of whoever polls. */
  readonly sessions: SessionInfo[] = [];
  readonly loggedOn: LoggedOnUser[] = [];
  /** Keys of HKEY_USERS. */
  readonly hives: string[] = ['.DEFAULT', 'S-1-5-18', 'S-1-5-19', 'S-1-5-20'];
  readonly logs: ReadonlyMap<string, SecurityLog>;
  /** Levels of NetrSessionEnum that it knows. */
  sessionLevels: ReadonlySet<number> = new Set([0, 1, 2, 10, 502]);
  /** Interfaces that it does not serve, by name. */
  readonly absent = new Set<string>();
  readonly #accounts: ReadonlyMap<string, { readonly hash: Buffer; readonly rights: Set<LabRight> }>;

  constructor(options: LabMachineOptions) {
    this.name = options.name;
    this.domain = options.domain;
    this.dnsDomain = options.dnsDomain;
    const computer = `${options.name}.${options.dnsDomain}`;
    const { mostRecords } = options;
    this.logs = new Map(
      ['Security', ...(options.moreLogs ?? [])].map((name) => [
        name.toLowerCase(),
        new SecurityLog({ name, computer, ...(mostRecords === undefined ? {} : { mostRecords }) }),
      ]),
    );
    this.#accounts = new Map(
      options.accounts.map(({ user, password, rights }) => [
        user.toLowerCase(),
        { hash: ntHash(password), rights: new Set(rights) },
      ]),
    );
  }

  get security(): SecurityLog {
    return this.logs.get('security') as SecurityLog;
  }

  /** The NT hash of an account of its domain; null for one that there is not. */
  hashOf(user: string, domain: string): Buffer | null {
    const named = domain.toLowerCase();
    if (![this.domain.toLowerCase(), this.dnsDomain.toLowerCase(), ''].includes(named)) return null;
    return this.#accounts.get(user.toLowerCase())?.hash ?? null;
  }

  give(user: string, right: LabRight): void {
    this.#accounts.get(user.toLowerCase())?.rights.add(right);
  }

  take(user: string, right: LabRight): void {
    this.#accounts.get(user.toLowerCase())?.rights.delete(right);
  }

  may(user: string, right: LabRight): boolean {
    return this.#accounts.get(user.toLowerCase())?.rights.has(right) ?? false;
  }
}
