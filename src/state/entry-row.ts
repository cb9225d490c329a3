import type { LogonEvidence, ModeVerdict } from '../logon-evidence.ts';
import type { Problem } from '../problem.ts';
import type { EntryFacts } from '../query/entry-fields.ts';

/** What the workstation of an entry said last. `at` is milliseconds since the epoch. Texts are the peer's own. */
export interface EntryCheck {
  readonly at: number;
  /** `command`, `netapi`, `registry`. */
  readonly method: string;
  /** `unknown`: it could not be asked, or its answer said nothing. */
  readonly presence: 'present' | 'absent' | 'unknown';
  /** Why it is unknown; null where it is not, or where nobody says. */
  readonly problem: Problem | null;
}

/** One entry of an attached collector: who is logged on where, how that is known, and until when. Texts are the peer's own. */
export interface EntryRow extends EntryFacts {
  /** `collector|ip|session`. */
  readonly id: string;
  readonly otherIp: string | null;
  readonly ip6: string | null;
  /** Why it is not verified; null where it is. */
  readonly doubt: string | null;
  /** When a check last confirmed it. */
  readonly verifiedAt: number | null;
  /** Null where its workstation was not asked. */
  readonly lastCheck: EntryCheck | null;
  /** What of Windows it was read from; null where only its feed is known. */
  readonly evidence: LogonEvidence | null;
  /** Whether each way of seeing logons would have seen this one; empty where that cannot be said. */
  readonly ways: readonly ModeVerdict[];
}
