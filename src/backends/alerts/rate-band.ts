/** How the usual band of a rate is learnt; ours (docs/cli.md, Alerts). */
export const rateLearning = {
  /** Minutes that are only learnt from. */
  minutesBefore: 30,
  /** Share that each further minute has in what is usual: an hour is forgotten by two thirds. */
  share: 1 / 60,
} as const;

export interface Band {
  readonly low: number;
  readonly high: number;
}

/**
 * The usual number of logons a minute: a mean and a mean deviation that move with each minute. A minute outside the band
 * counts as one at its edge, so that a burst does not teach us that bursts are usual, and a lasting change does in time.
 */
export class RateBand {
  #minutes = 0;
  #mean = 0;
  #deviation = 0;

  /** What is usual, `factor` deviations around the mean; null while too little was seen. */
  band(factor: number): Band | null {
    if (this.#minutes < rateLearning.minutesBefore) return null;
    // Counting alone scatters by the root of the mean, however steady the source.
    const reach = factor * Math.max(this.#deviation, Math.sqrt(this.#mean), 1);
    return { low: Math.max(0, this.#mean - reach), high: this.#mean + reach };
  }

  /** One more minute with so many logons. */
  learn(count: number, factor: number): void {
    const band = this.band(factor);
    const taken = band === null ? count : Math.min(band.high, Math.max(band.low, count));
    this.#minutes += 1;
    // The first minutes count alike.
    const share = Math.max(rateLearning.share, 1 / this.#minutes);
    this.#deviation += share * (Math.abs(taken - this.#mean) * (this.#minutes > 1 ? 1 : 0) - this.#deviation);
    this.#mean += share * (taken - this.#mean);
  }
}
