import { beginnings, endings, type HistoryRow } from '../logon-history.ts';
import type { Fields } from './fields.ts';

/** The fields of an interval of the history: those of a logon, and how it began and ended. */
export const historyFields: Fields<HistoryRow> = {
  user: { kind: 'text', help: 'user', of: (row) => row.user },
  ip: { kind: 'address', help: 'address', aliases: ['address'], of: (row) => row.ip },
  ws: { kind: 'text', help: 'workstation', aliases: ['workstation'], of: (row) => row.workstation },
  domain: { kind: 'text', help: 'domain', of: (row) => row.domain },
  group: {
    kind: 'texts',
    help: 'groups, each by itself',
    aliases: ['groups'],
    // A plus behind a backslash belongs to a name.
    of: (row) => (row.groups === '' ? [] : row.groups.split(/(?<!\\)\+/)),
  },
  connector: { kind: 'text', help: 'connector', words: false, of: (row) => row.connector },
  source: {
    kind: 'text',
    help: 'collector that reported it first',
    aliases: ['server', 'collector'],
    words: false,
    of: (row) => row.server,
  },
  session: { kind: 'number', help: 'session of a terminal server, 0 for none', of: (row) => row.session },
  time: { kind: 'time', help: 'when it was reported', aliases: ['began'], of: (row) => row.began },
  age: { kind: 'age', help: 'since it was reported', of: (row) => row.began },
  ended: { kind: 'time', help: 'when it ended', of: (row) => row.ended },
  lasted: {
    kind: 'duration',
    help: 'from its report to its end, or to now',
    timed: true,
    of: (row, now) => (row.ended ?? now) - row.began,
  },
  how: { kind: 'one-of', help: 'how it became known', values: beginnings, of: (row) => row.beganBy },
  why: { kind: 'one-of', help: 'why it ended', values: endings, of: (row) => row.endedBy },
  next: { kind: 'text', help: 'who took its place', words: false, of: (row) => row.next },
};
