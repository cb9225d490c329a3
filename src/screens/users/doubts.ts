import type { CollectorRow, LogonRow } from '../../state/changes.ts';
import { clockWords, isClockOff } from '../parts/clock-words.ts';
import type { Field } from '../parts/fields.ts';
import { age, dateTime } from '../text/format.ts';

/** What makes a logon less certain than it looks: who was there before, ports that others claim, the clock of its collector. */
export function doubtsOf(row: LogonRow, collector: CollectorRow | undefined): Field[] {
  const { before, overlaps = [] } = row;
  const fields: Field[] = [];
  if (before) {
    const who = `${before.domain === '' ? '' : `${before.domain}\\`}${before.user}`;
    const how =
      before.how === 'overwritten'
        ? `was replaced by ${row.user} at ${dateTime(before.endedAt)}, as ${row.server} reported`
        : `logged off at ${dateTime(before.endedAt)}`;
    fields.push([
      'Before',
      `${who} on ${before.workstation || 'an unknown workstation'}, known from ${before.server}, ${how}`,
    ]);
    if (before.reused) {
      const since = before.how === 'logoff' ? before.endedAt : before.receivedAt;
      fields.push([
        'Address reused',
        `two users within ${age(Math.max(0, row.receivedAt - since))}: an address pool may have given it on, or a service account logged on here`,
        'warn',
      ]);
    }
  }
  if (overlaps.length > 0) {
    const others = overlaps.map((session) => `session ${session}`).join(', ');
    fields.push(['Ports overlap', `with ${others} of ${row.ip}: their traffic cannot be told apart`, 'warn']);
  }
  const skew = collector?.clockSkewMs;
  if (isClockOff(skew)) {
    const text = `of ${row.server} is ${clockWords(skew)}: the age of its logons is as wrong`;
    fields.push(['Clock', text, 'warn']);
  }
  if (row.ip.includes(':')) fields.push(['IPv6', 'read from an attribute whose meaning is assumed']);
  return fields;
}
