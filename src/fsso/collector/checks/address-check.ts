import type { Clock } from '../../../clock.ts';
import type { EntryTable } from '../entries.ts';
import type { Entry } from '../entry.ts';
import type { FeedKind } from '../feeds/feed.ts';
import { addressChecksAtOnce, addressChecksPerSecond } from '../limits.ts';
import { isHostName, type WorkstationResolver } from '../resolve.ts';
import { Sweep } from './sweep.ts';

/**
 * The feeds whose addresses are those that DNS has of the workstation. The address of a tunnel, or of a mail client, is
 * right where it is, whatever DNS says of the machine behind it.
 */
const followed: ReadonlySet<FeedKind> = new Set<FeedKind>(['dc-agent', 'poller']);

export interface AddressCheckOptions {
  readonly clock: Clock;
  readonly entries: EntryTable;
  readonly resolver: WorkstationResolver;
  /** Milliseconds between two checks of an entry. */
  readonly interval: number;
}

/** What the check has done since the start. */
export interface AddressCheckCounts {
  readonly checked: number;
  readonly moved: number;
  /** DNS gave no address, so that nothing could be said. */
  readonly failed: number;
}

/**
 * Asks DNS again for the workstation of each entry, and lets the entry move where its address is not among the answers
 * any more: a workstation that went from cable to radio keeps its user (docs/protocol/fsso.md, Life of an entry).
 */
export class AddressCheck {
  readonly #options: AddressCheckOptions;
  readonly sweep: Sweep;
  #stopped = false;
  readonly #counts = { checked: 0, moved: 0, failed: 0 };

  constructor(options: AddressCheckOptions) {
    const { clock, entries, resolver, interval } = options;
    this.#options = options;
    this.sweep = new Sweep({
      name: 'address check',
      clock,
      entries,
      interval,
      atOnce: addressChecksAtOnce,
      perSecond: addressChecksPerSecond,
      wants: ({ feed, terminal, workstation }) =>
        followed.has(feed) && terminal === null && resolver.canAsk && isHostName(workstation),
      visit: (entry, done) => this.#check(entry, done),
    });
  }

  get counts(): AddressCheckCounts {
    return { ...this.#counts };
  }

  /** No answer that is still to come moves an entry. */
  stop(): void {
    this.#stopped = true;
    this.sweep.stop();
  }

  #check(entry: Entry, done: () => void): void {
    const { resolver, entries } = this.#options;
    resolver.recheck(entry.workstation, entry.domain, ({ ip, otherIp, all }) => {
      if (this.#stopped) return;
      this.#counts.checked += 1;
      if (ip === null) this.#counts.failed += 1;
      else if (!all.includes(entry.ip)) {
        this.#counts.moved += 1;
        entries.move(entry, ip, otherIp);
      }
      done();
    });
  }
}
