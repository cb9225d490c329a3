import { skewSamples } from './limits.ts';

/**
 * How far the clock of a collector is from ours, told from the times of logons that it reports as they happen. What comes
 * late only looks older, so that the youngest of the latest ones says most (docs/protocol/fsso.md, Logon table).
 */
export class ClockSkew {
  readonly #differences: number[] = [];

  /** `logonTime` in Unix seconds of the collector, `now` in milliseconds of ours. */
  take(logonTime: number, now: number): void {
    this.#differences.push(logonTime * 1_000 - now);
    if (this.#differences.length > skewSamples) this.#differences.shift();
  }

  /** Milliseconds that its clock is ahead, negative where it is behind, to a second; null before there was a logon. */
  get ms(): number | null {
    return this.#differences.length === 0 ? null : Math.max(...this.#differences);
  }
}
