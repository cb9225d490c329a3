import type { ConnectorEvent, FssoChange } from '../fsso/gate/changes.ts';
import type { Logon } from '../fsso/gate/logon-table.ts';
import type { Problem } from '../problem.ts';
import { safeText } from '../safe-text.ts';
import type { NewEvent } from '../state/changes.ts';

/** FortiOS log ids (docs/protocol/fsso.md, Outputs). */
const logIds = { logon: 43014, logoff: 43015, connected: 43050, disconnected: 43051 } as const;

/** Lines of the event log that a change of a connector stands for. */
export function eventsOf(change: FssoChange, connector: string, time: number): NewEvent[] {
  const line = (level: NewEvent['level'], logId: number | null, text: string): NewEvent => ({
    time,
    level,
    source: connector,
    logId,
    text: safeText(text),
  });
  const logoff = (logon: Logon, why: string) =>
    line(
      'notice',
      logIds.logoff,
      `FSSO-logoff event from ${connector}: user ${logon.record.user} logged off ${logon.record.ip}${why}`,
    );
  switch (change.kind) {
    case 'logon': {
      const { user, ip } = change.logon.record;
      if (change.op === 'remove') return change.why === 'logoff' ? [logoff(change.logon, '')] : [];
      // A list tells what is, not what happens: only its sum is worth a line.
      if (!change.live || (change.why !== 'new' && change.why !== 'replaced')) return [];
      const logon = line(
        'notice',
        logIds.logon,
        `FSSO-logon event from ${connector}: user ${user} logged on ${ip}`,
      );
      if (change.previous === null) return [logon];
      return [logoff(change.previous, ` (replaced by ${user})`), logon];
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
    case 'round-failed':
      return [];
  }
}

/** Stage and message; for the password the cause too, because the message alone does not tell what to change. */
function briefly({ stage, message, cause }: Problem): string {
  return stage === 'authentication' ? `${stage}: ${message}. ${cause}` : `${stage}: ${message}`;
}
