import { actions, anonymous, namespaces } from './profile.ts';
import { child, escapeXml, parseXml, textAt, WsmanDecodeError, type XmlElement } from './xml.ts';

/** Prefixes of all that we write; those of Microsoft's own clients. */
export const prefixes = {
  s: namespaces.soap,
  a: namespaces.addressing,
  n: namespaces.enumeration,
  e: namespaces.eventing,
  w: namespaces.wsman,
  p: namespaces.microsoft,
} as const;

const declarations = Object.entries(prefixes)
  .map(([prefix, namespace]) => `xmlns:${prefix}="${namespace}"`)
  .join(' ');

/** A request (DSP0226, 5 and 6). */
export interface WsmanRequest {
  readonly action: string;
  /** URL of the service. */
  readonly to: string;
  /** What the request is about. */
  readonly resource: string;
  /** `uuid:` and a UUID, of this message alone. */
  readonly messageId: string;
  /** Octets of the longest reply that is taken. */
  readonly envelopeBytes: number;
  /** After so long the server answers with a fault. */
  readonly timeoutMs: number;
  /** Element that names a subscription or an instance, ready for the header; blank where there is none. */
  readonly reference?: string;
  /** Content of the body, well formed. */
  readonly body: string;
}

export function writeRequest(request: WsmanRequest): Buffer {
  const { action, to, resource, messageId, envelopeBytes, timeoutMs, reference = '', body } = request;
  const must = 's:mustUnderstand="true"';
  return Buffer.from(
    `<s:Envelope ${declarations}><s:Header>` +
      `<a:To>${escapeXml(to)}</a:To>` +
      `<w:ResourceURI ${must}>${escapeXml(resource)}</w:ResourceURI>` +
      `<a:ReplyTo><a:Address ${must}>${anonymous}</a:Address></a:ReplyTo>` +
      `<a:Action ${must}>${escapeXml(action)}</a:Action>` +
      `<w:MaxEnvelopeSize ${must}>${envelopeBytes}</w:MaxEnvelopeSize>` +
      `<a:MessageID>${escapeXml(messageId)}</a:MessageID>` +
      `<w:OperationTimeout>PT${(timeoutMs / 1000).toFixed(3)}S</w:OperationTimeout>` +
      `${reference}</s:Header><s:Body>${body}</s:Body></s:Envelope>`,
  );
}

/** An answer: what it answers, and the content of its body, well formed. */
export interface WsmanReply {
  readonly action: string;
  readonly messageId: string;
  readonly relatesTo: string;
  readonly body: string;
}

export function writeReply({ action, messageId, relatesTo, body }: WsmanReply): Buffer {
  return Buffer.from(
    `<s:Envelope xml:lang="en-US" ${declarations}><s:Header>` +
      `<a:Action>${escapeXml(action)}</a:Action><a:MessageID>${escapeXml(messageId)}</a:MessageID>` +
      `<a:To>${anonymous}</a:To><a:RelatesTo>${escapeXml(relatesTo)}</a:RelatesTo>` +
      `</s:Header><s:Body>${body}</s:Body></s:Envelope>`,
  );
}

/** A message that was read, a request or a reply. */
export interface Envelope {
  readonly action: string;
  readonly messageId: string;
  /** Blank in a request. */
  readonly relatesTo: string;
  readonly header: XmlElement | null;
  /** First element of the body; null in an empty one. */
  readonly body: XmlElement | null;
}

/**
 * Reads a message. Names count, not namespaces: Windows 2003, 2008 and later differ in some of theirs.
 * @throws WsmanDecodeError
 */
export function readEnvelope(bytes: Buffer): Envelope {
  const root = parseXml(bytes);
  if (root.name !== 'Envelope') throw new WsmanDecodeError('no SOAP envelope');
  const body = child(root, 'Body');
  if (body === null) throw new WsmanDecodeError('an envelope without a body');
  const header = child(root, 'Header');
  return {
    action: textAt(header, 'Action'),
    messageId: textAt(header, 'MessageID'),
    relatesTo: textAt(header, 'RelatesTo'),
    header,
    body: body.children[0] ?? null,
  };
}

/** Characters of a context or an identity that a server hands out; Windows has 41. */
const longestToken = 4096;

/** Text that has to be given back later as it is. @throws WsmanDecodeError where it is too long */
export function token(element: XmlElement | null, what: string): string {
  const text = element?.text.trim() ?? '';
  if (text.length > longestToken) throw new WsmanDecodeError(`${what} of ${text.length} characters`);
  return text;
}

/** The body's element, which has to be of this name. @throws WsmanDecodeError */
export function expectBody({ body }: Envelope, name: string): XmlElement {
  if (body?.name !== name)
    throw new WsmanDecodeError(`${body === null ? 'an empty body' : 'another element'} in place of ${name}`);
  return body;
}

/** What Identify asks, which no action names (DSP0226, 11). */
export function writeIdentify(): Buffer {
  return Buffer.from(
    `<s:Envelope xmlns:s="${namespaces.soap}" xmlns:wsmid="${namespaces.identify}"><s:Header/><s:Body><wsmid:Identify/></s:Body></s:Envelope>`,
  );
}

/** What a server says of itself. Texts are its own, not made safe. */
export interface Identity {
  /** URI of the protocol's version. */
  readonly protocol: string;
  readonly vendor: string;
  /** `OS: 10.0.20348 SP: 0.0 Stack: 3.0`, without the numbers for who has not logged in. */
  readonly product: string;
}

export function writeIdentity({ protocol, vendor, product }: Identity): Buffer {
  return Buffer.from(
    `<s:Envelope xml:lang="" xmlns:s="${namespaces.soap}" xmlns:wsmid="${namespaces.identify}"><s:Header/><s:Body>` +
      `<wsmid:IdentifyResponse><wsmid:ProtocolVersion>${escapeXml(protocol)}</wsmid:ProtocolVersion>` +
      `<wsmid:ProductVendor>${escapeXml(vendor)}</wsmid:ProductVendor>` +
      `<wsmid:ProductVersion>${escapeXml(product)}</wsmid:ProductVersion></wsmid:IdentifyResponse></s:Body></s:Envelope>`,
  );
}

/** @throws WsmanDecodeError */
export function readIdentity(envelope: Envelope): Identity {
  const body = expectBody(envelope, 'IdentifyResponse');
  return {
    protocol: textAt(body, 'ProtocolVersion'),
    vendor: textAt(body, 'ProductVendor'),
    product: textAt(body, 'ProductVersion'),
  };
}

/** Whether a message reports a failure. */
export function isFault({ action, body }: Envelope): boolean {
  return body?.name === 'Fault' || action === actions.fault;
}
