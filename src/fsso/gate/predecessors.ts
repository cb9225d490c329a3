import { addressReuseMs, mostRemembered } from './limits.ts';

/** Who had an address and session before another user. Times are milliseconds since the epoch. */
export interface Predecessor {
  readonly user: string;
  readonly domain: string;
  readonly workstation: string;
  /** `host:port` of the collector that had reported it. */
  readonly server: string;
  /** When it was first reported there. */
  readonly receivedAt: number;
  readonly endedAt: number;
  /** `overwritten`: the newer logon took its place; `logoff`: it had ended before. */
  readonly how: 'overwritten' | 'logoff';
}

/** Two users at one address within the limit: the address may have been given on (docs/protocol/fsso.md, Logon table). */
export function isReused(before: Predecessor, receivedAt: number): boolean {
  const since = before.how === 'logoff' ? before.endedAt : before.receivedAt;
  return receivedAt - since <= addressReuseMs;
}

/**
 * The latest logoffs by key, for as long as a logon at the same address counts as reuse of it. The newer half is kept in a
 * map of its own, so that the older one goes as a whole and nothing is ever walked through.
 */
export class Predecessors {
  #newer = new Map<string, Predecessor>();
  #older = new Map<string, Predecessor>();
  #newerSince = Number.NEGATIVE_INFINITY;

  remember(key: string, left: Predecessor): void {
    const isFull = this.#newer.size >= mostRemembered / 2;
    if (isFull || left.endedAt - this.#newerSince > addressReuseMs) {
      this.#older = this.#newer;
      this.#newer = new Map();
      this.#newerSince = left.endedAt;
    }
    this.#newer.set(key, left);
  }

  /** Who left this address not long ago; it is then forgotten. */
  take(key: string, now: number): Predecessor | null {
    const left = this.#newer.get(key) ?? this.#older.get(key);
    if (left === undefined) return null;
    this.#newer.delete(key);
    this.#older.delete(key);
    return now - left.endedAt <= addressReuseMs ? left : null;
  }
}
