import type { LogReader } from '../windows/reading.ts';
import { type Check, good, type Need, warned } from './check.ts';

/** Newest records of the log that are looked through. */
const newest = 2_000;

/** The audit subcategory of Windows that writes an event (docs/protocol/windows.md, Rights). */
const subcategories: Readonly<Record<number, string>> = {
  4768: 'Kerberos Authentication Service',
  4769: 'Kerberos Service Ticket Operations',
  4770: 'Kerberos Service Ticket Operations',
  4776: 'Credential Validation',
  4624: 'Logon',
};

/**
 * Whether the events that are read as logons are in the log: what the audit policy does not write down nobody can read. A quiet log says
 * nothing, so that what is not there is a warning.
 */
export async function auditCheck(
  log: LogReader,
  ids: readonly number[],
  neededBy: readonly Need[],
  signal: AbortSignal,
): Promise<Check> {
  const name = 'audit policy';
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
  const found = expected.map((id) => `${id}: ${seen.get(id) ?? 0}`).join(', ');
  const detail = `of the newest ${looked} records ${found}`;
  const missing = expected.filter((id) => !seen.has(id));
  if (missing.length === 0) return good(name, detail, neededBy);
  const wanted = [...new Set(missing.map((id) => subcategories[id] ?? ''))];
  return warned(name, detail, neededBy, {
    stage: 'audit',
    code: null,
    message: `no event ${missing.join(', ')} among the newest ${looked} records`,
    cause:
      'The audit policy of the domain controller does not write them down, or nobody has logged on that way lately.',
    fix: wanted.map(
      (each) => `on the domain controller: auditpol /set /subcategory:"${each}" /success:enable`,
    ),
  });
}
