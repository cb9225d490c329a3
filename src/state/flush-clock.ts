import type { Clock, Timer } from '../clock.ts';
import { sliceMs } from '../slices.ts';
import type { Stores } from './stores.ts';

export interface FlushClockOptions {
  readonly stores: Pick<Stores, 'flush' | 'unfinished'>;
  readonly clock: Clock;
  /** Flushes a second, 1 to 60. */
  readonly perSecond: number;
  /** The terminal has not taken the last frame yet: a flush now would only queue bytes. */
  readonly behind: () => boolean;
}

export interface FlushClock {
  stop(): void;
  setRate(perSecond: number): void;
  /** Frozen, nothing is flushed until it is turned off again, which flushes at once. */
  freeze(on: boolean): void;
  /** Flushes without waiting, also when frozen: for what the admin asked for by a key. */
  flushNow(): void;
}

/**
 * The only clock that moves data onto the screen. A flush of very many rows is done in slices, which go on between the
 * ticks without a frame of their own, so that keys are answered meanwhile.
 */
export function startFlushClock({ stores, clock, perSecond, behind }: FlushClockOptions): FlushClock {
  let frozen = false;
  let stopped = false;
  let timer: Timer | null = null;
  let rest: Timer | null = null;

  function flush(quiet: boolean): void {
    rest?.cancel();
    rest = null;
    stores.flush({ deadline: clock.now() + sliceMs, quiet });
    if (stores.unfinished) rest = clock.after(0, goOn);
  }

  function mayFlush(): boolean {
    return !frozen && !stopped && !behind();
  }

  function tick(): void {
    if (mayFlush()) flush(false);
  }

  function goOn(): void {
    if (mayFlush()) flush(true);
  }

  function run(rate: number): void {
    timer?.cancel();
    if (stopped) return;
    const bounded = Math.min(60, Math.max(1, rate));
    timer = clock.every(Math.round(1_000 / bounded), tick);
  }

  run(perSecond);
  return {
    stop() {
      stopped = true;
      timer?.cancel();
      rest?.cancel();
    },
    setRate: run,
    freeze(on) {
      frozen = on;
      tick();
    },
    flushNow: () => flush(false),
  };
}
