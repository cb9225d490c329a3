/** How the program came to know of a logon: an EVENT as it happened, or a list that named it. */
export const beginnings = ['event', 'list'] as const;
export type Beginning = (typeof beginnings)[number];

/**
 * Why an interval of the history ended (docs/history.md, Why an interval ends). `not-observed` is no statement about the
 * user: the program looked no further.
 */
export const endings = [
  'logoff',
  'replaced',
  'again',
  'updated',
  'not-listed',
  'expired',
  'cleared',
  'not-observed',
] as const;
export type Ending = (typeof endings)[number];

/** One user at one address and session, from one moment to another. Times are milliseconds since the epoch. */
export interface HistoryRow {
  readonly id: string;
  readonly connector: string;
  readonly ip: string;
  /** Terminal-server session, 0 where there is none. */
  readonly session: number;
  readonly user: string;
  readonly domain: string;
  readonly workstation: string;
  /** As the collector wrote them, `+` between them. */
  readonly groups: string;
  /** `1224-1423,1424-1623`; blank where there are none. */
  readonly ports: string;
  /** `host:port` of the collector that reported it first. */
  readonly server: string;
  /** When that report came, by our clock. */
  readonly began: number;
  readonly beganBy: Beginning;
  /** By the collector's clock. */
  readonly logonTime: number;
  /** When a later report named the same logon again, and from which collector. */
  readonly confirmed: number | null;
  readonly confirmedBy: string | null;
  /** Since when its link was down; null while it was up to the end. */
  readonly unseen: number | null;
  /** Null while it lasts. */
  readonly ended: number | null;
  readonly endedBy: Ending | null;
  /** Who took its place, `DOMAIN\user`; null where nobody did. */
  readonly next: string | null;
  /** `host:port` of the collector that reported who took its place. */
  readonly nextServer: string | null;
}

/** What is asked of the history; all that is given has to hold. Times are milliseconds since the epoch, both included. */
export interface HistoryQuestion {
  readonly ip?: string | undefined;
  /** `user` or `DOMAIN\user`, without regard to case. */
  readonly user?: string | undefined;
  readonly workstation?: string | undefined;
  readonly connector?: string | undefined;
  /** Intervals that touch this time; a moment where both are equal. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** At most so many, the newest. */
  readonly limit?: number | undefined;
}

/** One statement of an interval's evidence: a label and what it rests on, not yet safe to print. */
export type Evidence = readonly [label: string, text: string];

/** `2026-11-22T09:14:00Z` of a time in milliseconds since the epoch. */
export function isoTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** `DOMAIN\user`, or the user alone where no domain is known. */
export function accountName(row: Pick<HistoryRow, 'user' | 'domain'>): string {
  return row.domain === '' ? row.user : `${row.domain}\\${row.user}`;
}

/** How an interval ended, in a few words; blank while it lasts. */
export function endingWords({ endedBy, next }: Pick<HistoryRow, 'endedBy' | 'next'>): string {
  switch (endedBy) {
    case null:
      return '';
    case 'logoff':
      return 'logged off';
    case 'replaced':
      return next === null ? 'replaced' : `replaced by ${next}`;
    case 'again':
      return 'logged on again';
    case 'updated':
      return 'changed';
    case 'not-listed':
      return 'no longer listed';
    case 'expired':
      return 'logon-timeout over';
    case 'cleared':
      return 'cleared by us';
    case 'not-observed':
      return 'not observed after';
  }
}

/** What an interval rests on, in the order in which it happened. */
export function evidenceOf(row: HistoryRow): Evidence[] {
  const { beganBy, server, confirmed, confirmedBy, unseen, ended } = row;
  const how = beganBy === 'event' ? 'in an event' : 'in a list of all logons';
  const evidence: Evidence[] = [
    ['Logged on', `${isoTime(row.logonTime)} by the clock of the collector`],
    ['Seen', `${isoTime(row.began)} ${how} of collector ${server}, connector ${row.connector}`],
  ];
  if (confirmed !== null)
    evidence.push(['Confirmed', `${isoTime(confirmed)} by collector ${confirmedBy ?? server}`]);
  if (unseen !== null)
    evidence.push(['Link lost', `${isoTime(unseen)}: kept from then on without being reported`]);
  if (ended === null) evidence.push(['Until', 'it lasts']);
  else evidence.push(['Until', `${isoTime(ended)}: ${endingSentence(row)}`]);
  return evidence;
}

function endingSentence(row: HistoryRow): string {
  const by = row.nextServer === null ? '' : `, reported by collector ${row.nextServer}`;
  switch (row.endedBy) {
    case 'logoff':
      return 'the collector reported a logoff';
    case 'replaced':
      return `replaced by ${row.next ?? 'another user'} at the same address${by}`;
    case 'again':
      return `the same user logged on again${by}`;
    case 'updated':
      return `groups, workstation or ports changed${by}`;
    case 'not-listed':
      return 'a complete list of the collector did not name it; when it ended before that is not known';
    case 'expired':
      return 'logon-timeout was over after its link was lost';
    case 'cleared':
      return 'our own table was cleared, which says nothing about the user';
    default:
      return 'not observed after that: the program stopped, or did not record; this is no logoff';
  }
}
