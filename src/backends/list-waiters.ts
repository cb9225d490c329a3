import type { Clock, Timer } from '../clock.ts';
import type { FssoChange } from '../fsso/gate/changes.ts';
import type { Problem } from '../problem.ts';

/** A list of logons that came in answer: how many it named, how many of them are new, and how many are gone by it. */
export type ListOutcome =
  | { ok: true; server: string; records: number; added: number; removed: number }
  | { ok: false; problem: Problem };

/** Those who asked a connector for its logons and wait until the list is complete. */
export class ListWaiters {
  readonly #clock: Clock;
  readonly #waiting = new Set<(outcome: ListOutcome) => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Waits for the next list that is complete, so many milliseconds. */
  wait(limitMs: number): Promise<ListOutcome> {
    const { promise, resolve } = Promise.withResolvers<ListOutcome>();
    const timer: Timer = this.#clock.after(limitMs, () =>
      end(noList(`no complete list came within ${limitMs / 1000} s`, 'raise --timeout')),
    );
    const end = (outcome: ListOutcome) => {
      timer.cancel();
      this.#waiting.delete(end);
      resolve(outcome);
    };
    this.#waiting.add(end);
    return promise;
  }

  /** What the connector reports. */
  note(change: FssoChange): void {
    if (this.#waiting.size === 0) return;
    if (change.kind === 'bulk-complete') {
      const { server, records, added, removed } = change;
      this.#end({ ok: true, server, records, added, removed });
    } else if (change.kind === 'event' && change.event.name === 'list-missing')
      this.#end({ ok: false, problem: change.event.problem });
    else if (change.kind === 'event' && change.event.name === 'disconnected')
      this.#end(noList('the link was lost before the list was complete', 'ask again when it is back'));
  }

  stop(): void {
    this.#end(noList('the connector was stopped meanwhile', 'ask again'));
  }

  #end(outcome: ListOutcome): void {
    for (const end of [...this.#waiting]) end(outcome);
  }
}

function noList(message: string, fix: string): ListOutcome {
  return {
    ok: false,
    problem: {
      stage: 'logons',
      code: null,
      message,
      cause: 'The collector was asked for all logons.',
      fix: [fix],
    },
  };
}
