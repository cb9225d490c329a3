import type { ReactNode } from 'react';
import { useStore } from 'zustand';
import type { Controller } from '../controller.ts';
import type { Binding } from '../input/binding.ts';
import { whyNot, worksOn } from '../input/commands.ts';
import type { KeyTable } from '../input/key-table.ts';
import { shownKey } from '../input/keymap.ts';
import type { Overlay } from '../input/overlay.ts';
import { type Hint, hintsOf } from '../input/overlay-hints.ts';
import { useKeys } from '../look.ts';
import { composeEnds, composeLine, lineWidth, type Piece } from './compose-line.ts';
import { Line } from './line.tsx';

// These stay where the line is too short for all.
const always = new Set(['app.command', 'app.help', 'app.quit']);

/** The last line: the keys that do something here now. The others say why they do not when they are pressed. */
export function Hints(props: { readonly controller: Controller; readonly width: number }): ReactNode {
  const { controller, width } = props;
  const overlay = useStore(controller.overlay, (state) => state.overlay);
  const { situation } = controller.controls;
  const keys = useKeys();
  if (overlay !== null) {
    return <Line runs={composeLine(hintsOver(overlay, keys).flatMap(hint), width)} />;
  }
  const { screen } = situation;
  const shown = keys.bindings
    .filter(
      (binding) =>
        binding.hint !== undefined &&
        (binding.hintOn?.includes(screen) ?? true) &&
        worksOn(binding, screen) &&
        !whyNot(binding, situation),
    )
    .toSorted((a, b) => Number(a.hintLast ?? false) - Number(b.hintLast ?? false));
  const right = shown.filter((binding) => always.has(binding.id)).flatMap((each) => hint(pair(each)));
  const room = width - lineWidth(composeLine(right, width));
  let left: Piece[] = [];
  for (const binding of shown) {
    if (always.has(binding.id)) continue;
    const next = [...left, ...hint(pair(binding))];
    if (lineWidth(composeLine(next, width * 2)) > room) break;
    left = next;
  }
  return <Line runs={composeEnds(left, right, width)} />;
}

function pair(binding: Binding): [string, string] {
  return [shownKey(binding.keys[0] ?? ''), binding.hint ?? ''];
}

function hint([key, word]: readonly [string, string]): Piece[] {
  return [[key, 'accent'], ` ${word}  `];
}

// A question names what its yes does.
function hintsOver(overlay: Overlay, keys: KeyTable): readonly Hint[] {
  const overlayHints = hintsOf(keys);
  if (overlay.kind === 'form')
    return overlayHints.form.map(([key, word]) => [key, key === 'Enter' ? overlay.form.verb : word]);
  if (overlay.kind !== 'question') return overlayHints[overlay.kind];
  return overlayHints.question.map(([key, word]) => [key, key === 'y' ? overlay.question.yes : word]);
}
