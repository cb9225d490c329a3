import type { Clock } from '../../../clock.ts';
import type { LogRecord, SecurityLog } from '../security-log.ts';
import {
  creationClass,
  creationSubject,
  type Instance,
  recordInstance,
  writeCreation,
} from './log-classes.ts';
import { readQuery } from './log-query.ts';
import { ServiceFault } from './service-fault.ts';
import { fits, WqlError, type WqlQuery } from './wql.ts';

/** Events that nobody fetches are dropped beyond this, the oldest first. */
const mostHeld = 10_000;

/** New records that fit a query of events, kept until they are fetched. */
export class LogEvents {
  readonly #query: WqlQuery;
  readonly #clock: Clock;
  readonly #stops: (() => void)[];
  #held: string[] = [];
  #waiting: (() => void) | null = null;

  /** @throws ServiceFault for what is no query of events */
  constructor(logs: readonly SecurityLog[], text: string, clock: Clock) {
    this.#query = readQuery(text);
    this.#clock = clock;
    if (this.#query.className.toLowerCase() !== creationClass.toLowerCase())
      throw new ServiceFault(
        'e',
        'EventSourceUnableToProcess',
        `${this.#query.className} is no class of events.`,
      );
    this.#stops = logs.map((log) => log.onWrite((record) => this.#written(log, record)));
  }

  /** Up to `most` events of together up to `room` characters; waits up to `waitMs` for the first. */
  async take(most: number, room: number, waitMs: number): Promise<string[]> {
    if (this.#held.length === 0)
      await new Promise<void>((done) => {
        const timer = this.#clock.after(waitMs, done);
        this.#waiting = () => {
          timer.cancel();
          done();
        };
      });
    this.#waiting = null;
    let count = 0;
    for (let size = 0; count < Math.min(most, this.#held.length); count++) {
      size += this.#held[count]?.length ?? 0;
      if (size > room && count > 0) break;
    }
    return this.#held.splice(0, count);
  }

  stop(): void {
    for (const stop of this.#stops) stop();
    this.#waiting?.();
  }

  #written(log: SecurityLog, record: LogRecord): void {
    const created = recordInstance(log, record);
    if (!this.#fits(created)) return;
    this.#held.push(writeCreation(created));
    if (this.#held.length > mostHeld) this.#held.shift();
    this.#waiting?.();
  }

  #fits(created: Instance): boolean {
    try {
      return fits(this.#query.test, creationSubject(created));
    } catch (error) {
      // A query for a property that there is not: nothing fits it, and whoever wrote the record has no part in that.
      if (error instanceof WqlError) return false;
      throw error;
    }
  }
}
