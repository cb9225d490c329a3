import { type Envelope, expectBody, token } from './envelope.ts';
import { pullDelivery, wqlDialect } from './profile.ts';
import { child, descendant, escapeXml, textAt, WsmanDecodeError } from './xml.ts';

/** A subscription whose events are fetched. */
export interface SubscribeRequest {
  /** WQL of events. */
  readonly query: string;
  /** The server forgets the subscription after so long. */
  readonly expiresMs: number;
}

/** What the server says of a new subscription. */
export interface Subscription {
  /** Names it in Renew and Unsubscribe. */
  readonly identifier: string;
  /** Where its events are pulled from. */
  readonly context: string;
  /** Granted, from now; null where the server does not say, or names a moment. */
  readonly expiresMs: number | null;
}

const seconds = (ms: number) => `PT${(ms / 1000).toFixed(3)}S`;

/** Body of Subscribe with delivery by Pull (DSP0226, 10.2.9.5). */
export function writeSubscribe({ query, expiresMs }: SubscribeRequest): string {
  return `<e:Subscribe><e:Delivery Mode="${pullDelivery}"/><e:Expires>${seconds(expiresMs)}</e:Expires><w:Filter Dialect="${wqlDialect}">${escapeXml(query)}</w:Filter></e:Subscribe>`;
}

/** @throws WsmanDecodeError */
export function readSubscribe(envelope: Envelope): SubscribeRequest & { mode: string; dialect: string } {
  const body = expectBody(envelope, 'Subscribe');
  const filter = child(body, 'Filter');
  return {
    query: filter?.text.trim() ?? '',
    dialect: filter?.attributes.get('Dialect') ?? '',
    mode: child(body, 'Delivery')?.attributes.get('Mode') ?? '',
    expiresMs: durationMs(textAt(body, 'Expires')) ?? 0,
  };
}

/** Body of the reply to Subscribe; `manager` is the URL for Renew and Unsubscribe. */
export function writeSubscribeReply(manager: string, subscription: Subscription): string {
  const { identifier, context, expiresMs } = subscription;
  return (
    `<e:SubscribeResponse><e:SubscriptionManager><a:Address>${escapeXml(manager)}</a:Address>` +
    `<a:ReferenceParameters>${writeReference(identifier)}</a:ReferenceParameters></e:SubscriptionManager>` +
    `<e:Expires>${seconds(expiresMs ?? 0)}</e:Expires>` +
    `<n:EnumerationContext>${escapeXml(context)}</n:EnumerationContext></e:SubscribeResponse>`
  );
}

/** @throws WsmanDecodeError */
export function readSubscribeReply(envelope: Envelope): Subscription {
  const body = expectBody(envelope, 'SubscribeResponse');
  const identifier = token(
    descendant(body, 'SubscriptionManager', 'ReferenceParameters', 'Identifier'),
    'an identity',
  );
  const context = token(child(body, 'EnumerationContext'), 'a context');
  if (identifier === '' || context === '') throw new WsmanDecodeError('a subscription without a name');
  return { identifier, context, expiresMs: durationMs(textAt(body, 'Expires')) };
}

/** What the header of Renew and Unsubscribe names the subscription with. */
export function writeReference(identifier: string): string {
  return `<e:Identifier>${escapeXml(identifier)}</e:Identifier>`;
}

/** Blank where the header names none. */
export function readReference({ header }: Envelope): string {
  return token(child(header, 'Identifier'), 'an identity');
}

export function writeRenew(expiresMs: number): string {
  return `<e:Renew><e:Expires>${seconds(expiresMs)}</e:Expires></e:Renew>`;
}

/** Milliseconds asked for. @throws WsmanDecodeError */
export function readRenew(envelope: Envelope): number {
  return durationMs(textAt(expectBody(envelope, 'Renew'), 'Expires')) ?? 0;
}

export function writeRenewReply(expiresMs: number): string {
  return `<e:RenewResponse><e:Expires>${seconds(expiresMs)}</e:Expires></e:RenewResponse>`;
}

/** Milliseconds granted; null where the server does not say. @throws WsmanDecodeError */
export function readRenewReply(envelope: Envelope): number | null {
  return durationMs(textAt(expectBody(envelope, 'RenewResponse'), 'Expires'));
}

export const unsubscribe = '<e:Unsubscribe/>';

const duration = /^P(?:(\d{1,6})D)?(?:T(?=\d)(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,9}(?:\.\d{1,9})?)S)?)?$/;

/** Milliseconds of `P1DT2H3M4.5S`; null for what is none, and for years and months, which have no one length. */
export function durationMs(text: string): number | null {
  const match = duration.exec(text);
  if (match === null || text === 'P') return null;
  const [, days = '0', hours = '0', minutes = '0', rest = '0'] = match;
  return Math.round(
    ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60_000 + Number(rest) * 1000,
  );
}
