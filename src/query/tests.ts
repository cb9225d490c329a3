import { addressTest, ipv4Number } from './addresses.ts';
import { durationSpan, isIn, numberSpan, type Span, timeTest } from './amounts.ts';
import { type Field, type FieldKind, kindExamples } from './fields.ts';
import type { ReadTerm } from './read.ts';
import { begins, isText, likeText, occurs, type TextTest } from './texts.ts';
import { Wrong } from './wrong.ts';

/** A term as it is asked of each row. */
export interface RowTest<T> {
  readonly matches: (row: T, now: number) => boolean;
  /** As time goes by it changes its answer. */
  readonly timed: boolean;
}

/**
 * The test for `name:value`.
 * @throws Wrong where the field has no such value
 */
export function fieldTest<T>(field: Field<T>, term: ReadTerm): RowTest<T> {
  const { value, sign } = term;
  const timed = field.timed === true;
  switch (field.kind) {
    case 'text': {
      const test = textOf(term);
      return { timed, matches: onText(field, test) };
    }
    case 'texts': {
      const test = textOf(term);
      if (value === '') return { timed, matches: (row, now) => field.of(row, now).length === 0 };
      return { timed, matches: onTexts(field, test) };
    }
    case 'address': {
      const test = addressOf(term);
      return { timed, matches: onText(field, test) };
    }
    case 'number': {
      const span = spanOf(term, numberSpan, field.kind);
      return { timed, matches: onNumber(field, span) };
    }
    case 'ranges': {
      const { from, to, openFrom, openTo } = spanOf(term, numberSpan, field.kind);
      const least = openFrom ? from + 1 : from;
      const most = openTo ? to - 1 : to;
      return {
        timed,
        matches: (row, now) => {
          for (const range of field.of(row, now)) if (range[0] <= most && range[1] >= least) return true;
          return false;
        },
      };
    }
    case 'age': {
      const span = spanOf(term, durationSpan, field.kind);
      return {
        timed: true,
        matches: (row, now) => {
          const time = field.of(row, now);
          // What lies in the future, by another clock, is shown as 0s.
          return time !== null && isIn(Math.max(0, now - time), span);
        },
      };
    }
    case 'left': {
      const span = spanOf(term, durationSpan, field.kind);
      return {
        timed: true,
        matches: (row, now) => {
          const time = field.of(row, now);
          return time !== null && isIn(time - now, span);
        },
      };
    }
    case 'duration': {
      const span = spanOf(term, durationSpan, field.kind);
      return { timed, matches: onNumber(field, span) };
    }
    case 'time': {
      const test = timeTest(value, sign);
      if (test === null) throw expected(term, field.kind);
      return {
        timed: timed || test.timed,
        matches: (row, now) => {
          const time = field.of(row, now);
          return time !== null && test.matches(time, now);
        },
      };
    }
    case 'one-of': {
      const chosen = chosenOf(term, field.values);
      return {
        timed,
        matches: (row, now) => {
          const word = field.of(row, now);
          if (word !== null && chosen.has(word)) return true;
          return field.also?.(row, now).some((each) => chosen.has(each)) === true;
        },
      };
    }
  }
}

/** The test for a word without a colon in one of the fields that take words. */
export function wordTest<T>(field: Field<T>, term: ReadTerm): RowTest<T> {
  const timed = field.timed === true;
  switch (field.kind) {
    case 'texts':
      return { timed, matches: onTexts(field, textOf(term)) };
    case 'address':
      return { timed, matches: onText(field, networkOf(term) ?? textOf(term)) };
    case 'text':
    case 'one-of':
      return { timed, matches: onText(field, textOf(term)) };
    case 'ranges': {
      const test = textOf(term);
      return {
        timed,
        matches: (row, now) => field.of(row, now).some(([first, last]) => test(`${first}-${last}`)),
      };
    }
    default: {
      const test = textOf(term);
      return {
        timed,
        matches: (row, now) => {
          const number = field.of(row, now);
          return number !== null && test(String(number));
        },
      };
    }
  }
}

interface HasText<T> {
  of(row: T, now: number): string | null;
}

function onText<T>(field: HasText<T>, test: TextTest): RowTest<T>['matches'] {
  return (row, now) => {
    const text = field.of(row, now);
    return text !== null && test(text);
  };
}

function onTexts<T>(
  field: { of(row: T, now: number): readonly string[] },
  test: TextTest,
): RowTest<T>['matches'] {
  return (row, now) => {
    for (const text of field.of(row, now)) if (test(text)) return true;
    return false;
  };
}

function onNumber<T>(field: { of(row: T, now: number): number | null }, span: Span): RowTest<T>['matches'] {
  return (row, now) => {
    const number = field.of(row, now);
    return number !== null && isIn(number, span);
  };
}

function textOf(term: ReadTerm): TextTest {
  const { value, sign, quoted } = term;
  if (sign !== null && sign !== '=')
    throw new Wrong(
      term.at - sign.length,
      `"${term.field}:" is a text, which is not more or less than another`,
    );
  // Nothing in quotes is nothing at all: every text holds that, only an empty one is it.
  if (sign === '=' || value === '') return isText(value);
  return !quoted && value.includes('*') ? likeText(value) : occurs(value);
}

/** An address, network or range as numbers; what is still being typed as the beginning of a text. */
function addressOf(term: ReadTerm): TextTest {
  const { value, sign, quoted, at } = term;
  if (quoted || value.includes('*') || (sign !== null && sign !== '=')) return textOf(term);
  if (sign === null && /^(?:\d{1,3}(?:\.\d{0,3}){0,3}|[\da-f]{0,4}:[\da-f:]*)$/i.test(value)) {
    const whole = addressTest(value);
    return typeof whole === 'function' ? whole : begins(value);
  }
  const test = addressTest(value);
  if (typeof test !== 'function') throw new Wrong(at + test.at, test.reason);
  return test;
}

/** The network that a word is, such as `10.1.0.0/16`, which is part of no text. */
function networkOf({ value, quoted }: ReadTerm): TextTest | null {
  const slash = value.indexOf('/');
  if (quoted || slash < 0 || (ipv4Number(value, 0, slash) < 0 && !value.includes(':'))) return null;
  const test = addressTest(value);
  return typeof test === 'function' ? test : null;
}

type Read = (text: string, sign: ReadTerm['sign']) => Span | null;

function spanOf(term: ReadTerm, read: Read, kind: FieldKind): Span {
  const span = read(term.value, term.sign);
  if (span === null) throw expected(term, kind);
  if (span.to < span.from) throw new Wrong(term.at, 'the range ends before it begins');
  return span;
}

/** The values that begin with what was written; that one alone where it is one. */
function chosenOf(term: ReadTerm, values: readonly string[]): ReadonlySet<string> {
  const wanted = term.value.toLowerCase();
  if (term.sign !== null && term.sign !== '=')
    throw new Wrong(term.at - term.sign.length, `"${term.field}:" is one of ${listed(values)}`);
  if (values.includes(wanted)) return new Set([wanted]);
  const begun = values.filter((value) => value.startsWith(wanted));
  if (wanted === '' || begun.length === 0)
    throw new Wrong(term.at, `"${term.field}:" is one of ${listed(values)}`);
  return new Set(begun);
}

function listed(values: readonly string[]): string {
  return values.map((value) => (/\s/.test(value) ? `"${value}"` : value)).join(', ');
}

const kindWords: Partial<Record<FieldKind, string>> = {
  number: 'a whole number',
  ranges: 'a whole number',
  age: 'an age with its unit (s, m, h, d, w)',
  left: 'a time with its unit (s, m, h, d, w)',
  duration: 'a duration with its unit (ms, s, m)',
  time: 'a time in UTC',
};

function expected({ at, field }: ReadTerm, kind: FieldKind): Wrong {
  return new Wrong(
    at,
    `expected ${kindWords[kind]} after "${field}:", such as ${kindExamples[kind].join(' ')}`,
  );
}
