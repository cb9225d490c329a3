import type { LogonEvidence } from '../../../../logon-evidence.ts';
import type { ControllerLink } from '../../../windows/reading.ts';
import type { Account } from '../account.ts';

/** A logon that a poll found; `time` is milliseconds since the epoch by our clock. */
export interface PolledLogon extends Account {
  readonly ip: string | null;
  readonly ip6: string | null;
  readonly workstation: string;
  readonly time: number;
  readonly feed: 'poller' | 'exchange';
  readonly evidence: LogonEvidence;
}

/** What one poll came to. */
export interface PollOutcome {
  /** Sessions or records that were read. */
  readonly read: number;
  /** Sessions of people; null where a log is read. */
  readonly sessions: number | null;
  /** Of a log; null where sessions are read. */
  readonly log: {
    readonly lastEvent: number | null;
    readonly behind: number;
    readonly lost: number;
    readonly cleared: boolean;
    readonly bookmark: number | null;
  } | null;
}

/** What is done in a poll. */
export interface PollWork {
  /** Name of the event log that is read; null where sessions are. */
  readonly log: string | null;
  /** The events of it that are logons; null as above. */
  readonly ids: readonly number[] | null;
  /**
   * Rejects with what the link rejects with; what was found until then has been handed on.
   * @param skewMs the machine's clock minus ours
   */
  poll(link: ControllerLink, skewMs: number, signal: AbortSignal): Promise<PollOutcome>;
}

/** What polling counts beside logons. */
export interface PollCounts {
  received: number;
  passedOver: number;
  machineAccounts: number;
  ignored: number;
  /** Records in a form that cannot be read. */
  unreadable: number;
  old: number;
  endedSessions: number;
}
