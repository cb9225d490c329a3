/** A line of the event log, as far as a FortiOS log has fields for it. */
export interface LoggedLine {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly level: 'info' | 'notice' | 'warning' | 'error';
  /** FortiOS log id; null for a line that no FortiOS log has. */
  readonly logId: number | null;
  readonly source: string;
  readonly text: string;
  /** Fields of that log under FortiOS's names, safe to show. */
  readonly fields?: Readonly<Record<string, string | number>> | undefined;
}

/** How FortiOS writes a level. */
const levels: Readonly<Record<LoggedLine['level'], string>> = {
  info: 'information',
  notice: 'notice',
  warning: 'warning',
  error: 'error',
};

/** What the numbers of logs begin with, by thousands of the id (docs/protocol/fsso.md, Log messages). */
const kinds: Readonly<Record<number, { prefix: string; subtype: string }>> = {
  43: { prefix: '0102', subtype: 'user' },
  // [assumed]: the reference names neither for the events of EMS connectors.
  45: { prefix: '0107', subtype: 'endpoint' },
};

/** Fields that FortiOS writes without quotes; numbers have none either. */
const bare: ReadonlySet<string> = new Set(['date', 'time', 'eventtime', 'srcip']);

/**
 * Every field of a line but its text, in the order of the log reference (docs/protocol/fsso.md, Log messages); times are UTC.
 * A line that no FortiOS log has carries `source` in place of number and type.
 */
export function fortiosFields(line: LoggedLine): [name: string, value: string | number][] {
  const iso = new Date(line.time).toISOString();
  const kind = line.logId === null ? null : (kinds[Math.floor(line.logId / 1000)] ?? null);
  const { vd, devid, ...own } = line.fields ?? {};
  return [
    ['date', iso.slice(0, 10)],
    ['time', iso.slice(11, 19)],
    ...(line.logId === null
      ? ([['source', line.source]] as [string, string][])
      : ([['logid', `${kind?.prefix ?? '0100'}${String(line.logId).padStart(6, '0')}`]] as [
          string,
          string,
        ][])),
    ['type', 'event'],
    ...(kind === null ? [] : ([['subtype', kind.subtype]] as [string, string][])),
    ['level', levels[line.level]],
    ...(vd === undefined ? [] : ([['vd', vd]] as [string, string][])),
    // Nanoseconds, which no number of ours holds.
    ['eventtime', `${line.time}000000`],
    ['tz', '+0000'],
    ...(devid === undefined ? [] : ([['devid', devid]] as [string, string][])),
    ...Object.entries(own),
  ];
}

/** The line as FortiOS sends it to a syslog server: `date=2026-01-15 time=09:00:00 logid="0102043014" … msg="…"`. */
export function fortiosText(line: LoggedLine): string {
  return [...fortiosFields(line), ['msg', line.text] as const]
    .map(([name, value]) => `${name}=${typeof value === 'number' || bare.has(name) ? value : quoted(value)}`)
    .join(' ');
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
