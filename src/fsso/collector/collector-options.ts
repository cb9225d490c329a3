import type { Clock } from '../../clock.ts';
import type { StrategyName } from '../wire/auth.ts';
import type { Entry, EntryChange } from './entry.ts';
import type { CollectorEvent } from './events.ts';
import type { MakeFeed } from './feeds/feed.ts';
import type { DirectorySettings } from './groups/groups.ts';
import type { OutputLimits } from './limits.ts';
import type { Listening, ListeningSide } from './listeners.ts';
import type { TlsListener } from './serve.ts';
import type { CollectorSettings } from './settings.ts';
import type { LogonTrace } from './trace.ts';

export interface CollectorOptions extends CollectorSettings {
  /** Address of the listeners for FortiGates. */
  listen: string;
  /** TCP port for FortiGates; 0 lets the system choose. */
  port: number;
  /** TLS for FortiGates beside it; absent or null: none. */
  tls?: TlsListener | null;
  /** The ways in which logons come, started in this order. */
  feeds: readonly MakeFeed[];
  /** Characters of a password that both sides take; absent: a collector's. */
  longestPassword?: number;
  /** Addresses of DNS servers, with a port where it is not 53. */
  dns: string[];
  /** Domains that bare workstation names are completed with; absent: none but the logon's own. */
  dnsSuffixes?: readonly string[];
  /** DNS names of domains whose domain controllers are looked for in DNS; absent: none. */
  domains?: readonly string[];
  /** Names that are asked for at the same time; absent: 128. */
  workerThreads?: number;
  /** Groups by `DOMAIN\user`, and by `*` for everybody. */
  groups: Record<string, string[]>;
  /** The directories that know the groups of everybody else; absent or null: none. */
  directories?: DirectorySettings | null;
  /** Directory of the logon cache; absent or null: none, and a restart forgets every entry. */
  cache?: string | null;
  /** Ways to answer a challenge that are accepted; absent: all. */
  strategies?: StrategyName[];
  /** What FortiGates show as the collector's version. */
  banner?: string;
  /** Bounds of each FortiGate's output; absent: those of `limits.ts`. */
  limits?: OutputLimits;
  /** Follows each logon; absent or null: nobody does. */
  trace?: LogonTrace | null;
  clock: Clock;
  /** Takes what happens. Texts in it are not safe yet. Must not throw. */
  log: (event: CollectorEvent) => void;
}

/** Who follows a running collector beside its log. Must not throw. */
export interface CollectorWatcher {
  changed(change: EntryChange): void;
  /** What is known of an entry is newer: its workstation was asked. */
  checked(entry: Entry): void;
  event(event: CollectorEvent): void;
}

/** Where a collector listens, once it does. */
export interface CollectorListening {
  readonly fortigate: Listening;
  readonly fortigateTls: Listening | null;
  /** The ports of its feeds, by whom they are for. */
  readonly feeds: Readonly<Partial<Record<ListeningSide, Listening>>>;
}
