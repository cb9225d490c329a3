import type { Clock } from '../../../clock.ts';
import type { Problem } from '../../../problem.ts';
import type { AddressRanges } from '../address-ranges.ts';
import type { EntryTable } from '../entries.ts';
import { type Entry, type EntryChange, sameUser } from '../entry.ts';
import type { Report } from '../events.ts';
import { workstationChecksPerSecond } from '../limits.ts';
import { Sweep } from './sweep.ts';

/** What a workstation says of a user: `unknown` where it cannot be asked or its answer says nothing. */
export type Presence = 'present' | 'absent' | 'unknown';

/** How workstations are asked. */
export type CheckMethod = 'command' | 'netapi' | 'registry';

export interface CheckAnswer {
  readonly presence: Presence;
  readonly method: CheckMethod;
  /** Why it is unknown; null where it is not, or where nobody says. */
  readonly problem: Problem | null;
}

/** What the workstation of an entry said last. `at` is milliseconds since the epoch. */
export interface LastCheck extends CheckAnswer {
  readonly at: number;
}

/** A way to ask a workstation who is logged on. */
export interface WorkstationCheck {
  /** Asks whether the entry's user is there. Never rejects; answers soon after the signal aborts. */
  ask(entry: Entry, signal: AbortSignal): Promise<CheckAnswer>;
}

/** What a collector gives its check. */
export interface CheckContext {
  readonly clock: Clock;
  readonly report: Report;
}

export interface WorkstationCheckOptions {
  /** Milliseconds between two checks of an entry. */
  readonly intervalMs: number;
  /** Workstations asked at once, 1 at least. */
  readonly threads: number;
  /** Only workstations here are asked. */
  readonly networks: AddressRanges;
  readonly check: (context: CheckContext) => WorkstationCheck;
}

/** Verdicts since the start. */
export type PresenceCounts = Readonly<Record<Presence, number>>;

/**
 * Asks the workstations of the entries, each once in an interval, whether their users are still there. The verdict can
 * end an entry or lower the confidence in it, never make one (docs/protocol/fsso.md, Life of an entry).
 */
export class WorkstationChecks {
  readonly #check: WorkstationCheck;
  readonly #entries: EntryTable;
  readonly sweep: Sweep;
  readonly #clock: Clock;
  readonly #checked: (entry: Entry) => void;
  /** By the key of the entry. */
  readonly #last = new Map<string, LastCheck>();
  readonly #stop = new AbortController();
  readonly #counts: Record<Presence, number> = { present: 0, absent: 0, unknown: 0 };

  constructor(
    options: WorkstationCheckOptions,
    context: CheckContext,
    entries: EntryTable,
    checked: (entry: Entry) => void = () => {},
  ) {
    const { clock } = context;
    this.#check = options.check(context);
    this.#entries = entries;
    this.#clock = clock;
    this.#checked = checked;
    this.sweep = new Sweep({
      name: 'workstation check',
      clock,
      entries,
      interval: options.intervalMs,
      atOnce: options.threads,
      perSecond: workstationChecksPerSecond,
      wants: ({ terminal, ip }) => terminal === null && options.networks.has(ip),
      visit: (entry, done) => void this.#visit(entry).finally(done),
    });
  }

  get counts(): PresenceCounts {
    return { ...this.#counts };
  }

  /** null where it was not asked since it logged on. */
  lastOf(key: string): LastCheck | null {
    return this.#last.get(key) ?? null;
  }

  /** Follows the table. */
  observe(change: EntryChange): void {
    const { kind, entry } = change;
    // What was said of whoever was there before says nothing of the next one.
    const isAnother = kind === 'logon' && !(change.previous && sameUser(entry, change.previous));
    if (kind === 'logoff' || isAnother) this.#last.delete(entry.key);
    this.sweep.observe(change);
  }

  /** Breaks off what is under way; no verdict counts any more. */
  stop(): void {
    this.sweep.stop();
    this.#stop.abort();
  }

  async #visit(entry: Entry): Promise<void> {
    const answer = await this.#check.ask(entry, this.#stop.signal);
    if (this.#stop.signal.aborted) return;
    const { presence } = answer;
    // Who was logged off meanwhile, or replaced, is in no table any more.
    const present = this.#entries.get(entry.key);
    if (present && sameUser(present, entry)) this.#last.set(entry.key, { ...answer, at: this.#clock.now() });
    this.#counts[presence] += 1;
    if (presence === 'present') this.#entries.verified(entry);
    else if (presence === 'absent') this.#entries.end(entry, 'not-logged-on');
    else this.#entries.doubt(entry, 'workstation-unknown');
    const left = this.#entries.get(entry.key);
    if (left && sameUser(left, entry)) this.#checked(left);
  }
}
