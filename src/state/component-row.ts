import type { Problem } from '../problem.ts';

/** What a collector is made of and whom it deals with, and the collector itself. */
export type ComponentKind = 'collector' | 'feed' | 'agent' | 'dc' | 'ldap' | 'dns' | 'fortigate' | 'queue';

export type ComponentState =
  /** Of the collector: whether we hear it. */
  | 'connecting'
  | 'connected'
  | 'away'
  /** Of everything else. */
  | 'ok'
  | 'idle'
  | 'silent'
  | 'clock-off'
  | 'not-reported'
  | 'slow'
  | 'very-slow'
  | 'failed'
  | 'waiting-hello'
  | 'closing';

/** One thing that is known of a component; the screen decides how it is written. Texts are the peer's own. */
export type ComponentFact = readonly [label: string, value: FactValue];

type FactValue =
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'count' | 'bytes' | 'time' | 'ms' | 'seconds'; readonly value: number };

/** One component of an attached collector. Times are milliseconds since the epoch; null is not known, or not of its kind. */
export interface ComponentRow {
  /** `collector|kind|name`. */
  readonly id: string;
  /** Name of the attached collector. */
  readonly collector: string;
  readonly kind: ComponentKind;
  readonly name: string;
  readonly state: ComponentState;
  readonly lastEvent: number | null;
  /** Events of each slot of time, the newest last. */
  readonly history: readonly number[] | null;
  readonly bytesPerSecond: number | null;
  /** Of an LDAP or DNS server: its last answer took so long. */
  readonly answerMs: number | null;
  /** What waits: bytes for a FortiGate, items of a queue, entries of a collector. */
  readonly load: { readonly amount: number; readonly unit: 'bytes' | 'waiting' | 'entries' } | null;
  /** How long the first of them has waited. */
  readonly oldestMs: number | null;
  readonly dropped: number | null;
  readonly facts: readonly ComponentFact[];
  readonly problem: Problem | null;
  /** When we try to reach the collector again. */
  readonly nextTryAt: number | null;
}
