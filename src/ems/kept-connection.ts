import { createHash } from 'node:crypto';
import type { Clock, Timer } from '../clock.ts';
import type { ShownCertificate } from './handshake.ts';
import type { HttpConnection } from './http-connection.ts';

/** Milliseconds without a call: Apache, in front of EMS, closes after five seconds, and nothing is to be lost by it. */
const longestIdle = 4_000;

/** A connection of a session, and what its judge has to see again before each call. */
export interface Kept {
  readonly connection: HttpConnection;
  readonly shown: ShownCertificate;
  /** What it was made with; another is needed where that has changed. */
  readonly made: string;
}

/** What a connection depends on: the CAs that its chain was verified with, and where it goes and comes from. */
export function madeWith(cas: readonly Buffer[], ...places: readonly (string | number)[]): string {
  const hash = createHash('sha256').update(JSON.stringify(places));
  for (const der of cas) hash.update(`${der.length} `).update(der);
  return hash.digest('hex');
}

/**
 * The connection that the calls of one signed-in session share, one after another (docs/protocol/ems.md, Calls of management
 * APIs). Calls at the same time have to make their own.
 */
export class KeptConnection {
  readonly #clock: Clock;
  #kept: Kept | null = null;
  #isBusy = false;
  #idle: Timer | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether one may be kept, or taken, now. */
  get isFree(): boolean {
    return !this.#isBusy;
  }

  /** Takes it for one call, if it is open and was made with the same; else there is none any more. */
  take(made: string): Kept | null {
    const kept = this.#kept;
    if (kept !== null && (!kept.connection.isOpen || kept.made !== made)) this.close();
    this.#idle?.cancel();
    this.#isBusy = true;
    return this.#kept;
  }

  /** The call is over. Null where it made no connection. */
  give(kept: Kept | null): void {
    this.#isBusy = false;
    if (kept !== this.#kept) this.close();
    if (!kept?.connection.isOpen) return;
    this.#kept = kept;
    this.#idle = this.#clock.after(longestIdle, () => this.close());
  }

  close(): void {
    this.#idle?.cancel();
    this.#kept?.connection.close();
    this.#kept = null;
  }
}
