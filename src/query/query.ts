import { type Field, type Fields, fieldNamed, takesWords } from './fields.ts';
import { type Names, type ReadTerm, readQuery } from './read.ts';
import { fieldTest, type RowTest, wordTest } from './tests.ts';
import type { Node } from './tree.ts';
import { Wrong } from './wrong.ts';

/** A query that was understood, compiled for the rows of one table. */
export interface Query<T> {
  readonly ok: true;
  /** There is nothing to look for: every row matches. */
  readonly empty: boolean;
  /** As time goes by, rows begin or cease to match that nobody changed. */
  readonly timed: boolean;
  /** What was understood; null where it is empty. `printQuery` writes it. */
  readonly tree: Node | null;
  /** `now` is in milliseconds since the epoch. */
  matches(row: T, now: number): boolean;
}

/** Why a query was not understood. */
export interface QueryError {
  readonly ok: false;
  /** Character of the text where it went wrong, counted from 1. */
  readonly position: number;
  /** What is wrong there, without the position. */
  readonly reason: string;
  /** One line that names the position. */
  readonly message: string;
}

/** Reads a query over the rows of one table (docs/query.md). It throws for no text. */
export function parseQuery<T>(text: string, fields: Fields<T>): Query<T> | QueryError {
  try {
    const tree = readQuery(text, namesOf(fields));
    if (tree === null) return { ok: true, empty: true, timed: false, tree, matches: () => true };
    const { matches, timed } = compile(tree, fields);
    return { ok: true, empty: false, timed, tree: withoutPlaces(tree), matches };
  } catch (error) {
    if (!(error instanceof Wrong)) throw error;
    const position = [...text.slice(0, error.index)].length + 1;
    const reason = error.message;
    return { ok: false, position, reason, message: `filter, character ${position}: ${reason}` };
  }
}

/** Whether `next` can only match what `before` matched: the usual case while a word is typed. */
export function narrows(before: string, next: string): boolean {
  return next.startsWith(before) && !/[^\p{L}\p{N} .]|\b(?:or|and)\b/iu.test(next);
}

function namesOf<T>(fields: Fields<T>): Names {
  return {
    has: (name) => fieldNamed(fields, name) !== undefined,
    unknown: (name) => {
      const known = Object.keys(fields).map((each) => `${each}:`);
      return `there is no field "${name}:", only ${known.join(' ')} (quote the word to search for it)`;
    },
  };
}

function compile<T>(node: Node, fields: Fields<T>): RowTest<T> {
  switch (node.kind) {
    case 'term':
      return compileTerm(node as ReadTerm, fields);
    case 'not': {
      const { matches, timed } = compile(node.part, fields);
      return { timed, matches: (row, now) => !matches(row, now) };
    }
    case 'all':
    case 'any': {
      const parts = node.parts.map((part) => compile(part, fields));
      const timed = parts.some((part) => part.timed);
      return {
        timed,
        matches: chain(
          node.kind,
          parts.map((part) => part.matches),
        ),
      };
    }
  }
}

// Two at a time, so that a row costs no loop and no iterator.
function chain<T>(kind: 'all' | 'any', parts: readonly RowTest<T>['matches'][]): RowTest<T>['matches'] {
  return parts.reduceRight((rest, part) =>
    kind === 'all'
      ? (row, now) => part(row, now) && rest(row, now)
      : (row, now) => part(row, now) || rest(row, now),
  );
}

function compileTerm<T>(term: ReadTerm, fields: Fields<T>): RowTest<T> {
  if (term.field !== null) return fieldTest(fieldNamed(fields, term.field) as Field<T>, term);
  const tests = Object.values(fields)
    .filter(takesWords)
    .map((field) => wordTest(field, term));
  return {
    timed: tests.some((test) => test.timed),
    matches: chain(
      'any',
      tests.map((test) => test.matches),
    ),
  };
}

function withoutPlaces(node: Node): Node {
  if (node.kind === 'not') return { kind: 'not', part: withoutPlaces(node.part) };
  if (node.kind !== 'term') return { kind: node.kind, parts: node.parts.map(withoutPlaces) };
  const { kind, field, sign, value, quoted } = node;
  return { kind, field, sign, value, quoted };
}
