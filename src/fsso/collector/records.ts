import type { LogonRecord } from '../wire/messages.ts';
import { attributeValues } from '../wire/profile.ts';
import type { Entry, EntryChange } from './entry.ts';
import type { GroupFilter } from './filters.ts';

/**
 * The record that tells a FortiGate of an entry (docs/protocol/fsso.md, Logon record). A terminal server's workstation
 * carries its session, as `NAME!<session in hexadecimal>`.
 * @param filtered a group filter let the entry through: the group text is then sent in capitals
 */
export function recordOf(entry: Entry, loggedOn: boolean, filtered: boolean): LogonRecord {
  const { ip, session, user, domain, workstation, logonTime, terminal, groups } = entry;
  return {
    loggedOn,
    ip,
    session,
    user,
    domain,
    workstation: terminal ? `${workstation}!${session.toString(16)}` : workstation,
    groups: filtered ? groups.matchedText : groups.text,
    logonTime,
    kind: terminal ? attributeValues.kindTerminal : attributeValues.kindPlain,
    portRanges: terminal ? [...terminal.portRanges] : [],
    extra: [],
  };
}

/**
 * What a FortiGate with this filter has to be told of a change, so that its table is always what a bulk would give it;
 * null where that is nothing (docs/protocol/fsso.md, Group filters).
 */
export function recordOfChange(change: EntryChange, filter: GroupFilter | null): LogonRecord | null {
  if (change.kind === 'status') return null;
  const passes = (entry: Entry) => filter === null || filter.matches(entry.groups);
  const { entry } = change;
  if (passes(entry)) return recordOf(entry, change.kind === 'logon', filter !== null);
  // The address belongs to somebody now of whom this FortiGate is not told.
  if (change.kind === 'logon' && change.previous && passes(change.previous))
    return recordOf(change.previous, false, filter !== null);
  return null;
}
