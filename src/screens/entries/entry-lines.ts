import { doubtWords } from '../../entry-doubts.ts';
import type { ControllerRow, EntryRow } from '../../state/changes.ts';
import { modeWord } from '../controllers/columns.ts';
import { minutesSince } from '../parts/coarse.ts';
import type { Run } from '../parts/columns.ts';
import { composeFields, composeLong } from '../parts/fields.ts';
import { stateText } from '../parts/state-words.ts';
import { dateTime } from '../text/format.ts';
import { entryWord, minutesUntil } from './columns.ts';

export interface EntrySurroundings {
  /** The ways in which its domain controller is polled, where polling found it. */
  readonly pollers: readonly ControllerRow[];
  readonly now: number;
  readonly width: number;
}

/** One entry in full: how sure its collector is of it, and until when, who told of it, and who would not have. */
export function entryLines(row: EntryRow, { pollers, now, width }: EntrySurroundings): Run[][] {
  const word = entryWord(row);
  const ago = (time: number | null) => (time === null ? '' : `${minutesSince(time, now)} ago`);
  const until = (time: number | null) => (time === null ? '' : `in ${minutesUntil(time, now)}`);
  const lines = row.doubt === null ? [] : composeLong(['Doubt', doubtWords(row.doubt), 'warn'], width);
  lines.push(
    ...composeFields(
      [
        ['Status', stateText(word), word.tone],
        ['Collector', row.collector],
        ['Reported by', row.agent],
        ['Feed', row.feed ?? ''],
        ['Logged on', dateTime(row.logonTime)],
        ['Last reported', ago(row.updatedAt)],
        ['Last verified', ago(row.verifiedAt)],
        ['Next check', until(row.nextCheckAt)],
        ['Ends by itself', until(row.expiresAt)],
        ['Workstation', row.workstation],
        ['Address', row.ip],
        ['Also at', [row.otherIp, row.ip6].filter((ip) => ip !== null).join(', ')],
        ['Session', row.session === 0 ? '' : String(row.session)],
      ],
      width,
    ),
  );
  lines.push(...seenLines(pollers, width));
  const ports = row.portRanges.map(([first, last]) => `${first}-${last}`).join(', ');
  if (ports !== '') lines.push(...composeLong(['Ports', ports], width));
  if (row.groups.length > 0) lines.push(...composeLong(['Groups', row.groups.join(', ')], width));
  return lines;
}

/** The ways in which the domain controller is polled that told of an entry. Of one collector there are some hundreds at most. */
export function pollersOf(
  { collector, agent, feed }: EntryRow,
  controllers: Iterable<ControllerRow>,
): ControllerRow[] {
  if (feed !== 'poller') return [];
  return [...controllers].filter(
    (each) => each.collector === collector && each.name === agent && each.polling !== null,
  );
}

/** Polling that told of an entry; one controller may be polled in several ways, and the entry does not say in which it was seen. */
function seenLines(pollers: readonly ControllerRow[], width: number): Run[][] {
  const [first] = pollers;
  if (first === undefined) return [];
  const ways = pollers.map(({ mode, polling }) => `${modeWord(mode)} ${polling?.log ?? ''}`.trim());
  const modes = new Set(pollers.map(({ mode }) => mode));
  const others = first.otherModes.filter(([mode]) => !modes.has(mode));
  return [
    ...composeLong(['Seen by', `polling, ${ways.join(' or ')}`], width),
    ...others.flatMap(([mode, misses]) =>
      composeLong([`By ${modeWord(mode)}`, `would not see: ${misses}`, 'muted'], width),
    ),
  ];
}
