import { writeDmtf } from './instance.ts';
import type { Selectors } from './transfer.ts';

/** What of a log is asked for. */
export interface LogQuestion {
  /** `Security`, `ForwardedEvents`. */
  readonly log: string;
  /** Event ids; none: every event. */
  readonly ids: readonly number[];
  /** Records behind this one, and up to that. */
  readonly after: number;
  readonly upTo: number;
  /** None of them is older than this, milliseconds since the epoch: so far back the server has to look; null: not known. */
  readonly since?: number | null;
}

/** Properties of Win32_NTLogEvent that a record is made from; its message is left out, which is most of its length. */
const properties =
  'RecordNumber, TimeGenerated, TimeWritten, EventCode, EventType, SourceName, ComputerName, InsertionStrings';

/** WQL for these records. @throws RangeError for numbers that are none */
export function logQuery(question: LogQuestion): string {
  return selectRecords(properties, question);
}

/** WQL for the numbers of these records. @throws RangeError for numbers that are none */
export function numberQuery(question: LogQuestion): string {
  return selectRecords('RecordNumber', question);
}

function selectRecords(wanted: string, { log, ids, after, upTo, since = null }: LogQuestion): string {
  const time = since === null ? '' : `TimeGenerated >= '${writeDmtf(since)}' AND `;
  const range = `${time}RecordNumber > ${natural(after)} AND RecordNumber <= ${natural(upTo)}`;
  return `SELECT ${wanted} FROM ${recordClass} WHERE Logfile = ${quoted(log)}${idsOf(ids, 'EventCode')} AND ${range}`;
}

/** The class of records, and the keys of one. @throws RangeError for a number that is none */
export const recordClass = 'Win32_NTLogEvent';
export const recordKeys = (log: string, record: number): Selectors => ({
  Logfile: log,
  RecordNumber: natural(record),
});

/**
 * WQL for all records of a log by their numbers, or those since a time: the newest is first (assumed of every Windows,
 * docs/protocol/windows.md, WS-Management).
 */
export function newestQuery(log: string, since: number | null = null): string {
  const time = since === null ? '' : ` AND TimeGenerated >= '${writeDmtf(since)}'`;
  return `SELECT RecordNumber, TimeGenerated FROM ${recordClass} WHERE Logfile = ${quoted(log)}${time}`;
}

/** WQL for how many records a log holds. */
export function countQuery(log: string): string {
  return `SELECT LogfileName, NumberOfRecords FROM Win32_NTEventlogFile WHERE LogfileName = ${quoted(log)}`;
}

/** WQL for being told of new records. */
export function subscriptionQuery(log: string, ids: readonly number[]): string {
  return `SELECT * FROM __InstanceCreationEvent WHERE TargetInstance ISA '${recordClass}' AND TargetInstance.Logfile = ${quoted(log)}${idsOf(ids, 'TargetInstance.EventCode')}`;
}

function idsOf(ids: readonly number[], name: string): string {
  if (ids.length === 0) return '';
  return ` AND (${ids.map((id) => `${name} = ${natural(id)}`).join(' OR ')})`;
}

function natural(number: number): string {
  if (!Number.isSafeInteger(number) || number < 0)
    throw new RangeError(`${number} is no record and no event`);
  return String(number);
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
