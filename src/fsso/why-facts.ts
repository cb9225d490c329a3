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

/** What a directory says of the user, where one is asked. */
export interface WhyDirectory {
  /** Its configured name. */
  readonly source: string;
  readonly at: number;
  /** Distinguished names of the groups that have the user as a member. */
  readonly direct: readonly string[];
  /** Those that have the user through other groups only. */
  readonly nested: readonly string[];
  /** Why it did not answer; null where it did. */
  readonly problem: string | null;
}

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
  readonly directory: WhyDirectory | null;
  readonly policies: readonly PolicySet[];
  /** Why policies could not be had, a line each. */
  readonly policyProblems: readonly string[];
}
