import type { Clock } from '../clock.ts';
import type { ConnectorEvent, FssoChange } from '../fsso/gate/changes.ts';
import type { Logon } from '../fsso/gate/logon-table.ts';
import type { LogonRecord } from '../fsso/wire/messages.ts';
import type { Problem } from '../problem.ts';
import { safeText } from '../safe-text.ts';
import type { NewEvent } from '../state/changes.ts';

type Fields = NonNullable<NewEvent['fields']>;

/** FortiOS log ids (docs/protocol/fsso.md, Log messages). */
const logIds = { logon: 43014, logoff: 43015, connected: 43050, disconnected: 43051 } as const;

/** `logdesc` of each; that of 43050 and 43051 is [assumed]. */
const descriptions: Readonly<Record<number, string>> = {
  [logIds.logon]: 'FSSO logon authentication status',
  [logIds.logoff]: 'FSSO logoff authentication status',
  [logIds.connected]: 'FSSO server connected',
  [logIds.disconnected]: 'FSSO server disconnected',
};

/** Characters that FortiOS keeps of a field. */
const longestField = { user: 256, server: 64 } as const;

/** What all lines of one connector have in common. `identity` is `SERIAL-VDOM`. */
export interface EventOrigin {
  readonly connector: string;
  readonly identity: string;
}

const nothing: readonly NewEvent[] = [];

/** Lines of the event log that a change of a connector stands for, with the fields of their FortiOS log. */
export function eventsOf(
  change: FssoChange,
  origin: EventOrigin,
  clock: Pick<Clock, 'now'>,
): readonly NewEvent[] {
  // The most frequent change by far, a record of a list, costs nothing.
  if (change.kind === 'logon' && change.op === 'put' && !change.live) return nothing;
  return linesOf(change, origin.connector, clock.now()).map(({ about, ...event }) =>
    event.logId === null ? event : { ...event, fields: fieldsOf(event.logId, origin, about ?? null) },
  );
}

type Line = NewEvent & { about?: LogonRecord };

function fieldsOf(logId: number, { connector, identity }: EventOrigin, about: LogonRecord | null): Fields {
  const dash = identity.indexOf('-');
  return {
    vd: safeText(identity.slice(dash + 1)),
    devid: safeText(identity.slice(0, dash)),
    logdesc: descriptions[logId] ?? '',
    ...(about === null
      ? {}
      : { srcip: safeText(about.ip), user: safeText(about.user.slice(0, longestField.user)) }),
    server: safeText(connector.slice(0, longestField.server)),
    ...(about === null ? {} : { action: logId === logIds.logon ? 'FSSO-logon' : 'FSSO-logoff' }),
  };
}

function linesOf(change: FssoChange, connector: string, time: number): Line[] {
  const line = (level: NewEvent['level'], logId: number | null, text: string): NewEvent => ({
    time,
    level,
    source: connector,
    logId,
    text: safeText(text),
  });
  const logoff = ({ record }: Logon, why: string): Line => ({
    ...line(
      'notice',
      logIds.logoff,
      `FSSO-logoff event from ${connector}: user ${record.user} logged off ${record.ip}${why}`,
    ),
    about: record,
  });
  switch (change.kind) {
    case 'logon': {
      const { user, ip } = change.logon.record;
      if (change.op === 'remove') return change.why === 'logoff' ? [logoff(change.logon, '')] : [];
      // A list tells what is, not what happens: only its sum is worth a line.
      if (!change.live || (change.why !== 'new' && change.why !== 'replaced')) return [];
      const logon: Line = {
        ...line('notice', logIds.logon, `FSSO-logon event from ${connector}: user ${user} logged on ${ip}`),
        about: change.logon.record,
      };
      if (change.previous === null) return [logon];
      const { previous } = change;
      // Without an address reported twice over, nobody can tell which of the two is right: who says so stands beside it.
      const by = `replaced by ${user}, reported by ${change.logon.server}`;
      const { domain, user: before } = previous.record;
      const replaced = safeText(domain === '' ? before : `${domain}\\${before}`);
      return [logoff(previous, ` (${by})`), { ...logon, replaced }];
    }
    case 'bulk-complete': {
      const { server, records, added, removed } = change;
      return [
        line('info', null, `list of ${server} is complete: ${records} logons, ${added} new, ${removed} gone`),
      ];
    }
    case 'event':
      return connectorEvents(change.event, line);
    default:
      return [];
  }
}

function connectorEvents(
  event: ConnectorEvent,
  line: (level: NewEvent['level'], logId: number | null, text: string) => NewEvent,
): NewEvent[] {
  switch (event.name) {
    case 'connected': {
      const open = event.implicit ? ', without an authentication result' : '';
      const version = event.version === null ? '' : `, ${event.version}`;
      return [line('notice', logIds.connected, `FSSO server connected: ${event.server}${version}${open}`)];
    }
    case 'disconnected': {
      const why = event.problem === null ? 'we left it' : briefly(event.problem);
      return [
        line(
          event.problem === null ? 'notice' : 'error',
          logIds.disconnected,
          `FSSO server disconnected: ${event.server}, ${why}; ${event.kept} logons kept for now`,
        ),
      ];
    }
    case 'attempt-failed':
      return [line('error', null, `no link to ${event.server}: ${briefly(event.problem)}`)];
    case 'standby-failed':
      return [line('warning', null, `standby ${event.server} cannot be used: ${briefly(event.problem)}`)];
    case 'standby-answers':
      return [line('notice', null, `standby ${event.server} answers again`)];
    case 'list-missing':
      return [line('warning', null, `${event.server}: ${briefly(event.problem)}`)];
    case 'expired':
      return [line('warning', null, `logon-timeout is over for ${event.count} logons from ${event.server}`)];
    case 'cleared':
      return [line('notice', null, `${event.count} logons cleared from our own table`)];
    case 'ports-overlap': {
      const { record } = event.logon;
      const others = event.others.map((each) => `session ${each.record.session} (${each.record.user})`);
      return [
        line(
          'warning',
          null,
          `ports of session ${record.session} (${record.user}) on ${record.ip} overlap with those of ${others.join(', ')}`,
        ),
      ];
    }
    case 'table-full':
      return [
        line(
          'error',
          null,
          `the logon table is full with ${event.size} logons: further ones from ${event.server} are refused`,
        ),
      ];
    case 'round-failed':
      return [];
  }
}

/** Stage and message; for the password the cause too, because the message alone does not tell what to change. */
function briefly({ stage, message, cause }: Problem): string {
  return stage === 'authentication' ? `${stage}: ${message}. ${cause}` : `${stage}: ${message}`;
}
