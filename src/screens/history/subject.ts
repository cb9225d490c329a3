import { isIP } from 'node:net';
import { accountName, type HistoryQuestion, type HistoryRow } from '../../logon-history.ts';
import type { LogonRow } from '../../state/changes.ts';

/** What a history is of. */
export type SubjectKind = 'user' | 'ip' | 'workstation';
export interface HistorySubject {
  readonly kind: SubjectKind;
  readonly value: string;
}

const order: readonly SubjectKind[] = ['user', 'ip', 'workstation'];
const titles: Readonly<Record<SubjectKind, string>> = {
  user: 'user',
  ip: 'address',
  workstation: 'workstation',
};

/** The subject as the state of a screen keeps it. */
export function subjectText({ kind, value }: HistorySubject): string {
  return `${kind}:${value}`;
}

export function readSubject(text: string): HistorySubject | null {
  const [, kind, value] = /^(user|ip|workstation):(.+)$/s.exec(text) ?? [];
  return kind === undefined || value === undefined ? null : { kind: kind as SubjectKind, value };
}

/** What a person typed after `:history`: an address, else a user, where no word before a colon says more. */
export function typedSubject(text: string): HistorySubject {
  const [, word, rest] = /^(user|ip|ws|workstation):(.+)$/.exec(text) ?? [];
  if (word !== undefined && rest !== undefined)
    return { kind: word === 'ws' ? 'workstation' : (word as SubjectKind), value: rest };
  return { kind: isIP(text) === 0 ? 'user' : 'ip', value: text };
}

/** `user CORP\alice`. */
export function subjectWords({ kind, value }: HistorySubject): string {
  return `${titles[kind]} ${value}`;
}

/** What a row tells of each kind; null where it is not known. */
export function subjectOf(
  row: Pick<HistoryRow | LogonRow, 'user' | 'domain' | 'ip' | 'workstation'>,
  kind: SubjectKind,
): HistorySubject | null {
  const value = kind === 'user' ? accountName(row) : row[kind];
  return value === '' ? null : { kind, value };
}

/** The same row seen from another side: user, address, workstation, and round again. */
export function nextSubject(
  row: Pick<HistoryRow, 'user' | 'domain' | 'ip' | 'workstation'>,
  after: SubjectKind,
): HistorySubject | null {
  const place = order.indexOf(after);
  for (const step of [1, 2, 3]) {
    const found = subjectOf(row, order[(place + step) % order.length] ?? 'user');
    if (found) return found;
  }
  return null;
}

/** Rows that a screen asks for; the newest. */
export const mostRows = 1_000;

export function questionOf({ kind, value }: HistorySubject): HistoryQuestion {
  return { [kind]: value, limit: mostRows };
}
