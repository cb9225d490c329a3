import { type Envelope, expectBody, token } from './envelope.ts';
import { wqlDialect } from './profile.ts';
import { child, descendant, escapeXml, textAt, WsmanDecodeError, type XmlElement } from './xml.ts';

/** What is enumerated: one query, and how much of it comes with the first reply. */
export interface EnumerateRequest {
  /** WQL. */
  readonly query: string;
  /** Items in the first reply; the answer may hold fewer. */
  readonly items: number;
}

/** A part of an enumeration. */
export interface Batch {
  /** The server's word for where it stands, to be given back; blank behind the last part. */
  readonly context: string;
  readonly items: readonly XmlElement[];
  readonly isEnd: boolean;
}

/** Body of Enumerate with a first part in its reply (DSP0226, 8.2.3). */
export function writeEnumerate({ query, items }: EnumerateRequest): string {
  return `<n:Enumerate><w:OptimizeEnumeration/><w:MaxElements>${items}</w:MaxElements><w:Filter Dialect="${wqlDialect}">${escapeXml(query)}</w:Filter></n:Enumerate>`;
}

/** @throws WsmanDecodeError */
export function readEnumerate(envelope: Envelope): EnumerateRequest & { dialect: string } {
  const body = expectBody(envelope, 'Enumerate');
  const isOptimised = child(body, 'OptimizeEnumeration') !== null;
  const filter = child(body, 'Filter');
  return {
    query: filter?.text.trim() ?? '',
    dialect: filter?.attributes.get('Dialect') ?? '',
    items: isOptimised ? Math.max(1, countIn(body)) : 0,
  };
}

/** Body of Pull. `waitMs`: how long a server with nothing to give keeps it. */
export function writePull(context: string, items: number, waitMs: number | null = null): string {
  const wait = waitMs === null ? '' : `<n:MaxTime>PT${(waitMs / 1000).toFixed(3)}S</n:MaxTime>`;
  return `<n:Pull><n:EnumerationContext>${escapeXml(context)}</n:EnumerationContext>${wait}<n:MaxElements>${items}</n:MaxElements></n:Pull>`;
}

/** @throws WsmanDecodeError */
export function readPull(envelope: Envelope): { context: string; items: number } {
  const body = expectBody(envelope, 'Pull');
  return { context: contextIn(body), items: Math.max(1, countIn(body)) };
}

/** Body of Release. */
export function writeRelease(context: string): string {
  return `<n:Release><n:EnumerationContext>${escapeXml(context)}</n:EnumerationContext></n:Release>`;
}

/** @throws WsmanDecodeError */
export function readRelease(envelope: Envelope): string {
  return contextIn(expectBody(envelope, 'Release'));
}

/** Body of the reply to Enumerate; `items` are well formed and null where none were asked for. */
export function writeEnumerateReply(
  context: string,
  items: readonly string[] | null,
  isEnd: boolean,
): string {
  const found =
    items === null ? '' : `<w:Items>${items.join('')}</w:Items>${isEnd ? '<w:EndOfSequence/>' : ''}`;
  return `<n:EnumerateResponse><n:EnumerationContext>${escapeXml(context)}</n:EnumerationContext>${found}</n:EnumerateResponse>`;
}

/** Body of the reply to Pull. */
export function writePullReply(context: string, items: readonly string[], isEnd: boolean): string {
  const next = isEnd ? '' : `<n:EnumerationContext>${escapeXml(context)}</n:EnumerationContext>`;
  return `<n:PullResponse>${next}<n:Items>${items.join('')}</n:Items>${isEnd ? '<n:EndOfSequence/>' : ''}</n:PullResponse>`;
}

/** The first part. @throws WsmanDecodeError */
export function readEnumerateReply(envelope: Envelope): Batch {
  return batch(expectBody(envelope, 'EnumerateResponse'));
}

/** A further part. @throws WsmanDecodeError */
export function readPullReply(envelope: Envelope): Batch {
  return batch(expectBody(envelope, 'PullResponse'));
}

function batch(body: XmlElement): Batch {
  const isEnd = child(body, 'EndOfSequence') !== null;
  const context = isEnd ? '' : contextIn(body);
  if (!isEnd && context === '')
    throw new WsmanDecodeError('an enumeration without a context and without an end');
  return { context, items: child(body, 'Items')?.children ?? [], isEnd };
}

function contextIn(body: XmlElement): string {
  return token(descendant(body, 'EnumerationContext'), 'a context');
}

/** Blank and nonsense are one, which is what the protocol says of an absent count. */
function countIn(body: XmlElement): number {
  const count = Number(textAt(body, 'MaxElements') || '1');
  return Number.isInteger(count) ? count : 1;
}
