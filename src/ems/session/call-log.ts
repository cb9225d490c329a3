import type { Problem } from '../../problem.ts';
import type { CallName } from '../profile.ts';

/** How the last call of one kind went. Times are milliseconds since the epoch. */
export interface CallResult {
  name: CallName;
  path: string;
  at: number;
  /** HTTP status; 0 when no reply came. */
  status: number;
  /** From the request to the whole reply; null when it failed before one was complete. */
  latencyMs: number | null;
  ok: boolean;
  problem: Problem | null;
}

/** Latencies that are kept, newest last. */
export const keptLatencies = 60;

/** The last result of each call of one connector, and its latest latencies. */
export class CallLog {
  #results: readonly CallResult[] = [];
  #latencies: readonly number[] = [];

  /** One for each call that was made, in the order of the first of each. */
  get results(): readonly CallResult[] {
    return this.#results;
  }

  /** Milliseconds, newest last. */
  get latencies(): readonly number[] {
    return this.#latencies;
  }

  /** True when the call worked and did not before. */
  note(result: CallResult): boolean {
    const index = this.#results.findIndex((each) => each.name === result.name);
    const before = this.#results[index];
    this.#results = before ? this.#results.with(index, result) : [...this.#results, result];
    if (result.latencyMs !== null)
      this.#latencies = [...this.#latencies, result.latencyMs].slice(-keptLatencies);
    return result.ok && before?.ok === false;
  }
}
