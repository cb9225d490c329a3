import type { ReactNode } from 'react';
import type { CollectorRow } from '../../state/changes.ts';
import { blankCollectors } from '../collectors/collectors-screen.tsx';
import type { KeyOf } from '../input/keymap.ts';
import { useKeyOf } from '../look.ts';
import type { Piece } from '../parts/compose-line.ts';
import { composeLong } from '../parts/fields.ts';
import { ListWithPane } from '../parts/list-with-pane.tsx';
import { linkStateWords, stateText } from '../parts/state-words.ts';
import type { ScreenProps } from '../screen-props.ts';
import { type Configured, useServices, useVersion } from '../services.ts';
import { count } from '../text/format.ts';
import { logonColumns } from './columns.ts';
import { doubtsOf } from './doubts.ts';

// The rule, and what is to be said of most rows that have anything to be said of.
const paneLines = 5;

/** Who is logged on where. Above the table stands which connector has no collector online, or a full table. */
export function UsersScreen(screen: ScreenProps): ReactNode {
  const { stores, views, configured } = useServices();
  const keyOf = useKeyOf();
  useVersion(stores.collectors);
  const collectors = [...stores.collectors.values()];
  return (
    <ListWithPane
      screen={screen}
      title="FSSO users"
      columns={logonColumns}
      view={views.users}
      blank={blankUsers(configured, collectors, keyOf)}
      alert={alertOf(collectors, keyOf)}
      paneHeight={paneLines}
      pane={(row) => {
        const collector = stores.collectors.get(`${row.connector}|${row.server}`);
        const doubts = doubtsOf(row, collector);
        if (doubts.length === 0) return null;
        const lines = doubts.flatMap((field) => composeLong(field, screen.columns));
        return { title: `${row.user} at ${row.ip}`, lines };
      }}
    />
  );
}

// A connector whose links have not failed yet is only on its way.
function connectorsWithoutLink(collectors: readonly CollectorRow[]): string[] {
  const names = new Set(collectors.filter((row) => row.problem !== null).map((row) => row.connector));
  for (const row of collectors) if (row.state === 'online') names.delete(row.connector);
  return [...names];
}

function alertOf(collectors: readonly CollectorRow[], keyOf: KeyOf): Piece | undefined {
  const refused = collectors.reduce((sum, row) => sum + (row.refused ?? 0), 0);
  if (refused > 0) return [`x the table was full: ${count(refused)} logons not taken`, 'bad'];
  const names = connectorsWithoutLink(collectors);
  return names.length === 0
    ? undefined
    : [`x no collector online: ${names.join(', ')} (${keyOf('collectors')} shows why)`, 'bad'];
}

function blankUsers(
  configured: Configured,
  collectors: readonly CollectorRow[],
  keyOf: KeyOf,
): readonly Piece[] {
  if (collectors.length === 0) return blankCollectors(configured);
  const online = collectors.filter((row) => row.state === 'online');
  if (online.length > 0) {
    return [
      ['No one is logged on', 'title'],
      `${online.map((row) => row.server).join(', ')} is online and has reported no logon.`,
      `A group filter on the collector hides users without a group that is asked for. ${keyOf('refresh')} asks for all logons again.`,
    ];
  }
  const failed = collectors.filter((row) => row.problem !== null);
  if (failed.length === 0) {
    return [['Loading', 'accent'], `Connecting to ${collectors.map((row) => row.server).join(', ')}.`];
  }
  return [
    ['No collector is online, so nobody can be shown', 'bad'],
    ...failed.map(
      (row): Piece =>
        `${row.connector} ${row.server}: ${stateText(linkStateWords[row.state])}. ${row.problem?.message ?? ''}`,
    ),
    [`${keyOf('collectors')} shows the cause and what to do.`, 'muted'],
  ];
}
