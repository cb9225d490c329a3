import type { ActionResult, FormField } from '../../state/actions.ts';
import { editLine, insertText } from './line-editor.ts';

export type FormValues = Readonly<Record<string, string>>;

/** What a form is about, before anybody has typed. */
export interface FormDefinition {
  readonly title: string;
  /** What will happen, in front of the fields; not made safe yet. */
  readonly lines: readonly string[];
  readonly fields: readonly FormField[];
  /** Verb of the key that goes ahead, such as `Save`. */
  readonly verb: string;
  /** What is wrong, by the key of a field; under '' what concerns none of them. */
  check(values: FormValues): FormValues;
  /** Goes ahead; the form stays open when it fails. */
  submit(values: FormValues): Promise<ActionResult>;
}

/** A form that lies over the screen. */
export interface FormOverlay {
  readonly kind: 'form';
  readonly form: FormDefinition;
  readonly values: FormValues;
  readonly problems: FormValues;
  /** Place of the field that is being filled in. */
  readonly cursor: number;
  /** Fields that were typed into: only these complain while others are still to be filled in. */
  readonly touched: ReadonlySet<string>;
  /** Every field complains, because going ahead was tried. */
  readonly tried: boolean;
  /** Esc was pressed although something was changed. */
  readonly leaving: boolean;
  readonly submitting: boolean;
  /** Why going ahead failed. */
  readonly refused: string | null;
}

/** What follows from a key in a form. */
export interface FormStep {
  /** Null when it is closed. */
  readonly form: FormOverlay | null;
  /** Everything is right, and the person went ahead. */
  readonly submit?: true;
  readonly told?: string;
}

export function openForm(form: FormDefinition): FormOverlay {
  const values = Object.fromEntries(form.fields.map(({ key, value }) => [key, value]));
  return {
    kind: 'form',
    form,
    values,
    problems: form.check(values),
    cursor: 0,
    touched: new Set(),
    tried: false,
    leaving: false,
    submitting: false,
    refused: null,
  };
}

/** Whether a field's value is another than it was. */
export function isChanged({ values }: FormOverlay, { key, value }: FormField): boolean {
  return (values[key] ?? '').trim() !== value;
}

/** What is said about a field now; null for nothing, also while a person has not come to it. */
export function problemOf({ problems, touched, tried }: FormOverlay, key: string): string | null {
  return tried || touched.has(key) ? (problems[key] ?? null) : null;
}

/** One key in a form. Pure: the controller does what the step says. */
export function pressInForm(overlay: FormOverlay, key: string): FormStep {
  if (overlay.submitting) return { form: overlay, told: 'It is under way: wait for its result' };
  if (overlay.leaving) return answerLeaving(overlay, key);
  const field = overlay.form.fields[overlay.cursor];
  switch (key) {
    case 'esc':
      return overlay.form.fields.some((each) => isChanged(overlay, each))
        ? { form: { ...overlay, leaving: true } }
        : { form: null };
    case 'enter':
      return goAhead(overlay);
    case 'tab':
    case 'down':
      return { form: moved(overlay, 1) };
    case 'shift+tab':
    case 'up':
      return { form: moved(overlay, -1) };
    case 'pgdn':
    case 'end':
      return { form: { ...overlay, cursor: overlay.form.fields.length - 1 } };
    case 'pgup':
    case 'home':
      return { form: { ...overlay, cursor: 0 } };
    default: {
      if (!field) return { form: overlay };
      const value = overlay.values[field.key] ?? '';
      const next = field.kind === 'choice' ? choose(field, value, key) : editLine(value, key);
      return { form: next === null ? overlay : typed(overlay, field.key, next) };
    }
  }
}

/** Pasted text goes into the field; a choice takes none. */
export function pasteIntoForm(overlay: FormOverlay, text: string): FormOverlay {
  const field = overlay.form.fields[overlay.cursor];
  if (!field || field.kind === 'choice' || overlay.submitting || overlay.leaving) return overlay;
  return typed(overlay, field.key, insertText(overlay.values[field.key] ?? '', text.trim()));
}

function answerLeaving(overlay: FormOverlay, key: string): FormStep {
  if (key === 'y' || key === 'Y') return { form: null };
  if (key === 'n' || key === 'N' || key === 'esc') return { form: { ...overlay, leaving: false } };
  return { form: overlay, told: 'Press y to discard what was changed or n to go on' };
}

function goAhead(overlay: FormOverlay): FormStep {
  const { form, problems } = overlay;
  const wrong = form.fields.findIndex(({ key }) => problems[key] !== undefined);
  if (wrong >= 0)
    return {
      form: { ...overlay, tried: true, cursor: wrong },
      told: `${form.fields[wrong]?.key}: ${problems[form.fields[wrong]?.key ?? '']}`,
    };
  if (problems[''] !== undefined) return { form: { ...overlay, tried: true }, told: problems[''] };
  return { form: { ...overlay, tried: true, submitting: true, refused: null }, submit: true };
}

function moved(overlay: FormOverlay, by: number): FormOverlay {
  const { length } = overlay.form.fields;
  return { ...overlay, cursor: (overlay.cursor + by + length) % length };
}

function typed(overlay: FormOverlay, key: string, value: string): FormOverlay {
  const values = { ...overlay.values, [key]: value };
  return {
    ...overlay,
    values,
    problems: overlay.form.check(values),
    touched: new Set([...overlay.touched, key]),
    refused: null,
  };
}

/** The value of a choice after a key; null when the key chooses nothing. Blank is the default. */
function choose({ choices, fallback }: FormField, value: string, key: string): string | null {
  if (key === 'backspace' || key === 'delete' || key === 'ctrl+u') return '';
  const by = key === 'left' ? -1 : key === 'space' || key === 'right' ? 1 : 0;
  const place = choices.indexOf(value === '' ? fallback : value);
  if (by !== 0) return choices[(place + by + choices.length) % choices.length] ?? null;
  return choices.find((choice) => choice.startsWith(key.toLowerCase())) ?? null;
}
