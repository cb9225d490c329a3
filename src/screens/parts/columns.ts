import type { Printable } from '../text/printable.ts';
import { type Align, type Ellipsis, fit } from '../text/width.ts';

/** What a piece of text means; the theme decides how that looks. */
export type Tone = 'plain' | 'title' | 'muted' | 'good' | 'warn' | 'bad' | 'mark' | 'accent';

/** Text of one tone; without one it is plain. */
export interface Run {
  readonly text: Printable;
  readonly tone?: Tone;
}

export interface Column<T> {
  readonly id: string;
  readonly title: string;
  /** Cells. A column with a range grows by its share `grow` (1 where it is left out) of what is left. */
  readonly width: number | { readonly min: number; readonly max: number; readonly grow?: number };
  readonly align?: Align;
  /** 1 is never dropped; of the others the highest number goes first. */
  readonly priority: number;
  /** The raw text: what comes from the network is made safe where the row is composed. */
  text(row: T, now: number): string;
  tone?(row: T, now: number): Tone | undefined;
}

export interface FittedColumn<T> {
  readonly column: Column<T>;
  /** Cells of its text. */
  readonly width: number;
  /** Blank cells after it. */
  readonly after: number;
}

const gap = 1;

/**
 * Chooses and sizes the columns for a line of `width` cells: columns are dropped by priority until the smallest widths
 * fit, then the others grow. Text and blanks together are exactly `width` cells. Where not even the columns of
 * priority 1 fit, the last of them are cut.
 */
export function fitColumns<T>(columns: readonly Column<T>[], width: number): FittedColumn<T>[] {
  const kept = cutToWidth(dropByPriority(columns, width), width);
  const used = kept.reduce((sum, each) => sum + each.width, 0) + gap * Math.max(0, kept.length - 1);
  const left = grow(kept, width - used);
  return kept.map((each, place) => ({ ...each, after: place < kept.length - 1 ? gap : left }));
}

interface Sized<T> {
  readonly column: Column<T>;
  width: number;
}

function dropByPriority<T>(columns: readonly Column<T>[], width: number): Column<T>[] {
  let kept = [...columns];
  while (smallestWidth(kept) > width) {
    const priority = Math.max(...kept.map((each) => each.priority));
    if (priority <= 1) break;
    const dropped = kept.findLast((each) => each.priority === priority);
    kept = kept.filter((each) => each !== dropped);
  }
  return kept;
}

function smallestWidth<T>(columns: readonly Column<T>[]): number {
  return columns.reduce((sum, each) => sum + least(each) + gap, -gap);
}

function least<T>(column: Column<T>): number {
  return typeof column.width === 'number' ? column.width : column.width.min;
}

function cutToWidth<T>(columns: readonly Column<T>[], width: number): Sized<T>[] {
  const kept: Sized<T>[] = [];
  let left = width;
  for (const column of columns) {
    const before = kept.length === 0 ? 0 : gap;
    if (left - before < 1) break;
    const taken = Math.min(least(column), left - before);
    kept.push({ column, width: taken });
    left -= before + taken;
  }
  return kept;
}

/** Gives `spare` cells to the columns that may grow, by their shares. Returns what none of them could take. */
function grow<T>(columns: readonly Sized<T>[], spare: number): number {
  let left = spare;
  while (left > 0) {
    const growing = columns.filter((each) => share(each.column) > 0 && each.width < most(each.column));
    const shares = growing.reduce((sum, each) => sum + share(each.column), 0);
    if (growing.length === 0) break;
    const portion = left;
    for (const each of growing) {
      const wanted = Math.max(1, Math.floor((portion * share(each.column)) / shares));
      const taken = Math.min(wanted, most(each.column) - each.width, left);
      each.width += taken;
      left -= taken;
    }
  }
  return Math.max(0, left);
}

function share<T>(column: Column<T>): number {
  return typeof column.width === 'number' ? 0 : (column.width.grow ?? 1);
}

function most<T>(column: Column<T>): number {
  return typeof column.width === 'number' ? column.width : column.width.max;
}

/**
 * One row as runs that are together exactly as wide as `fitColumns` was told, a new run only where the tone differs.
 * Every text is made safe here and nowhere else.
 */
export function composeRow<T>(
  row: T,
  fitted: readonly FittedColumn<T>[],
  now: number,
  ellipsis: Ellipsis = '…',
): Run[] {
  const line = new Line();
  for (const { column, width, after } of fitted) {
    line.add(fit(column.text(row, now), width, column.align, ellipsis), column.tone?.(row, now));
    line.blank(after);
  }
  return line.runs;
}

export interface HeaderOptions {
  readonly sort?: { readonly column: string; readonly direction: 'up' | 'down' } | null;
  /** Only ASCII characters. */
  readonly ascii?: boolean;
}

/** The titles over the columns, with an arrow on the one that the rows are sorted by. */
export function composeHeader<T>(
  fitted: readonly FittedColumn<T>[],
  { sort = null, ascii = false }: HeaderOptions = {},
): Run[] {
  const line = new Line();
  const arrows = ascii ? { up: '^', down: 'v' } : { up: '↑', down: '↓' };
  for (const { column, width, after } of fitted) {
    const ellipsis = ascii ? '~' : '…';
    if (sort?.column === column.id && width >= 2) {
      const title = column.title.length >= width ? column.title.slice(0, width - 1) : column.title;
      line.add(fit(title + arrows[sort.direction], width, column.align, ellipsis), 'accent');
    } else {
      line.add(fit(column.title, width, column.align, ellipsis), 'title');
    }
    line.blank(after);
  }
  return line.runs;
}

/** Joins texts of one tone. Blanks have no tone of their own and go to the run before them. */
class Line {
  readonly runs: { text: Printable; tone?: Tone }[] = [];

  add(text: Printable, tone: Tone = 'plain'): void {
    const last = this.runs.at(-1);
    if (last && (last.tone ?? 'plain') === tone) last.text = (last.text + text) as Printable;
    else this.runs.push(tone === 'plain' ? { text } : { text, tone });
  }

  blank(cells: number): void {
    if (cells <= 0) return;
    const last = this.runs.at(-1);
    if (last) last.text = (last.text + ' '.repeat(cells)) as Printable;
    else this.runs.push({ text: ' '.repeat(cells) as Printable });
  }
}
