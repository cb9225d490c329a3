import type { Clock } from '../clock.ts';
import { type EventRow, longestEventLog, type NewEvent } from './event-row.ts';
import { createRows, type Rows } from './rows.ts';

/** The last 10,000 events as a table, so that a screen sorts and filters it like any other. */
export interface EventLog extends Omit<Rows<EventRow>, 'put' | 'remove'> {
  /** Numbers the event; it is seen from the next flush on. */
  append(event: NewEvent): EventRow;
}

export function createEventLog(clock: Pick<Clock, 'now'>): EventLog {
  const rows = createRows<EventRow>(clock);
  let last = 0;
  const append = (event: NewEvent): EventRow => {
    last += 1;
    const row: EventRow = { ...event, id: String(last), number: last };
    rows.put(row);
    if (last > longestEventLog) rows.remove(String(last - longestEventLog));
    return row;
  };
  return Object.assign(rows, { append });
}
