import type { Envelope } from './envelope.ts';
import { child, escapeXml, WsmanDecodeError, type XmlElement } from './xml.ts';

/** The values of the keys of one instance, by name. */
export type Selectors = Readonly<Record<string, string>>;

/** What the header of Get names an instance with (DSP0226, 5.4.2). */
export function writeSelectors(selectors: Selectors): string {
  const each = Object.entries(selectors).map(
    ([name, value]) => `<w:Selector Name="${escapeXml(name)}">${escapeXml(value)}</w:Selector>`,
  );
  return `<w:SelectorSet>${each.join('')}</w:SelectorSet>`;
}

/** Keys by name in lower case, as Windows compares them; none where the header has none. */
export function readSelectors({ header }: Envelope): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { name, attributes, text } of child(header, 'SelectorSet')?.children ?? [])
    if (name === 'Selector') found.set((attributes.get('Name') ?? '').toLowerCase(), text.trim());
  return found;
}

/** The instance that was asked for: it is the body (DSP0226, 7.3). @throws WsmanDecodeError where that is empty */
export function readInstance({ body }: Envelope): XmlElement {
  if (body === null) throw new WsmanDecodeError('an empty body in place of an instance');
  return body;
}
