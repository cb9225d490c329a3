import type { HistoryQuestion, HistoryRow } from '../../logon-history.ts';
import type { HistoryChange } from './changes.ts';
import type { Retention } from './retention.ts';

/** What the recorder tells its thread. Times are milliseconds since the epoch: the thread has no clock. */
export type ToThread =
  | { readonly kind: 'open'; path: string; now: number }
  | { readonly kind: 'write'; changes: readonly HistoryChange[]; now: number }
  /** One step of a walk through the oldest intervals. */
  | { readonly kind: 'trim'; retention: Retention; after: number }
  | { readonly kind: 'ask'; number: number; path: string; question: HistoryQuestion; now: number }
  | { readonly kind: 'close'; now: number };

/** What the thread answers. */
export type FromThread =
  | { readonly kind: 'opened' }
  /** So many changes are on the disk. */
  | { readonly kind: 'written'; count: number }
  | { readonly kind: 'trimmed'; after: number; deleted: number; done: boolean }
  | { readonly kind: 'answer'; number: number; rows: readonly HistoryRow[] | null }
  | { readonly kind: 'no-answer'; number: number; reason: Reason }
  /** The file cannot be written any more, or not at all: it is closed. */
  | { readonly kind: 'failed'; reason: Reason }
  | { readonly kind: 'closed' };

/** Why, in a few words, and SQLite's or the system's name for it. */
export interface Reason {
  readonly code: string;
  readonly text: string;
}
