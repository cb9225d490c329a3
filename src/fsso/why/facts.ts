import type { LogonEvidence } from '../../logon-evidence.ts';
import type { HistoryRow } from '../../logon-history.ts';
import type { WhySubject } from '../../why-report.ts';
import type { LinkReport } from '../gate/changes.ts';
import type { ListedLogon } from '../gate/fortios.ts';
import type { PolicySet } from '../policy/model.ts';
import type { WhyDirectory } from './directory.ts';

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

/** What a collector that we may ask, beside the links to it, says of a subject. Times are milliseconds since the epoch. */
export interface WhyCollector {
  readonly name: string;
  /** Why it could not be asked, one line; null where it answered. */
  readonly failure: string | null;
  /** Its logons in all. */
  readonly logons: number;
  /** Those of the subject, the newest first. */
  readonly entries: readonly WhyEntry[];
  /** FortiGates that are connected to it: whose filter holds for each, and how many groups that names; null without one. */
  readonly fortigates: readonly {
    readonly identity: string | null;
    readonly filter: { readonly from: string; readonly groups: number } | null;
  }[];
  /** Domain controllers that no agent reports for. */
  readonly unreported: readonly string[];
}

/** An entry as its collector holds it. */
export interface WhyEntry {
  readonly user: string;
  readonly domain: string;
  readonly ip: string;
  readonly session: number;
  readonly workstation: string;
  readonly groups: readonly string[];
  /** Kind of feed, and who reported it. */
  readonly feed: string | null;
  readonly agent: string;
  readonly logonTime: number;
  /** What of Windows it was read from; null where only its feed is known. */
  readonly evidence: LogonEvidence | null;
  /** Where `agent` is a machine that the collector polls: how, in words, and when it last did; absent where it was told. */
  readonly poller?: { readonly how: string; readonly lastPoll: number | null };
  readonly updatedAt: number;
  readonly verifiedAt: number | null;
  /** Why it is not verified. */
  readonly doubt: string | null;
  readonly expiresAt: number | null;
}

/** A logon as a FortiGate has it. Times are milliseconds since the epoch; null is not said. */
export interface WhyToldLogon {
  readonly fortigate: string;
  readonly vdom: string | null;
  readonly user: string;
  readonly ip: string;
  /** How it knows the user, such as `fsso`. */
  readonly method: string | null;
  /** Its `user fsso` entry. */
  readonly entry: string | null;
  /** Names of its user groups. */
  readonly groups: readonly string[];
  readonly since: number | null;
  /** The policy that the user last hit. */
  readonly policyId: number | null;
  /** How that entry stands. */
  readonly link: { readonly status: string | null; readonly activeServer: string | null } | null;
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
  /** The subject as a FortiGate has it, where our own tables do not have it; absent where none was asked. */
  readonly told?: WhyToldLogon | null;
  readonly history: WhyHistory;
  /** Collectors that were asked beside the links to them. */
  readonly collectors: readonly WhyCollector[];
  /** What the directory of the connector says of the subject; null where none is configured. */
  readonly directory: WhyDirectory | null;
  readonly policies: readonly PolicySet[];
  /** Why policies could not be had, a line each. */
  readonly policyProblems: readonly string[];
}
