import type { Clock, Timer } from '../clock.ts';

/**
 * Asks a peer again and again, one question at a time. `ask` says how long to wait until the next, in milliseconds; null
 * where only a person or a change starts it. Nothing runs after `stop`.
 */
export class Poller {
  readonly #clock: Clock;
  readonly #ask: (signal: AbortSignal) => Promise<number | null>;
  #timer: Timer | null = null;
  #stopped = false;
  #running: { abort: AbortController; done: Promise<void> } | null = null;

  constructor(clock: Clock, ask: (signal: AbortSignal) => Promise<number | null>) {
    this.#clock = clock;
    this.#ask = ask;
  }

  /** Asks now, or joins the question that is under way. Resolves when it is answered. */
  async now(): Promise<void> {
    if (this.#stopped) return;
    this.#running ??= this.#run();
    await this.#running.done;
  }

  /** Waits for what is under way, then asks anew: its answer is newer than this call. */
  async afresh(): Promise<void> {
    await this.#running?.done;
    await this.now();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#running?.abort.abort();
    await this.#running?.done;
  }

  #run(): { abort: AbortController; done: Promise<void> } {
    this.#timer?.cancel();
    const abort = new AbortController();
    const done = (async () => {
      try {
        const wait = await this.#ask(abort.signal);
        if (wait !== null && !this.#stopped) this.#timer = this.#clock.after(wait, () => void this.now());
      } catch (error) {
        if (!abort.signal.aborted) throw error;
      } finally {
        this.#running = null;
      }
    })();
    return { abort, done };
  }
}
