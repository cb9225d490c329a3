import { recordClass } from '../../../fsso/wsman/wql.ts';
import type { SecurityLog } from '../security-log.ts';
import { fileClass, fileInstance, recordInstance, subjectOf, writeInstance } from './log-classes.ts';
import { ServiceFault } from './service-fault.ts';
import { fits, parseWql, WqlError, type WqlQuery } from './wql.ts';

const wmi = { notFound: 0x80041002, invalidQuery: 0x80041017, invalidClass: 0x80041010 } as const;

/** A query, or WMI's own refusal. @throws ServiceFault */
export function readQuery(text: string): WqlQuery {
  try {
    return parseWql(text);
  } catch (error) {
    throw error instanceof WqlError ? queryFault(error) : error;
  }
}

export function queryFault(error: WqlError): ServiceFault {
  return new ServiceFault(
    'w',
    'CannotProcessFilter',
    `The WQL query is invalid: ${error.message}.`,
    wmi.invalidQuery,
  );
}

/** One record by its keys, written out. @throws ServiceFault where it is not there */
export function getInstance(
  logs: readonly SecurityLog[],
  className: string,
  keys: ReadonlyMap<string, string>,
): string {
  if (className.toLowerCase() !== recordClass.toLowerCase())
    throw new ServiceFault(
      'a',
      'DestinationUnreachable',
      `There is no class ${className}.`,
      wmi.invalidClass,
    );
  const name = keys.get('logfile')?.toLowerCase();
  const log = logs.find((each) => each.name.toLowerCase() === name);
  const record = log?.at(Number(keys.get('recordnumber') ?? Number.NaN)) ?? null;
  if (log === undefined || record === null)
    throw new ServiceFault('a', 'DestinationUnreachable', 'There is no such instance.', wmi.notFound);
  return writeInstance(recordInstance(log, record), null);
}

/** What a query finds in the logs, written out as it is asked for; records from the newest on, as WMI has them. @throws ServiceFault */
export function queryLogs(logs: readonly SecurityLog[], text: string): Generator<string, null, undefined> {
  const query = readQuery(text);
  const className = query.className.toLowerCase();
  if (className === fileClass.toLowerCase()) return files(logs, query);
  if (className === recordClass.toLowerCase()) return records(logs, query);
  throw new ServiceFault(
    'w',
    'CannotProcessFilter',
    `There is no class ${query.className}.`,
    wmi.invalidClass,
  );
}

function* files(logs: readonly SecurityLog[], query: WqlQuery): Generator<string, null, undefined> {
  for (const log of logs) {
    const instance = fileInstance(log);
    if (fitsQuery(query, instance)) yield writeInstance(instance, query.properties);
  }
  return null;
}

function* records(logs: readonly SecurityLog[], query: WqlQuery): Generator<string, null, undefined> {
  for (const log of logs) {
    // What is written while somebody enumerates comes with the next query.
    for (let number = log.newest; number >= log.oldest; number--) {
      const record = log.at(number);
      if (record === null) break;
      const instance = recordInstance(log, record);
      if (fitsQuery(query, instance)) yield writeInstance(instance, query.properties);
    }
  }
  return null;
}

function fitsQuery(query: WqlQuery, instance: Parameters<typeof subjectOf>[0]): boolean {
  try {
    return fits(query.test, subjectOf(instance));
  } catch (error) {
    throw error instanceof WqlError ? queryFault(error) : error;
  }
}
