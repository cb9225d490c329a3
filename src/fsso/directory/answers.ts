import { Elements, headerAt, MalformedAnswer, tags } from './ber.ts';

/** The answers that we can have asked for (RFC 4511, 4.2 to 4.12). */
const operations = { bind: 0x61, entry: 0x64, done: 0x65, reference: 0x73, extended: 0x78 } as const;
export type AnswerKind = keyof typeof operations;

/** One message of a server, checked to its last byte. */
export interface Answer {
  /** 0 is no answer: the server says something by itself. */
  readonly id: number;
  readonly kind: AnswerKind;
}

const contextTags = { controls: 0xa0, referral: 0xa3, credentials: 0x87, oid: 0x8a, value: 0x8b } as const;

/** Controls that a server sends only when it was asked for them, and that nobody here asks for. */
const neverAsked = new Set([
  '2.16.840.1.113730.3.4.3',
  '2.16.840.1.113730.3.4.7',
  '1.2.840.113556.1.4.473',
  '1.2.840.113556.1.4.474',
]);
const pagedResults = '1.2.840.113556.1.4.319';

/** How many bytes the message that begins here has; null while that cannot be told. */
export function messageLength(bytes: Buffer): number | null {
  const header = headerAt(bytes, 0);
  if (bytes.length > 0 && bytes[0] !== tags.sequence) throw new MalformedAnswer('no LDAP message');
  return header?.end ?? null;
}

/** The number of a message, whoever wrote it. */
export function messageId(message: Buffer): number {
  return new Elements(message, { start: 0, end: message.length }).inside(tags.sequence).number(tags.integer);
}

/**
 * What a whole message is. The library behind reads what the grammar allows and may never come back from what it does not.
 * @throws MalformedAnswer
 */
export function checkAnswer(message: Buffer): Answer {
  const outer = new Elements(message, { start: 0, end: message.length });
  const parts = outer.inside(tags.sequence);
  outer.finish();
  const id = parts.number(tags.integer);
  if (id < 0) throw new MalformedAnswer('a message with a negative number');
  const tag = parts.tag;
  const kind = (Object.keys(operations) as AnswerKind[]).find((each) => operations[each] === tag);
  if (kind === undefined || tag === null)
    throw new MalformedAnswer(
      `an answer of the kind ${tag?.toString(16) ?? 'none'}, which was not asked for`,
    );
  const content = parts.inside(tag);
  checks[kind](content);
  content.finish();
  if (parts.tag === contextTags.controls) checkControls(parts.inside(contextTags.controls));
  parts.finish();
  return { id, kind };
}

const checks: Record<AnswerKind, (content: Elements) => void> = {
  bind(content) {
    checkResult(content);
    content.skip(contextTags.credentials);
  },
  done: checkResult,
  extended(content) {
    checkResult(content);
    content.skip(contextTags.oid);
    content.skip(contextTags.value);
  },
  entry(content) {
    content.next(tags.octets);
    const attributes = content.inside(tags.sequence);
    while (!attributes.isOver) {
      const attribute = attributes.inside(tags.sequence);
      attribute.next(tags.octets);
      checkTexts(attribute.inside(tags.set));
      attribute.finish();
    }
  },
  reference(content) {
    if (content.isOver) throw new MalformedAnswer('a reference to nothing');
    checkTexts(content);
  },
};

function checkResult(content: Elements): void {
  content.number(tags.enumerated);
  content.next(tags.octets);
  content.next(tags.octets);
  if (content.tag === contextTags.referral) checkTexts(content.inside(contextTags.referral));
}

function checkTexts(texts: Elements): void {
  while (!texts.isOver) texts.next(tags.octets);
}

function checkControls(controls: Elements): void {
  while (!controls.isOver) {
    const control = controls.inside(tags.sequence);
    const { start, end } = control.next(tags.octets);
    const type = control.bytes.toString('latin1', start, end);
    if (neverAsked.has(type)) throw new MalformedAnswer(`a control that was not asked for (${type})`);
    control.skip(tags.boolean);
    if (control.tag === tags.octets) {
      const value = control.next(tags.octets);
      if (type === pagedResults) checkPage(control.bytes, value);
    }
    control.finish();
  }
}

function checkPage(bytes: Buffer, value: { start: number; end: number }): void {
  const outer = new Elements(bytes, value);
  const page = outer.inside(tags.sequence);
  outer.finish();
  page.number(tags.integer);
  page.next(tags.octets);
  page.finish();
}
