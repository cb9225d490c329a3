import type { LogonRecord } from '../wire/messages.ts';
import { attributeValues } from '../wire/profile.ts';
import type { Entry } from './entry.ts';
import type { GroupFilter } from './filters.ts';

/**
 * The record that tells a FortiGate of an entry (docs/protocol/fsso.md, Logon record). A terminal server's workstation
 * carries its session, as `NAME!<session in hexadecimal>`.
 * @param filter that let the entry through, and says how its groups are sent; null without one
 */
export function recordOf(entry: Entry, loggedOn: boolean, filter: GroupFilter | null): LogonRecord {
  const { ip, session, user, domain, workstation, logonTime, terminal, groups } = entry;
  return {
    loggedOn,
    ip,
    session,
    user,
    domain,
    workstation: terminal ? `${workstation}!${session.toString(16)}` : workstation,
    groups: filter === null ? groups.text : filter.textOf(groups),
    logonTime,
    kind: terminal ? attributeValues.kindTerminal : attributeValues.kindPlain,
    portRanges: terminal ? [...terminal.portRanges] : [],
    extra: [],
  };
}
