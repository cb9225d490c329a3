import { writeDmtf } from '../../../fsso/wsman/instance.ts';
import { namespaces, wmiResource } from '../../../fsso/wsman/profile.ts';
import { recordClass } from '../../../fsso/wsman/wql.ts';
import { escapeXml } from '../../../fsso/wsman/xml.ts';
import type { LogRecord, SecurityLog } from '../security-log.ts';
import type { WqlSubject, WqlValue } from './wql.ts';

// WMI's classes of event logs, with the properties that they have on Windows (docs/protocol/windows.md, WS-Management).

export const fileClass = 'Win32_NTEventlogFile';
export const creationClass = '__InstanceCreationEvent';

/** A moment, which is compared as one and written as WinRM writes it. */
interface Moment {
  readonly moment: number;
}

type PropertyValue = WqlValue | readonly string[] | Moment;

/** An instance: its class and properties, in the order of WMI. */
export interface Instance {
  readonly className: string;
  readonly properties: ReadonlyMap<string, PropertyValue>;
}

/** Kinds of events, which WMI numbers in its own way (Win32_NTLogEvent, EventType). */
const kinds: Readonly<Record<number, readonly [number, string]>> = {
  1: [1, 'Error'],
  2: [2, 'Warning'],
  4: [3, 'Information'],
  8: [4, 'Audit Success'],
  16: [5, 'Audit Failure'],
};

const moment = (seconds: number): Moment => ({ moment: seconds * 1000 });

export function recordInstance(log: SecurityLog, record: LogRecord): Instance {
  const [eventType, type] = kinds[record.type] ?? [0, null];
  const { id, strings } = record;
  return {
    className: recordClass,
    properties: new Map<string, PropertyValue>([
      ['Category', 14339],
      ['CategoryString', null],
      ['ComputerName', record.computer],
      ['Data', null],
      ['EventCode', id & 0xffff],
      ['EventIdentifier', id],
      ['EventType', eventType],
      ['InsertionStrings', strings],
      ['Logfile', log.name],
      ['Message', null],
      ['RecordNumber', record.record],
      ['SourceName', record.source],
      ['TimeGenerated', moment(record.generated)],
      ['TimeWritten', moment(record.written)],
      ['Type', type],
      ['User', null],
    ]),
  };
}

export function fileInstance(log: SecurityLog): Instance {
  const name = `C:\\Windows\\System32\\Winevt\\Logs\\${log.name}.evtx`;
  return {
    className: fileClass,
    properties: new Map<string, PropertyValue>([
      ['LogfileName', log.name],
      ['Name', name],
      ['NumberOfRecords', log.count],
    ]),
  };
}

const plain = (value: PropertyValue | undefined): WqlValue | undefined => {
  if (value === undefined || value === null || typeof value !== 'object')
    return value as WqlValue | undefined;
  return 'moment' in value ? writeDmtf(value.moment) : null;
};

const find = (instance: Instance, name: string): PropertyValue | undefined => {
  const wanted = name.toLowerCase();
  for (const [key, value] of instance.properties) if (key.toLowerCase() === wanted) return value;
  return undefined;
};

/** An instance as a query sees it. */
export function subjectOf(instance: Instance): WqlSubject {
  return {
    value: (property) => plain(find(instance, property)),
    isA: (property, className) => property === '__this' && sameClass(className, instance.className),
  };
}

/** The creation of an instance as a query of events sees it. */
export function creationSubject(created: Instance): WqlSubject {
  const prefix = /^targetinstance\./i;
  return {
    value: (property) =>
      prefix.test(property) ? plain(find(created, property.replace(prefix, ''))) : undefined,
    isA: (property, className) =>
      property.toLowerCase() === 'targetinstance' && sameClass(className, created.className),
  };
}

const sameClass = (left: string, right: string) => left.toLowerCase() === right.toLowerCase();

/** An instance as WinRM writes it (DSP0230, 8); only the named properties, where some are named. */
export function writeInstance(instance: Instance, only: readonly string[] | null): string {
  const { className } = instance;
  const wanted = only && new Set(only.map((name) => name.toLowerCase()));
  return `<p:${className} ${declarations(className)} xsi:type="p:${className}_Type">${content(instance, wanted)}</p:${className}>`;
}

/** The creation of an instance, as a subscription brings it. */
export function writeCreation(created: Instance): string {
  const { className } = created;
  return (
    `<e0:${creationClass} xmlns:e0="${wmiResource}${creationClass}"><e0:TargetInstance ${declarations(className)} xsi:type="p:${className}_Type">` +
    `${content(created, null)}</e0:TargetInstance></e0:${creationClass}>`
  );
}

function declarations(className: string): string {
  return `xmlns:p="${wmiResource}${className}" xmlns:xsi="${namespaces.instance}" xmlns:cim="${namespaces.cim}"`;
}

function content(instance: Instance, wanted: ReadonlySet<string> | null): string {
  let text = '';
  for (const [name, value] of instance.properties)
    if (wanted === null || wanted.has(name.toLowerCase())) text += writeProperty(name, value);
  return text;
}

function writeProperty(name: string, value: PropertyValue): string {
  const nil = `<p:${name} xsi:nil="true"/>`;
  const one = (text: string) => `<p:${name}>${escapeXml(text)}</p:${name}>`;
  if (value === null) return nil;
  if (typeof value !== 'object')
    return one(typeof value === 'boolean' ? String(value).toUpperCase() : String(value));
  if ('moment' in value)
    return `<p:${name}><cim:Datetime>${new Date(value.moment).toISOString().replace('.000', '')}</cim:Datetime></p:${name}>`;
  return value.length === 0 ? nil : value.map(one).join('');
}
