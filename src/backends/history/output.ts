import { csvLine } from '../../csv.ts';
import { splitGroups } from '../../fsso/wire/groups.ts';
import { accountName, endingWords, evidenceOf, type HistoryRow, isoTime } from '../../logon-history.ts';
import { safeJson } from '../../safe-json.ts';
import { safeText } from '../../safe-text.ts';

/** How intervals are printed: what stands before the first one, each of them, and what follows the last. */
export interface HistoryLayout {
  readonly head: string;
  row(row: HistoryRow, index: number): string;
  tail(count: number): string;
}

const time = (ms: number | null): string | null => (ms === null ? null : isoTime(ms));

/** One line each, the newest first. */
export const listLayout: HistoryLayout = {
  head: `${'FROM'.padEnd(21)} ${'UNTIL'.padEnd(21)} ${'IP'.padEnd(15)} USER, WORKSTATION, HOW IT ENDED\n`,
  row(row) {
    const until = row.ended === null ? 'now' : isoTime(row.ended);
    const session = row.session === 0 ? '' : ` session ${row.session}`;
    const how = endingWords(row);
    const who = `${accountName(row)} on ${row.workstation || 'an unknown workstation'}${session}`;
    const line = `${isoTime(row.began).padEnd(21)} ${until.padEnd(21)} ${row.ip.padEnd(15)} ${who}`;
    return `${safeText(line)}${how === '' ? '' : safeText(`: ${how}`)}\n`;
  },
  tail: (count) => `${count} ${count === 1 ? 'interval' : 'intervals'}\n`,
};

/** A block each, with all that it rests on. */
export const evidenceLayout: HistoryLayout = {
  head: '',
  row(row) {
    const fields = [
      ['User', accountName(row)],
      ['IP address', row.ip],
      ['Workstation', row.workstation],
      ['Session', row.session === 0 ? '' : `${row.session}`],
      ['Ports', row.ports],
      ['Groups', row.groups],
      ...evidenceOf(row),
    ];
    const lines = fields
      .filter(([, text]) => text !== '')
      .map(([label = '', text = '']) => `${label.padEnd(12)} ${safeText(text)}\n`);
    return `${lines.join('')}\n`;
  },
  tail: listLayout.tail,
};

/** The document of docs/cli.md, fsso history, written as it comes. */
export const jsonLayout: HistoryLayout = {
  head: '{"history":[\n',
  row: (row, index) => `${index === 0 ? '' : ',\n'}${safeJson(documentOf(row)).trimEnd()}`,
  tail: (count) => `\n],"total":${count}}\n`,
};

const csvColumns: readonly (readonly [title: string, of: (row: HistoryRow) => string | number | null])[] = [
  ['from', (row) => isoTime(row.began)],
  ['until', (row) => time(row.ended)],
  ['ip', (row) => row.ip],
  ['session', (row) => (row.session === 0 ? null : row.session)],
  ['user', (row) => row.user],
  ['domain', (row) => row.domain],
  ['workstation', (row) => row.workstation],
  ['groups', (row) => row.groups],
  ['ports', (row) => row.ports],
  ['connector', (row) => row.connector],
  ['collector', (row) => row.server],
  ['seen_in', (row) => row.beganBy],
  ['logon_time', (row) => isoTime(row.logonTime)],
  ['confirmed', (row) => time(row.confirmed)],
  ['confirmed_by', (row) => row.confirmedBy],
  ['link_lost', (row) => time(row.unseen)],
  ['ended_by', (row) => row.endedBy],
  ['next_user', (row) => row.next],
  ['next_collector', (row) => row.nextServer],
];

export const csvLayout: HistoryLayout = {
  head: csvLine(csvColumns.map(([title]) => title)),
  row: (row) => csvLine(csvColumns.map(([, of]) => of(row))),
  tail: () => '',
};

function documentOf(row: HistoryRow): object {
  return {
    from: isoTime(row.began),
    until: time(row.ended),
    ip: row.ip,
    session: row.session === 0 ? null : row.session,
    user: row.user,
    domain: row.domain,
    workstation: row.workstation,
    groups: splitGroups(row.groups),
    portRanges: row.ports === '' ? [] : row.ports.split(',').map((range) => range.split('-').map(Number)),
    connector: row.connector,
    evidence: {
      collector: row.server,
      seenIn: row.beganBy,
      logonTime: isoTime(row.logonTime),
      confirmed: time(row.confirmed),
      confirmedBy: row.confirmedBy,
      linkLost: time(row.unseen),
      endedBy: row.endedBy,
      next: row.next,
      nextCollector: row.nextServer,
    },
  };
}
