import { readFile, stat } from 'node:fs/promises';
import { parse } from 'yaml';
import * as z from 'zod';
import { ConfigError } from '../config/error.ts';
import { nearest } from '../config/nearest.ts';
import { safeText } from '../safe-text.ts';

/** Octets of a profile file. */
const longestFile = 65_536;
const longestText = 200;
/** The largest number that a limit or a time may be set to. */
const largestNumber = 1_000_000_000;

/** Takes what has the form of `value`, every key of it optional. */
function schemaOf(value: unknown): z.ZodType {
  if (typeof value === 'string') {
    const expected = `expected text of 1 to ${longestText} characters`;
    return z.string(expected).min(1, expected).max(longestText, expected);
  }
  if (typeof value === 'number') {
    const expected = `expected a whole number from 1 to ${largestNumber}`;
    return z.int(expected).min(1, expected).max(largestNumber, expected);
  }
  if (Array.isArray(value)) return z.array(schemaOf(value[0])).min(1, 'expected a list that is not empty');
  const shape = Object.entries(value as object).map(([key, inner]) => [key, schemaOf(inner).optional()]);
  return z.strictObject(Object.fromEntries(shape) as Record<string, z.ZodType>, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? unknownKeys(issue.keys, value as object)
        : 'expected a map of keys',
  });
}

function unknownKeys(keys: readonly string[], known: object): string {
  const [key = ''] = keys;
  const near = nearest(key, Object.keys(known));
  const hint = near === null ? `expected ${Object.keys(known).join(', ')}` : `did you mean ${near}?`;
  return `unknown key ${safeText(key)}, ${hint}`;
}

function merge<T>(base: T, given: unknown): T {
  if (given === undefined) return base;
  if (typeof base !== 'object' || base === null || Array.isArray(base)) return given as T;
  const entries = Object.entries(base).map(([key, value]) => [
    key,
    merge(value, (given as Record<string, unknown>)[key]),
  ]);
  return Object.fromEntries(entries) as T;
}

/**
 * A profile with what the file of an operator puts in its place; `key` is the one that names the file in the configuration.
 * @throws ConfigError with a line for each problem
 */
export async function readProfile<T>(key: string, path: string, profile: T): Promise<T> {
  const place = `${key}: ${safeText(path)}`;
  const unusable = (reason: string) => new ConfigError([`${place} ${reason}`]);
  let data: unknown;
  try {
    if ((await stat(path)).size > longestFile) throw unusable(`is longer than ${longestFile} octets`);
    data = parse(await readFile(path, 'utf8')) ?? {};
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw unusable('not found');
    throw unusable(code?.startsWith('E') ? `cannot be read (${code})` : 'is not valid YAML');
  }
  const result = schemaOf(profile).safeParse(data);
  if (!result.success)
    throw new ConfigError(
      result.error.issues.map((issue) => {
        const leaf = safeText(issue.path.join('.'));
        return `${place}: ${leaf === '' ? '' : `${leaf}: `}${issue.message}`;
      }),
    );
  return merge(profile, result.data);
}
