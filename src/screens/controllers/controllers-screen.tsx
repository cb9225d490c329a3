import { type ReactNode, useMemo } from 'react';
import { blankOf } from '../attached/blank.ts';
import { useTheme } from '../look.ts';
import type { Piece } from '../parts/compose-line.ts';
import { ListWithPane } from '../parts/list-with-pane.tsx';
import type { ScreenProps } from '../screen-props.ts';
import { useNow, useServices, useVersion } from '../services.ts';
import { count } from '../text/format.ts';
import { controllerColumnsIn, modeWord } from './columns.ts';
import { controllerLines } from './controller-lines.ts';

const paneHeight = 9;

/** The domain controllers of the attached collectors, and how the logons of each are seen. */
export function ControllersScreen(screen: ScreenProps): ReactNode {
  const { views, stores, configured } = useServices();
  const { ascii } = useTheme();
  useVersion(stores.components);
  const now = useNow();
  const columns = useMemo(() => controllerColumnsIn(ascii), [ascii]);
  useVersion(stores.controllers);
  const failed = [...stores.controllers.values()].filter(({ state }) => state === 'failed').length;
  return (
    <ListWithPane
      screen={screen}
      title="Domain controllers"
      columns={columns}
      view={views.controllers}
      blank={blankOf(stores.components.values(), configured, blank)}
      alert={failed > 0 ? [`${count(failed)} failed`, 'bad'] : undefined}
      unsaid={({ problem }) => (problem === null ? undefined : [problem.message, 'bad'])}
      paneHeight={paneHeight}
      rest="Enter shows them"
      pane={(row) => ({
        title: `${row.name} ${modeWord(row.mode)}`,
        lines: controllerLines(row, { width: screen.columns, now, ascii }),
      })}
    />
  );
}

const blank: readonly Piece[] = [
  ['No domain controller is known', 'title'],
  'The collector polls none, and looks for none in DNS.',
  'Name your domains under "collector: monitored-domains:", or controllers to poll under "collector: polling:".',
];
