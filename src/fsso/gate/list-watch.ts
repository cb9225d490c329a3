import type { Clock, Timer } from '../../clock.ts';
import { timers } from '../wire/profile.ts';

export interface ListEvents {
  /** The first frame of a list came. */
  begun(): void;
  /** The list is complete. */
  complete(): void;
  /** Nothing came in answer: ask once more. */
  askAgain(): void;
  /** Nothing came in answer to the second request either. */
  missing(): void;
  /** When the last byte came, milliseconds since the epoch. */
  lastHeard(): number;
}

type Phase = 'idle' | 'asked' | 'in-frame' | 'between';

/**
 * Tells where a list of logons begins and ends: one or more BULK frames, asked for or not. It is complete when another
 * kind of message follows, or nothing does for a while (docs/protocol/fsso.md, Resync).
 */
export class ListWatch {
  readonly #clock: Clock;
  readonly #events: ListEvents;
  #phase: Phase = 'idle';
  #timer: Timer | null = null;

  constructor(clock: Clock, events: ListEvents) {
    this.#clock = clock;
    this.#events = events;
  }

  /** A list is coming in. */
  get isOpen(): boolean {
    return this.#phase === 'in-frame' || this.#phase === 'between';
  }

  /** SEND_ALL was sent. While a list comes in it is the answer, as far as anyone can tell. */
  asked(): void {
    if (this.isOpen) return;
    this.#waitForAnswer(() => {
      this.#events.askAgain();
      this.#waitForAnswer(() => {
        this.#phase = 'idle';
        this.#events.missing();
      });
    });
  }

  frameStarted(): void {
    const isFirst = !this.isOpen;
    this.#enter('in-frame');
    if (isFirst) this.#events.begun();
  }

  frameEnded(): void {
    this.#enter('between');
    this.#watchQuiet(timers.bulkQuiet);
  }

  /** A message of another kind came. */
  otherMessage(): void {
    if (this.#phase === 'between') this.#complete();
  }

  stop(): void {
    this.#enter('idle');
  }

  #waitForAnswer(whenOver: () => void): void {
    this.#enter('asked');
    this.#timer = this.#clock.after(timers.bulkWait, whenOver);
  }

  #watchQuiet(ms: number): void {
    this.#timer = this.#clock.after(ms, () => {
      // A program that was busy or suspended has bytes waiting: they are read before this second, immediate timer.
      this.#timer = this.#clock.after(0, () => {
        // Bytes that came meanwhile may be the beginning of a further frame.
        const left = this.#events.lastHeard() + timers.bulkQuiet - this.#clock.now();
        if (left > 0) this.#watchQuiet(left);
        else this.#complete();
      });
    });
  }

  #complete(): void {
    this.#enter('idle');
    this.#events.complete();
  }

  #enter(phase: Phase): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#phase = phase;
  }
}
