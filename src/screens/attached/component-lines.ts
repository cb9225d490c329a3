import type { ComponentFact, ComponentRow } from '../../state/changes.ts';
import { minutesSince } from '../parts/coarse.ts';
import type { Run, Tone } from '../parts/columns.ts';
import { composeFields, composeLong, composeProblem, type Field, fieldLabelWidth } from '../parts/fields.ts';
import { sparkline } from '../parts/sparkline.ts';
import { stateText } from '../parts/state-words.ts';
import { bytes, count, countdown, latency } from '../text/format.ts';
import { componentWord, kindWord } from './columns.ts';
import { guideBits, trafficOfGuide } from './traffic.ts';

interface Surroundings {
  readonly width: number;
  readonly now: number;
  readonly ascii: boolean;
}

/** Values longer than this have a line of their own. */
const longestBeside = 22;
/** Cells of a label that does not fit beside the others. */
const widestLabel = 26;

/** One component in full. */
export function componentLines(row: ComponentRow, { width, now, ascii }: Surroundings): Run[][] {
  const word = componentWord(row);
  const short: Field[] = [
    ['State', stateText(word), word.tone],
    ['Kind', kindWord(row)],
    ['Collector', row.kind === 'collector' ? '' : row.collector],
    ['Next try', row.nextTryAt === null ? '' : `in ${countdown(row.nextTryAt - now)}`],
  ];
  const long: Field[] = [];
  // Names that others gave to what they count: cut off, they would run into the number.
  const wide: Field[] = [];
  if (row.bytesPerSecond !== null) {
    const tone: Tone = row.bytesPerSecond * 8 > guideBits && row.kind === 'agent' ? 'warn' : 'plain';
    long.push(['Traffic', trafficOfGuide(row.bytesPerSecond), tone]);
  }
  if (row.history !== null)
    long.push([
      'Events',
      `${sparkline(row.history, Math.max(10, width - 40), ascii)}  the newest at the right`,
    ]);
  for (const fact of row.facts) {
    const field = factField(fact, now);
    if (field[1].length > longestBeside) long.push(field);
    else (field[0].length < fieldLabelWidth ? short : wide).push(field);
  }
  const lines = composeFields(short, width);
  lines.push(...composeFields(wide, width, widestLabel));
  for (const field of long) lines.push(...composeLong(field, width));
  if (row.problem) lines.push([], ...composeProblem(row.problem, width));
  return lines;
}

function factField([label, fact]: ComponentFact, now: number): Field {
  switch (fact.kind) {
    case 'text':
      return [label, fact.value];
    case 'count':
      return [label, count(fact.value), isTrouble(label) && fact.value > 0 ? 'warn' : 'plain'];
    case 'bytes':
      return [label, bytes(fact.value)];
    case 'time':
      return [label, `${minutesSince(fact.value, now)} ago`];
    case 'ms':
      return [label, latency(fact.value)];
    case 'seconds':
      return [
        label,
        fact.value === 0 ? 'as ours' : `${fact.value > 0 ? '+' : ''}${count(fact.value)} s to ours`,
      ];
  }
}

/** What should not happen. */
function isTrouble(label: string): boolean {
  return /^(?:Dropped|Not |Silent|Failed)/.test(label);
}
