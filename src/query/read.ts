import type { Node, Sign, Term } from './tree.ts';
import { Wrong } from './wrong.ts';

/** A term and where its value stands in the text, so that an error about the value can point at it. */
export interface ReadTerm extends Term {
  readonly at: number;
  /** Where the whole term begins, its name included. */
  readonly start: number;
}

/** The names that may stand before a colon, in lower case. */
export interface Names {
  has(name: string): boolean;
  /** What to say of a name that is none of them. */
  unknown(name: string): string;
}

// More would be a mistake, and costs a call of a call each.
const mostDepth = 50;
const mostTerms = 500;

// A name begins with a letter and has no digit, so that IPv6 addresses and ports stay words.
const fieldName = /^([A-Za-z][A-Za-z-]*):/;
// Addresses begin like names where their first group has letters only.
const colonWord = /^(?:[0-9A-Fa-f]{0,4}::?){2,}|^(?:[0-9A-Fa-f]{2}:){2,}/;
const signs = /^(?:<=|>=|<|>|=)/;
const operator = /^(?:or|and)(?=[\s()]|$)/i;
const blank = /\s/;

/**
 * Reads a query: terms side by side all have to hold, `or` binds less than they do, `-` more, parentheses group
 * (docs/query.md). Null for a text without any term.
 * @throws Wrong
 */
export function readQuery(text: string, names: Names): Node | null {
  const reader = new Reader(text, names);
  return reader.isAtEnd() ? null : reader.read();
}

class Reader {
  readonly #text: string;
  readonly #names: Names;
  #at = 0;
  /** Where each parenthesis that is still open stands. */
  readonly #open: number[] = [];
  #terms = 0;

  constructor(text: string, names: Names) {
    this.#text = text;
    this.#names = names;
  }

  read(): Node {
    const node = this.#any();
    if (this.#here() === ')') throw new Wrong(this.#at, 'this parenthesis closes none');
    return node;
  }

  isAtEnd(): boolean {
    this.#skipBlanks();
    return this.#at >= this.#text.length;
  }

  #here(): string | undefined {
    return this.#text[this.#at];
  }

  #skipBlanks(): void {
    while (this.#at < this.#text.length && blank.test(this.#text[this.#at] as string)) this.#at += 1;
  }

  #operator(): string | null {
    this.#skipBlanks();
    return operator.exec(this.#text.slice(this.#at, this.#at + 4))?.[0].toLowerCase() ?? null;
  }

  #any(): Node {
    const parts = [this.#all()];
    while (this.#operator() === 'or') {
      this.#at += 2;
      parts.push(this.#all());
    }
    return joined('any', parts);
  }

  #all(): Node {
    const parts: Node[] = [];
    for (;;) {
      const word = this.#operator();
      if (this.#at >= this.#text.length || this.#here() === ')' || word === 'or') break;
      if (word === 'and') {
        if (parts.length === 0) throw this.#dangling(word);
        this.#at += 3;
        this.#skipBlanks();
        if (this.isAtEnd() || this.#here() === ')')
          throw new Wrong(this.#at, 'a word is missing after "and"');
        if (this.#operator() !== null) throw this.#dangling(word);
      }
      parts.push(this.#term());
    }
    if (parts.length > 0) return joined('all', parts);
    const word = this.#operator();
    if (word !== null) throw this.#dangling(word);
    throw new Wrong(this.#at, 'a word is missing');
  }

  #dangling(word: string): Wrong {
    return new Wrong(this.#at, `nothing stands before "${word}" (quote it to search for it)`);
  }

  #term(): Node {
    const start = this.#at;
    this.#terms += 1;
    if (this.#terms > mostTerms) throw new Wrong(start, `more than ${mostTerms} words`);
    if (this.#here() === '-') {
      this.#at += 1;
      return { kind: 'not', part: this.#here() === '(' ? this.#group() : this.#plain(start) };
    }
    return this.#here() === '(' ? this.#group() : this.#plain(start);
  }

  #group(): Node {
    if (this.#open.length >= mostDepth)
      throw new Wrong(this.#at, `more than ${mostDepth} parentheses in each other`);
    const start = this.#at;
    this.#open.push(start);
    this.#at += 1;
    const node = this.#any();
    if (this.#here() !== ')') throw new Wrong(start, 'the parenthesis is not closed');
    this.#open.pop();
    this.#at += 1;
    return node;
  }

  #plain(start: number): ReadTerm {
    const field = this.#name();
    const sign = field === null ? null : this.#sign();
    const at = this.#at;
    const isQuoted = this.#here() === '"';
    const value = isQuoted ? this.#quoted() : this.#word();
    if (value === '' && !(isQuoted && field !== null)) {
      throw new Wrong(at, field === null ? 'a word is missing' : `a value is missing after "${field}:"`);
    }
    return { kind: 'term', field, sign, value, quoted: isQuoted, at, start };
  }

  #name(): string | null {
    const rest = this.#text.slice(this.#at, this.#at + 64);
    const name = fieldName.exec(rest)?.[1];
    if (name === undefined) return null;
    const field = name.toLowerCase();
    if (!this.#names.has(field)) {
      if (colonWord.test(rest)) return null;
      throw new Wrong(this.#at, this.#names.unknown(name));
    }
    this.#at += name.length + 1;
    return field;
  }

  #sign(): Sign | null {
    const sign = signs.exec(this.#text.slice(this.#at, this.#at + 2))?.[0] ?? null;
    this.#at += sign?.length ?? 0;
    return sign as Sign | null;
  }

  #quoted(): string {
    const start = this.#at;
    let value = '';
    let from = start + 1;
    for (;;) {
      const end = this.#text.indexOf('"', from);
      if (end < 0) throw new Wrong(start, 'the quotation mark is not closed');
      value += this.#text.slice(from, end);
      from = end + 1;
      if (this.#text[from] !== '"') break;
      value += '"';
      from += 1;
    }
    this.#at = from;
    const next = this.#here();
    if (next !== undefined && !blank.test(next) && next !== ')')
      throw new Wrong(from, 'a blank is missing after the quotation mark');
    return value;
  }

  /** To the next blank; in parentheses, to the one that closes them and was not opened in the word. */
  #word(): string {
    const start = this.#at;
    let opened = 0;
    while (this.#at < this.#text.length) {
      const character = this.#text[this.#at] as string;
      if (blank.test(character)) break;
      if (character === '(') opened += 1;
      else if (character === ')') {
        if (opened === 0 && this.#open.length > 0) break;
        opened -= 1;
      }
      this.#at += 1;
    }
    return this.#text.slice(start, this.#at);
  }
}

/** One node of several; what is of the same kind already is taken in. */
function joined(kind: 'all' | 'any', parts: readonly Node[]): Node {
  const [only, ...more] = parts;
  if (only !== undefined && more.length === 0) return only;
  return { kind, parts: parts.flatMap((part) => (part.kind === kind ? part.parts : [part])) };
}
