import type { LogReader } from '../windows/reading.ts';
import { type Check, good, type Need, unknown } from './check.ts';
import { auditCommands } from './commands.ts';

/** Newest records of the log that are looked through. */
const newest = 2_000;

interface Subcategory {
  readonly name: string;
  /** By which it is set, whatever the language (docs/protocol/windows.md, Rights). */
  readonly guid: string;
}

const guid = (first: string) => `{${first}-69AE-11D9-BED3-505054503030}`;
const tickets = { name: 'Kerberos Service Ticket Operations', guid: guid('0CCE9240') };

/** The audit subcategory of Windows that writes an event (docs/protocol/windows.md, Rights). */
const subcategories: Readonly<Record<number, Subcategory>> = {
  4768: { name: 'Kerberos Authentication Service', guid: guid('0CCE9242') },
  4769: tickets,
  4770: tickets,
  4776: { name: 'Credential Validation', guid: guid('0CCE923F') },
  4624: { name: 'Logon', guid: guid('0CCE9215') },
};

/**
 * Whether the events that are read as logons are in the log, by audit subcategory: what the policy does not write down nobody can
 * read. The policy itself takes an administrator to read, and a quiet log says nothing: then it is not known.
 */
export async function auditChecks(
  log: LogReader,
  ids: readonly number[],
  host: string,
  neededBy: readonly Need[],
  signal: AbortSignal,
): Promise<Check[]> {
  const extent = await log.extent(signal);
  const first = Math.max(extent.oldest, extent.newest - newest + 1);
  // Those of Windows 2003 are not expected of a newer one.
  const expected = ids.filter((id) => Object.hasOwn(subcategories, id));
  const seen = new Map<number, number>();
  for (let from = first; from <= extent.newest; ) {
    const { events, readTo } = await log.read({ from, to: extent.newest, ids: new Set(expected) }, signal);
    for (const { id } of events) seen.set(id, (seen.get(id) ?? 0) + 1);
    if (readTo < from) break;
    from = readTo + 1;
  }
  const looked = Math.max(0, extent.newest - first + 1);
  const byName = Map.groupBy(expected, (id) => subcategories[id] as Subcategory);
  return [...byName].map(([{ name, guid: each }, of]) => {
    const check = `audit ${name}`;
    const found = of.map((id) => `${id}: ${seen.get(id) ?? 0}`).join(', ');
    const detail = `${found} among the newest ${looked} records`;
    if (of.some((id) => seen.has(id))) return good(check, detail, neededBy);
    const problem = {
      stage: 'audit',
      code: null,
      message: `no event ${of.join(', ')} among the newest ${looked} records`,
      cause:
        'The audit policy does not write them down, or nobody has logged on that way lately. The policy itself could not be read.',
      fix: [
        'look with the first command below; where it says No Auditing, run the second',
        `where a group policy sets it, set it there: Advanced Audit Policy Configuration, ${name}, Success`,
      ],
    };
    return unknown(check, detail, neededBy, problem, auditCommands(host, each));
  });
}
