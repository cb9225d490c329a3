import { type Envelope, expectBody } from './envelope.ts';
import { namespaces } from './profile.ts';
import { child, descendant, escapeXml, textAt, type XmlElement } from './xml.ts';

/** A failure as the server reports it. Texts are its own, not made safe. */
export interface WsmanFault {
  /** The kind, without its prefix: `AccessDenied` of w:, `InvalidEnumerationContext` of wsen:; blank where there is none. */
  readonly kind: string;
  /** Windows' own number, of Win32, WinRM or WMI; null where it is not told. */
  readonly windows: number | null;
  /** What the server says. */
  readonly reason: string;
}

/** Prefixes of kinds, by the specification that has them. */
const kindPrefixes = {
  w: namespaces.wsman,
  n: namespaces.enumeration,
  e: namespaces.eventing,
  a: namespaces.addressing,
} as const;

/** Body of a fault, of the sender's fault or the server's own. */
export function writeFault(
  from: 'Sender' | 'Receiver',
  prefix: keyof typeof kindPrefixes,
  { kind, windows, reason }: WsmanFault,
): string {
  const detail =
    windows === null
      ? ''
      : `<s:Detail><f:WSManFault xmlns:f="${namespaces.wsmanFault}" Code="${windows}"><f:Message>${escapeXml(reason)}</f:Message></f:WSManFault></s:Detail>`;
  return (
    `<s:Fault><s:Code><s:Value>s:${from}</s:Value><s:Subcode><s:Value>${prefix}:${escapeXml(kind)}</s:Value></s:Subcode></s:Code>` +
    `<s:Reason><s:Text xml:lang="en-US">${escapeXml(reason)}</s:Text></s:Reason>${detail}</s:Fault>`
  );
}

/** @throws WsmanDecodeError where the message is no fault */
export function readFault(envelope: Envelope): WsmanFault {
  const fault = expectBody(envelope, 'Fault');
  const kind = textAt(fault, 'Code', 'Subcode', 'Value');
  const detail = descendant(fault, 'Detail', 'WSManFault');
  return {
    kind: kind.slice(kind.lastIndexOf(':') + 1),
    windows: innermostCode(child(fault, 'Detail')),
    reason: textAt(fault, 'Reason', 'Text') || textAt(detail, 'Message'),
  };
}

/** WinRM wraps what a provider said, and that says more: the innermost number is the reason (MS-WSMV 2.2.4.43). */
function innermostCode(element: XmlElement | null): number | null {
  if (element === null) return null;
  for (const each of element.children) {
    const inner = innermostCode(each);
    if (inner !== null) return inner;
  }
  const own = element.attributes.get('Code') ?? '';
  if (element.name === 'WSManFault' && /^-?\d{1,10}$/.test(own)) return Number(own) >>> 0;
  // What WMI itself says stands in an instance of its own.
  if (element.name === 'HRESULT' || element.name === 'error_Code' || element.name === 'StatusCode')
    return /^\d{1,10}$/.test(element.text.trim()) ? Number(element.text) >>> 0 : null;
  return null;
}
