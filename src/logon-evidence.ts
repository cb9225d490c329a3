/** What of Windows a logon was read from. */
export type LogonEvidence =
  /** The list of sessions at a domain controller. */
  { readonly kind: 'session' } | EventEvidence;

/** A record of an event log. */
export interface EventEvidence {
  readonly kind: 'event';
  /** Number of the event, such as 4768. */
  readonly id: number;
  /** Number of the record in its log; null where the way in which it came does not say. */
  readonly record: number | null;
  /** Name of the log as it is configured; null as above. */
  readonly log: string | null;
  readonly by: 'event-log' | 'wmi' | 'forwarded';
  /** Kind of logon (3 is over the network); null for an event that has none. */
  readonly logonType: number | null;
}

/** Whether one way of seeing logons would have seen a given one. */
export interface ModeVerdict {
  /** For people, such as `event log, setting 1`. */
  readonly mode: string;
  readonly sees: 'yes' | 'maybe' | 'no';
  /** One sentence. */
  readonly why: string;
  /** The events that the collector reads are those of this setting. */
  readonly isConfigured: boolean;
}

const ways: ReadonlySet<unknown> = new Set<EventEvidence['by']>(['event-log', 'wmi', 'forwarded']);
const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;

/** True for what a file or a peer says that has all of it, each of its kind. */
export function isEvidence(value: unknown): value is LogonEvidence {
  if (typeof value !== 'object' || value === null) return false;
  const { kind, id, record, log, by, logonType } = value as Record<string, unknown>;
  if (kind === 'session') return true;
  return (
    kind === 'event' &&
    isCount(id) &&
    (record === null || isCount(record)) &&
    (log === null || typeof log === 'string') &&
    ways.has(by) &&
    (logonType === null || isCount(logonType))
  );
}
