import type { ReactNode } from 'react';
import type { CollectorRow } from '../../state/changes.ts';
import { stageLines } from '../connector/stage-lines.ts';
import { waitFields } from '../link/link-lines.ts';
import { heardSince, minutesSince } from '../parts/coarse.ts';
import type { Run } from '../parts/columns.ts';
import type { Piece } from '../parts/compose-line.ts';
import { composeFields, composeLong, composeProblem } from '../parts/fields.ts';
import { ListWithPane } from '../parts/list-with-pane.tsx';
import { linkWord, stateText } from '../parts/state-words.ts';
import type { ScreenProps } from '../screen-props.ts';
import { type Configured, useNow, useServices } from '../services.ts';
import { count } from '../text/format.ts';
import { collectorColumns } from './columns.ts';

const paneHeight = 11;

/** The list of collectors, each one link, and below it all about the selected one. */
export function CollectorsScreen(screen: ScreenProps): ReactNode {
  const { views, stores, configured } = useServices();
  const now = useNow();
  const activeOf = ({ connector }: CollectorRow): CollectorRow | null =>
    [...stores.collectors.values()].find((each) => each.connector === connector && each.active) ?? null;
  return (
    <ListWithPane
      screen={screen}
      title="Collectors"
      columns={collectorColumns}
      view={views.collectors}
      blank={blankCollectors(configured)}
      paneHeight={paneHeight}
      pane={(row) => ({
        title: `${row.connector} ${row.server}`,
        lines: collectorLines(row, activeOf(row), now, screen.columns),
      })}
    />
  );
}

/** Why there is no collector on the screen. */
export function blankCollectors({ fsso }: Configured): readonly Piece[] {
  if (fsso === 0) {
    return [
      ['No FSSO connector is configured', 'title'],
      'Add one with its collectors under "fsso:" in the configuration file; "fabrictop config check" says whether it is right.',
      ['"fabrictop demo" shows this screen with data of its own.', 'muted'],
    ];
  }
  return [
    ['Loading', 'accent'],
    fsso === 1
      ? 'The configured FSSO connector has not reported yet.'
      : `${fsso} FSSO connectors are configured; none has reported yet.`,
  ];
}

function collectorLines(row: CollectorRow, active: CollectorRow | null, now: number, width: number): Run[][] {
  const word = linkWord(row, now);
  const { handshake, probe } = row;
  // A probe is the newer news of a collector that is not in use.
  const stages = !row.active && probe?.at ? probe.stages : (handshake?.stages ?? []);
  const lines = composeFields(
    [
      ['Told by', row.reported ? `FortiGate ${row.reported.fortigate}` : ''],
      ['Uses', row.reported?.activeServer ?? ''],
      ['Place in list', String(row.position)],
      ['State', stateText(word), word.tone],
      ['For', minutesSince(row.since, now)],
      ['Last heard', row.lastHeard === null ? '' : `${heardSince(row.lastHeard, now)} ago`],
      ['In use', inUse(row, now)],
      ['Version', row.version ?? ''],
      ['Last probe', probe?.at && !row.active ? `${minutesSince(probe.at, now)} ago` : ''],
      ['Events', count(row.events)],
      ['Gaps', count(row.gaps), row.gaps > 0 ? 'warn' : 'plain'],
      ['Not understood', count(row.unknown), row.unknown > 0 ? 'warn' : 'plain'],
    ],
    width,
  );
  if (stages.length > 0) lines.unshift(...stageLines(stages, width));
  for (const field of waitFields(row, { active, now })) lines.push(...composeLong(field, width));
  if (row.problem) lines.push(...composeProblem(row.problem, width));
  return lines;
}

function inUse({ active, failedOverAt }: CollectorRow, now: number): string {
  if (!active) return 'no';
  return failedOverAt ? `yes, failed over ${minutesSince(failedOverAt, now)} ago` : 'yes';
}
