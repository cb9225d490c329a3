/** Who works on the connector: the try, the fetch or the decision that runs; they never overlap. */
export class Turn {
  #running: { abort: AbortController; done: Promise<void>; isDecision: boolean } | null = null;

  get isTaken(): boolean {
    return this.#running !== null;
  }
  /** A person's decision runs, which nothing else may end. */
  get isDecision(): boolean {
    return this.#running?.isDecision ?? false;
  }
  /** Settles when what runs now has ended. */
  get done(): Promise<void> {
    return this.#running?.done ?? Promise.resolve();
  }

  /** Runs it, where nothing runs. What it throws after it was given up is nobody's business. */
  take(kind: 'try' | 'decision', action: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const abort = new AbortController();
    const done = (async () => {
      try {
        await action(abort.signal);
      } catch (error) {
        if (!abort.signal.aborted) throw error;
      } finally {
        this.#running = null;
      }
    })();
    this.#running = { abort, done, isDecision: kind === 'decision' };
    return done;
  }

  /** Ends what runs; `done` settles soon after. */
  giveUp(): void {
    this.#running?.abort.abort();
  }
}
