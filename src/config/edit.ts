import { isDeepStrictEqual } from 'node:util';
import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseDocument,
  type YAMLMap,
} from 'yaml';
import { ConfigError } from './error.ts';
import type { Secret } from './values.ts';

/** A value as an option of an entry has it in the file. */
export type OptionValue = string | number | Secret;

/** One change of the list `ems`. A key such as `admin.name` is an option inside of another one. */
export type EmsEdit =
  | { readonly kind: 'add'; readonly entry: Readonly<Record<string, OptionValue>> }
  | {
      readonly kind: 'change';
      readonly name: string;
      readonly set: Readonly<Record<string, OptionValue>>;
      readonly remove: readonly string[];
    }
  | { readonly kind: 'delete'; readonly name: string };

const byHand = 'the file is written in a way that only an editor can change: edit it by hand';

function refuse(reason: string): never {
  throw new ConfigError([reason]);
}

/**
 * The text of a configuration after one change of its list `ems`. Only the bytes of what changes are touched: comments,
 * order, quoting and blank lines of everything else stay. The result is read again, and refused unless it says exactly
 * what the edit asked for.
 * @throws ConfigError when there is no such entry, or its place in the file cannot be changed safely
 */
export function editConfig(text: string, edit: EmsEdit): string {
  const data = dataOf(text) ?? refuse('the configuration is not valid YAML: mend it first');
  const wanted = applied(data, edit);
  const edited = new Editor(text).edit(edit);
  if (!isDeepStrictEqual(dataOf(edited), wanted)) refuse(byHand);
  return edited;
}

/** What a configuration's text says, not yet checked; null when it is no YAML. */
export function dataOf(text: string): Record<string, unknown> | null {
  const document = parseDocument(text, { prettyErrors: false, merge: true });
  if (document.errors.length > 0 || document.warnings.length > 0) return null;
  try {
    const data: unknown = document.toJS() ?? {};
    return typeof data === 'object' && !Array.isArray(data) ? (data as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** The same change of the data that a text says. */
export function applied(data: Record<string, unknown>, edit: EmsEdit): Record<string, unknown> {
  const list = Array.isArray(data['ems']) ? [...data['ems']] : [];
  if (edit.kind === 'add') return { ...data, ems: [...list, nested(edit.entry)] };
  const place = list.findIndex((entry) => entry?.name === edit.name);
  if (place < 0) refuse(`there is no EMS connector "${edit.name}" in the file any more`);
  if (edit.kind === 'delete') list.splice(place, 1);
  else {
    list[place] = changedEntry(list[place], edit.set, edit.remove);
  }
  return { ...data, ems: list };
}

type Entry = Record<string, unknown>;

/** The two parts of `admin.name`; null for an option of the entry itself. */
function insideOf(key: string): { outer: string; inner: string } | null {
  const dot = key.indexOf('.');
  return dot < 0 ? null : { outer: key.slice(0, dot), inner: key.slice(dot + 1) };
}

/** Options with those inside of others where they belong. */
function nested(options: Readonly<Record<string, OptionValue>>): Entry {
  return changedEntry({}, options, []);
}

/** An outer option goes with the last one inside of it. */
function changedEntry(
  before: Entry,
  set: Readonly<Record<string, OptionValue>>,
  remove: readonly string[],
): Entry {
  const entry = { ...before };
  for (const [key, value] of Object.entries(set)) {
    const inside = insideOf(key);
    if (inside) entry[inside.outer] = { ...mapOf(entry[inside.outer]), [inside.inner]: value };
    else entry[key] = value;
  }
  for (const key of remove) {
    const inside = insideOf(key);
    if (!inside) {
      delete entry[key];
      continue;
    }
    const { [inside.inner]: _, ...rest } = mapOf(entry[inside.outer]);
    if (Object.keys(rest).length > 0) entry[inside.outer] = rest;
    else delete entry[inside.outer];
  }
  return entry;
}

function mapOf(value: unknown): Entry {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Entry) : {};
}

/** Changes one text at the offsets that the YAML parser found. */
class Editor {
  readonly #text: string;
  readonly #eol: string;

  constructor(text: string) {
    this.#text = text;
    this.#eol = text.includes('\r\n') ? '\r\n' : '\n';
  }

  edit(edit: EmsEdit): string {
    const { contents } = parseDocument(this.#text, { prettyErrors: false, merge: true });
    if (contents !== null && !isMap(contents) && !(isScalar(contents) && contents.value === null))
      refuse(byHand);
    const root = isMap(contents) ? (contents as YAMLMap<Node, Node | null>) : null;
    const pair = root?.items.find(({ key }) => keyOf(key) === 'ems') ?? null;
    if (edit.kind === 'add') return this.#add(root, pair, edit.entry);
    const list = pair?.value;
    if (!isSeq<Node>(list)) return refuse(byHand);
    const place = list.items.findIndex((item) => isMap(item) && item.get('name') === edit.name);
    const entry = list.items[place];
    if (!isMap<Node, Node | null>(entry)) return refuse(byHand);
    return edit.kind === 'delete'
      ? this.#delete(pair as Pair<Node, Node | null>, list.items, list.flow === true, place)
      : this.#change(entry, edit.set, edit.remove);
  }

  #add(
    root: YAMLMap<Node, Node | null> | null,
    pair: Pair<Node, Node | null> | null,
    entry: Readonly<Record<string, OptionValue>>,
  ): string {
    const flow = `{ ${pairsText(entry).join(', ')} }`;
    const block = (indent: string) =>
      `${indent}- ${pairsText(entry).join(`${this.#eol}${indent}  `)}${this.#eol}`;
    if (pair === null) {
      if (root?.flow) return this.#insertInFlow(root, root.items.map(pairEnd), `ems: [${flow}]`);
      return this.#insertLines(this.#text.length, `ems:${this.#eol}${block('  ')}`);
    }
    const { value } = pair;
    if (isSeq<Node>(value)) {
      if (value.flow) return this.#insertInFlow(value, value.items.map(contentEnd), flow);
      const last = value.items.at(-1) ?? refuse(byHand);
      const indent = ' '.repeat(this.#columnOf(startOf(value)));
      const inFlow = isMap(last) && last.flow === true;
      return this.#insertLines(
        this.#lineEnd(contentEnd(last)),
        inFlow ? `${indent}- ${flow}${this.#eol}` : block(indent),
      );
    }
    if (!isScalar(value) || value.value !== null) refuse(byHand);
    const [start = 0, end = 0] = value.range ?? [];
    // `ems: null` written out, or nothing after the colon.
    if (end > start) return this.#splice(start, end, `[${flow}]`);
    return this.#insertLines(this.#lineEnd(endOf(pair.key)), block('  '));
  }

  #delete(pair: Pair<Node, Node | null>, items: readonly Node[], flow: boolean, place: number): string {
    const item = items[place] as Node;
    if (flow) return this.#cutFromFlow(items.map(startOf), items.map(contentEnd), place);
    const dash = this.#text.lastIndexOf('-', startOf(item) - 1);
    const from = this.#lineStart(dash);
    if (dash < 0 || this.#text.slice(from, dash).trim() !== '') refuse(byHand);
    const cut = this.#splice(from, this.#lineEnd(contentEnd(item)), '');
    if (items.length > 1) return cut;
    const colon = this.#text.indexOf(':', endOf(pair.key));
    return `${cut.slice(0, colon + 1)} []${cut.slice(colon + 1)}`;
  }

  #change(
    entry: YAMLMap<Node, Node | null>,
    set: Readonly<Record<string, OptionValue>>,
    remove: readonly string[],
  ): string {
    const key = Object.keys(set)[0] ?? remove[0];
    if (key === undefined) return this.#text;
    const value = set[key];
    const text = this.#changeKey(entry, key, value);
    // Offsets have moved: the others are found anew.
    const { [key]: _, ...others } = set;
    const name = key === 'name' ? value : entry.get('name');
    return new Editor(text).edit({
      kind: 'change',
      name: String(name),
      set: others,
      remove: remove.filter((each) => each !== key),
    });
  }

  /** One option, and where it is inside of another one, that one with it; without a value it is taken out. */
  #changeKey(entry: YAMLMap<Node, Node | null>, key: string, value: OptionValue | undefined): string {
    const { outer, inner } = insideOf(key) ?? { outer: key, inner: null };
    const place = entry.items.findIndex((pair) => keyOf(pair.key) === outer);
    const pair = entry.items[place];
    if (inner !== null && isMap<Node, Node | null>(pair?.value)) {
      const last = pair.value.items.length === 1 && keyOf(pair.value.items[0]?.key) === inner;
      if (value !== undefined || !last) return this.#changeKey(pair.value, inner, value);
    }
    if (value === undefined) return this.#removeKey(entry, place);
    const text = inner === null ? valueText(value) : `{ ${inner}: ${valueText(value)} }`;
    return pair ? this.#replaceValue(pair, text) : this.#addKey(entry, `${outer}: ${text}`);
  }

  #replaceValue({ key, value }: Pair<Node, Node | null>, text: string): string {
    const start = value === null ? 0 : startOf(value);
    let end = value === null ? 0 : contentEnd(value);
    // A block scalar ends with its line, which stays one.
    while (end > start && /[\r\n]/.test(this.#text[end - 1] ?? '')) end -= 1;
    if (end > start) return this.#splice(start, end, text);
    const colon = this.#text.indexOf(':', endOf(key));
    return this.#splice(colon + 1, colon + 1, ` ${text}`);
  }

  #addKey(entry: YAMLMap<Node, Node | null>, text: string): string {
    if (entry.flow) return this.#insertInFlow(entry, entry.items.map(pairEnd), text);
    const [first, last] = [entry.items[0], entry.items.at(-1)];
    if (!first || !last) return refuse(byHand);
    const indent = ' '.repeat(this.#columnOf(startOf(first.key)));
    return this.#insertLines(this.#lineEnd(pairEnd(last)), `${indent}${text}${this.#eol}`);
  }

  #removeKey(entry: YAMLMap<Node, Node | null>, place: number): string {
    const pair = entry.items[place];
    // It came by a merge, and cannot be taken out of this entry alone.
    if (!pair) return refuse(byHand);
    if (entry.flow)
      return this.#cutFromFlow(
        entry.items.map(({ key }) => startOf(key)),
        entry.items.map(pairEnd),
        place,
      );
    const start = startOf(pair.key);
    const line = this.#lineStart(start);
    if (this.#text.slice(line, start).trim() === '')
      return this.#splice(line, this.#lineEnd(pairEnd(pair)), '');
    // It stands behind the dash, so the next one takes its place.
    const next = entry.items[place + 1];
    if (!next || this.#text.slice(pairEnd(pair), startOf(next.key)).trim() !== '') return refuse(byHand);
    return this.#splice(start, startOf(next.key), '');
  }

  #insertInFlow(node: Node, ends: readonly number[], text: string): string {
    const last = ends.at(-1);
    if (last !== undefined) return this.#splice(last, last, `, ${text}`);
    const inside = startOf(node) + 1;
    return this.#splice(inside, inside, text);
  }

  #cutFromFlow(starts: readonly number[], ends: readonly number[], place: number): string {
    const [start = 0, end = 0, next, before] = [
      starts[place],
      ends[place],
      starts[place + 1],
      ends[place - 1],
    ];
    if (next !== undefined) {
      if (this.#text.slice(end, next).includes('#')) refuse(byHand);
      return this.#splice(start, next, '');
    }
    if (before !== undefined && this.#text.slice(before, start).includes('#')) refuse(byHand);
    return this.#splice(before ?? start, end, '');
  }

  /** Whole lines at the beginning of a line, or at the end of a text that may end without one. */
  #insertLines(at: number, lines: string): string {
    const open =
      at > 0 && this.#text[at - 1] !== '\n' && this.#text.slice(this.#lineStart(at), at) !== '\uFEFF';
    if (!open) return this.#splice(at, at, lines);
    return this.#splice(at, at, this.#eol + lines.slice(0, -this.#eol.length));
  }

  #splice(from: number, to: number, text: string): string {
    return this.#text.slice(0, from) + text + this.#text.slice(to);
  }

  #lineStart(at: number): number {
    return at <= 0 ? 0 : this.#text.lastIndexOf('\n', at - 1) + 1;
  }

  /** Offset after the end of the line in which something ends; a block scalar ends with its line already. */
  #lineEnd(at: number): number {
    if (this.#text[at - 1] === '\n') return at;
    const end = this.#text.indexOf('\n', at);
    return end < 0 ? this.#text.length : end + 1;
  }

  #columnOf(at: number): number {
    return this.#text.slice(this.#lineStart(at), at).replace('\uFEFF', '').length;
  }
}

function keyOf(key: unknown): string | null {
  return isScalar(key) ? String(key.value) : null;
}

function startOf(node: unknown): number {
  return isNode(node) && node.range ? node.range[0] : refuse(byHand);
}

function endOf(node: unknown): number {
  return isNode(node) && node.range ? node.range[1] : refuse(byHand);
}

/** Where the last character of a node is, without the comments and blank lines that follow it. */
function contentEnd(node: unknown): number {
  if (isMap<Node, Node | null>(node) && !node.flow) {
    const last = node.items.at(-1);
    return last ? pairEnd(last) : endOf(node);
  }
  if (isSeq<Node>(node) && !node.flow) return contentEnd(node.items.at(-1) ?? refuse(byHand));
  if (isAlias(node) || isNode(node)) return endOf(node);
  return refuse(byHand);
}

function pairEnd({ key, value }: Pair<Node, Node | null>): number {
  return value === null ? endOf(key) : Math.max(endOf(key), contentEnd(value));
}

function pairsText(entry: Readonly<Record<string, OptionValue>>): string[] {
  return Object.entries(nested(entry)).map(([key, value]) => `${key}: ${entryText(value)}`);
}

function entryText(value: unknown): string {
  const isNested = typeof value === 'object' && value !== null && !isSecret(value);
  if (!isNested) return valueText(value as OptionValue);
  return `{ ${Object.entries(value)
    .map(([key, inner]) => `${key}: ${valueText(inner as OptionValue)}`)
    .join(', ')} }`;
}

function isSecret(value: object): value is Secret {
  return 'env' in value || 'file' in value || 'command' in value;
}

/** A value on one line, fit for both of YAML's styles. */
export function valueText(value: OptionValue): string {
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return scalarText(value);
  if ('env' in value) return `{ env: ${scalarText(value.env)} }`;
  if ('file' in value) return `{ file: ${scalarText(value.file)} }`;
  return `{ command: [${value.command.map(scalarText).join(', ')}] }`;
}

// Plain where no reader could take it for anything else: words, names, addresses, paths.
function scalarText(value: string): string {
  const plain =
    /^[A-Za-z_./][\w./-]*$|^\d+(?:\.\d+){3}$/.test(value) && dataOf(`v: ${value}`)?.['v'] === value;
  // JSON leaves these as they are, and YAML takes them for line breaks or does not print them.
  return plain ? value : JSON.stringify(value).replace(/[\u007f-\u009f\u2028\u2029\ufeff]/g, escaped);
}

function escaped(character: string): string {
  return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
}
