import { NdrReader } from '../ndr-reader.ts';
import { NdrWriter } from '../ndr-writer.ts';

// What the enumerations of LAN Manager's calls have in common (MS-SRVS 2.2.4, MS-WKST 2.2.5): a level that chooses the columns, a
// container of rows that is empty in the question, a wished length, and a handle to go on with.

/** Win32 errors with which an enumeration is answered. */
export const netStatuses = { done: 0, moreData: 234, badLevel: 124, accessDenied: 5 } as const;

/** One column of a level: a pointer to text, or a number of 32 bits. */
export type NetColumn = readonly [name: string, kind: 'text' | 'number'];

export type NetRow = Readonly<Record<string, string | number>>;

export interface NetQuestion {
  readonly level: number;
  /** Bytes that the answer should not exceed; servers may give less. */
  readonly most: number;
  /** 0 at first, then what the last answer gave. */
  readonly resume: number;
}

export interface NetAnswer {
  readonly level: number;
  readonly rows: readonly NetRow[];
  /** Rows that there are from where the question began. */
  readonly total: number;
  readonly resume: number;
  /** A Win32 error: netStatuses and others. */
  readonly status: number;
}

/** PreferedMaximumLength of our questions: with more rows the server says moreData, and is asked again [assumed]. */
export const wishedBytes = 1024 * 1024;

/** Rows of one answer, at most [assumed]. */
const mostRows = 200_000;

export function writeNetQuestion(writer: NdrWriter, { level, most, resume }: NetQuestion): Buffer {
  // Level, the same as the union's discriminant, the container, and no rows in it.
  writer.u32(level).u32(level).pointer().u32(0).pointer(false);
  return writer.u32(most).pointer().u32(resume).finish();
}

export function readNetQuestion(reader: NdrReader): NetQuestion {
  const level = reader.u32();
  reader.u32();
  // A caller may send rows, which mean nothing; some point to an array of none.
  if (reader.pointer() && (reader.u32() !== 0 || (reader.pointer() && reader.u32() !== 0)))
    reader.fail('unsupported', 'an enumeration that begins with rows');
  const most = reader.u32();
  return { level, most, resume: reader.pointer() ? reader.u32() : 0 };
}

type Columns = (level: number) => readonly NetColumn[] | undefined;

export function readNetAnswer(stub: Buffer, columnsOf: Columns): NetAnswer {
  const reader = new NdrReader(stub);
  const level = reader.u32();
  reader.u32();
  let rows: NetRow[] = [];
  if (reader.pointer()) {
    const entries = reader.u32();
    if (reader.pointer()) {
      const columns = columnsOf(level) ?? reader.fail('unsupported', `level ${level}`);
      const count = reader.count(columns.length * 4);
      if (count !== entries || count > mostRows)
        reader.fail('bad-length', `${entries} rows, of which ${count} are there`);
      rows = readRows(reader, columns, count);
    }
  }
  const total = reader.u32();
  const resume = reader.pointer() ? reader.u32() : 0;
  return { level, rows, total, resume, status: reader.u32() };
}

function readRows(reader: NdrReader, columns: readonly NetColumn[], count: number): NetRow[] {
  const rows = Array.from({ length: count }, () => {
    const row: Record<string, string | number> = {};
    for (const [name] of columns) row[name] = reader.u32();
    return row;
  });
  // What the pointers point to stands behind all rows.
  for (const row of rows)
    for (const [name, kind] of columns)
      if (kind === 'text') row[name] = row[name] === 0 ? '' : reader.wideString();
  return rows;
}

export function writeNetAnswer(answer: NetAnswer, columnsOf: Columns): Buffer {
  const { level, rows, total, resume, status } = answer;
  const writer = new NdrWriter().u32(level).u32(level);
  const columns = columnsOf(level);
  writer.pointer(columns !== undefined);
  if (columns !== undefined) {
    writer.u32(rows.length).pointer(rows.length > 0);
    if (rows.length > 0) writer.u32(rows.length);
    for (const row of rows)
      for (const [name, kind] of columns)
        if (kind === 'text') writer.pointer();
        else writer.u32(Number(row[name] ?? 0));
    for (const row of rows)
      for (const [name, kind] of columns) if (kind === 'text') writer.wideString(String(row[name] ?? ''));
  }
  return writer.u32(total).pointer().u32(resume).u32(status).finish();
}
