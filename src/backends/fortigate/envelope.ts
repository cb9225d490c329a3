import { safeText } from '../../safe-text.ts';

// What a FortiGate answers differs by release: every field may be missing, unknown ones are ignored, and words whose
// values are published nowhere are kept as they are.

/** Who answered. */
export interface FortigateFacts {
  readonly serial: string | null;
  readonly version: string | null;
  /** The build number of its firmware. */
  readonly build: number | null;
}

export type Row = Record<string, unknown>;

/** The value of the first of these fields that the row has. */
export function at(row: Row, names: readonly string[]): unknown {
  for (const name of names) if (row[name] !== undefined && row[name] !== null) return row[name];
  return undefined;
}

export function recordOf(value: unknown): Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Row) : {};
}

export function textOf(value: unknown, longest = 255): string | null {
  return typeof value === 'string' && value !== '' ? safeText(value.slice(0, longest)) : null;
}

export function numberOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : null;
}

export function flagOf(value: unknown): boolean | null {
  return typeof value === 'boolean' ? value : null;
}

/** Names of a list that FortiOS writes as objects with a `name`, in older releases as texts. */
export function namesOf(value: unknown, longest = 511): string[] {
  if (!Array.isArray(value)) return [];
  return value.slice(0, mostNames).flatMap((each: unknown) => {
    const name = typeof each === 'string' ? each : recordOf(each)['name'];
    const text = textOf(name, longest);
    return text === null ? [] : [text];
  });
}

/** Of one list in a row. */
const mostNames = 5_000;

/** `enable` and `disable`. */
export function switchOf(value: unknown): boolean | null {
  return value === 'enable' ? true : value === 'disable' ? false : null;
}

/** A word that FortiOS gives as text, or as a number where it only numbers its states. */
export function wordOf(value: unknown): string | null {
  return typeof value === 'number' ? String(value) : textOf(value);
}

/** One envelope of a reply, and what of its `results` are objects. */
export interface Envelope {
  readonly vdom: string | null;
  readonly rows: readonly Row[];
}

/**
 * The envelopes of a reply: one, or a list of them where every VDOM was asked. Null when it is none of FortiOS's.
 * Envelopes of VDOMs that failed are left out, and rows of one envelope beyond `mostRows`.
 */
export function envelopesOf(
  json: unknown,
  mostRows: number,
): { facts: FortigateFacts; envelopes: Envelope[] } | null {
  const list = (Array.isArray(json) ? json : [json]).map(recordOf);
  const ours = list.filter((each) => typeof each['status'] === 'string' && 'http_method' in each);
  const [first] = ours;
  if (!first) return null;
  const envelopes = ours
    .filter((each) => each['status'] === 'success')
    .map((each) => {
      const { results } = each;
      const rows = (Array.isArray(results) ? results : [results]).filter(
        (row) => typeof row === 'object' && row !== null,
      );
      return {
        vdom: textOf(each['vdom'], 31),
        rows: rows.slice(0, mostRows) as Row[],
      };
    });
  const facts = {
    serial: textOf(first['serial'], 64),
    version: textOf(first['version'], 64),
    build: numberOf(first['build']),
  };
  return { facts, envelopes };
}

/** What FortiOS says about a refusal: a number, and on some calls a sentence. */
export function refusalText(json: unknown): string | null {
  const [refused] = (Array.isArray(json) ? json : [json]).map(recordOf);
  const said = textOf(refused?.['cli_error']) ?? textOf(refused?.['message']);
  const error = wordOf(refused?.['error']);
  return said ?? (error === null ? null : `error ${error}`);
}
