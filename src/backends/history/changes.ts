import type { FssoChange } from '../../fsso/gate/changes.ts';
import type { Logon } from '../../fsso/gate/logon-table.ts';
import type { Ending } from '../../logon-history.ts';

/** A logon as the history takes it. Times are milliseconds since the epoch. */
export interface HistoryPut {
  readonly kind: 'put';
  readonly time: number;
  readonly connector: string;
  readonly ip: string;
  readonly session: number;
  readonly user: string;
  readonly domain: string;
  readonly workstation: string;
  readonly groups: string;
  readonly ports: string;
  readonly server: string;
  readonly logonTime: number;
  /** It came in an EVENT, not as part of a list. */
  readonly live: boolean;
}

/** What is written, one after the other: only plain values, because it goes to another thread. */
export type HistoryChange =
  | HistoryPut
  /** The link of a logon is lost. */
  | { readonly kind: 'unseen'; time: number; connector: string; ip: string; session: number }
  | { readonly kind: 'end'; time: number; connector: string; ip: string; session: number; by: Ending }
  /** Nobody watches a connector from here on; all of them where it is null. */
  | { readonly kind: 'left'; time: number; connector: string | null };

/** A logon of a connector's table as the history takes it. */
export function putOf(connector: string, logon: Logon, live: boolean, time: number): HistoryPut {
  const { ip, session, user, domain, workstation, groups, portRanges, logonTime } = logon.record;
  return {
    kind: 'put',
    time,
    connector,
    ip,
    session,
    user,
    domain,
    workstation,
    groups,
    ports: portRanges.map(([first, last]) => `${first}-${last}`).join(','),
    server: logon.server,
    logonTime: logonTime * 1000,
    live,
  };
}

/** What of a connector's report is history; null for the rest. */
export function changeOf(connector: string, change: FssoChange, time: number): HistoryChange | null {
  if (change.kind !== 'logon') return null;
  const { ip, session } = change.logon.record;
  if (change.op === 'remove') return { kind: 'end', time, connector, ip, session, by: change.why };
  if (change.why === 'stale') return { kind: 'unseen', time, connector, ip, session };
  return putOf(connector, change.logon, change.live, time);
}
