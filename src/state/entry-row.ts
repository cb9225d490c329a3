import type { EntryFacts } from '../query/entry-fields.ts';

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
}
