import { crc32 } from 'node:zlib';
import * as z from 'zod';
import type { StoreChange } from '../../state/changes.ts';

/** Raised whenever an older program could misread a line (docs/recording.md, The file). */
export const formatVersion = 1;

/** Bytes of a line; a longer one is damage. Chunks of a socket are 64 KB, a row of a store is far smaller. */
export const longestLine = 16 * 1024 * 1024;

/** The first line. */
const headerSchema = z.object({
  fabrictop: z.literal('recording'),
  version: z.int().min(1),
  /** Of the program that wrote it. */
  program: z.string().max(100),
  /** Milliseconds since the epoch. */
  began: z.number().min(0).max(8.64e15),
  /** Users, domains, workstations and groups are pseudonyms. */
  namesRedacted: z.boolean(),
});
export type Header = z.infer<typeof headerSchema>;

const certificateSchema = z.object({
  subject: z.string(),
  issuer: z.string(),
  validFrom: z.number(),
  validTo: z.number(),
  sha256: z.string(),
  names: z.string(),
  protocol: z.string(),
  verdict: z.string().nullable(),
});

const tables = [
  'logons',
  'collectors',
  'connectors',
  'endpoints',
  'tags',
  'cas',
  'admins',
  'devices',
  'fortigates',
  'gates',
  'alerts',
] as const;
const changeSchema = z.union([
  z.object({ table: z.enum(tables), op: z.literal('put'), row: z.looseObject({ id: z.string() }) }),
  z.object({ table: z.enum(tables), op: z.literal('remove'), id: z.string() }),
  z.object({
    table: z.literal('events'),
    op: z.literal('append'),
    row: z.looseObject({
      time: z.number(),
      level: z.enum(['info', 'notice', 'warning', 'error']),
      source: z.string(),
      text: z.string(),
    }),
  }),
  z.looseObject({
    table: z.literal('toasts'),
    op: z.literal('push'),
    level: z.enum(['info', 'warning', 'error']),
    text: z.string(),
  }),
]);

const word = z.string().max(4096).optional();
const choiceSchema = z.object({
  filter: word,
  group: word,
  server: word,
  source: word,
  user: word,
  logon: z.object({ ip: z.string(), session: z.number(), user: z.string(), domain: z.string() }).optional(),
});

const on = { at: z.number().min(0).max(8.64e15) };
const link = { ...on, link: z.int().min(1) };

/**
 * Everything else that a recording holds, one line each (docs/recording.md, Lines). `at` is in milliseconds since the epoch
 * and never less than that of the line before; `link` is the number of one attempt at one collector.
 */
const entrySchema = z.discriminatedUnion('kind', [
  /** An FSSO connector starts, with its configuration without secrets. */
  z.object({
    ...on,
    kind: z.literal('connector'),
    config: z.looseObject({ name: z.string() }),
    identity: z.string(),
    /** For each server, whether a password is configured. */
    passwords: z.array(z.boolean()).max(5),
  }),
  z.object({ ...on, kind: z.literal('connector-gone'), name: z.string() }),
  /** A number that the connector drew, for the moment of a probe. */
  z.object({ ...on, kind: z.literal('random'), name: z.string(), value: z.number().min(0).max(1) }),
  /** What a person asked of the connector. */
  z.object({
    ...on,
    kind: z.literal('action'),
    name: z.string(),
    action: z.enum(['refreshLogons', 'clearLogons', 'failBack']),
    /** Which logons were cleared. */
    choice: choiceSchema.optional(),
  }),
  z.object({
    ...link,
    kind: z.literal('begun'),
    name: z.string(),
    server: z.string(),
    purpose: z.enum(['login', 'probe']),
  }),
  z.object({ ...link, kind: z.literal('opened') }),
  z.object({ ...link, kind: z.literal('certificate'), seen: certificateSchema }),
  z.object({ ...link, kind: z.literal('secured') }),
  z.object({ ...link, kind: z.literal('received'), bytes: z.base64() }),
  z.object({ ...link, kind: z.literal('closed'), code: z.string().nullable(), by: z.enum(['peer', 'us']) }),
  /** What an adapter of another kind told the stores. */
  z.object({ ...on, kind: z.literal('change'), source: z.string(), change: changeSchema }),
  /** The recording ended here in good order. */
  z.object({ ...on, kind: z.literal('end'), reason: z.string() }),
]);

type Parsed = z.infer<typeof entrySchema>;
export type Entry =
  | Exclude<Parsed, { kind: 'change' | 'received' }>
  | (Omit<Extract<Parsed, { kind: 'received' }>, 'bytes'> & { bytes: Buffer })
  | (Omit<Extract<Parsed, { kind: 'change' }>, 'change'> & { change: StoreChange });

/** An entry before its time is known. */
export type NewEntry = Entry extends infer Each ? (Each extends Entry ? Omit<Each, 'at'> : never) : never;

/** JSON, a tab, the CRC-32 of the JSON as eight hexadecimal digits, and a line feed. */
export function lineOf(value: Header | Entry): string {
  const json = JSON.stringify('bytes' in value ? { ...value, bytes: value.bytes.toString('base64') } : value);
  return `${json}\t${crc32(json).toString(16).padStart(8, '0')}\n`;
}

/** Why a line, or a whole file, is not what it should be; said to a person. */
export class RecordingError extends Error {
  override readonly name = 'RecordingError';
}

function jsonOf(line: string): unknown {
  const tab = line.lastIndexOf('\t');
  const json = line.slice(0, Math.max(0, tab));
  if (tab < 0 || crc32(json).toString(16).padStart(8, '0') !== line.slice(tab + 1))
    throw new RecordingError('its check sum does not match');
  try {
    return JSON.parse(json);
  } catch {
    throw new RecordingError('it is not JSON');
  }
}

/** @throws RecordingError */
export function readHeader(line: string): Header {
  const header = headerSchema.safeParse(jsonOf(line));
  if (!header.success) throw new RecordingError('it is no header of a recording');
  if (header.data.version > formatVersion)
    throw new RecordingError(
      `the file has version ${header.data.version}, and this program reads up to ${formatVersion}`,
    );
  return header.data;
}

/** @throws RecordingError */
export function readEntry(line: string): Entry {
  const entry = entrySchema.safeParse(jsonOf(line));
  if (!entry.success) throw new RecordingError('it is no entry that this program knows');
  const { data } = entry;
  if (data.kind === 'received') return { ...data, bytes: Buffer.from(data.bytes, 'base64') };
  // The check sum says that a program wrote the row so; its screens are as careful with it as with one of a peer.
  return data as Entry;
}
