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
/** Prefixes of namespaces at a time; Windows has about 10. */
const mostPrefixes = 100;

/** Reads a document of UTF-8 or UTF-16. @throws WsmanDecodeError for anything that is not well formed, too deep or too large */
export function parseXml(bytes: Buffer): XmlElement {
  const mark = bytes.length >= 2 ? bytes.readUInt16LE(0) : 0;
  return new Reader(mark === 0xfeff ? Buffer.from(bytes.toString('utf16le', 2)) : bytes).document();
}

/** Namespaces by prefix; that of no prefix is under the blank one. */
type Scope = ReadonlyMap<string, string>;

const space = new Set([0x20, 0x09, 0x0a, 0x0d]);
const sign = { quote: 0x22, apostrophe: 0x27, slash: 0x2f, less: 0x3c, equals: 0x3d, greater: 0x3e } as const;
const endsName = new Set<number>([...space, ...Object.values(sign)]);

/**
 * Reads XML as SOAP has it: without a document type, which is what XML is attacked with (SOAP 1.2, part 1, 5). It works on octets, because
 * a part of a JavaScript string would keep all of a message alive for as long as the name of one user.
 */
class Reader {
  readonly #bytes: Buffer;
  #at = 0;
  #count = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    if (bytes.subarray(0, 3).toString('latin1') === '\xef\xbb\xbf') this.#at = 3;
  }

  document(): XmlElement {
    this.#skipAround();
    if (this.#bytes[this.#at] !== sign.less) throw this.#refusal('no element');
    const root = this.#element(new Map(), 1);
    this.#skipAround();
    if (this.#at < this.#bytes.length) throw this.#refusal('more behind the outermost element');
    return root;
  }

  /** Space, comments and instructions. */
  #skipAround(): void {
    for (;;) {
      this.#skipSpace();
      if (!this.#skipUnread()) return;
    }
  }

  /** A comment or an instruction; false where there is none. */
  #skipUnread(): boolean {
    if (this.#takes('<?')) this.#upTo('?>');
    else if (this.#takes('<!--')) this.#upTo('-->');
    else return false;
    return true;
  }

  #element(outer: Scope, depth: number): XmlElement {
    this.#at += 1;
    this.#count += 1;
    if (this.#count > mostElements) throw new WsmanDecodeError(`more than ${mostElements} elements`);
    if (depth > deepest) throw new WsmanDecodeError(`elements more than ${deepest} deep`);
    const tag = this.#name();
    const { attributes, scope, isEmpty } = this.#head(outer);
    const namespace = scope.get(prefixOf(tag)) ?? '';
    const { children, text } = isEmpty ? { children: [], text: '' } : this.#content(tag, scope, depth);
    return { name: localName(tag), namespace, attributes, children, text };
  }

  /** What stands between the name of an element and its `>`. */
  #head(outer: Scope): { attributes: Map<string, string>; scope: Scope; isEmpty: boolean } {
    const attributes = new Map<string, string>();
    let scope: Map<string, string> | null = null;
    for (;;) {
      const isApart = this.#skipSpace();
      const isEmpty = this.#bytes[this.#at] === sign.slash;
      if (isEmpty) this.#at += 1;
      if (this.#bytes[this.#at] === sign.greater) {
        this.#at += 1;
        return { attributes, scope: scope ?? outer, isEmpty };
      }
      if (isEmpty || !isApart) throw this.#refusal('an element whose tag does not end');
      const name = this.#name();
      const value = this.#value();
      if (isDeclaration(name)) {
        scope ??= new Map(outer);
        scope.set(name.slice(6), value);
        // Each element that declares one more copies all of them.
        if (scope.size > mostPrefixes) throw new WsmanDecodeError(`more than ${mostPrefixes} namespaces`);
      } else attributes.set(localName(name), value);
    }
  }

  #content(tag: string, scope: Scope, depth: number): { children: XmlElement[]; text: string } {
    const children: XmlElement[] = [];
    let text = '';
    for (;;) {
      const next = this.#bytes.indexOf(sign.less, this.#at);
      if (next < 0) throw this.#refusal('an element without an end');
      if (next > this.#at) text += readText(this.#bytes.toString('utf8', this.#at, next));
      this.#at = next;
      if (this.#takes('</')) {
        const name = this.#name();
        this.#skipSpace();
        if (name !== tag || this.#bytes[this.#at] !== sign.greater) throw this.#refusal('another end');
        this.#at += 1;
        return { children, text };
      }
      if (this.#takes('<![CDATA[')) text += sameLines(this.#upTo(']]>'));
      else if (this.#bytes[next + 1] === 0x21 && !this.#startsWith('<!--'))
        throw new WsmanDecodeError('a document type, which SOAP forbids');
      else if (!this.#skipUnread()) children.push(this.#element(scope, depth + 1));
    }
  }

  #name(): string {
    const start = this.#at;
    while (this.#at < this.#bytes.length && !endsName.has(this.#bytes[this.#at] as number)) this.#at += 1;
    const name = this.#bytes.toString('utf8', start, this.#at);
    if (!/^[\p{L}_:]/u.test(name)) throw this.#refusal('no name');
    return name;
  }

  #value(): string {
    this.#skipSpace();
    if (this.#bytes[this.#at] !== sign.equals) throw this.#refusal('an attribute without a value');
    this.#at += 1;
    this.#skipSpace();
    const quote = this.#bytes[this.#at];
    const end = this.#bytes.indexOf(quote ?? 0, this.#at + 1);
    if ((quote !== sign.quote && quote !== sign.apostrophe) || end < 0)
      throw this.#refusal('a value that is not quoted');
    const value = this.#bytes.toString('utf8', this.#at + 1, end);
    if (value.includes('<')) throw this.#refusal('an element inside of a value');
    this.#at = end + 1;
    return readText(value);
  }

  /** Whether there was any. */
  #skipSpace(): boolean {
    const start = this.#at;
    while (space.has(this.#bytes[this.#at] as number)) this.#at += 1;
    return this.#at > start;
  }

  #startsWith(text: string): boolean {
    for (let at = 0; at < text.length; at++)
      if (this.#bytes[this.#at + at] !== text.charCodeAt(at)) return false;
    return true;
  }

  #takes(text: string): boolean {
    const isThere = this.#startsWith(text);
    if (isThere) this.#at += text.length;
    return isThere;
  }

  /** What stands before this, which is passed over too. */
  #upTo(end: string): string {
    const next = this.#bytes.indexOf(end, this.#at);
    if (next < 0) throw this.#refusal(`no ${end}`);
    const text = this.#bytes.toString('utf8', this.#at, next);
    this.#at = next + end.length;
    return text;
  }

  #refusal(what: string): WsmanDecodeError {
    return new WsmanDecodeError(`no XML: ${what} at octet ${this.#at}`);
  }
}

const isDeclaration = (name: string) => name === 'xmlns' || name.startsWith('xmlns:');
const prefixOf = (tag: string) => (tag.includes(':') ? tag.slice(0, tag.indexOf(':')) : '');
const localName = (tag: string) => tag.slice(tag.indexOf(':') + 1);
/** Every line end is one character (XML 1.0, 2.11). */
const sameLines = (text: string) => (text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text);

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function readText(raw: string): string {
  const text = sameLines(raw);
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#(?:x([\da-f]{1,6})|(\d{1,7}))|(\w{1,8}));|&/gi, (_, hex, decimal, name) => {
    if (hex !== undefined) return character(Number.parseInt(hex, 16));
    if (decimal !== undefined) return character(Number(decimal));
    if (name === undefined || !Object.hasOwn(entities, name))
      throw new WsmanDecodeError('no XML: an entity that is not declared');
    return entities[name] as string;
  });
}

/** What is no character becomes a replacement: an event with one in a name still is an event. */
function character(code: number): string {
  const isNone = code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff);
  return isNone ? '\ufffd' : String.fromCodePoint(code);
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
