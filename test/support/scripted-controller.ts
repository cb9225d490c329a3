import { namedStrings } from '../../src/fsso/windows/event-strings.ts';
import type {
  ControllerLink,
  FileSession,
  LogEvent,
  LogExtent,
  LogQuestion,
  LogReader,
  LogReading,
} from '../../src/fsso/windows/reading.ts';

/** The strings of a 4768 for a user at an address. */
export const ticketStrings = (user: string, ip: string): string[] => [
  ...[user, 'CORP', 'S-1-5-21-1-2-3-1104', 'krbtgt', 'S-1-5-21-1-2-3-502', '0x40810010', '0x0', '0x12', '2'],
  ...[`::ffff:${ip}`, '49731', '', '', ''],
];

/** An event log in memory, with the numbers that a real one gives when it wraps or is cleared. */
export class ScriptedLog implements LogReader {
  readonly records: LogEvent[] = [];
  /** Records of one answer. */
  most = 100;
  /** What each call asked for, in words. */
  readonly asked: string[] = [];
  #next = 1;

  append(time: number, id: number, data: Readonly<Record<string, string>>, computer = 'DC1'): number {
    this.records.push({ record: this.#next, id, time, computer, data });
    return this.#next++;
  }

  ticket(time: number, user: string, ip: string): number {
    return this.append(time, 4768, namedStrings(4768, ticketStrings(user, ip)) ?? {});
  }

  /** Overwrites the oldest. */
  wrap(count: number): void {
    this.records.splice(0, count);
  }

  /** @param keepsNumbers the numbers go on; else they begin at 1 again */
  clear(keepsNumbers = false): void {
    this.records.length = 0;
    if (!keepsNumbers) this.#next = 1;
  }

  async extent(): Promise<LogExtent> {
    this.asked.push('extent');
    const oldest = this.records[0]?.record ?? this.#next;
    return { oldest, newest: this.#next - 1 };
  }

  async read({ from, to, ids }: LogQuestion): Promise<LogReading> {
    this.asked.push(`${from}-${to}`);
    const part = this.records.filter(({ record }) => record >= from && record <= to).slice(0, this.most);
    return { events: part.filter(({ id }) => ids.has(id)), readTo: part.at(-1)?.record ?? to };
  }

  async at(record: number): Promise<LogEvent | null> {
    this.asked.push(`at ${record}`);
    return this.records.find((each) => each.record === record) ?? null;
  }
}

/** A connection to nobody, whose answers a test gives. */
export class ScriptedLink implements ControllerLink {
  readonly means = 'script';
  domain: ControllerLink['domain'] = null;
  readonly log: LogReader | null;
  open: FileSession[] = [];
  /** Its clock minus ours, in milliseconds; null: it does not say. */
  skewMs: number | null = null;
  /** What the next answers fail with. */
  failure: Error | null = null;
  isClosed = false;
  readonly #now: () => number;

  constructor(now: () => number, log: LogReader | null = null) {
    this.#now = now;
    this.log = log;
  }

  readonly sessions = {
    sessions: async (): Promise<readonly FileSession[]> => {
      if (this.failure) throw this.failure;
      return this.open;
    },
  };

  async time(): Promise<number | null> {
    if (this.failure) throw this.failure;
    return this.skewMs === null ? null : this.#now() + this.skewMs;
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}
