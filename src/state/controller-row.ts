import type { Problem } from '../problem.ts';

/** How logons of a domain controller are seen: polled in one of three ways, by an agent, or not at all. */
export type ControllerMode = 'netapi' | 'event-log' | 'wmi' | 'agent' | 'none';

export type ControllerState = 'ok' | 'waiting' | 'behind' | 'slow' | 'failed' | 'not-reported';

/** A domain controller of an attached collector, once for each way in which its logons are seen. Times are milliseconds since the epoch; null is not known. */
export interface ControllerRow {
  /** `collector|name|mode|log`. */
  readonly id: string;
  readonly collector: string;
  readonly name: string;
  readonly domain: string | null;
  readonly addresses: readonly string[];
  readonly mode: ControllerMode;
  readonly state: ControllerState;
  /** The agent or log that reports for it; null where nobody does, and where it is polled. */
  readonly agent: string | null;
  /** Of the newest event; of an agent when it was last heard. */
  readonly lastEvent: number | null;
  /** What this way cannot see, and what the others could not; sentences. */
  readonly misses: string;
  readonly otherModes: readonly (readonly [mode: ControllerMode, misses: string])[];
  readonly polling: Polling | null;
  /** Why the last poll failed. */
  readonly problem: Problem | null;
}

/** How the polling of it goes. */
export interface Polling {
  /** Name of the event log; null where sessions are read. */
  readonly log: string | null;
  /** The events of it that are read; null where sessions are. */
  readonly eventIds: readonly number[] | null;
  /** How it is reached. */
  readonly means: string | null;
  readonly polls: number;
  readonly failures: number;
  readonly lastPoll: number | null;
  readonly nextPoll: number | null;
  readonly periodMs: number;
  /** A person chose it while it runs; else it is configured. */
  readonly periodIsChosen: boolean;
  /** Milliseconds that the last polls took, the newest last. */
  readonly pollTimes: readonly number[];
  readonly bookmark: number | null;
  readonly lag: { readonly records: number; readonly seconds: number } | null;
  /** Records that were overwritten before they were read. */
  readonly lost: number;
  readonly sessions: number | null;
  readonly logons: number;
  readonly logonsPerMinute: number;
  /** Its clock minus ours. */
  readonly clockSkewSeconds: number | null;
}
