import { RpcDecodeError } from '../../rpc/errors.ts';
import {
  arrayFlag,
  deepest,
  moreFlag,
  mostCharacters,
  mostNodes,
  mostValues,
  noDependency,
  tokens,
  valueTypes,
} from './format.ts';
import { type TypedValue, valueText } from './values.ts';

/** An element of XML; texts between its children are put together. Everything is raw. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

interface GrowingElement extends XmlElement {
  readonly attributes: Record<string, string>;
  readonly children: XmlElement[];
  text: string;
}

/** What all parts of one document have in common. */
interface Budget {
  nodes: number;
  characters: number;
  /** Definitions by GUID: one that is used again may be left out. */
  readonly templates: Map<string, Buffer>;
}

/**
 * The element of a document in binary XML (MS-EVEN6 2.2.12), with the values of its templates in their places.
 * @throws RpcDecodeError, and nothing else
 */
export function readBinaryXml(bytes: Buffer): XmlElement {
  const budget: Budget = { nodes: mostNodes, characters: mostCharacters, templates: new Map() };
  const part = new Part(bytes, budget, null, 0);
  return part.fragment() ?? part.fail('bad-value', 'a document without an element');
}

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** One run of tokens: a document, a definition with the values that belong in it, or a value that is XML itself. */
class Part {
  readonly #bytes: Buffer;
  readonly #budget: Budget;
  readonly #values: readonly TypedValue[] | null;
  readonly #depth: number;
  #at = 0;

  /** @param values of the template whose definition this is; null outside of definitions */
  constructor(bytes: Buffer, budget: Budget, values: readonly TypedValue[] | null, depth: number) {
    this.#bytes = bytes;
    this.#budget = budget;
    this.#values = values;
    this.#depth = depth;
  }

  fail(reason: RpcDecodeError['reason'], detail: string): never {
    throw new RpcDecodeError(reason, this.#at, `binary XML: ${detail}`);
  }

  /** Where the next `count` bytes begin, which are taken by it. */
  #advance(count: number): number {
    const from = this.#at;
    if (count > this.#bytes.length - from) this.fail('truncated', `${count} bytes are missing`);
    this.#at = from + count;
    return from;
  }

  #take(count: number): Buffer {
    const from = this.#advance(count);
    return this.#bytes.subarray(from, from + count);
  }

  #u8(): number {
    return this.#bytes[this.#advance(1)] as number;
  }

  #u16(): number {
    return this.#bytes.readUInt16LE(this.#advance(2));
  }

  #u32(): number {
    return this.#bytes.readUInt32LE(this.#advance(4));
  }

  #peek(): number {
    return this.#bytes[this.#at] ?? tokens.end;
  }

  #spend(characters: number): void {
    this.#budget.characters -= characters;
    if (this.#budget.characters < 0) this.fail('too-long', `more than ${mostCharacters} characters`);
  }

  #count(depth: number): void {
    this.#budget.nodes -= 1;
    if (this.#budget.nodes < 0) this.fail('too-long', `more than ${mostNodes} elements and attributes`);
    if (depth > deepest) this.fail('too-long', `elements more than ${deepest} deep`);
  }

  #text(): string {
    const length = this.#u16();
    this.#spend(length);
    const from = this.#advance(2 * length);
    return this.#bytes.toString('utf16le', from, from + 2 * length);
  }

  /** A name: its hash, its length, and a NUL behind it. */
  #name(): string {
    this.#u16();
    const name = this.#text();
    this.#u16();
    return name;
  }

  /** An element, by itself or of a template; null where the value that it hangs on is not there. */
  fragment(): XmlElement | null {
    while (this.#peek() === tokens.fragmentHeader) this.#advance(4);
    if (this.#peek() === tokens.template) return this.#template();
    return this.#element(this.#depth);
  }

  #template(): XmlElement | null {
    this.#count(this.#depth);
    // The token, and a byte that is always 0.
    this.#advance(2);
    const id = this.#take(16).toString('hex');
    const length = this.#u32();
    const known = this.#budget.templates.get(id);
    const definition = length === 0 ? known : this.#take(length);
    if (definition === undefined) this.fail('bad-value', 'a template that is not defined');
    this.#budget.templates.set(id, definition);
    const count = this.#u32();
    if (count > mostValues) this.fail('too-long', `${count} values of a template`);
    const sizes = Array.from({ length: count }, () => {
      const size = this.#u16();
      const type = this.#u8();
      this.#u8();
      return { size, type };
    });
    const values = sizes.map(({ size, type }) => ({ type, bytes: this.#take(size) }));
    return new Part(definition, this.#budget, values, this.#depth + 1).fragment();
  }

  #element(depth: number): XmlElement | null {
    this.#count(depth);
    const token = this.#u8();
    if ((token & ~moreFlag) !== tokens.openElement)
      this.fail('bad-value', `token ${token} where an element begins`);
    // Only elements of definitions say which value they hang on.
    const dependency = this.#values === null ? noDependency : this.#u16();
    this.#u32();
    const element: GrowingElement = {
      name: this.#name(),
      attributes: Object.create(null),
      children: [],
      text: '',
    };
    if ((token & moreFlag) !== 0) this.#attributes(element, depth);
    const close = this.#u8();
    if (close === tokens.closeStart) this.#content(element, depth);
    else if (close !== tokens.closeEmpty)
      this.fail('bad-value', `token ${close} where an element's start ends`);
    return this.#isAbsent(dependency) ? null : element;
  }

  #isAbsent(dependency: number): boolean {
    if (dependency === noDependency) return false;
    return (this.#values?.[dependency]?.type ?? valueTypes.nothing) === valueTypes.nothing;
  }

  #attributes(element: GrowingElement, depth: number): void {
    this.#u32();
    while ((this.#peek() & ~moreFlag) === tokens.attribute) {
      this.#count(depth);
      this.#u8();
      const name = this.#name();
      const { text, isThere } = this.#characters(null, depth);
      if (isThere) element.attributes[name] = text;
    }
  }

  #content(element: GrowingElement, depth: number): void {
    for (;;) {
      const token = this.#peek() & ~moreFlag;
      if (token === tokens.endElement) {
        this.#u8();
        return;
      }
      if (token === tokens.openElement) {
        const child = this.#element(depth + 1);
        if (child !== null) element.children.push(child);
      } else if (token === tokens.instructionTarget) {
        this.#u8();
        this.#name();
      } else if (token === tokens.instructionData) {
        this.#u8();
        this.#text();
      } else {
        const before = this.#at;
        element.text += this.#characters(element, depth).text;
        if (this.#at === before) this.fail('bad-value', `token ${token} in an element`);
      }
    }
  }

  /** Text, references and substitutions up to another token; `isThere` is false for nothing but optional values that are not there. */
  #characters(element: GrowingElement | null, depth: number): { text: string; isThere: boolean } {
    let text = '';
    let isThere = true;
    for (;;) {
      switch (this.#peek() & ~moreFlag) {
        case tokens.value:
          this.#u8();
          if (this.#u8() !== valueTypes.text) this.fail('bad-value', 'a text of another type than text');
          text += this.#text();
          break;
        case tokens.cdata:
          this.#u8();
          text += this.#text();
          break;
        case tokens.characterReference:
          this.#u8();
          text += String.fromCharCode(this.#u16());
          break;
        case tokens.entityReference:
          this.#u8();
          text += entities[this.#name()] ?? '';
          break;
        case tokens.substitution:
        case tokens.optionalSubstitution: {
          const found = this.#substituted(element, depth);
          if (found === null && text === '') isThere = false;
          else isThere = true;
          text += found ?? '';
          break;
        }
        default:
          return { text, isThere };
      }
    }
  }

  /** The text of a value, or its element put into `element`; null for an optional one that is not there. */
  #substituted(element: GrowingElement | null, depth: number): string | null {
    const isOptional = (this.#u8() & ~moreFlag) === tokens.optionalSubstitution;
    const value = this.#values?.[this.#u16()];
    this.#u8();
    if (value === undefined) this.fail('bad-value', 'a value that there is not');
    if (value.type === valueTypes.nothing) return isOptional ? null : '';
    if (value.type !== valueTypes.xml) {
      this.#spend(
        (value.type & ~arrayFlag) === valueTypes.text ? value.bytes.length / 2 : value.bytes.length * 4,
      );
      return valueText(value);
    }
    if (value.bytes.length === 0) return '';
    const child = new Part(value.bytes, this.#budget, null, depth + 1).fragment();
    if (child !== null) element?.children.push(child);
    return '';
  }
}
