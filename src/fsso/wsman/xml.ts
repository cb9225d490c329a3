import { XMLParser, XMLValidator } from 'fast-xml-parser';

/** One element of a message. Texts are the peer's words, not made safe. */
export interface XmlElement {
  /** Without its prefix. */
  readonly name: string;
  /** Blank where it is in none. */
  readonly namespace: string;
  /** By name without prefix; declarations of namespaces are left out. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** All of its own text, as it stands. */
  readonly text: string;
}

/** Thrown for whatever is no message of this protocol, and nothing else is. */
export class WsmanDecodeError extends Error {
  override readonly name = 'WsmanDecodeError';
}

/** Elements of one message, and how deep they may stand: an event has about 40 and stands 8 deep. */
const mostElements = 60_000;
const deepest = 40;

const cdata = '#cdata';
const attributesOf = ':@';

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  cdataPropName: cdata,
  // Numbered characters are among these.
  htmlEntities: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
  maxNestedTags: deepest,
});

/** A document's declarations of its own are what XML is attacked with; SOAP forbids them (SOAP 1.2, part 1, 5). */
const declaration = /<!(?!\[CDATA\[|--)/;

/** Reads a document of UTF-8 or UTF-16. @throws WsmanDecodeError for anything that is not well formed, too deep or too large */
export function parseXml(bytes: Buffer): XmlElement {
  const text = decode(bytes);
  if (declaration.test(text)) throw new WsmanDecodeError('a document type, which SOAP forbids');
  let nodes: unknown;
  try {
    // The parser takes a document that ends too early without a word.
    const verdict = XMLValidator.validate(text);
    if (verdict !== true) throw new WsmanDecodeError(`no XML: ${verdict.err.msg}`);
    nodes = parser.parse(text);
  } catch (error) {
    throw error instanceof WsmanDecodeError ? error : new WsmanDecodeError(`no XML: ${messageOf(error)}`);
  }
  const reader = new TreeReader();
  const roots = reader.elements(nodes, new Map());
  const [root] = roots;
  if (root === undefined || roots.length > 1)
    throw new WsmanDecodeError(`${roots.length} outermost elements in place of one`);
  return root;
}

function decode(bytes: Buffer): string {
  const mark = bytes.length >= 2 ? bytes.readUInt16LE(0) : 0;
  if (mark === 0xfeff) return bytes.toString('utf16le', 2);
  const text = bytes.toString('utf8');
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

type Scope = ReadonlyMap<string, string>;

class TreeReader {
  #count = 0;

  elements(nodes: unknown, scope: Scope): XmlElement[] {
    const found: XmlElement[] = [];
    for (const node of listOf(nodes)) {
      const name = tagOf(node);
      if (name !== null) found.push(this.#element(name, node, scope));
    }
    return found;
  }

  #element(tag: string, node: Readonly<Record<string, unknown>>, outer: Scope): XmlElement {
    this.#count += 1;
    if (this.#count > mostElements) throw new WsmanDecodeError(`more than ${mostElements} elements`);
    const given = Object.entries((node[attributesOf] ?? {}) as Record<string, unknown>);
    const scope = scopeOf(outer, given);
    const attributes = new Map<string, string>();
    for (const [name, value] of given)
      if (!isDeclaration(name)) attributes.set(localName(name), String(value));
    const content = node[tag];
    return {
      name: localName(tag),
      namespace: scope.get(prefixOf(tag)) ?? '',
      attributes,
      children: this.elements(content, scope),
      text: textOf(content),
    };
  }
}

function scopeOf(outer: Scope, given: readonly (readonly [string, unknown])[]): Scope {
  const declared = given.filter(([name]) => isDeclaration(name));
  if (declared.length === 0) return outer;
  const scope = new Map(outer);
  for (const [name, value] of declared) scope.set(name === 'xmlns' ? '' : name.slice(6), String(value));
  return scope;
}

const isDeclaration = (name: string) => name === 'xmlns' || name.startsWith('xmlns:');
const prefixOf = (tag: string) => (tag.includes(':') ? tag.slice(0, tag.indexOf(':')) : '');
const localName = (tag: string) => tag.slice(tag.indexOf(':') + 1);

function listOf(nodes: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(nodes) ? nodes : [];
}

/** Null for text. */
function tagOf(node: Readonly<Record<string, unknown>>): string | null {
  const name = Object.keys(node).find((key) => key !== attributesOf) ?? '#text';
  return name.startsWith('#') ? null : name;
}

function textOf(content: unknown): string {
  let text = '';
  for (const node of listOf(content)) {
    const own = node['#text'];
    if (typeof own === 'string') text += own;
    for (const part of listOf(node[cdata])) if (typeof part['#text'] === 'string') text += part['#text'];
  }
  return text;
}

/** The first child of this name. */
export function child(element: XmlElement | null, name: string): XmlElement | null {
  return element?.children.find((each) => each.name === name) ?? null;
}

/** The element at the end of this way down; null where it is broken. */
export function descendant(element: XmlElement | null, ...names: readonly string[]): XmlElement | null {
  return names.reduce<XmlElement | null>(child, element);
}

/** The text at the end of this way down, without space around it; blank where it is broken. */
export function textAt(element: XmlElement | null, ...names: readonly string[]): string {
  return descendant(element, ...names)?.text.trim() ?? '';
}

/** What XML cannot hold at all, however it is written (XML 1.0, 2.2). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const unspeakable = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\p{Cs}/gu;

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  // A reader takes these for a line end or a space otherwise.
  '\r': '&#13;',
  '\n': '&#10;',
  '\t': '&#9;',
};

/** Text as it may stand between tags and in an attribute; what XML cannot hold becomes a replacement character. */
export function escapeXml(text: string): string {
  return text
    .replace(unspeakable, '\ufffd')
    .replace(/[&<>"\r\n\t]/g, (character) => escapes[character] ?? '');
}
