import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import type * as z from 'zod';
import type { SyncedFrom } from '../fabric-sync.ts';
import { safeText } from '../safe-text.ts';
import { asOfRelease, emsOptionsRefused } from './ems-options.ts';
import { ConfigError } from './error.ts';
import type { Finding } from './finding.ts';
import { webhookUrlExpected } from './forward.ts';
import { fssoOptionsRefused } from './fsso-options.ts';
import { keysAt, pathText, type Step } from './keys.ts';
import { nearest } from './nearest.ts';
import { configPath } from './paths.ts';
import { rulesBroken } from './rules.ts';
import { type Config, configSchema, keysNotBuiltYet, urlExpected } from './schema.ts';
import { secretExpected } from './values.ts';

/** Octets of a configuration file. */
const longestFile = 1_048_576;

/** A configuration that holds by itself; files and secrets that it names have not been looked at yet. */
export interface LoadedConfig {
  readonly config: Config;
  /** The file, absolute. */
  readonly path: string;
  /** What relative paths in the file are relative to. */
  readonly directory: string;
  /** The file's text, as it was read. */
  readonly text: string;
  /** There is no file: what is wanted stands on the command line. */
  readonly isAbsent?: true;
  /** EMS entries with the settings of the Fabric's root, by name; the file does not hold those. */
  readonly synced?: ReadonlyMap<string, SyncedFrom>;
}

async function read(path: string): Promise<string> {
  const subject = safeText(path);
  const handle = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT')
      throw new ConfigError([
        `${subject}: no such configuration file: write one (docs/cli.md, Configuration), name one with --config, or see "fabrictop demo"`,
      ]);
    throw new ConfigError([`${subject}: the configuration file cannot be read (${error.code})`]);
  });
  try {
    const status = await handle.stat();
    if (status.isDirectory())
      throw new ConfigError([`${subject}: is a directory, expected a configuration file`]);
    if (status.size > longestFile)
      throw new ConfigError([`${subject}: is longer than ${longestFile} octets, so it is no configuration`]);
    return new TextDecoder('utf-8', { fatal: true }).decode(await handle.readFile());
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError([`${subject}: is not UTF-8 text`]);
  } finally {
    await handle.close();
  }
}

/** Offset of the deepest node that exists on the way to a place; a key where the place is a key of a map. */
function offsetOf(document: Document.Parsed, path: readonly Step[]): number {
  let node: unknown = document.contents;
  let offset = document.contents?.range?.[0] ?? 0;
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
      if (isNode(pair?.key) && pair.key.range) offset = pair.key.range[0];
      node = pair?.value;
    } else if (isNode(node) && 'get' in node) {
      node = (node as unknown as { get(key: unknown, keep: true): unknown }).get(step, true);
      if (isNode(node) && node.range) offset = node.range[0];
    } else break;
  }
  return offset;
}

function valueAt(data: unknown, path: readonly Step[]): unknown {
  return path.reduce<unknown>(
    (value, step) => (value as Record<Step, unknown> | null | undefined)?.[step],
    data,
  );
}

function found(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'found nothing';
  if (Array.isArray(value)) return 'found a list';
  if (typeof value === 'object') return 'found a map of keys';
  const literal = JSON.stringify(value);
  return `found ${safeText(literal.length > 60 ? `${literal.slice(0, 60)}…` : literal)}`;
}

const typeNames: Record<string, string> = {
  object: 'a map of keys',
  record: 'a map of keys',
  array: 'a list',
};

function expected(issue: z.core.$ZodIssue): string {
  if (issue.message.startsWith('expected ')) return issue.message;
  if (issue.code === 'invalid_value') return `expected ${issue.values.map(String).join(' or ')}`;
  if (issue.code === 'invalid_type') return `expected ${typeNames[issue.expected] ?? `a ${issue.expected}`}`;
  return issue.message;
}

const optionsRefused: Readonly<Record<Step, Readonly<Record<string, string>>>> = {
  ems: emsOptionsRefused,
  fsso: fssoOptionsRefused,
};

function unknownKey(path: readonly Step[], key: string): Finding {
  const place = [...path, key];
  const name = [...path.filter((step) => typeof step === 'string'), key].join('.');
  if (keysNotBuiltYet.has(name)) return { path: place, text: 'not supported yet: remove it for now' };
  const refused = path.length === 2 ? optionsRefused[path[0] ?? '']?.[key] : undefined;
  if (refused !== undefined) return { path: place, text: refused };
  const known = keysAt(path);
  const near = nearest(key, known);
  const hint = near === null ? `expected ${known.join(', ')}` : `did you mean ${near}?`;
  return { path: place, text: `unknown key, ${hint}` };
}

function findings(issue: z.core.$ZodIssue, data: unknown): Finding[] {
  const path = issue.path as Step[];
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(path, key));
  // What was found there might be a secret.
  if ([secretExpected, urlExpected, webhookUrlExpected].includes(issue.message))
    return [{ path, text: issue.message }];
  if (issue.code === 'invalid_key') return [{ path, text: 'found a key that is no text' }];
  return [{ path, text: `${found(valueAt(data, path))}, ${expected(issue)}` }];
}

/** Checks a configuration that was read but not yet understood: the configuration, or everything that is wrong with it. */
export function judge(data: unknown): { config: Config | null; findings: Finding[] } {
  const result = configSchema.safeParse(data);
  const all = [
    ...(result.error?.issues ?? []).flatMap((issue) => findings(issue, data)),
    ...rulesBroken(data),
  ];
  const config = all.length > 0 ? undefined : result.data;
  if (!config) return { config: null, findings: all };
  const ems = config.ems.map((entry) => asOfRelease(entry, config.release));
  return { config: { ...config, ems }, findings: all };
}

/** Parses and checks a configuration's text. `name` stands before each problem's line and column. */
export function parseConfig(text: string, name: string): Config {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false, merge: true });
  const place = (offset: number) => {
    const { line, col } = counter.linePos(offset);
    return `${safeText(name)}:${line}:${col}`;
  };
  const malformed = [...document.errors, ...document.warnings];
  if (malformed.length > 0)
    throw new ConfigError(
      malformed.map((error) => `${place(error.pos[0])}: not valid YAML: ${safeText(error.message)}`),
    );
  let data: unknown;
  try {
    data = document.toJS() ?? {};
  } catch {
    // Anchors that refer to themselves, or multiply without end.
    throw new ConfigError([`${place(0)}: not valid YAML: its anchors and aliases cannot be resolved`]);
  }
  const { config, findings: all } = judge(data);
  if (all.length > 0 || config === null) {
    throw new ConfigError(lines(document, all, place));
  }
  return config;
}

/** A line for each finding, with its place in the file, in the order of the file. */
function lines(
  document: Document.Parsed,
  all: readonly Finding[],
  place: (offset: number) => string,
): string[] {
  const placed = all.map((finding) => ({ ...finding, offset: offsetOf(document, finding.path) }));
  placed.sort((one, other) => one.offset - other.offset);
  const told = placed.map(({ path, offset, text: problem }) => {
    const key = safeText(pathText(path));
    return `${place(offset)}: ${key === '' ? '' : `${key}: `}${problem}`;
  });
  return [...new Set(told)];
}

/** What others than the schema find wrong with a configuration, as the schema would say it. */
export function refuse({ text, path }: LoadedConfig, all: readonly Finding[]): ConfigError {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false, merge: true });
  return new ConfigError(
    lines(document, all, (offset) => {
      const { line, col } = counter.linePos(offset);
      return `${safeText(path)}:${line}:${col}`;
    }),
  );
}

/**
 * Reads and checks the configuration file, all problems at once (docs/cli.md, Configuration).
 * @param path as given with `--config`, relative to the working directory; undefined takes the default place
 * @throws ConfigError with one line for each problem
 */
export async function loadConfig(path: string | undefined, env: NodeJS.ProcessEnv): Promise<LoadedConfig> {
  const file = resolve(path ?? configPath(env));
  const text = await read(file);
  return { config: parseConfig(text, path ?? file), path: file, directory: dirname(file), text };
}

/**
 * The configuration at its default place, or an empty one where there is none.
 * @throws ConfigError as `loadConfig`, but not for a file that is not there
 */
export async function loadConfigIfThere(env: NodeJS.ProcessEnv): Promise<LoadedConfig> {
  const path = configPath(env);
  if (existsSync(path)) return loadConfig(undefined, env);
  return { config: parseConfig('', path), path, directory: dirname(path), text: '', isAbsent: true };
}
