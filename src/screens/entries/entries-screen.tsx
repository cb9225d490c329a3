import type { ReactNode } from 'react';
import type { ComponentRow, ControllerRow, EntryRow } from '../../state/changes.ts';
import { blankAttached } from '../attached/attached-screen.tsx';
import { modeWord } from '../controllers/columns.ts';
import { minutesSince } from '../parts/coarse.ts';
import type { Run } from '../parts/columns.ts';
import type { Piece } from '../parts/compose-line.ts';
import { composeFields, composeLong } from '../parts/fields.ts';
import { ListWithPane } from '../parts/list-with-pane.tsx';
import { stateText } from '../parts/state-words.ts';
import type { ScreenProps } from '../screen-props.ts';
import { type Configured, useNow, useServices, useVersion } from '../services.ts';
import { dateTime } from '../text/format.ts';
import { entryColumns, entryWord, minutesUntil } from './columns.ts';

const paneHeight = 9;

/** The entries of the attached collectors, and below them all that is known of the selected one. */
export function EntriesScreen(screen: ScreenProps): ReactNode {
  const { views, stores, configured } = useServices();
  useVersion(stores.components);
  const now = useNow();
  useVersion(stores.controllers);
  // Of one collector there are some hundreds at most.
  const pollersOf = ({ collector, agent, feed }: EntryRow) =>
    feed !== 'poller'
      ? []
      : [...stores.controllers.values()].filter(
          (each) => each.collector === collector && each.name === agent && each.polling !== null,
        );
  const collectors = [...stores.components.values()].filter(({ kind }) => kind === 'collector');
  return (
    <ListWithPane
      screen={screen}
      title="Entries of collectors"
      columns={entryColumns}
      view={views.entries}
      blank={blankEntries(collectors, configured)}
      paneHeight={paneHeight}
      pane={(row) => ({
        title: row.user,
        lines: entryLines(row, pollersOf(row), now, screen.columns),
      })}
    />
  );
}

/** Why there is no entry to show. */
function blankEntries(collectors: readonly ComponentRow[], configured: Configured): readonly Piece[] {
  const away = collectors.flatMap(({ name, state, problem }): Piece[] =>
    state === 'away' ? [[`${name} is away`, 'bad'], problem?.message ?? ''] : [],
  );
  if (away.length > 0) return away;
  return collectors.some(({ state }) => state === 'connected')
    ? ['Nobody is logged on: the attached collectors have no entry.']
    : blankAttached(configured);
}

function entryLines(row: EntryRow, pollers: readonly ControllerRow[], now: number, width: number): Run[][] {
  const word = entryWord(row);
  const ago = (time: number | null) => (time === null ? '' : `${minutesSince(time, now)} ago`);
  const until = (time: number | null) => (time === null ? '' : `in ${minutesUntil(time, now)}`);
  const lines = composeFields(
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
      ['Session', row.session === 0 ? '' : String(row.session)],
      ['Also at', [row.otherIp, row.ip6].filter((ip) => ip !== null).join(', ')],
    ],
    width,
  );
  lines.push(...seenLines(pollers, width));
  if (row.doubt !== null) lines.push(...composeLong(['Doubt', row.doubt, 'warn'], width));
  const ports = row.portRanges.map(([first, last]) => `${first}-${last}`).join(', ');
  if (ports !== '') lines.push(...composeLong(['Ports', ports], width));
  if (row.groups.length > 0) lines.push(...composeLong(['Groups', row.groups.join(', ')], width));
  return lines;
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
