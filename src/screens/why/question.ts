import { isIP } from 'node:net';
import { accountName, type HistoryRow } from '../../logon-history.ts';
import type { EntryRow, LogonRow, ReportedLogon } from '../../state/changes.ts';
import type { WhyQuestion } from '../../why-report.ts';

/** The question as the state of a screen keeps it. */
export function questionText({ subject, to, logon, seen }: WhyQuestion): string {
  return JSON.stringify([subject.kind, subject.value, to, logon, seen ?? null]);
}

/** @throws SyntaxError for a text that `questionText` has not made */
export function readQuestion(text: string): WhyQuestion {
  const [kind, value, to, logon, seen] = JSON.parse(text) as [
    'user' | 'ip',
    string,
    string | null,
    string | null,
    NonNullable<WhyQuestion['seen']> | null,
  ];
  return { subject: { kind, value }, to, logon, ...(seen === null ? {} : { seen }) };
}

/** What a person typed after `:why`: a user or an address, and the destination behind a blank. */
export function typedQuestion(text: string): WhyQuestion {
  const [, first, last] = /^(.*\S)\s+(\S+)$/.exec(text) ?? [];
  const hasDestination = first !== undefined && last !== undefined && isIP(last) !== 0;
  const who = hasDestination ? first : text;
  return {
    subject: { kind: isIP(who) === 0 ? 'user' : 'ip', value: who },
    to: hasDestination ? last : null,
    logon: null,
  };
}

/** About a selected logon or entry, or about whom an interval of the history was of. */
export function questionOf(row: LogonRow | EntryRow | HistoryRow): WhyQuestion {
  const value = accountName(row);
  // An interval that is over is not the logon that stands at its place now, and an entry is a collector's.
  const isLogon = 'receivedAt' in row;
  return {
    subject: value === '' ? { kind: 'ip', value: row.ip } : { kind: 'user', value },
    to: null,
    logon: isLogon ? row.id : null,
    ...(isLogon && row.reported ? { seen: seenBy(row, row.reported) } : {}),
  };
}

function seenBy({ ip }: LogonRow, { fortigate, vdom }: ReportedLogon): NonNullable<WhyQuestion['seen']> {
  return { fortigate, vdom, ip };
}
