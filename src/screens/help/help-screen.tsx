import { type ReactNode, useLayoutEffect } from 'react';
import { type Binding, shownKeys } from '../input/binding.ts';
import { whyNot } from '../input/commands.ts';
import type { Situation } from '../input/controls.ts';
import { useKeys, useTheme } from '../look.ts';
import type { Run } from '../parts/columns.ts';
import { composeEnds, composeRule, wrapText } from '../parts/compose-line.ts';
import { Line, Lines } from '../parts/line.tsx';
import { useServices } from '../services.ts';
import { clip, fit } from '../text/width.ts';

interface HelpScreenProps {
  readonly cursor: number;
  readonly situation: Situation;
  readonly width: number;
  readonly height: number;
}

// The rule, and the whole sentence of the selected key with the reason why it does nothing.
const paneHeight = 4;

/** Every key, in groups, from the table of bindings; Enter runs the selected one. */
export function HelpScreen({ cursor, situation, width, height }: HelpScreenProps): ReactNode {
  const { window } = useServices();
  const theme = useTheme();
  const { bindings } = useKeys();
  const listHeight = Math.max(1, height - 1 - (height > 10 ? paneHeight : 0));
  useLayoutEffect(() => {
    window.height = listHeight;
  });
  const lines: { binding: number | null; runs: Run[] }[] = [];
  let group = '';
  bindings.forEach((binding, place) => {
    if (binding.group !== group) {
      group = binding.group;
      lines.push({ binding: null, runs: [{ text: fit(group, width), tone: 'title' }] });
    }
    lines.push({ binding: place, runs: helpLine(binding, situation, place === cursor, width) });
  });
  const at = lines.findIndex((line) => line.binding === cursor);
  const offset = Math.max(0, Math.min(at - Math.floor(listHeight / 2), lines.length - listHeight));
  const seen = lines.slice(offset, offset + listHeight);
  const selected = bindings[cursor];
  return (
    <>
      <Line
        runs={composeEnds(
          [
            ['Keys', 'title'],
            ['  after : the name does the same', 'muted'],
          ],
          [[`${cursor + 1} of ${bindings.length}`, 'muted']],
          width,
        )}
      />
      {seen.map((line, place) => (
        <Line key={place} runs={line.runs} {...(line.binding === cursor ? { over: theme.cursor } : {})} />
      ))}
      <Lines lines={Array.from({ length: listHeight - seen.length }, () => [])} />
      {height > 10 && selected && (
        <>
          <Line runs={composeRule('', width, theme.rule)} />
          <Lines lines={explanation(selected, situation, width)} />
        </>
      )}
    </>
  );
}

function helpLine(binding: Binding, situation: Situation, cursor: boolean, width: number): Run[] {
  const works = whyNot(binding, situation) === undefined;
  const head = `${cursor ? '> ' : '  '}${fit(shownKeys(binding), 15)} ${fit(`:${binding.command}`, 21)} `;
  const text = clip(head + binding.help, width);
  return [works ? { text } : { text, tone: 'muted' }];
}

function explanation(binding: Binding, situation: Situation, width: number): Run[][] {
  const reason = whyNot(binding, situation);
  const lines: Run[][] = wrapText(`${shownKeys(binding)} ${binding.help}.`.trim(), width).map((text) => [
    { text },
  ]);
  if (reason !== undefined) {
    lines.push(...wrapText(`! Not now: ${reason}.`, width).map((text): Run[] => [{ text, tone: 'warn' }]));
  }
  return Array.from({ length: paneHeight - 1 }, (_, place) => lines[place] ?? []);
}
