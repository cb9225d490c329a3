/** What stands behind a name or is written in a query. */
export type WqlValue = string | number | boolean | null;

export type WqlTest =
  | { readonly kind: 'and'; readonly left: WqlTest; readonly right: WqlTest }
  | { readonly kind: 'or'; readonly left: WqlTest; readonly right: WqlTest }
  | { readonly kind: 'not'; readonly test: WqlTest }
  | { readonly kind: 'isa'; readonly property: string; readonly className: string }
  | { readonly kind: 'like'; readonly property: string; readonly pattern: RegExp }
  | {
      readonly kind: 'compare';
      readonly property: string;
      readonly operator: WqlOperator;
      readonly value: WqlValue;
    };

export type WqlOperator = '=' | '<>' | '<' | '>' | '<=' | '>=';

/** A query of WMI's language, as far as the lab understands it: SELECT … FROM … [WITHIN …] [WHERE …]. */
export interface WqlQuery {
  /** Null for `*`. */
  readonly properties: readonly string[] | null;
  readonly className: string;
  readonly test: WqlTest | null;
}

/** Thrown for whatever is no such query, and nothing else is. */
export class WqlError extends Error {
  override readonly name = 'WqlError';
}

const longest = 16_384;
const deepest = 64;

const tokenPattern =
  /\s*(?:([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)|(-?\d+(?:\.\d+)?)|'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|(<=|>=|<>|!=|[=<>(),*]))/y;

type Token =
  | { readonly kind: 'name'; readonly text: string }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'sign'; readonly text: string };

function tokensOf(text: string): Token[] {
  if (text.length > longest) throw new WqlError(`a query of ${text.length} characters`);
  const trimmed = text.trimEnd();
  const tokens: Token[] = [];
  for (let at = 0; at < trimmed.length; at = tokenPattern.lastIndex) {
    tokenPattern.lastIndex = at;
    const match = tokenPattern.exec(trimmed);
    if (match === null) throw new WqlError(`nothing is understood from character ${at + 1} on`);
    const [, name, number, single, double, sign] = match;
    if (name !== undefined) tokens.push({ kind: 'name', text: name });
    else if (number !== undefined) tokens.push({ kind: 'number', value: Number(number) });
    else if (sign !== undefined) tokens.push({ kind: 'sign', text: sign === '!=' ? '<>' : sign });
    else tokens.push({ kind: 'text', value: (single ?? double ?? '').replace(/\\(.)/gs, '$1') });
  }
  return tokens;
}

/** @throws WqlError */
export function parseWql(text: string): WqlQuery {
  return new Parser(tokensOf(text)).query();
}

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  query(): WqlQuery {
    this.#need('select');
    const properties = this.#properties();
    this.#need('from');
    const className = this.#name();
    // How often WMI looks for changes itself; the lab tells at once.
    if (this.#take('within') && this.#next()?.kind !== 'number') throw new WqlError('WITHIN wants seconds');
    const test = this.#take('where') ? this.#or() : null;
    if (this.#at < this.#tokens.length) throw new WqlError('more behind the end of the query');
    return { properties, className, test };
  }

  #properties(): string[] | null {
    if (this.#sign('*')) return null;
    const names = [this.#name()];
    while (this.#sign(',')) names.push(this.#name());
    return names;
  }

  #or(): WqlTest {
    let left = this.#and();
    while (this.#take('or')) left = { kind: 'or', left, right: this.#and() };
    return left;
  }

  #and(): WqlTest {
    let left = this.#not();
    while (this.#take('and')) left = { kind: 'and', left, right: this.#not() };
    return left;
  }

  #not(): WqlTest {
    this.#depth += 1;
    if (this.#depth > deepest) throw new WqlError('too many conditions inside of one another');
    try {
      if (this.#take('not')) return { kind: 'not', test: this.#not() };
      if (!this.#sign('(')) return this.#comparison();
      const test = this.#or();
      if (!this.#sign(')')) throw new WqlError('a bracket that is not closed');
      return test;
    } finally {
      this.#depth -= 1;
    }
  }

  #comparison(): WqlTest {
    const property = this.#name();
    if (this.#take('isa')) return { kind: 'isa', property, className: String(this.#value()) };
    if (this.#take('like')) return { kind: 'like', property, pattern: likePattern(String(this.#value())) };
    const token = this.#next();
    if (token?.kind !== 'sign' || !isOperator(token.text))
      throw new WqlError(`${property} without a comparison`);
    return { kind: 'compare', property, operator: token.text, value: this.#value() };
  }

  #value(): WqlValue {
    const token = this.#next();
    if (token?.kind === 'text' || token?.kind === 'number') return token.value;
    const word = token?.kind === 'name' ? token.text.toLowerCase() : '';
    if (word === 'true' || word === 'false') return word === 'true';
    if (word === 'null') return null;
    throw new WqlError('a comparison without a value');
  }

  #next(): Token | undefined {
    const token = this.#tokens[this.#at];
    this.#at += 1;
    return token;
  }

  #name(): string {
    const token = this.#next();
    if (token?.kind !== 'name') throw new WqlError('a name is missing');
    return token.text;
  }

  #take(word: string): boolean {
    const token = this.#tokens[this.#at];
    const isThere = token?.kind === 'name' && token.text.toLowerCase() === word;
    if (isThere) this.#at += 1;
    return isThere;
  }

  #need(word: string): void {
    if (!this.#take(word)) throw new WqlError(`${word.toUpperCase()} is missing`);
  }

  #sign(text: string): boolean {
    const token = this.#tokens[this.#at];
    const isThere = token?.kind === 'sign' && token.text === text;
    if (isThere) this.#at += 1;
    return isThere;
  }
}

function isOperator(text: string): text is WqlOperator {
  return ['=', '<>', '<', '>', '<=', '>='].includes(text);
}

/** `%` is anything, `_` one character. */
function likePattern(text: string): RegExp {
  const parts = [...text].map((character) =>
    character === '%' ? '.*' : character === '_' ? '.' : character.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'),
  );
  // Several in a row say no more than one, and cost more each.
  return new RegExp(`^${parts.join('').replace(/(?:\.\*)+/g, '.*')}$`, 'isu');
}

/** What a query is asked of. */
export interface WqlSubject {
  /** Undefined for a property that there is not. */
  value(property: string): WqlValue | undefined;
  /** Whether what stands behind a name is of a class. */
  isA(property: string, className: string): boolean;
}

/** Whether a subject fits. @throws WqlError for a property that there is not */
export function fits(test: WqlTest | null, subject: WqlSubject): boolean {
  if (test === null) return true;
  if (test.kind === 'and') return fits(test.left, subject) && fits(test.right, subject);
  if (test.kind === 'or') return fits(test.left, subject) || fits(test.right, subject);
  if (test.kind === 'not') return !fits(test.test, subject);
  if (test.kind === 'isa') return subject.isA(test.property, test.className);
  const value = subject.value(test.property);
  if (value === undefined) throw new WqlError(`no property ${test.property}`);
  if (test.kind === 'like') return value !== null && test.pattern.test(String(value));
  return compares(value, test.operator, test.value);
}

/** Nothing compares with null but being or not being it; texts compare without capitals, as WMI's do. */
function compares(left: WqlValue, operator: WqlOperator, right: WqlValue): boolean {
  if (left === null || right === null) {
    if (operator === '=') return left === right;
    return operator === '<>' && left !== right;
  }
  const isNumber = typeof left === 'number' || typeof right === 'number';
  const a = isNumber ? Number(left) : String(left).toLowerCase();
  const b = isNumber ? Number(right) : String(right).toLowerCase();
  if (operator === '=') return a === b;
  if (operator === '<>') return a !== b;
  if (operator === '<') return a < b;
  if (operator === '>') return a > b;
  return operator === '<=' ? a <= b : a >= b;
}
