import type { Clock } from '../../clock.ts';
import type { Connection, LinkTraffic, Passage } from '../gate/traffic.ts';
import { headerBytes } from '../wire/element.ts';
import { type Frame, FrameSplitter } from '../wire/frames.ts';

/** What is kept of each link; what is older goes. */
export interface TraceLimits {
  /** Messages. */
  readonly messages: number;
  /** Bytes of them together. */
  readonly bytes: number;
  /** Bytes of one message; of a longer one its beginning. */
  readonly message: number;
  /** Links; those that were heard first go. */
  readonly links: number;
}

export const traceLimits: TraceLimits = { messages: 2000, bytes: 512 * 1024, message: 64 * 1024, links: 64 };

/** One message as it passed over a connection, or something that happened to the connection. */
export interface Traced {
  /** Counts up from 1 over all links. */
  readonly number: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly connection: Connection;
  readonly event: TracedEvent;
}

export type TracedEvent =
  /** `come`: so many of its bytes came before the connection ended; null where all did. */
  | { kind: 'message'; direction: 'received' | 'sent'; frame: Frame; come: number | null }
  | { kind: 'connection'; what: 'begun' | 'opened' | 'secured' }
  | { kind: 'connection'; what: 'closed'; code: string | null; by: 'peer' | 'us' };

/** Told of each message as it comes, with those that had to go for it. */
export type TraceListener = (link: string, added: Traced, dropped: readonly Traced[]) => void;

/** What was kept of one link, oldest first. */
class Ring {
  readonly #limits: TraceLimits;
  #kept: Traced[] = [];
  #first = 0;
  #bytes = 0;

  constructor(limits: TraceLimits) {
    this.#limits = limits;
  }

  get all(): readonly Traced[] {
    return this.#kept.slice(this.#first);
  }

  find(number: number): Traced | undefined {
    return this.#kept.find((each, place) => place >= this.#first && each.number === number);
  }

  /** Those that had to go for it. */
  add(traced: Traced): Traced[] {
    this.#kept.push(traced);
    this.#bytes += bytesOf(traced);
    const dropped: Traced[] = [];
    const { messages, bytes } = this.#limits;
    while (this.#kept.length - this.#first > messages || this.#bytes > bytes) {
      const oldest = this.#kept[this.#first] as Traced;
      if (oldest === traced) break;
      this.#first += 1;
      this.#bytes -= bytesOf(oldest);
      dropped.push(oldest);
    }
    if (this.#first > messages) {
      this.#kept = this.#kept.slice(this.#first);
      this.#first = 0;
    }
    return dropped;
  }
}

function bytesOf({ event }: Traced): number {
  return event.kind === 'message' ? event.frame.bytes.length : 0;
}

interface Reading {
  readonly sent: FrameSplitter;
  readonly received: FrameSplitter;
  /** The beginning of a message has been heard. */
  isPlaced: boolean;
}

/**
 * The latest messages of every link, whole or their beginnings, not decoded: that is left to whoever looks, so that nobody pays
 * for it otherwise. Passwords never pass here, and `LinkTraffic` takes out the responses.
 */
export class MessageTrace {
  readonly #clock: Clock;
  readonly #limits: TraceLimits;
  readonly #rings = new Map<string, Ring>();
  readonly #readings = new Map<number, Reading>();
  readonly #listeners = new Set<TraceListener>();
  readonly #endListening: () => void;
  #last = 0;

  constructor(traffic: LinkTraffic, clock: Clock, limits: TraceLimits = traceLimits) {
    this.#clock = clock;
    this.#limits = limits;
    this.#endListening = traffic.listen((connection, passage) => this.#hear(connection, passage));
  }

  /** What is kept of a link, oldest first. */
  of(link: string): readonly Traced[] {
    return this.#rings.get(link)?.all ?? [];
  }

  find(link: string, number: number): Traced | undefined {
    return this.#rings.get(link)?.find(number);
  }

  /** Must not throw. Returns what ends it. */
  listen(listener: TraceListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Forgets everything: what is replayed goes back. */
  clear(): void {
    this.#rings.clear();
    this.#readings.clear();
  }

  close(): void {
    this.#endListening();
    this.clear();
  }

  #hear(connection: Connection, passage: Passage): void {
    switch (passage.what) {
      case 'certificate':
        return;
      case 'sent':
      case 'received':
        this.#messages(connection, passage);
        return;
      case 'closed':
        this.#cutOff(connection);
        this.#add(connection, { kind: 'connection', ...passage });
        return;
      default:
        this.#add(connection, { kind: 'connection', what: passage.what });
    }
  }

  #messages(connection: Connection, passage: Extract<Passage, { what: 'sent' | 'received' }>): void {
    const { what: direction, bytes } = passage;
    const reading = this.#reading(connection);
    if (passage.what === 'received') {
      reading.isPlaced ||= passage.fresh;
      if (!reading.isPlaced) return;
    }
    for (const frame of reading[direction].push(bytes))
      this.#add(connection, { kind: 'message', direction, frame, come: null });
  }

  /** What came of a message when its connection ended: all there is of another program's greeting. */
  #cutOff(connection: Connection): void {
    const unfinished = this.#readings.get(connection.number)?.received.unfinished;
    this.#readings.delete(connection.number);
    if (unfinished) this.#add(connection, { kind: 'message', direction: 'received', ...unfinished });
  }

  #reading({ number }: Connection): Reading {
    const known = this.#readings.get(number);
    if (known) return known;
    const splitter = () =>
      new FrameSplitter(Math.max(headerBytes, this.#limits.message), { countsRecords: true });
    const reading = { sent: splitter(), received: splitter(), isPlaced: false };
    this.#readings.set(number, reading);
    return reading;
  }

  #add(connection: Connection, event: TracedEvent): void {
    this.#last += 1;
    const link = `${connection.connector}|${connection.server}`;
    const traced = { number: this.#last, at: this.#clock.now(), connection, event };
    const dropped = this.#ring(link).add(traced);
    for (const listener of this.#listeners) listener(link, traced, dropped);
  }

  #ring(link: string): Ring {
    const known = this.#rings.get(link);
    if (known) return known;
    const ring = new Ring(this.#limits);
    this.#rings.set(link, ring);
    const [first] = this.#rings.keys();
    if (this.#rings.size > this.#limits.links && first !== undefined) this.#rings.delete(first);
    return ring;
  }
}
