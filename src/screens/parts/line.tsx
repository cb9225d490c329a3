import { Text } from 'ink';
import { memo, type ReactNode } from 'react';
import { useTheme } from '../look.ts';
import type { TonedProps } from '../theme/theme.ts';
import type { Run } from './columns.ts';

interface LineProps {
  readonly runs: readonly Run[];
  /** Instead of the tones of the runs: a row under the cursor. */
  readonly over?: TonedProps;
}

/** One line of the screen, already no longer than the screen is wide. An empty line keeps its height. */
export const Line = memo(function Line({ runs, over }: LineProps): ReactNode {
  const { tones, ellipsis } = useTheme();
  // Lines are cut with `…`, which is one cell as `~` is.
  const shown = (text: string): string => (ellipsis === '…' ? text : text.replaceAll('…', ellipsis));
  if (runs.every((run) => run.text === '')) return <Text> </Text>;
  if (over) {
    return (
      <Text {...over} wrap="truncate">
        {shown(runs.map((run) => run.text).join(''))}
      </Text>
    );
  }
  return (
    <Text wrap="truncate">
      {runs.map((run, place) =>
        run.tone === undefined ? (
          shown(run.text)
        ) : (
          <Text key={place} {...tones[run.tone]}>
            {shown(run.text)}
          </Text>
        ),
      )}
    </Text>
  );
});

/** Lines one below the other. */
export function Lines({ lines }: { readonly lines: readonly (readonly Run[])[] }): ReactNode {
  return lines.map((runs, place) => <Line key={place} runs={runs} />);
}
