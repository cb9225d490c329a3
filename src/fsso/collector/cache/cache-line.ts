import { isIPv4 } from 'node:net';
import { jsonText } from '../../../json-text.ts';
import { isEvidence, type LogonEvidence } from '../../../logon-evidence.ts';
import type { PortRange } from '../../wire/messages.ts';
import { type Entry, entryKey } from '../entry.ts';
import type { DoubtedBecause } from '../events.ts';
import type { FeedKind } from '../feeds/feed.ts';
import { type UserGroups, userGroups } from '../groups/lookup.ts';

/** That the workstation of an entry confirmed it; milliseconds since the epoch. */
export interface Confirmation {
  readonly key: string;
  readonly verifiedAt: number;
}

/** One line of the logon cache: what an entry became, that it was confirmed, or that it ended. */
export type CacheLine =
  | { readonly kind: 'entry'; readonly entry: Entry }
  | ({ readonly kind: 'confirmed' } & Confirmation)
  | { readonly kind: 'end'; readonly key: string };

/** What a line of an entry holds; `end` and `confirmed` are in lines of their own. */
interface Fields {
  end?: boolean;
  confirmed?: number;
  ip: string;
  session: number;
  otherIp: string | null;
  ip6: string | null;
  user: string;
  domain: string;
  workstation: string;
  logonTime: number;
  ports: readonly PortRange[] | null;
  groups: readonly string[];
  /** Distinguished name of the user; absent where none is known. */
  dn?: string;
  groupsReported: boolean;
  feed: FeedKind;
  agent: string;
  /** Absent where nothing is known of it. */
  evidence?: LogonEvidence;
  updatedAt: number;
  verifiedAt: number | null;
  doubt: DoubtedBecause | null;
  replaced: string | null;
}

const jsonOrNull = (text: string | null) => (text === null ? 'null' : jsonText(text));

/** The names of groups that entries share, as JSON. */
const listed = new WeakMap<readonly string[], string>();

function namesOf({ names }: UserGroups): string {
  const known = listed.get(names);
  if (known !== undefined) return known;
  const json = JSON.stringify(names);
  listed.set(names, json);
  return json;
}

/** The line, with its end, that says what an entry is now: the JSON of `Fields`. */
export function entryLine(entry: Entry): string {
  const { terminal, evidence = null } = entry;
  const { dn } = entry.groups;
  return `{"ip":${jsonText(entry.ip)},"session":${entry.session},"otherIp":${jsonOrNull(entry.otherIp)},"ip6":${jsonOrNull(entry.ip6)},"user":${jsonText(entry.user)},"domain":${jsonText(entry.domain)},"workstation":${jsonText(entry.workstation)},"logonTime":${entry.logonTime},"ports":${terminal === null ? 'null' : JSON.stringify(terminal.portRanges)},"groups":${namesOf(entry.groups)},${dn === null ? '' : `"dn":${jsonText(dn)},`}"groupsReported":${entry.groupsReported},"feed":"${entry.feed}","agent":${jsonText(entry.agent)},${evidence === null ? '' : `"evidence":${JSON.stringify(evidence)},`}"updatedAt":${entry.updatedAt},"verifiedAt":${entry.verifiedAt},"doubt":${jsonOrNull(entry.doubt)},"replaced":${jsonOrNull(entry.replaced)}}\n`;
}

/** The line, with its end, that says that an entry ended. */
export function endLine({ ip, session }: Entry): string {
  return `${JSON.stringify({ end: true, ip, session })}\n`;
}

/** The line, with its end, that says when an entry was confirmed. */
export function confirmedLine({ ip, session, verifiedAt }: Entry): string {
  return `{"confirmed":${verifiedAt},"ip":"${ip}","session":${session}}\n`;
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isTextOrNull = (value: unknown): value is string | null => value === null || isText(value);
const isTime = (value: unknown): value is number => Number.isFinite(value);
const isTimeOrNull = (value: unknown): value is number | null => value === null || isTime(value);
const isPort = (value: unknown) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 65_535;
const isRange = (value: unknown) => Array.isArray(value) && value.length === 2 && value.every(isPort);

/** Reads lines of the cache; entries with the same groups share them, as they did before. */
export class CacheReader {
  /** What the line, without its end, says; null for one that is torn, damaged or not of this format. */
  read(line: string): CacheLine | null {
    let read: unknown;
    try {
      read = JSON.parse(line);
    } catch {
      return null;
    }
    if (typeof read !== 'object' || read === null) return null;
    const fields = read as Partial<Fields>;
    const { ip, session } = fields;
    if (!isText(ip) || !isIPv4(ip) || !isTime(session) || !Number.isSafeInteger(session)) return null;
    const key = entryKey(ip, session);
    if (fields.end === true) return { kind: 'end', key };
    const { confirmed } = fields;
    if (isTime(confirmed)) return { kind: 'confirmed', key, verifiedAt: confirmed };
    return isWhole(fields) ? { kind: 'entry', entry: this.#entry(key, fields) } : null;
  }

  #entry(key: string, fields: Fields): Entry {
    const { ports, groups: names, dn = null, evidence = null, end: _, confirmed: __, ...rest } = fields;
    const terminal = ports && { session: fields.session, portRanges: ports };
    // Whatever is reported from now on came later.
    const groups = userGroups(names, 'configuration', dn);
    return { ...rest, key, terminal, groups, evidence, arrival: 0 };
  }
}

function isWhole(fields: Partial<Fields>): fields is Fields {
  const { ports, groups } = fields;
  return (
    isTextOrNull(fields.otherIp) &&
    isTextOrNull(fields.ip6) &&
    [fields.user, fields.domain, fields.workstation, fields.feed, fields.agent].every(isText) &&
    typeof fields.groupsReported === 'boolean' &&
    isTime(fields.logonTime) &&
    isTime(fields.updatedAt) &&
    isTimeOrNull(fields.verifiedAt) &&
    isTextOrNull(fields.doubt) &&
    isTextOrNull(fields.replaced) &&
    (fields.dn === undefined || isText(fields.dn)) &&
    (fields.evidence === undefined || isEvidence(fields.evidence)) &&
    (ports === null || (Array.isArray(ports) && ports.every(isRange))) &&
    Array.isArray(groups) &&
    groups.every(isText)
  );
}
