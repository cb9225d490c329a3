import type { RateLimit } from './token-bucket.ts';

/** Whom datagrams of agents are taken from. */
export interface AgentSourceSettings {
  /** Addresses and networks; null: any. */
  readonly allowed: readonly string[] | null;
  /** Of one agent. */
  readonly rate: RateLimit;
}
