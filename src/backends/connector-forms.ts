import { applied, dataOf, type EmsEdit, editConfig, type OptionValue } from '../config/edit.ts';
import { adminOptions } from '../config/ems-admin-options.ts';
import { type EmsOption, emsOptions } from '../config/ems-options.ts';
import { ConfigError } from '../config/error.ts';
import { judge, parseConfig } from '../config/load.ts';
import { isRelease, releaseText, whyAbsent } from '../config/releases.ts';
import { readForEdit, rewriteConfig } from '../config/rewrite.ts';
import type { Problem } from '../problem.ts';
import { safeText } from '../safe-text.ts';
import type { ActionResult, Actions, ConnectorForm, FormField } from '../state/actions.ts';

/** The part of the actions that edits our own configuration. */
export type ConnectorActions = Pick<
  Actions,
  'openConnectorForm' | 'saveConnector' | 'switchConnector' | 'removeConnector'
>;

type Data = Record<string, unknown>;
type Values = Readonly<Record<string, string>>;

/**
 * Adds, changes and deletes EMS entries of the configuration file at `path`. `reload` takes the new file over and
 * resolves when its connectors run; its error is told, and the file stays as it was written.
 */
export function connectorActions(path: string, reload: () => Promise<void>): ConnectorActions {
  /** Reads, edits and writes; `before` is what the file has to hold still, where a form was filled in meanwhile. */
  const change = async (edit: EmsEdit, message: string, before?: string): Promise<ActionResult> =>
    answered(async () => {
      const text = before ?? (await readForEdit(path));
      const edited = editConfig(text, edit);
      parseConfig(edited, path);
      await rewriteConfig(path, text, edited);
      await reload();
      return { ok: true, message };
    });

  return {
    openConnectorForm: (connector) =>
      answered(async () => {
        const text = await readForEdit(path);
        parseConfig(text, path);
        return { ok: true, form: formOf(text, connector) };
      }),
    saveConnector(form, values) {
      const edit = editOf(form, values);
      const name = values['name'] ?? '';
      if (form.connector === null) return change(edit, `${name} was added`, form.before);
      return change(edit, `${name} was changed`, form.before);
    },
    switchConnector: (connector, on) =>
      change(
        { kind: 'change', name: connector, set: { status: on ? 'enable' : 'disable' }, remove: [] },
        `${connector} was ${on ? 'enabled' : 'disabled'}`,
      ),
    removeConnector: (connector) =>
      change({ kind: 'delete', name: connector }, `${connector} was deleted from the configuration`),
  };
}

/** Runs an action on the file; what is wrong with it becomes a problem. */
async function answered<Result extends { ok: true }>(
  action: () => Promise<Result>,
): Promise<Result | { ok: false; problem: Problem }> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof ConfigError) return { ok: false, problem: fileProblem(error.lines[0] ?? '') };
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return { ok: false, problem: fileProblem(`the configuration file cannot be read (${code})`) };
  }
}

function fileProblem(message: string): Problem {
  return {
    stage: 'configuration',
    code: null,
    message,
    cause: 'The file is as it was.',
    fix: ['Look at the file, and try again.'],
  };
}

function entriesOf(data: Data): Data[] {
  return Array.isArray(data['ems']) ? data['ems'] : [];
}

function formOf(text: string, connector: string | null): ConnectorForm {
  const data = dataOf(text) ?? {};
  const entry = connector === null ? {} : entriesOf(data).find((each) => each['name'] === connector);
  if (!entry)
    throw new ConfigError([`there is no EMS connector "${safeText(connector ?? '')}" in the file any more`]);
  const release = releaseOf(data);
  const fields = Object.entries<EmsOption>(emsOptions)
    .filter(([, option]) => option.form.kind !== 'none' && whyAbsent(option, release) === null)
    .map(([key, option]) => fieldOf(key, option, entry[key]));
  fields.push(...adminFields(entry['admin']));
  const form: ConnectorForm = {
    connector,
    before: text,
    fields,
    check(values) {
      const place = connector === null ? entriesOf(data).length : entriesOf(data).indexOf(entry);
      const { findings } = judge(applied(data, editOf(form, values)));
      const problems: Record<string, string> = {};
      for (const { path, text: found } of findings) {
        const name = path.slice(2).join('.');
        const own = path[0] === 'ems' && path[1] === place;
        const field = own ? fields.find(({ key }) => key === name || name.startsWith(`${key}.`)) : undefined;
        problems[field?.key ?? ''] ??= found;
      }
      return problems;
    },
  };
  return form;
}

function releaseOf(data: Data): string {
  const release = typeof data['release'] === 'number' ? releaseText(data['release']) : data['release'];
  return isRelease(release) ? release : '7.4';
}

function fieldOf(
  key: string,
  { form, fallback, values }: Pick<EmsOption, 'form' | 'fallback' | 'values'>,
  value: unknown,
): FormField {
  return {
    key,
    value: valueAsTyped(value),
    fallback: ['required', 'none'].includes(String(fallback)) ? '' : String(fallback),
    required: fallback === 'required',
    note: values.replaceAll('`', ''),
    kind: form.kind === 'none' ? 'text' : form.kind,
    choices: form.kind === 'choice' ? form.values : [],
  };
}

/** Who signs in to the administrator's API: `admin.name` and the others. */
function adminFields(admin: unknown): FormField[] {
  const held = typeof admin === 'object' && admin !== null ? (admin as Data) : {};
  return Object.entries(adminOptions).map(([key, { form, values }]) =>
    fieldOf(`admin.${key}`, { form, values, fallback: 'none' }, held[key]),
  );
}

/** A value of the file as a person types it into a line: secrets as `env NAME`, `file PATH`, `command PROGRAM ...`. */
function valueAsTyped(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'object') return String(value);
  const [[source, of] = ['', '']] = Object.entries(value);
  return `${source} ${Array.isArray(of) ? of.join(' ') : String(of)}`;
}

function optionOf({ kind }: FormField, typed: string): OptionValue {
  if (kind === 'number' && /^\d{1,9}$/.test(typed)) return Number(typed);
  if (kind !== 'secret') return typed;
  const [, source, of] = /^(env|file|command)\s+(\S.*)$/.exec(typed) ?? [];
  if (source === 'env') return { env: of ?? '' };
  if (source === 'file') return { file: of ?? '' };
  // What is none of these is a literal, which the schema refuses without repeating it.
  return source === 'command' ? { command: (of ?? '').split(/\s+/) } : typed;
}

/** What the filled-in form asks for: what is as it was is not touched, what was emptied is taken out. */
function editOf({ connector, fields }: ConnectorForm, values: Values): EmsEdit {
  const set: Record<string, OptionValue> = {};
  const remove: string[] = [];
  for (const field of fields) {
    const typed = (values[field.key] ?? '').trim();
    if (typed === field.value) continue;
    if (typed === '') remove.push(field.key);
    else set[field.key] = optionOf(field, typed);
  }
  return connector === null ? { kind: 'add', entry: set } : { kind: 'change', name: connector, set, remove };
}
