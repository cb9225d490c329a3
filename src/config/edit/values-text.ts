import type { Secret } from '../values.ts';
import { dataOf } from './data.ts';
import { nested, type OptionValue } from './entry.ts';

/** The options of an entry, a `key: value` each. */
export function pairsText(entry: Readonly<Record<string, OptionValue>>): string[] {
  return Object.entries(nested(entry)).map(([key, value]) => `${key}: ${entryText(value)}`);
}

function entryText(value: unknown): string {
  const isNested = typeof value === 'object' && value !== null && !isSecret(value);
  if (!isNested) return valueText(value as OptionValue);
  return `{ ${Object.entries(value)
    .map(([key, inner]) => `${key}: ${valueText(inner as OptionValue)}`)
    .join(', ')} }`;
}

function isSecret(value: object): value is Secret {
  return 'env' in value || 'file' in value || 'command' in value;
}

/** A value on one line, fit for both of YAML's styles. */
export function valueText(value: OptionValue): string {
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return scalarText(value);
  if ('env' in value) return `{ env: ${scalarText(value.env)} }`;
  if ('file' in value) return `{ file: ${scalarText(value.file)} }`;
  return `{ command: [${value.command.map(scalarText).join(', ')}] }`;
}

// Plain where no reader could take it for anything else: words, names, addresses, paths.
function scalarText(value: string): string {
  const plain =
    /^[A-Za-z_./][\w./-]*$|^\d+(?:\.\d+){3}$/.test(value) && dataOf(`v: ${value}`)?.['v'] === value;
  // JSON leaves these as they are, and YAML takes them for line breaks or does not print them.
  return plain ? value : JSON.stringify(value).replace(/[\u007f-\u009f\u2028\u2029\ufeff]/g, escaped);
}

function escaped(character: string): string {
  return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
}
