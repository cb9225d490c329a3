import type { CollectorEvent } from '../fsso/collector/events.ts';
import { safeText } from '../safe-text.ts';
import type { EventLevel, NewEvent } from '../state/changes.ts';

const levels: Readonly<Record<CollectorEvent['level'], EventLevel | null>> = {
  debug: null,
  info: 'info',
  warn: 'warning',
  error: 'error',
};

/**
 * What happened in a collector as a line for receivers (docs/cli.md, Forwarding): its log's words and fields, made safe. No FortiOS log
 * has these, so there is no log id. Null for what only its developers want to know.
 */
export function collectorLine(event: CollectorEvent, time: number): NewEvent | null {
  const { level: given, msg, ...details } = event;
  const level = levels[given];
  if (level === null) return null;
  const fields: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(details))
    if (value !== null && value !== undefined)
      fields[name] = typeof value === 'number' ? value : safeText(String(value));
  return { time, level, source: 'collector', logId: null, text: textOf(msg, fields), fields };
}

function textOf(
  msg: string,
  { user, domain, ip, action, why, peer, agent, controller, lost }: Record<string, string | number>,
): string {
  const who = user === undefined ? '' : `: ${domain ? `${domain}\\` : ''}${user}${ip ? ` at ${ip}` : ''}`;
  const place = who === '' ? (peer ?? controller ?? agent) : undefined;
  const more = why ?? (lost === undefined ? undefined : `${lost} records lost`);
  return `${msg}${action ? ` ${action}` : ''}${who}${place === undefined ? '' : `: ${place}`}${more ? ` (${more})` : ''}`;
}
