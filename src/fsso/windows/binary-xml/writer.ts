import { guidBytes } from '../../rpc/guid.ts';
import { moreFlag, nameHash, noDependency, tokens, valueTypes } from './format.ts';
import type { TypedValue } from './values.ts';

/** What stands in an element or attribute of a template: text that is always the same, or the number of a value. */
export type Content = string | { readonly value: number; readonly type: number };

export interface TemplateElement {
  readonly name: string;
  readonly attributes?: Readonly<Record<string, Content>>;
  readonly content?: readonly (TemplateElement | Content)[];
}

const u16 = (value: number) => Buffer.from([value & 0xff, value >>> 8]);
const u32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const wide = (text: string) => Buffer.from(text, 'utf16le');
const named = (name: string) => Buffer.concat([u16(nameHash(name)), u16(name.length), wide(`${name}\0`)]);
const fragmentHeader = Buffer.from([tokens.fragmentHeader, 1, 1, 0]);

function contentBytes(content: Content): Buffer {
  if (typeof content === 'string')
    return Buffer.concat([Buffer.from([tokens.value, valueTypes.text]), u16(content.length), wide(content)]);
  return Buffer.concat([
    Buffer.from([tokens.optionalSubstitution]),
    u16(content.value),
    Buffer.from([content.type]),
  ]);
}

function elementBytes({ name, attributes = {}, content = [] }: TemplateElement): Buffer {
  const entries = Object.entries(attributes);
  const list = entries.map(([key, value], index) =>
    Buffer.concat([
      Buffer.from([index < entries.length - 1 ? tokens.attribute | moreFlag : tokens.attribute]),
      named(key),
      contentBytes(value),
    ]),
  );
  const attributeBytes = Buffer.concat(list);
  const inside = content.map((each) =>
    typeof each === 'object' && 'name' in each ? elementBytes(each) : contentBytes(each),
  );
  const body = Buffer.concat([
    named(name),
    ...(entries.length > 0 ? [u32(attributeBytes.length), attributeBytes] : []),
    ...(inside.length > 0
      ? [Buffer.from([tokens.closeStart]), ...inside, Buffer.from([tokens.endElement])]
      : [Buffer.from([tokens.closeEmpty])]),
  ]);
  const open = entries.length > 0 ? tokens.openElement | moreFlag : tokens.openElement;
  return Buffer.concat([Buffer.from([open]), u16(noDependency), u32(body.length), body]);
}

/** The definition of a template. */
export function templateDefinition(element: TemplateElement): Buffer {
  return Buffer.concat([fragmentHeader, elementBytes(element), Buffer.from([tokens.end])]);
}

/** A template and its values as a fragment, as a server sends an event and the data in it. @throws RangeError for a value over 64 KiB */
export function templateInstance(
  id: string,
  template: TemplateElement | Buffer,
  values: readonly TypedValue[],
): Buffer {
  const definition = Buffer.isBuffer(template) ? template : templateDefinition(template);
  if (values.some(({ bytes }) => bytes.length > 0xffff)) throw new RangeError('a value over 64 KiB');
  return Buffer.concat([
    fragmentHeader,
    Buffer.from([tokens.template, 0]),
    guidBytes(id),
    u32(definition.length),
    definition,
    u32(values.length),
    ...values.map(({ type, bytes }) => Buffer.concat([u16(bytes.length), Buffer.from([type, 0])])),
    ...values.map(({ bytes }) => bytes),
  ]);
}
