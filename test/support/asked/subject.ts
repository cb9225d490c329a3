import type { FaultRelay } from '../fault-relay.ts';
import type { ManualClock } from '../manual-clock.ts';

/** Who asks, and what answers behind the relay. */
export interface Subject {
  readonly relay: FaultRelay;
  /** The clock of who asks. */
  readonly clock: ManualClock;
  /** Lets time pass for both sides. */
  readonly pass: (ms: number) => void;
  /** Resolves with what was answered; rejects where the answer is that there is none. */
  ask(user: string): Promise<string>;
  /** How often it was asked about whom, where that counts. */
  readonly asked?: readonly string[];
  close(): Promise<void> | void;
}

/** Milliseconds that a connection, and an answer, may take. */
export const connectMs = 5_000;
export const answerMs = 10_000;

/** People who are right with their password. */
export const people = Object.fromEntries(
  Array.from({ length: 400 }, (_, index) => [`user${index}`, { password: 'right', groups: [513] }]),
);
