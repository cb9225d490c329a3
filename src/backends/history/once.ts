import { accountName, type HistoryQuestion, type HistoryRow, isoTime } from '../../logon-history.ts';
import type { Problem } from '../../problem.ts';
import type { Query } from '../../query/query.ts';
import { safeText } from '../../safe-text.ts';
import { openForReading, reasonOf } from './file.ts';
import type { HistoryLayout } from './output.ts';
import { answers, wasObserved } from './questions.ts';

/** What a one-shot asks, and how it prints the answer. */
export interface HistoryOnce {
  readonly path: string;
  readonly question: HistoryQuestion;
  readonly filter: Query<HistoryRow>;
  readonly layout: HistoryLayout;
  readonly now: number;
  /** Takes a piece of the output; resolves when more may come. */
  write(text: string): Promise<void>;
}

/** How many intervals were found; where none, why that is all that can be said. */
export type HistoryOutcome = { found: number; remark: string | null } | { problem: Problem };

/** Pieces of output that are gathered before they are written, in characters. */
const pieceLength = 65_536;

/** Prints what a question finds in the file, as it is read: an answer of any length takes no more memory than a short one. */
export async function historyOnce({
  path,
  question,
  filter,
  layout,
  now,
  write,
}: HistoryOnce): Promise<HistoryOutcome> {
  try {
    const database = openForReading(path);
    if (database === null) return { problem: nothingYet(path) };
    try {
      // The filter is ours and not SQLite's, so that the limit counts what passes it.
      const { limit, ...rest } = question;
      let found = 0;
      let piece = layout.head;
      for (const row of answers(database, filter.empty ? question : rest, now)) {
        if (!filter.empty && !filter.matches(row, now)) continue;
        piece += layout.row(row, found);
        found += 1;
        if (piece.length >= pieceLength) {
          await write(piece);
          piece = '';
        }
        if (limit !== undefined && found >= limit) break;
      }
      await write(piece + layout.tail(found));
      return { found, remark: found > 0 ? null : remarkOf(database, question, now) };
    } finally {
      database.close();
    }
  } catch (error) {
    const { code, text } = reasonOf(error);
    return {
      problem: {
        stage: 'history',
        code,
        message: `the history ${safeText(path)} cannot be read: ${safeText(text)}`,
        cause: '',
        fix: [],
      },
    };
  }
}

/** Nobody found is no proof that nobody was there: says what is known of that time. */
function remarkOf(
  database: NonNullable<ReturnType<typeof openForReading>>,
  question: HistoryQuestion,
  now: number,
): string {
  const { from, to } = question;
  if (from === undefined || from !== to) return 'the history has nothing of the kind';
  const later = laterWord(database, question, now);
  if (!wasObserved(database, from, now))
    return `nothing was observed at ${isoTime(from)}: fabrictop did not record then${later}`;
  return `no collector had reported anybody of the kind by ${isoTime(from)}${later}`;
}

/** A list that came later may tell of a logon that is older than the moment. */
function laterWord(
  database: NonNullable<ReturnType<typeof openForReading>>,
  question: HistoryQuestion,
  now: number,
): string {
  const { from = 0, ip, user, workstation } = question;
  if (ip === undefined && user === undefined && workstation === undefined) return '';
  let first: HistoryRow | null = null;
  for (const row of answers(database, { ...question, to: undefined, limit: undefined }, now))
    if (row.beganBy === 'list' && row.logonTime <= from && row.began > from) first = row;
  if (first === null) return '';
  const who = `${accountName(first)} at ${first.ip}`;
  return safeText(
    `; a list that came at ${isoTime(first.began)} says that ${who} had been logged on since ${isoTime(first.logonTime)}`,
  );
}

function nothingYet(path: string): Problem {
  return {
    stage: 'history',
    code: null,
    message: `there is no history in ${safeText(path)}`,
    cause:
      'Nothing has been recorded there: the dashboard records where the configuration has the key "history".',
    fix: [
      'add "history: { enabled: true }" to the configuration',
      'start the dashboard: it records while it runs',
    ],
  };
}
