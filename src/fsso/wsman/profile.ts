/**
 * Names, limits and timers of WS-Management as Windows speaks it (docs/protocol/windows.md, WS-Management). Whatever is marked
 * assumed stands here and nowhere else.
 */
export const namespaces = {
  /** SOAP 1.2. */
  soap: 'http://www.w3.org/2003/05/soap-envelope',
  addressing: 'http://schemas.xmlsoap.org/ws/2004/08/addressing',
  transfer: 'http://schemas.xmlsoap.org/ws/2004/09/transfer',
  enumeration: 'http://schemas.xmlsoap.org/ws/2004/09/enumeration',
  eventing: 'http://schemas.xmlsoap.org/ws/2004/08/eventing',
  wsman: 'http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd',
  identify: 'http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd',
  cim: 'http://schemas.dmtf.org/wbem/wscim/1/common',
  microsoft: 'http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd',
  wsmanFault: 'http://schemas.microsoft.com/wbem/wsman/1/wsmanfault',
  instance: 'http://www.w3.org/2001/XMLSchema-instance',
} as const;

const transfer = `${namespaces.transfer}/`;
const enumeration = `${namespaces.enumeration}/`;
const eventing = `${namespaces.eventing}/`;

/** What a message asks for, or answers. */
export const actions = {
  get: `${transfer}Get`,
  getResponse: `${transfer}GetResponse`,
  enumerate: `${enumeration}Enumerate`,
  enumerateResponse: `${enumeration}EnumerateResponse`,
  pull: `${enumeration}Pull`,
  pullResponse: `${enumeration}PullResponse`,
  release: `${enumeration}Release`,
  releaseResponse: `${enumeration}ReleaseResponse`,
  subscribe: `${eventing}Subscribe`,
  subscribeResponse: `${eventing}SubscribeResponse`,
  renew: `${eventing}Renew`,
  renewResponse: `${eventing}RenewResponse`,
  unsubscribe: `${eventing}Unsubscribe`,
  unsubscribeResponse: `${eventing}UnsubscribeResponse`,
  fault: 'http://schemas.dmtf.org/wbem/wsman/1/wsman/fault',
} as const;

/** Where a reply goes that comes on the same connection. */
export const anonymous = `${namespaces.addressing}/role/anonymous`;

/** WMI's own classes and any query over them; a class stands in place of the star. */
export const wmiResource = 'http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/';
export const allClasses = `${wmiResource}*`;

/** The language of queries (MS-WSMV 2.2.4.42), and its name in DMTF's own spelling. */
export const wqlDialect = 'http://schemas.microsoft.com/wbem/wsman/1/WQL';

/** Events are fetched, not sent (DSP0226, 10.2.9.5). */
export const pullDelivery = 'http://schemas.dmtf.org/wbem/wsman/1/wsman/Pull';

/** Path of the service, and its ports. */
export const servicePath = '/wsman';
export const servicePorts = { http: 5985, https: 5986 } as const;

/** Bounds of one client; tests lower them. Milliseconds, octets and counts. */
export interface WsmanLimits {
  /** TCP and TLS, each. */
  readonly connectMs: number;
  /** One request and its reply; the server is told 3/4 of it, so that its own answer comes first. */
  readonly answerMs: number;
  /** Characters of a header and octets of a body of a reply. */
  readonly headerBytes: number;
  readonly bodyBytes: number;
  /** Octets that the server is asked not to go over in one message. */
  readonly envelopeBytes: number;
  /** Asked for in one reply; Windows takes up to 32,000 and sends as many as fit. */
  readonly pullItems: number;
}

export const wsmanLimits: WsmanLimits = {
  connectMs: 5000,
  answerMs: 20_000,
  headerBytes: 16_384,
  bodyBytes: 1_048_576,
  // What Windows allows unless its MaxEnvelopeSizekb was changed.
  envelopeBytes: 512_000,
  pullItems: 200,
};
