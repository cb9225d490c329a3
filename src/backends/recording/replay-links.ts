import type { Clock } from '../../clock.ts';
import { serverName } from '../../fsso/gate/link.ts';
import type { Connect, TransportEvents } from '../../fsso/gate/transport.ts';
import type { Entry } from './format.ts';

type LinkEntry = Extract<Entry, { link: number }>;
type Passage = Exclude<LinkEntry, { kind: 'begun' }>;

/** A connection that a replayed link has opened. */
interface Opened {
  readonly events: TransportEvents;
  isOver: boolean;
}

/** A connection as it was recorded. */
interface Recorded {
  /** Entries that nobody has taken yet. */
  readonly waiting: Passage[];
  to: Opened | null;
  closedAt: number | null;
}

/** A recorded connection that ended before the replayed link asked for it is kept for so long, in milliseconds: clocks differ a little. */
const patience = 1000;

/**
 * Gives the links of a replay the connections that were recorded: each attempt at a collector takes the next recorded one at the
 * same collector, and hears what that heard at the time at which it was heard.
 */
export class ReplayLinks {
  /** Recorded connections that no link of the replay asked for. */
  missed = 0;
  readonly #clock: Clock;
  readonly #byNumber = new Map<number, Recorded>();
  readonly #unclaimed = new Map<string, Recorded[]>();
  readonly #asking = new Map<string, Opened[]>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  connect(connector: string): Connect {
    return ({ host, port, purpose = 'login' }, events) => {
      const opened: Opened = { events, isOver: false };
      const key = keyOf(connector, serverName(host, port), purpose);
      const recorded = this.#nextUnclaimed(key);
      if (recorded) this.#join(recorded, opened);
      else listOf(this.#asking, key).push(opened);
      return {
        write() {},
        close() {
          opened.isOver = true;
        },
        gone: Promise.resolve(),
      };
    };
  }

  /** The next entry about a link. */
  take(entry: LinkEntry): void {
    if (entry.kind === 'begun') {
      this.#begun(entry);
      return;
    }
    const recorded = this.#byNumber.get(entry.link);
    if (!recorded) return;
    if (entry.kind === 'closed') {
      recorded.closedAt = entry.at;
      this.#byNumber.delete(entry.link);
    }
    if (recorded.to && recorded.waiting.length === 0) deliver(recorded.to, entry);
    else recorded.waiting.push(entry);
  }

  #begun({ link, name, server, purpose }: Extract<LinkEntry, { kind: 'begun' }>): void {
    const recorded: Recorded = { waiting: [], to: null, closedAt: null };
    this.#byNumber.set(link, recorded);
    const key = keyOf(name, server, purpose);
    const asking = listOf(this.#asking, key);
    let opened = asking.shift();
    while (opened?.isOver) opened = asking.shift();
    if (opened) this.#join(recorded, opened);
    else listOf(this.#unclaimed, key).push(recorded);
  }

  #nextUnclaimed(key: string): Recorded | undefined {
    const list = listOf(this.#unclaimed, key);
    const oldest = this.#clock.now() - patience;
    for (let next = list.shift(); next; next = list.shift()) {
      if (next.closedAt === null || next.closedAt >= oldest) return next;
      this.missed += 1;
    }
    return undefined;
  }

  #join(recorded: Recorded, opened: Opened): void {
    recorded.to = opened;
    if (recorded.waiting.length === 0) return;
    // Not before the link has the connection in its hands.
    this.#clock.after(0, () => {
      for (const entry of recorded.waiting.splice(0)) deliver(opened, entry);
    });
  }
}

function keyOf(connector: string, server: string, purpose: string): string {
  return JSON.stringify([connector, server, purpose]);
}

function listOf<Value>(lists: Map<string, Value[]>, key: string): Value[] {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  return list;
}

function deliver(opened: Opened, entry: Passage): void {
  if (opened.isOver) return;
  const { events } = opened;
  switch (entry.kind) {
    case 'opened':
      events.opened();
      return;
    case 'certificate':
      events.certificate?.(entry.seen);
      return;
    case 'secured':
      events.secured?.();
      return;
    case 'received':
      events.received(entry.bytes);
      return;
    case 'closed':
      // What we ended then, the replayed link ends by itself now.
      if (entry.by === 'us') return;
      opened.isOver = true;
      events.closed(entry.code === null ? null : Object.assign(new Error(entry.code), { code: entry.code }));
  }
}
