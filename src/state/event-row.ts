/** Events kept; the oldest go first. */
export const longestEventLog = 10_000;

export type EventLevel = 'info' | 'notice' | 'warning' | 'error';

/** One line of the event log. */
export interface EventRow {
  /** `number` as text: the rows of every table are found by a text. */
  readonly id: string;
  /** Counts up from 1 in one run. */
  readonly number: number;
  /** Milliseconds since the epoch. */
  time: number;
  level: EventLevel;
  /** What it is about: a connector, a collector, the program. */
  source: string;
  /** FortiOS log id, where the event has one (43014, 45122 …). */
  logId: number | null;
  text: string;
  /** Fields of that FortiOS log beside its text, under FortiOS's names, safe to show. */
  fields?: Readonly<Record<string, string | number>>;
  /** `DOMAIN\\user` whose place a logon took. */
  replaced?: string;
  /** The change of an alert that the line tells of. */
  alert?: Readonly<AlertChange>;
}

/** What became of an alert. */
export interface AlertChange {
  /** The rule's name in the configuration. */
  rule: string;
  /** What it is about: a connector, a link, a certificate. */
  subject: string;
  state: 'firing' | 'resolved' | 'acknowledged';
  /** When its condition began, in milliseconds since the epoch. */
  since: number;
}

/** An event before the store has numbered it. */
export type NewEvent = Omit<EventRow, 'id' | 'number'>;
