import { isEvidence, type LogonEvidence } from '../../logon-evidence.ts';
import type { Problem } from '../../problem.ts';
import type { EntryFacts } from '../../query/entry-fields.ts';
import type { EntryCheck } from '../../state/changes.ts';

// How a stream tells of entries: many in one line, each a list, so that hundreds of thousands of them are read in a second or two.

/** An entry as a stream tells of it. Times are milliseconds since the epoch; texts are not safe yet. */
export interface ToldLogon extends Omit<EntryFacts, 'collector'> {
  readonly otherIp: string | null;
  readonly ip6: string | null;
  /** Why it is not verified; null where it is. */
  readonly doubt: string | null;
  /** When a check last confirmed it. */
  readonly verifiedAt: number | null;
  readonly lastCheck: EntryCheck | null;
  /** What of Windows it was read from; null where only its feed is known. */
  readonly evidence: LogonEvidence | null;
}

/** One line: entries as lists in the order of `columnsOf`, and the lists of groups that they have, each once. */
export interface LogonsLine {
  readonly kind: 'logons';
  readonly groups: readonly (readonly string[])[];
  readonly logons: readonly (readonly unknown[])[];
}

/** Bounds of a line from a collector: counts, and characters of a text. */
const bounds = { logons: 10_000, groups: 10_000, portRanges: 10_000, fixes: 100, text: 4_096 } as const;

/** The columns in their order (docs/control.md, A collector); `groups` is the place of the entry's list among those of the line. */
function columnsOf(logon: ToldLogon, groups: number): readonly unknown[] {
  return [
    logon.ip,
    logon.otherIp,
    logon.ip6,
    logon.session,
    logon.user,
    logon.domain,
    logon.workstation,
    groups,
    logon.logonTime,
    logon.updatedAt,
    logon.portRanges,
    logon.feed,
    logon.agent,
    logon.status,
    logon.doubt,
    logon.verifiedAt,
    logon.nextCheckAt,
    logon.expiresAt,
    logon.lastCheck && checkColumns(logon.lastCheck),
    logon.evidence,
  ];
}

function checkColumns({ at, method, presence, problem }: EntryCheck): readonly unknown[] {
  const why = problem && [problem.stage, problem.code, problem.message, problem.cause, problem.fix];
  return [at, method, presence, why];
}

export function logonsLine(logons: readonly ToldLogon[]): LogonsLine {
  // Entries with the same groups share one list of them.
  const places = new Map<readonly string[], number>();
  const rows = logons.map((logon) => {
    const place = places.get(logon.groups) ?? places.size;
    places.set(logon.groups, place);
    return columnsOf(logon, place);
  });
  return { kind: 'logons', groups: [...places.keys()], logons: rows };
}

/**
 * The entries of a line; null where anything in it is not as it has to be. Checked by hand: a schema takes ten times as long for
 * each of 300,000 entries, while keys wait.
 */
export function readLogons({ groups, logons }: Record<string, unknown>): ToldLogon[] | null {
  if (!isListOf(groups, bounds.groups, (list) => isListOf(list, bounds.groups, isText))) return null;
  if (!Array.isArray(logons) || logons.length > bounds.logons) return null;
  const read: ToldLogon[] = [];
  for (const columns of logons) {
    const logon = Array.isArray(columns) ? readLogon(columns, groups as string[][]) : null;
    if (logon === null) return null;
    read.push(logon);
  }
  return read;
}

const none: readonly never[] = [];

function readLogon(columns: readonly unknown[], lists: readonly (readonly string[])[]): ToldLogon | null {
  const [
    ip,
    otherIp,
    ip6,
    session,
    user,
    domain,
    workstation,
    place,
    logonTime,
    updatedAt,
    portRanges,
    feed,
    agent,
    status,
    doubt,
    verifiedAt,
    nextCheckAt,
    expiresAt,
    // A collector of before does not tell these.
    said = null,
    evidence = null,
  ] = columns;
  const groups = typeof place === 'number' ? lists[place] : undefined;
  const lastCheck = said === null ? null : readCheck(said);
  if (
    groups === undefined ||
    !isText(ip) ||
    !isTextOrNull(otherIp) ||
    !isTextOrNull(ip6) ||
    !isCount(session) ||
    !isText(user) ||
    !isText(domain) ||
    !isText(workstation) ||
    !isCount(logonTime) ||
    !isCount(updatedAt) ||
    !isListOf(portRanges, bounds.portRanges, isRange) ||
    !isTextOrNull(feed) ||
    !isText(agent) ||
    (status !== 'ok' && status !== 'not-verified') ||
    !isTextOrNull(doubt) ||
    !isCountOrNull(verifiedAt) ||
    !isCountOrNull(nextCheckAt) ||
    !isCountOrNull(expiresAt) ||
    lastCheck === undefined ||
    !(evidence === null || (isEvidence(evidence) && isShort(evidence)))
  )
    return null;
  return {
    ip,
    otherIp,
    ip6,
    session,
    user,
    domain,
    workstation,
    groups,
    logonTime,
    updatedAt,
    portRanges: portRanges.length === 0 ? none : (portRanges as [number, number][]),
    feed,
    agent,
    status,
    doubt,
    verifiedAt,
    nextCheckAt,
    expiresAt,
    lastCheck,
    evidence,
  };
}

function isShort(evidence: LogonEvidence): boolean {
  return evidence.kind === 'session' || isTextOrNull(evidence.log);
}

/** Undefined where it is not as it has to be. */
function readCheck(columns: unknown): EntryCheck | undefined {
  if (!Array.isArray(columns)) return undefined;
  const [at, method, presence, why] = columns;
  const problem = why === null ? null : readProblem(why);
  if (!isCount(at) || !isText(method) || problem === undefined) return undefined;
  if (presence !== 'present' && presence !== 'absent' && presence !== 'unknown') return undefined;
  return { at, method, presence, problem };
}

function readProblem(columns: unknown): Problem | undefined {
  if (!Array.isArray(columns)) return undefined;
  const [stage, code, message, cause, fix] = columns;
  if (!isText(stage) || !isText(message) || !isText(cause) || !isListOf(fix, bounds.fixes, isText))
    return undefined;
  if (!isTextOrNull(code) && !Number.isSafeInteger(code)) return undefined;
  return { stage, code, message, cause, fix: fix as readonly string[] };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= bounds.text;
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || isText(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isCountOrNull(value: unknown): value is number | null {
  return value === null || isCount(value);
}

function isRange(value: unknown): boolean {
  return Array.isArray(value) && value.length === 2 && isCount(value[0]) && isCount(value[1]);
}

function isListOf(
  value: unknown,
  most: number,
  isOne: (each: unknown) => boolean,
): value is readonly unknown[] {
  return Array.isArray(value) && value.length <= most && value.every(isOne);
}
