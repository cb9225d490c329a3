import { entryKey, sameName } from './entry.ts';
import type { FeedLogoff, FeedLogon } from './feeds/feed.ts';
import { mostWaitingLogons } from './limits.ts';

/**
 * Logoffs that came while logons waited for their address or their groups: what was reported before one of them is not
 * entered after it.
 */
export class LateLogoffs {
  readonly #logoffs = new Map<string, { readonly arrival: number; readonly user: string | null }>();

  /** @param arrival the number of the report */
  note({ ip, session, user }: FeedLogoff, arrival: number): void {
    const key = entryKey(ip, session);
    this.#logoffs.delete(key);
    if (this.#logoffs.size >= mostWaitingLogons) {
      const oldest = this.#logoffs.keys().next().value;
      if (oldest !== undefined) this.#logoffs.delete(oldest);
    }
    this.#logoffs.set(key, { arrival, user });
  }

  /** True when a logon with this number is over already. */
  ended(ip: string, { terminal, user }: FeedLogon, arrival: number): boolean {
    if (this.#logoffs.size === 0) return false;
    const logoff = this.#logoffs.get(entryKey(ip, terminal?.session ?? 0));
    if (!logoff || logoff.arrival < arrival) return false;
    return logoff.user === null || sameName(logoff.user, user);
  }

  /** Nothing waits any more. */
  clear(): void {
    this.#logoffs.clear();
  }
}
