import type { ComparedField } from '../../certificate-comparison.ts';
import type { Run, Tone } from '../parts/columns.ts';
import { composeLine, wrapText } from '../parts/compose-line.ts';
import { composeLong } from '../parts/fields.ts';
import { fingerprintText } from '../parts/fingerprint.ts';
import { printable } from '../text/printable.ts';
import { fit } from '../text/width.ts';

/** Beside each other both values need room for half a SHA-256; where that is missing, they stand one below the other. */
const twoValues = 114;
const labelWidth = 16;
const gap = 2;
const notKept = '(not kept)';
const notKnown = '(not known)';

export interface ComparisonHeads {
  /** Over the values of the accepted certificate, such as `accepted 2025-06-29`. */
  readonly accepted: string;
  readonly shown: string;
}

/** The comparison as lines: `!` and a tone mark what differs, `=` what does not, `?` what is not known. */
export function comparisonLines(
  fields: readonly ComparedField[],
  heads: ComparisonHeads,
  width: number,
): Run[][] {
  const different = fields.filter(({ differs }) => differs === true).map(({ label }) => label);
  const summary = different.length === 0 ? 'nothing that was kept' : different.join(', ');
  const lines = composeLong(['Differs', summary, different.length === 0 ? 'plain' : 'bad'], width);
  return [
    ...lines,
    ...(width >= twoValues ? besideEachOther(fields, heads, width) : stacked(fields, heads, width)),
  ];
}

function mark({ label, differs }: ComparedField): readonly [text: string, tone: Tone] {
  if (differs === null) return [`? ${label}`, 'muted'];
  return differs ? [`! ${label}`, 'bad'] : [`= ${label}`, 'muted'];
}

function besideEachOther(
  fields: readonly ComparedField[],
  { accepted, shown }: ComparisonHeads,
  width: number,
): Run[][] {
  const room = Math.floor((width - labelWidth - gap) / 2);
  const head: Run[] = [
    { text: fit('', labelWidth) },
    { text: fit(accepted, room), tone: 'title' },
    { text: fit('', gap) },
    ...composeLine([[shown, 'title']], room),
  ];
  const lines = fields.flatMap((field) => {
    const before = wrapValue(field.accepted ?? notKept, room);
    const now = wrapValue(field.shown ?? notKnown, room);
    const tone: Tone = field.differs ? 'bad' : 'plain';
    return Array.from({ length: Math.max(before.length, now.length) }, (_, line): Run[] => {
      const [text, labelTone] = line === 0 ? mark(field) : (['', 'muted'] as const);
      return [
        { text: fit(text, labelWidth), tone: labelTone },
        { text: fit(before[line] ?? '', room), tone },
        { text: fit('', gap) },
        { text: now[line] ?? printable(''), tone },
      ];
    });
  });
  return [head, ...lines];
}

function stacked(
  fields: readonly ComparedField[],
  { accepted, shown }: ComparisonHeads,
  width: number,
): Run[][] {
  const room = Math.max(10, width - labelWidth);
  const lines = fields.flatMap((field) => {
    const [label, tone] = mark(field);
    if (field.differs === false) return valueLines(label, tone, field.shown ?? notKnown, 'plain', room);
    const value: Tone = field.differs ? 'bad' : 'plain';
    return [
      composeLine([[label, tone]], width),
      ...valueLines('    accepted', 'muted', field.accepted ?? notKept, value, room),
      ...valueLines('    shown', 'muted', field.shown ?? notKnown, value, room),
    ];
  });
  return [composeLine([[`${accepted}, ${shown}`, 'title']], width), ...lines];
}

function valueLines(label: string, labelTone: Tone, value: string, tone: Tone, room: number): Run[][] {
  return wrapValue(value, room).map((text, line) => [
    { text: fit(line === 0 ? label : '', labelWidth), tone: labelTone },
    { text, tone },
  ]);
}

function wrapValue(value: string, room: number) {
  return wrapText(fingerprintText(value, room), room);
}
