import { isMap, isScalar, isSeq, type Node, type Pair, parseDocument, type YAMLMap } from 'yaml';
import { type EmsEdit, insideOf, type OptionValue } from './entry.ts';
import { byHand, contentEnd, endOf, keyOf, pairEnd, refuse, startOf } from './places.ts';
import { pairsText, valueText } from './values-text.ts';

/** Changes one text at the offsets that the YAML parser found. */
export class Editor {
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
