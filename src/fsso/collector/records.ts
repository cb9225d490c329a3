import type { LogonRecord } from '../wire/messages.ts';
import { attributeValues } from '../wire/profile.ts';
import type { Entry } from './entry.ts';

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
