import type { Clock } from '../../clock.ts';
import type { StrategyName } from '../wire/auth.ts';
import type { Audience } from './audience.ts';
import type { Entry } from './entry.ts';
import type { Report } from './events.ts';
import type { OutputLimits } from './limits.ts';
import type { LogonTrace } from './trace.ts';

/** What the sessions of one collector have in common. */
export interface SessionContext {
  readonly clock: Clock;
  readonly report: Report;
  /** Follows each logon; null: nobody does. */
  readonly trace: LogonTrace | null;
  /** What FortiGates that connect now are asked for; null where they need none. */
  password(): string | null;
  /** How many may be connected at present. */
  mostFortigates(): number;
  readonly strategies: readonly StrategyName[];
  readonly banner: string;
  /** Whom the configuration allows at present, and what each is told of. */
  audience(): Audience;
  readonly limits: OutputLimits;
  /** Every entry as it is now. */
  entries(): Entry[];
  /** Called before a FortiGate is sent anything: what it is told of has to be in the logon cache by then. */
  beforeWrite(): void;
}

/** One FortiGate as the collector sees it. Times are milliseconds since the epoch. */
export interface FortigateHealth {
  /** `address:port`. */
  readonly peer: string;
  /** `SERIAL-VDOM`; null until its hello came. */
  readonly identity: string | null;
  readonly name: string | null;
  readonly state: 'waiting-hello' | 'established' | 'closing';
  readonly connectedAt: number;
  readonly lastHeard: number;
  /** Who gave the filter that decides what it is told of, and how many groups that names; null without one. */
  readonly filter: { readonly source: 'fortigate' | 'configuration'; readonly groups: number } | null;
  /** When it was last told of a change; null until it was. */
  readonly lastEvent: number | null;
  /** Events and bulks sent. */
  readonly events: number;
  readonly bulks: number;
  /** Bytes that wait because it does not read. */
  readonly queuedBytes: number;
  /** Messages that were not understood. */
  readonly unknown: number;
}
