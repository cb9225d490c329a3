/** What a table's filter may name. Every name is lower case. */
export interface FilterFields {
  /** Columns that may be written before a colon. */
  readonly columns: readonly string[];
  /** Columns that a word without a colon is looked for in. */
  readonly words: readonly string[];
}

/** The columns of a logon, as `fsso list --filter` and the screen of FSSO users take them. */
export const logonFields: FilterFields = {
  columns: ['user', 'ip', 'ws', 'domain', 'group'],
  words: ['ip', 'user', 'domain', 'ws', 'group'],
};

/** A filter that was understood. */
export interface Filter {
  readonly ok: true;
  /** There is nothing to filter by: every row matches. */
  readonly empty: boolean;
  /** `field` gives the text of a column of the row; it is asked only for names of the filter's fields. */
  matches(field: (name: string) => string): boolean;
}

/** Why a filter was not understood. */
export interface FilterError {
  readonly ok: false;
  /** Character of the text where it went wrong, counted from 1. */
  readonly position: number;
  /** One line that names the position. */
  readonly message: string;
}

interface Term {
  negated: boolean;
  column: string | null;
  /** Lower case. */
  value: string;
}

// A name before a colon is letters only, so that an IPv6 address such as fe80::1 stays a word.
const columnName = /^([A-Za-z]+):/;

/**
 * Reads a filter: words that all have to occur, without regard to case. `-word` means that it must not occur,
 * `column:value` looks in one column only, and double quotes hold blanks together (`group:"DOMAIN USERS"`).
 */
export function parseFilter(text: string, fields: FilterFields = logonFields): Filter | FilterError {
  const terms: Term[] = [];
  let at = 0;
  while (at < text.length) {
    if (isBlank(text[at])) {
      at += 1;
      continue;
    }
    const negated = text[at] === '-';
    if (negated) at += 1;
    let column: string | null = null;
    const name = columnName.exec(text.slice(at))?.[1];
    if (name !== undefined) {
      column = name.toLowerCase();
      if (!fields.columns.includes(column)) {
        const known = fields.columns.map((each) => `${each}:`).join(' ');
        return wrong(at, `there is no column "${name}:", only ${known} (quote the word to search for it)`);
      }
      at += name.length + 1;
    }
    const quoted = text[at] === '"';
    const start = quoted ? at + 1 : at;
    const end = quoted ? text.indexOf('"', start) : endOfWord(text, start);
    if (end < 0) return wrong(at, 'the quotation mark is not closed');
    if (end === start) {
      return wrong(at, column === null ? 'a word is missing' : `a value is missing after "${column}:"`);
    }
    terms.push({ negated, column, value: text.slice(start, end).toLowerCase() });
    at = quoted ? end + 1 : end;
    if (quoted && at < text.length && !isBlank(text[at])) {
      return wrong(at, 'a blank is missing after the quotation mark');
    }
  }
  return {
    ok: true,
    empty: terms.length === 0,
    matches: (field) => terms.every((term) => occurs(term, fields.words, field) !== term.negated),
  };
}

function occurs(term: Term, words: readonly string[], field: (name: string) => string): boolean {
  if (term.column !== null) return field(term.column).toLowerCase().includes(term.value);
  return words.some((name) => field(name).toLowerCase().includes(term.value));
}

function endOfWord(text: string, start: number): number {
  let end = start;
  while (end < text.length && !isBlank(text[end])) end += 1;
  return end;
}

function isBlank(character: string | undefined): boolean {
  return character === ' ' || character === '\t';
}

function wrong(index: number, reason: string): FilterError {
  return { ok: false, position: index + 1, message: `filter, character ${index + 1}: ${reason}` };
}
