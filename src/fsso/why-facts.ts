import type { HistoryRow } from '../logon-history.ts';
import type { WhySubject } from '../why-report.ts';
import type { LinkReport } from './gate/changes.ts';
import type { ListedLogon } from './gate/fortios.ts';
import type { PolicySet } from './policy-model.ts';

/** One FSSO connector as it stands. */
export interface WhyConnector {
  readonly name: string;
  /** `SERIAL-VDOM`, as presented to its collectors. */
  readonly identity: string;
  /** Groups that we send as a filter; null where we send none. */
  readonly groupFilter: readonly string[] | null;
  readonly links: readonly LinkReport[];
}

/** What the history has of the subject, the newest first; `null` rows where none is recorded, and why. */
export type WhyHistory =
  | { readonly rows: readonly HistoryRow[] }
  | { readonly rows: null; readonly reason: string };

/** Everything that is known when the question is asked; nothing else is looked at. Times are milliseconds since the epoch. */
export interface WhyFacts {
  readonly subject: WhySubject;
  readonly to: string | null;
  readonly vdom: string;
  readonly sourceInterface: string | null;
  readonly destinationInterface: string | null;
  readonly now: number;
  /** Logons of the subject, the one that is asked about first. */
  readonly logons: readonly ListedLogon[];
  /** Logons that took the place of one of the subject's. */
  readonly replaced: readonly ListedLogon[];
  readonly connectors: readonly WhyConnector[];
  readonly history: WhyHistory;
  readonly policies: readonly PolicySet[];
  /** Why policies could not be had, a line each. */
  readonly policyProblems: readonly string[];
}
