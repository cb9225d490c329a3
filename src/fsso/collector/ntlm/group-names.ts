import type { Clock } from '../../../clock.ts';
import { isBuiltin } from '../../directory/active-directory/sid.ts';
import type { NamedSid } from '../../rpc/interfaces/lsarpc.ts';

const lastsMs = 60 * 60_000;
/** That it has no name: another domain may have been out of reach. */
const namelessMs = 5 * 60_000;
const mostKept = 20_000;
/** After a look-up that failed nobody is asked for so long. */
const restMs = 30_000;
/** MS-SAMR 2.2.2.3: global or universal ones, and local ones of a domain. */
const groupUses: readonly number[] = [2, 4];

/** The names of groups by SID, each asked for once an hour, or after five minutes where it had none, in one question at a time. */
export class GroupNames {
  readonly #clock: Clock;
  readonly #lookUp: (sids: readonly string[]) => Promise<readonly (NamedSid | null)[]>;
  #last: Promise<unknown> = Promise.resolve();
  #failure: { readonly error: unknown; readonly until: number } | null = null;
  readonly #known = new Map<string, { readonly name: string | null; readonly until: number }>();

  constructor(clock: Clock, lookUp: (sids: readonly string[]) => Promise<readonly (NamedSid | null)[]>) {
    this.#clock = clock;
    this.#lookUp = lookUp;
  }

  /**
   * `DOMAIN/GROUP` of each group that has a name, as a collector in standard mode writes it; not those that every machine has.
   * Rejects as the look-up does.
   */
  of(sids: readonly string[]): Promise<string[]> {
    const wanted = sids.filter((sid) => !isBuiltin(sid));
    // Whoever waited for others may find that they have asked for the same.
    const found = this.#last.then(async () => {
      await this.#learn(wanted);
      return wanted.flatMap((sid) => this.#known.get(sid)?.name ?? []);
    });
    this.#last = found.catch(() => {});
    return found;
  }

  async #learn(wanted: readonly string[]): Promise<void> {
    const now = this.#clock.now();
    const unknown = wanted.filter((sid) => (this.#known.get(sid)?.until ?? 0) <= now);
    if (unknown.length === 0) return;
    if (this.#failure !== null && now < this.#failure.until) throw this.#failure.error;
    try {
      const named = await this.#lookUp(unknown);
      for (const [index, sid] of unknown.entries()) this.#keep(sid, named[index] ?? null, now);
    } catch (error) {
      this.#failure = { error, until: this.#clock.now() + restMs };
      throw error;
    }
  }

  #keep(sid: string, named: NamedSid | null, now: number): void {
    const isNamed = named !== null;
    const name = nameOf(named);
    this.#known.delete(sid);
    this.#known.set(sid, { name, until: now + (isNamed ? lastsMs : namelessMs) });
    // Never one of those that were just asked for: a user is in fewer groups than are kept.
    if (this.#known.size > mostKept)
      for (const oldest of this.#known.keys()) return void this.#known.delete(oldest);
  }
}

/** Of what is a group of a domain; null for all others. */
function nameOf(named: NamedSid | null): string | null {
  return named !== null && groupUses.includes(named.use) ? `${named.domain}/${named.name}` : null;
}
