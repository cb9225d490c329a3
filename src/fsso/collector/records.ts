import { encodeEvent, type LogonRecord } from '../wire/messages.ts';
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

/** What FortiGates have to be told of a change. Each form of it is encoded once, however many are told. */
export class Announcement {
  readonly #change: EntryChange;
  /** Of the entry and of the previous one, each as it is without a filter and with one. */
  readonly #frames: (Buffer | undefined)[] = [undefined, undefined, undefined, undefined];

  constructor(change: EntryChange) {
    this.#change = change;
  }

  /**
   * The EVENT for a FortiGate with this filter, so that its table is always what a bulk would give it; null where it is
   * told nothing (docs/protocol/fsso.md, Group filters). Its sequence number is 0 until it is sent.
   */
  frameFor(filter: GroupFilter | null): Buffer | null {
    const change = this.#change;
    if (change.kind === 'status') return null;
    const passes = (entry: Entry) => filter === null || filter.matches(entry.groups);
    const filtered = filter === null ? 0 : 1;
    if (passes(change.entry)) return this.#frame(filtered, change.entry, change.kind === 'logon');
    // The address belongs to somebody now of whom this FortiGate is not told.
    if (change.kind === 'logon' && change.previous && passes(change.previous))
      return this.#frame(2 + filtered, change.previous, false);
    return null;
  }

  #frame(form: number, entry: Entry, loggedOn: boolean): Buffer {
    const known = this.#frames[form];
    if (known) return known;
    const frame = encodeEvent(0, recordOf(entry, loggedOn, form % 2 === 1));
    this.#frames[form] = frame;
    return frame;
  }
}
