import type { QueryError } from '../../query/query.ts';
import type { Binding } from './binding.ts';
import { completeCommandLine, type Offers, readCommandLine } from './command-line.ts';
import type { Question } from './controls.ts';
import { type FormOverlay, pasteIntoForm, pressInForm } from './form.ts';
import type { KeyTable } from './key-table.ts';
import { editLine, insertText } from './line-editor.ts';

/** What lies over the screen and takes the keys while it does. */
export type Overlay =
  | { readonly kind: 'help'; readonly cursor: number }
  | { readonly kind: 'question'; readonly question: Question }
  | CommandOverlay
  | FormOverlay
  | FilterOverlay;

/** The line after `/`. */
export interface FilterOverlay {
  readonly kind: 'filter';
  readonly text: string;
  /** The filter before the line was opened. */
  readonly before: string;
  /** Why the text is no filter. */
  readonly problem: QueryError | null;
  /** What was typed before Tab went through the completions. */
  readonly typed: string;
  /** Place among the completions of `typed`, or null while typing. */
  readonly chosen: number | null;
}

/** The line after `:`. */
export interface CommandOverlay {
  readonly kind: 'command';
  readonly line: string;
  /** What was typed before Tab went through the completions. */
  readonly typed: string;
  /** Place among the completions of `typed`, or null while typing. */
  readonly chosen: number | null;
  /** Place in the history, 0 is the newest; null while typing. */
  readonly recalled: number | null;
}

/** `cursor` is the place of a binding. */
export function openHelp(cursor = 0): Overlay {
  return { kind: 'help', cursor };
}

export function openCommand(line = ''): Overlay {
  return typing(line);
}

/** What is typed narrows the filter that is there: a blank parts them. */
export function openFilter(before: string): Overlay {
  const text = before === '' || before.endsWith(' ') ? before : `${before} `;
  return { kind: 'filter', text, before, problem: null, typed: text, chosen: null };
}

/** What follows from a key in an overlay: what is open then, and what is to be done. */
export interface OverlayStep {
  readonly overlay: Overlay | null;
  /** A command to run. */
  readonly run?: { readonly binding: Binding; readonly argument?: string };
  /** The filter as it is now. */
  readonly filter?: string;
  /** A question was answered with yes. */
  readonly answered?: Question;
  /** A form was filled in and sent off; it stays open until its result is there. */
  readonly submitted?: FormOverlay;
  /** A line that was entered, for the history. */
  readonly entered?: string;
  /** Why nothing was done. */
  readonly told?: string;
}

export interface OverlayContext {
  readonly offers: Offers;
  /** Newest first. */
  readonly history: readonly string[];
  /** Lines of help that fit, for PgUp and PgDn. */
  readonly height: number;
  readonly keys: KeyTable;
}

/** One key in an overlay. Pure: the app does what the step says. */
export function pressInOverlay(overlay: Overlay, key: string, context: OverlayContext): OverlayStep {
  switch (overlay.kind) {
    case 'help':
      return pressInHelp(overlay.cursor, key, context);
    case 'question':
      return pressInQuestion(overlay.question, key);
    case 'form': {
      const { form, submit, told } = pressInForm(overlay, key);
      return {
        overlay: form,
        ...(submit && form ? { submitted: form } : {}),
        ...(told === undefined ? {} : { told }),
      };
    }
    case 'filter':
      return pressInFilter(overlay, key, context.offers);
    case 'command':
      return pressInCommand(overlay, key, context);
  }
}

/** Pasted text goes into a line of input as it is; elsewhere it is not taken for keys. */
export function pasteIntoOverlay(overlay: Overlay, text: string): OverlayStep {
  if (overlay.kind === 'filter') {
    const filter = insertText(overlay.text, text);
    return { overlay: typedFilter(overlay, filter), filter };
  }
  if (overlay.kind === 'command') return { overlay: typing(insertText(overlay.line, text)) };
  return { overlay: overlay.kind === 'form' ? pasteIntoForm(overlay, text) : overlay };
}

function pressInHelp(cursor: number, key: string, { height, keys }: OverlayContext): OverlayStep {
  const { bindings } = keys;
  const to = (place: number): OverlayStep => ({
    overlay: { kind: 'help', cursor: Math.max(0, Math.min(bindings.length - 1, place)) },
  });
  if (key === 'esc') return { overlay: null };
  if (key === 'enter') {
    const binding = bindings[cursor];
    return binding ? { overlay: null, run: { binding } } : { overlay: null };
  }
  switch (bindings.find((binding) => !binding.on && binding.keys.includes(key))?.command) {
    case 'down':
      return to(cursor + 1);
    case 'up':
      return to(cursor - 1);
    case 'page-down':
      return to(cursor + height);
    case 'page-up':
      return to(cursor - height);
    case 'first':
      return to(0);
    case 'end':
      return to(bindings.length);
    case 'quit':
    case 'help':
      return { overlay: null };
    default:
      return to(cursor);
  }
}

function pressInQuestion(question: Question, key: string): OverlayStep {
  if (key === 'y' || key === 'Y') return { overlay: null, answered: question };
  if (key === 'n' || key === 'N' || key === 'esc' || key === 'q') return { overlay: null };
  return { overlay: { kind: 'question', question }, told: 'Press y to go ahead or n to cancel' };
}

function typedFilter(overlay: FilterOverlay, text: string): FilterOverlay {
  return { ...overlay, text, typed: text, chosen: null };
}

function pressInFilter(overlay: FilterOverlay, key: string, offers: Offers): OverlayStep {
  if (key === 'tab' || key === 'shift+tab') {
    const next = nextOf(overlay, key === 'tab' ? 1 : -1, offers.filters(overlay.typed));
    if (next === null) return { overlay, told: 'Nothing completes this' };
    return { overlay: { ...overlay, ...next }, filter: next.text };
  }
  if (key === 'enter') return { overlay: null };
  if (key === 'esc') return { overlay: null, filter: overlay.before };
  const text = editLine(overlay.text, key);
  return text === null || text === overlay.text
    ? { overlay }
    : { overlay: typedFilter(overlay, text), filter: text };
}

function typing(line: string): CommandOverlay {
  return { kind: 'command', line, typed: line, chosen: null, recalled: null };
}

function pressInCommand(overlay: CommandOverlay, key: string, context: OverlayContext): OverlayStep {
  switch (key) {
    case 'esc':
      return { overlay: null };
    case 'enter':
      return enterCommand(overlay.line);
    case 'tab':
    case 'shift+tab':
      return { overlay: complete(overlay, key === 'tab' ? 1 : -1, context.offers) };
    case 'up':
    case 'down':
      return { overlay: recall(overlay, key === 'up' ? 1 : -1, context.history) };
    case 'backspace':
      // As in vi: nothing left to take away leaves the line.
      return { overlay: overlay.line === '' ? null : typing(editLine(overlay.line, key) ?? '') };
    default: {
      const line = editLine(overlay.line, key);
      return { overlay: line === null || line === overlay.line ? overlay : typing(line) };
    }
  }
}

function enterCommand(line: string): OverlayStep {
  if (line.trim() === '') return { overlay: null };
  const read = readCommandLine(line);
  if (typeof read === 'string') return { overlay: null, told: read, entered: line };
  const { binding, argument } = read;
  return { overlay: null, entered: line, run: argument === undefined ? { binding } : { binding, argument } };
}

function complete(overlay: CommandOverlay, by: number, offers: Offers): CommandOverlay {
  const next = nextOf(overlay, by, completeCommandLine(overlay.typed, offers));
  if (next === null) return overlay;
  const { text: completed, ...rest } = next;
  return { ...overlay, ...rest, line: completed };
}

/** The next completion, or the one before; null where there is none. */
function nextOf(
  { chosen }: { readonly chosen: number | null },
  by: number,
  candidates: readonly string[],
): { text: string; typed?: string; chosen: number | null } | null {
  const [only] = candidates;
  if (only === undefined) return null;
  // The only one is taken, so that Tab goes on from there.
  if (candidates.length === 1) return { text: only, typed: only, chosen: null };
  const place = ((chosen ?? (by > 0 ? -1 : 0)) + by + candidates.length) % candidates.length;
  return { text: candidates[place] as string, chosen: place };
}

function recall(overlay: CommandOverlay, by: number, history: readonly string[]): CommandOverlay {
  const place = (overlay.recalled ?? -1) + by;
  const line = history[place];
  if (place < 0) return typing('');
  return line === undefined ? overlay : { ...typing(line), recalled: place };
}
