import { createHash, timingSafeEqual } from 'node:crypto';
import { DecodeError } from '../../../wire/element.ts';

// RFC 2865 section 3 and RFC 2866 section 3: packets, attributes, and who may have made them.

export const radiusCodes = { accountingRequest: 4, accountingResponse: 5 } as const;

const headerLength = 20;
const longestPacket = 4096;
const lengthAt = 2;
const authenticatorAt = 4;
const authenticatorLength = 16;

export interface RadiusAttribute {
  readonly type: number;
  readonly value: Buffer;
}

export interface RadiusPacket {
  readonly code: number;
  readonly identifier: number;
  /** 16 octets. */
  readonly authenticator: Buffer;
  readonly attributes: readonly RadiusAttribute[];
  /** The packet as it was sent, without octets behind its length, which are padding. */
  readonly bytes: Buffer;
}

/** @throws DecodeError, and nothing else, whatever the bytes */
export function decodeRadius(payload: Buffer): RadiusPacket {
  if (payload.length < headerLength)
    throw new DecodeError('truncated', payload.length, `${payload.length} octets are no RADIUS packet`);
  const length = payload.readUInt16BE(lengthAt);
  if (length < headerLength || length > longestPacket || length > payload.length)
    throw new DecodeError('bad-length', lengthAt, `length field ${length}, datagram ${payload.length}`);
  const bytes = payload.subarray(0, length);
  const attributes: RadiusAttribute[] = [];
  let at = headerLength;
  while (at < length) {
    const size = at + 1 < length ? (bytes[at + 1] as number) : 0;
    if (size < 2 || at + size > length)
      throw new DecodeError('bad-length', at, `attribute of ${size} octets, ${length - at} left`);
    attributes.push({ type: bytes[at] as number, value: bytes.subarray(at + 2, at + size) });
    at += size;
  }
  return {
    code: bytes[0] as number,
    identifier: bytes[1] as number,
    authenticator: bytes.subarray(authenticatorAt, authenticatorAt + authenticatorLength),
    attributes,
    bytes,
  };
}

/** MD5 over the packet with `authenticator` in its place, and the secret behind it. */
function digest(bytes: Buffer, authenticator: Buffer, secret: string): Buffer {
  return createHash('md5')
    .update(bytes.subarray(0, authenticatorAt))
    .update(authenticator)
    .update(bytes.subarray(headerLength))
    .update(secret, 'utf8')
    .digest();
}

const zeros = Buffer.alloc(authenticatorLength);

/** True when somebody who knows the secret made this Accounting-Request. Takes as long for a wrong one as for a right one. */
export function isAccountingFrom(packet: RadiusPacket, secret: string): boolean {
  return timingSafeEqual(digest(packet.bytes, zeros, secret), packet.authenticator);
}

function encode(code: number, identifier: number, attributes: readonly RadiusAttribute[]): Buffer {
  const parts = attributes.map(({ type, value }) => {
    if (value.length > 253) throw new RangeError('an attribute holds at most 253 octets');
    return Buffer.concat([Buffer.from([type, value.length + 2]), value]);
  });
  const bytes = Buffer.concat([Buffer.alloc(headerLength), ...parts]);
  bytes[0] = code;
  bytes[1] = identifier;
  bytes.writeUInt16BE(bytes.length, lengthAt);
  return bytes;
}

/** An Accounting-Request, as network access servers send it. @throws RangeError for a value that does not fit */
export function encodeAccountingRequest(
  identifier: number,
  attributes: readonly RadiusAttribute[],
  secret: string,
): Buffer {
  const bytes = encode(radiusCodes.accountingRequest, identifier, attributes);
  digest(bytes, zeros, secret).copy(bytes, authenticatorAt);
  return bytes;
}

/** The Accounting-Response; proxies find their own attributes in it, in their order. */
export function encodeAccountingResponse(request: RadiusPacket, secret: string): Buffer {
  const proxies = request.attributes.filter(({ type }) => type === proxyState);
  const bytes = encode(radiusCodes.accountingResponse, request.identifier, proxies);
  digest(bytes, request.authenticator, secret).copy(bytes, authenticatorAt);
  return bytes;
}

const proxyState = 33;
