import type { Finding } from './diagnosis/row.ts';

/** Something that a FortiGate printed, as far as it may say how its EMS connector is. */
export interface Observation {
  /** Counts from 1: the first line of it, and how many there are. */
  line: number;
  lines: number;
  /** As it was printed, lines joined by line ends; not safe to show. */
  text: string;
  /** FortiOS result code. */
  code?: number;
  /** Status of a reply; 0 when none came. */
  httpStatus?: number;
  finding?: Finding;
  /** It says that something works. */
  well?: true;
}

/** Characters and lines that are read of a text, and characters of one line; the rest is left out. */
export const longestPaste = 4_194_304;
const mostLines = 100_000;
const longestLine = 16_384;
/** Lines of one reply that are kept together. */
const longestBlock = 200;

/** `(<code>@<function>:<line>)`: where an error was raised (docs/protocol/ems.md, Debug output). */
export interface Locator {
  code: number;
  function: string;
}

/** The first error locator of a text; its line number changes with every build and is left out. */
export function readLocator(text: string): Locator | null {
  const found = /\((-?\d{1,6})@([A-Za-z_]\w{0,100}):\d{1,9}\)/.exec(text);
  return found ? { code: Number(found[1]), function: found[2] ?? '' } : null;
}

/** A line of `diagnose debug application fcnacd -1`, with or without a time in front. */
export interface DebugLine {
  function: string;
  text: string;
}

/** Null for what is no such line: the continuation of one, or something else. */
export function readDebugLine(line: string): DebugLine | null {
  const found =
    /^\s{0,40}(?:\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d{1,9})?\s{1,10})?\[([A-Za-z_]\w{0,100}):\d{1,9}\]\s?(.*)$/.exec(
      line,
    );
  return found ? { function: found[1] ?? '', text: found[2] ?? '' } : null;
}

/** Fields of `Error A-B-C-D in get SN call: …`. */
export interface OldResult {
  /** The daemon's code, such as -92. */
  code: number;
  curl: number;
  httpStatus: number;
  text: string;
}

/** Null for what is no old result (docs/protocol/ems.md, Old result codes). */
export function readOldResult(line: string): OldResult | null {
  const found = /Error (\d{1,6})-(-?\d{1,6})-(\d{1,6})-(\d{1,6}) in get SN call: ?(.*)$/.exec(line);
  if (!found) return null;
  return {
    code: Number(found[2]),
    curl: Number(found[3]),
    httpStatus: Number(found[4]),
    text: found[5] ?? '',
  };
}

/**
 * What may be told from output that an admin pasted: results of `execute fctems verify` in both forms and of
 * `test-connectivity`, debug output of fcnacd, event logs, the status block, endpoint records, configuration
 * (docs/protocol/ems.md, Debug output). Whatever the text, it returns; what it does not know it leaves out.
 */
export function readPaste(paste: string): Observation[] {
  const lines = paste
    .slice(0, longestPaste)
    .split(/\r\n|\n|\r/, mostLines)
    .map((line) => line.slice(0, longestLine));
  const found: Observation[] = [];
  for (let at = 0; at < lines.length; ) {
    const length = blockAt(lines, at);
    const observation = observe(lines.slice(at, at + length), at + 1);
    if (observation) found.push(observation);
    at += length;
  }
  return found;
}

/** How many lines from `at` on belong together; at least 1. */
function blockAt(lines: readonly string[], at: number): number {
  const first = lines[at] ?? '';
  const end = Math.min(lines.length, at + longestBlock);
  if (/fabric connection: -?\d/i.test(first)) {
    for (let next = at + 1; next < Math.min(end, at + 6); next += 1)
      if (/Command fail\. Return code/i.test(lines[next] ?? '')) return next - at + 1;
    return 1;
  }
  if (readDebugLine(first) === null) return 1;
  let next = at + 1;
  while (next < end && continues(lines[next] ?? '')) next += 1;
  return next - at;
}

/** What debug output prints below a line without a place in front: indented lines, bodies of replies. */
function continues(line: string): boolean {
  return readDebugLine(line) === null && /^\s|^["'{}[\]]|^error info:|^reply:/i.test(line);
}

function observe(lines: readonly string[], line: number): Observation | null {
  const text = lines.join('\n');
  const base = { line, lines: lines.length, text };
  const first = lines[0] ?? '';
  const old = readOldResult(first);
  if (old) return { ...base, code: old.code, httpStatus: old.httpStatus };
  const result =
    /fabric connection: (-?\d{1,6})/i.exec(first) ?? /Connection test had an error (-?\d{1,6})/i.exec(first);
  if (result) return { ...base, code: Number(result[1]), ...statusIn(text) };
  if (/Connection test was successful|EMS already verified/i.test(first)) return { ...base, well: true };
  const finding = findingIn(text);
  if (finding) return { ...base, finding };
  return text.trim() === '' ? null : { ...base, ...statusIn(text) };
}

function statusIn(text: string): { httpStatus?: number } {
  const found =
    /received https code (\d{3})\b|HTTP Code: (\d{1,3})\b|\bhttpcode=(\d{1,3})\b|http code (\d{3})\b/i.exec(
      text,
    );
  const status = found?.[1] ?? found?.[2] ?? found?.[3] ?? found?.[4];
  return status === undefined ? {} : { httpStatus: Number(status) };
}

/** Places of the output that say something by their value alone. */
function findingIn(text: string): Finding | null {
  const match = readDebugLine(text.split('\n', 1)[0] ?? '');
  if (match?.function === '__match_server_cert_key' && /\bret\s?=\s?(?!1\b)-?\d/.test(text))
    return 'certificate-renewed';
  const socket = /^\s*Websocket status:\s{0,10}([^,\s]+)/im.exec(text);
  if (socket) return socket[1]?.toLowerCase() === 'connected' ? null : 'websocket-down';
  if (/\b(?:Client )?cert SN\s{0,20}:\s{0,20}0{8,64}\s*$/im.test(text)) return 'client-certificate-zero';
  return null;
}
