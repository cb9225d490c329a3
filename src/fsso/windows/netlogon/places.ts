/** So many at once; the others wait, the first first. */
export class Places {
  readonly #most: number;
  readonly #waiting: (() => void)[] = [];
  #taken = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get taken(): number {
    return this.#taken;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Rejects with the reason of `signal` where it is aborted before there is a place; what `work` does then is its own affair. */
  async take<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    if (this.#taken < this.#most && this.#waiting.length === 0) this.#taken += 1;
    else await this.#turn(signal);
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      // A place that is handed on stays taken, so that nobody comes between.
      if (next) next();
      else this.#taken -= 1;
    }
  }

  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const wake = (): void => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      };
      const giveUp = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(wake), 1);
        reject(signal.reason);
      };
      if (signal.aborted) return reject(signal.reason);
      this.#waiting.push(wake);
      signal.addEventListener('abort', giveUp, { once: true });
    });
  }
}
