import type { ReactNode } from 'react';
import { useStore } from 'zustand';
import type { QueryError } from '../../query/query.ts';
import type { ToastLevel } from '../../state/toasts.ts';
import type { Controller } from '../controller.ts';
import { completeCommandLine } from '../input/command-line.ts';
import type { CommandOverlay, FilterOverlay } from '../input/overlay.ts';
import { useKeyOf } from '../look.ts';
import { useServices } from '../services.ts';
import { cellWidth } from '../text/width.ts';
import type { Run, Tone } from './columns.ts';
import { composeEnds, composeLine, type Piece } from './compose-line.ts';
import { Line } from './line.tsx';

const toastTones: Readonly<Record<ToastLevel, readonly [mark: string, tone: Tone]>> = {
  info: ['+', 'good'],
  warning: ['!', 'warn'],
  error: ['x', 'bad'],
};

/** The line above the hints: what is typed after `:` or `/`, else the newest toast. */
export function BottomLine(props: { readonly controller: Controller; readonly width: number }): ReactNode {
  const { controller, width } = props;
  const { toasts } = useServices().stores;
  const keyOf = useKeyOf();
  const overlay = useStore(controller.overlay, (state) => state.overlay);
  const notice = useStore(controller.notices.state, (state) => state.notice);
  const { visible, more } = useStore(toasts.state);
  if (overlay?.kind === 'command') return <Line runs={commandLine(overlay, controller, width)} />;
  if (overlay?.kind === 'filter') return <Line runs={filterLine(overlay, controller, width)} />;
  if (notice?.kind === 'idle') return <Line runs={composeLine([[`! ${notice.text}`, 'warn']], width)} />;
  if (notice) return <Line runs={composeLine([[`~ ${notice.text}`, 'accent']], width)} />;
  if (visible === null) return <Line runs={[]} />;
  const [mark, tone] = toastTones[visible.level];
  const right: Piece[] = more > 0 ? [[`and ${more} more (${keyOf('events')})`, 'muted']] : [];
  return (
    <Line
      runs={composeEnds(
        [
          [`${mark} `, tone],
          [visible.text, tone],
        ],
        right,
        width,
      )}
    />
  );
}

// The end of a long line is what is being typed.
function typed(prompt: string, text: string, width: number): Piece[] {
  const characters = [...text];
  while (cellWidth(characters.join('')) > width - 8) characters.shift();
  return [[prompt, 'accent'], characters.join(''), ['_', 'mark']];
}

function commandLine(overlay: CommandOverlay, controller: Controller, width: number): Run[] {
  const candidates = completeCommandLine(overlay.typed, controller.offers);
  const shown = overlay.chosen === null ? 0 : overlay.chosen;
  const others = candidates.slice(shown).concat(candidates.slice(0, shown)).join(' ');
  return composeLine([...typed(':', overlay.line, width), '   ', [others, 'muted']], width);
}

function filterLine(overlay: FilterOverlay, controller: Controller, width: number): Run[] {
  const { text, problem, typed: before, chosen } = overlay;
  if (problem !== null) return wrongFilter(text, problem, width);
  const others = controller.offers.filters(before).slice((chosen ?? -1) + 1);
  const ends = others.map((each) => each.slice(lastBreak(before))).join(' ');
  return composeLine([...typed('/', text, width), '   ', [ends, 'muted']], width);
}

// The character that is wrong is marked; its number is said too, because colour alone says nothing.
function wrongFilter(text: string, { position, reason }: QueryError, width: number): Run[] {
  const characters = [...text];
  let first = 0;
  while (cellWidth(characters.slice(first).join('')) > width / 2) first += 1;
  const at = Math.max(first, position - 1);
  return composeLine(
    [
      ['/', 'accent'],
      characters.slice(first, at).join(''),
      [characters.slice(at, at + 1).join(''), 'bad'],
      characters.slice(at + 1).join(''),
      ['_', 'mark'],
      '  ',
      [`! character ${position}: ${reason}`, 'bad'],
    ],
    width,
  );
}

/** Where the word that is being typed begins. */
function lastBreak(text: string): number {
  return Math.max(text.lastIndexOf(' '), text.lastIndexOf('(')) + 1;
}
