import type { OtherSides } from '../../state/seen-by.ts';
import { adminLines } from '../devices/admin-lines.ts';
import { fortigateWord } from '../fortigates/columns.ts';
import { minutesSince } from '../parts/coarse.ts';
import type { Run } from '../parts/columns.ts';
import { composeLong } from '../parts/fields.ts';
import { stateText } from '../parts/state-words.ts';

/** A connector from the other sides: a line for each FortiGate with the same EMS, and what its administrators see. */
export function seenByLines({ admin, fortigates }: OtherSides, now: number, width: number): Run[][] {
  const lines: Run[][] = [];
  for (const row of fortigates) {
    const word = fortigateWord(row);
    const said = [row.status, row.certificate].filter((each) => each !== null).join(', ');
    const age = row.lastSuccess === null ? '' : ` ${minutesSince(row.lastSuccess, now)} ago`;
    const text = `${stateText(word)}${age}${said === '' ? '' : `; it says: ${said}`}`;
    lines.push(...composeLong([`By ${row.fortigate}`, text, word.tone], width));
  }
  if (admin) lines.push(...adminLines(admin, now, width));
  return lines;
}
