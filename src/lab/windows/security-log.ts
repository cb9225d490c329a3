/** A record of an event log of Windows (docs/protocol/windows.md, Event log). Times are seconds since the epoch. */
export interface LogRecord {
  readonly record: number;
  readonly generated: number;
  readonly written: number;
  readonly id: number;
  /** 8 audit success, 16 audit failure. */
  readonly type: number;
  readonly source: string;
  readonly computer: string;
  readonly strings: readonly string[];
}

/** What is written; the log gives it its number. */
export interface NewRecord {
  readonly id: number;
  readonly strings: readonly string[];
  readonly generated: number;
  readonly type?: number;
  readonly source?: string;
  readonly computer?: string;
}

export interface SecurityLogOptions {
  /** `Security`, or that of a collector of forwarded events. */
  readonly name?: string;
  readonly computer: string;
  /** The oldest make room for the newest beyond this. */
  readonly mostRecords?: number;
}

/** An event log of a domain controller of the lab: it numbers what is written, wraps, and can be cleared. */
export class SecurityLog {
  readonly name: string;
  readonly #computer: string;
  readonly #most: number;
  /** By number minus `#first`; those that were overwritten are cut off now and then. */
  #records: LogRecord[] = [];
  #first = 1;
  #oldest = 1;
  readonly #listeners = new Set<(record: LogRecord) => void>();

  constructor({ name = 'Security', computer, mostRecords = 100_000 }: SecurityLogOptions) {
    this.name = name;
    this.#computer = computer;
    this.#most = mostRecords;
  }

  /** Number of the oldest record; in an empty log, that of the next. */
  get oldest(): number {
    return this.#oldest;
  }

  /** Number of the newest record; `oldest - 1` in an empty log. */
  get newest(): number {
    return this.#first + this.#records.length - 1;
  }

  get count(): number {
    return this.newest - this.#oldest + 1;
  }

  /** Null where it was overwritten, or not written yet. */
  at(record: number): LogRecord | null {
    return record < this.#oldest ? null : (this.#records[record - this.#first] ?? null);
  }

  write(event: NewRecord): LogRecord {
    const record: LogRecord = {
      ...{ type: 8, source: 'Microsoft-Windows-Security-Auditing', computer: this.#computer },
      ...event,
      record: this.newest + 1,
      written: event.generated,
    };
    this.#records.push(record);
    this.#oldest = Math.max(this.#oldest, record.record - this.#most + 1);
    // Not at each record: cutting off moves all that is left.
    if (this.#oldest - this.#first > this.#most) {
      this.#records.splice(0, this.#oldest - this.#first);
      this.#first = this.#oldest;
    }
    for (const listener of this.#listeners) listener(record);
    return record;
  }

  /** Empties the log; the next record has number 1 again. */
  clear(): void {
    this.#records = [];
    this.#first = 1;
    this.#oldest = 1;
  }

  /** Tells of each new record; the function that is returned ends that. */
  onWrite(listener: (record: LogRecord) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
