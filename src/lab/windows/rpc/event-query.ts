import type { LogRecord } from '../security-log.ts';

const comparison = /^\(?\s*(EventRecordID|EventID)\s*(>=|<=|=|>|<)\s*(\d+)\s*\)?$/;
const whole = /^\*\[System\[(.*)\]\]$/s;

type Test = (record: LogRecord) => boolean;

/**
 * The XPath of event queries, as much of it as a poller needs: `*`, and comparisons of EventID and EventRecordID, joined by `and`, with
 * alternatives in parentheses (MS-EVEN6 2.2.15). Null for what is no such query.
 */
export function readEventQuery(query: string): Test | null {
  const text = query.trim();
  if (text === '*') return () => true;
  const inside = whole.exec(text)?.[1];
  return inside === undefined ? null : alternatives(inside);
}

/** Cuts at a word that stands outside of parentheses. */
function cut(text: string, word: ' and ' | ' or '): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '(') depth += 1;
    else if (text[at] === ')') depth -= 1;
    else if (depth === 0 && text.startsWith(word, at)) {
      parts.push(text.slice(from, at));
      from = at + word.length;
    }
  }
  parts.push(text.slice(from));
  return parts.map((part) => part.trim());
}

function alternatives(text: string): Test | null {
  const tests = cut(text, ' or ').map(conjunction);
  return tests.includes(null) ? null : (record) => tests.some((test) => test?.(record));
}

function conjunction(text: string): Test | null {
  const tests = cut(text, ' and ').map(single);
  return tests.includes(null) ? null : (record) => tests.every((test) => test?.(record));
}

function single(text: string): Test | null {
  const [, field, operator, number] = comparison.exec(text) ?? [];
  if (field === undefined)
    return text.startsWith('(') && text.endsWith(')') ? alternatives(text.slice(1, -1)) : null;
  const wanted = Number(number);
  const value = ({ id, record }: LogRecord) => (field === 'EventID' ? id : record);
  switch (operator) {
    case '=':
      return (record) => value(record) === wanted;
    case '>=':
      return (record) => value(record) >= wanted;
    case '<=':
      return (record) => value(record) <= wanted;
    case '>':
      return (record) => value(record) > wanted;
    default:
      return (record) => value(record) < wanted;
  }
}
