import type { EventLevel, NewEvent } from '../../state/changes.ts';

/** A line of the event log on its way to a receiver. */
export interface ForwardItem {
  /** Counts up from 1 for each receiver, so that it sees what was dropped. */
  readonly number: number;
  readonly event: NewEvent;
}

/** What came of handing items to a receiver. `retryAfterMs` is what the receiver asked for; null lets us choose. */
export type Delivery =
  | { readonly ok: true }
  /** Worth another try. */
  | {
      readonly ok: false;
      readonly drop: false;
      readonly reason: string;
      readonly retryAfterMs: number | null;
    }
  /** The receiver will never take these. */
  | { readonly ok: false; readonly drop: true; readonly reason: string };

/** The way to one receiver. */
export interface Channel {
  /** Most items of one delivery. */
  readonly batch: number;
  /** How long items may wait for others, in milliseconds. */
  readonly gatherMs: number;
  /** Never rejects. Not called again before it resolved. */
  deliver(items: readonly ForwardItem[]): Promise<Delivery>;
  /** Gives up what is under way, and resolves when nothing is open any more. */
  close(): Promise<void>;
}

const order: readonly EventLevel[] = ['info', 'notice', 'warning', 'error'];

/** Whether an event is at least so severe. */
export function isAtLeast(event: NewEvent, least: EventLevel): boolean {
  return order.indexOf(event.level) >= order.indexOf(least);
}
