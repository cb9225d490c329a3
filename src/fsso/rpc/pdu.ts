import { RpcDecodeError } from './errors.ts';
import { guidBytes, guidText } from './guid.ts';
import { mostContexts, pduFlags, pduTypes } from './profile.ts';

// Protocol data units of connection-oriented DCE/RPC (C706 12.6, MS-RPCE 2.2.2), read and written for both sides. Only
// little-endian integers and ASCII: what every Windows and Samba sends.

/** Bytes of the header that all have in common. */
export const headerBytes = 16;
const trailerBytes = 8;
const littleEndian = 0x10;

/** What proves or protects a PDU (MS-RPCE 2.2.2.11). */
export interface AuthVerifier {
  readonly type: number;
  readonly level: number;
  /** Bytes at the end of the body that only fill up. */
  readonly padding: number;
  readonly contextId: number;
  readonly token: Buffer;
}

/** An interface or a transfer syntax: `version` holds the minor one in its high half. */
export interface Syntax {
  readonly uuid: string;
  readonly version: number;
}

export interface PresentationContext {
  readonly id: number;
  readonly abstract: Syntax;
  readonly transfers: readonly Syntax[];
}

export interface PresentationResult {
  readonly result: number;
  readonly reason: number;
  readonly transfer: Syntax;
}

interface AnyPdu {
  /** Of the fragment: pduFlags. */
  readonly flags: number;
  readonly callId: number;
  readonly auth: AuthVerifier | null;
}

export interface BindPdu extends AnyPdu {
  readonly type: typeof pduTypes.bind | typeof pduTypes.alterContext;
  readonly maxTransmit: number;
  readonly maxReceive: number;
  readonly group: number;
  readonly contexts: readonly PresentationContext[];
}

export interface BindAckPdu extends AnyPdu {
  readonly type: typeof pduTypes.bindAck | typeof pduTypes.alterContextResponse;
  readonly maxTransmit: number;
  readonly maxReceive: number;
  readonly group: number;
  /** The endpoint, as `\PIPE\srvsvc`. */
  readonly address: string;
  readonly results: readonly PresentationResult[];
}

export interface BindNakPdu extends AnyPdu {
  readonly type: typeof pduTypes.bindNak;
  readonly reason: number;
}

export interface RequestPdu extends AnyPdu {
  readonly type: typeof pduTypes.request;
  /** What the whole stub will take; 0 says nothing. Never believed. */
  readonly allocHint: number;
  readonly contextId: number;
  readonly opnum: number;
  /** With the padding of `auth`. */
  readonly stub: Buffer;
}

export interface ResponsePdu extends AnyPdu {
  readonly type: typeof pduTypes.response;
  readonly allocHint: number;
  readonly contextId: number;
  readonly stub: Buffer;
}

export interface FaultPdu extends AnyPdu {
  readonly type: typeof pduTypes.fault;
  readonly contextId: number;
  readonly status: number;
}

/** The third message of a login; its body is only padding. */
export interface Auth3Pdu extends AnyPdu {
  readonly type: typeof pduTypes.auth3;
}

/** What has no body that matters: shutdown, cancel, orphaned. */
export interface BarePdu extends AnyPdu {
  readonly type: typeof pduTypes.shutdown | typeof pduTypes.cancel | typeof pduTypes.orphaned;
}

export type Pdu =
  | BindPdu
  | BindAckPdu
  | BindNakPdu
  | RequestPdu
  | ResponsePdu
  | FaultPdu
  | Auth3Pdu
  | BarePdu;

/** Both: a PDU in one piece. */
export const wholePdu = pduFlags.first | pduFlags.last;

/**
 * Bytes of the PDU at the beginning; null while its header is not all there.
 * @throws RpcDecodeError for what is no header of this protocol, or longer than `longest`
 */
export function pduLength(bytes: Buffer, longest: number): number | null {
  if (bytes.length < headerBytes) return null;
  if (bytes[0] !== 5 || (bytes[1] as number) > 1)
    throw new RpcDecodeError('unsupported', 0, `version ${bytes[0]}.${bytes[1]} of DCE/RPC`);
  if (bytes[4] !== littleEndian || bytes[5] !== 0)
    throw new RpcDecodeError('unsupported', 4, 'data that is not little-endian, ASCII and IEEE');
  const length = bytes.readUInt16LE(8);
  if (length < headerBytes) throw new RpcDecodeError('bad-length', 8, `a fragment of ${length} bytes`);
  if (length > longest)
    throw new RpcDecodeError('too-long', 8, `a fragment of ${length} bytes, at most ${longest} are taken`);
  return length;
}

/** One PDU, exactly. @throws RpcDecodeError, and nothing else */
export function decodePdu(bytes: Buffer): Pdu {
  const length = pduLength(bytes, 0xffff);
  if (length === null) throw new RpcDecodeError('truncated', bytes.length, 'a header ends');
  if (length !== bytes.length)
    throw new RpcDecodeError('bad-length', 8, `${length} announced, ${bytes.length} there`);
  const type = bytes[2] as number;
  const flags = bytes[3] as number;
  const callId = bytes.readUInt32LE(12);
  const { auth, end } = readAuth(bytes);
  const common = { flags, callId, auth };
  const body = new Body(bytes, end);
  switch (type) {
    case pduTypes.bind:
    case pduTypes.alterContext:
      return { ...common, type, ...readBind(body) };
    case pduTypes.bindAck:
    case pduTypes.alterContextResponse:
      return { ...common, type, ...readBindAck(body) };
    case pduTypes.bindNak:
      return { ...common, type, reason: body.u16() };
    case pduTypes.request: {
      const allocHint = body.u32();
      const contextId = body.u16();
      const opnum = body.u16();
      if ((flags & pduFlags.object) !== 0) body.bytes(16);
      return { ...common, type, allocHint, contextId, opnum, stub: stubOf(body, auth) };
    }
    case pduTypes.response: {
      const allocHint = body.u32();
      const contextId = body.u16();
      // Cancel count and a byte that is reserved.
      body.bytes(2);
      return { ...common, type, allocHint, contextId, stub: stubOf(body, auth) };
    }
    case pduTypes.fault: {
      body.u32();
      const contextId = body.u16();
      body.bytes(2);
      return { ...common, type, contextId, status: body.u32() };
    }
    case pduTypes.auth3:
    case pduTypes.shutdown:
    case pduTypes.cancel:
    case pduTypes.orphaned:
      return { ...common, type };
    default:
      throw new RpcDecodeError('bad-value', 2, `no PDU has type ${type}`);
  }
}

function stubOf(body: Body, auth: AuthVerifier | null): Buffer {
  const stub = body.bytes(body.left);
  if (auth !== null && auth.padding > stub.length)
    throw new RpcDecodeError('bad-length', body.at, `${auth.padding} bytes of padding in ${stub.length}`);
  return stub;
}

function readAuth(bytes: Buffer): { auth: AuthVerifier | null; end: number } {
  const length = bytes.readUInt16LE(10);
  if (length === 0) return { auth: null, end: bytes.length };
  const at = bytes.length - length - trailerBytes;
  if (at < headerBytes)
    throw new RpcDecodeError('bad-length', 10, `a verifier of ${length} bytes does not fit`);
  const auth = {
    type: bytes[at] as number,
    level: bytes[at + 1] as number,
    padding: bytes[at + 2] as number,
    contextId: bytes.readUInt32LE(at + 4),
    token: bytes.subarray(at + trailerBytes),
  };
  return { auth, end: at };
}

/** Steps through the body of a PDU; alignment counts from the beginning of the PDU. */
class Body {
  readonly #bytes: Buffer;
  readonly #end: number;
  at = headerBytes;

  constructor(bytes: Buffer, end: number) {
    this.#bytes = bytes;
    this.#end = end;
  }

  get left(): number {
    return this.#end - this.at;
  }

  bytes(count: number): Buffer {
    if (count > this.left)
      throw new RpcDecodeError('truncated', this.at, `${count} bytes are needed, ${this.left} are there`);
    this.at += count;
    return this.#bytes.subarray(this.at - count, this.at);
  }

  u8(): number {
    return this.bytes(1)[0] as number;
  }

  u16(): number {
    return this.bytes(2).readUInt16LE(0);
  }

  u32(): number {
    return this.bytes(4).readUInt32LE(0);
  }

  align4(): void {
    this.bytes(Math.min(this.left, (4 - (this.at % 4)) % 4));
  }

  syntax(): Syntax {
    return { uuid: guidText(this.bytes(16)), version: this.u32() };
  }

  /** A count of elements, of which there may be only so many. */
  count(): number {
    const count = this.u8();
    if (count > mostContexts)
      throw new RpcDecodeError('too-long', this.at, `${count} presentation contexts or syntaxes`);
    return count;
  }
}

function readBind(body: Body): Pick<BindPdu, 'maxTransmit' | 'maxReceive' | 'group' | 'contexts'> {
  const maxTransmit = body.u16();
  const maxReceive = body.u16();
  const group = body.u32();
  const count = body.count();
  body.bytes(3);
  const contexts = Array.from({ length: count }, (): PresentationContext => {
    const id = body.u16();
    const transferCount = body.count();
    body.bytes(1);
    const abstract = body.syntax();
    return { id, abstract, transfers: Array.from({ length: transferCount }, () => body.syntax()) };
  });
  return { maxTransmit, maxReceive, group, contexts };
}

function readBindAck(
  body: Body,
): Pick<BindAckPdu, 'maxTransmit' | 'maxReceive' | 'group' | 'address' | 'results'> {
  const maxTransmit = body.u16();
  const maxReceive = body.u16();
  const group = body.u32();
  const address = body.bytes(body.u16()).toString('latin1').replace(/\0.*$/s, '');
  body.align4();
  const count = body.count();
  body.bytes(3);
  const results = Array.from({ length: count }, (): PresentationResult => {
    const result = body.u16();
    const reason = body.u16();
    return { result, reason, transfer: body.syntax() };
  });
  return { maxTransmit, maxReceive, group, address, results };
}

const numbers16 = (...values: number[]): Buffer => {
  const bytes = Buffer.alloc(values.length * 2);
  for (const [index, value] of values.entries()) bytes.writeUInt16LE(value, index * 2);
  return bytes;
};
const number32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const syntaxBytes = ({ uuid, version }: Syntax): Buffer =>
  Buffer.concat([guidBytes(uuid), number32(version)]);

function bodyOf(pdu: Pdu): Buffer {
  switch (pdu.type) {
    case pduTypes.bind:
    case pduTypes.alterContext:
      return Buffer.concat([
        numbers16(pdu.maxTransmit, pdu.maxReceive),
        number32(pdu.group),
        number32(pdu.contexts.length),
        ...pdu.contexts.flatMap(({ id, abstract, transfers }) => [
          numbers16(id, transfers.length),
          syntaxBytes(abstract),
          ...transfers.map(syntaxBytes),
        ]),
      ]);
    case pduTypes.bindAck:
    case pduTypes.alterContextResponse: {
      const address = Buffer.from(`${pdu.address}\0`, 'latin1');
      // Behind the header, two limits, the group and the address's own length.
      const over = (headerBytes + 10 + address.length) % 4;
      return Buffer.concat([
        numbers16(pdu.maxTransmit, pdu.maxReceive),
        number32(pdu.group),
        numbers16(address.length),
        address,
        Buffer.alloc(over === 0 ? 0 : 4 - over),
        number32(pdu.results.length),
        ...pdu.results.flatMap(({ result, reason, transfer }) => [
          numbers16(result, reason),
          syntaxBytes(transfer),
        ]),
      ]);
    }
    case pduTypes.bindNak:
      // The reason, and the one version of the protocol that is spoken: 5.0.
      return Buffer.concat([numbers16(pdu.reason), Buffer.from([1, 5, 0, 0, 0, 0])]);
    case pduTypes.request:
      return Buffer.concat([number32(pdu.allocHint), numbers16(pdu.contextId, pdu.opnum), pdu.stub]);
    case pduTypes.response:
      return Buffer.concat([number32(pdu.allocHint), numbers16(pdu.contextId, 0), pdu.stub]);
    case pduTypes.fault:
      return Buffer.concat([number32(0), numbers16(pdu.contextId, 0), number32(pdu.status), number32(0)]);
    case pduTypes.auth3:
      return Buffer.alloc(4);
    default:
      return Buffer.alloc(0);
  }
}

/** The bytes of a PDU. @throws RangeError for one that is longer than a fragment can be */
export function encodePdu(pdu: Pdu): Buffer {
  const body = bodyOf(pdu);
  const header = Buffer.alloc(headerBytes);
  header.set([5, 0, pdu.type, pdu.flags, littleEndian]);
  header.writeUInt32LE(pdu.callId, 12);
  const parts = [header, body];
  if (pdu.auth !== null) {
    const { type, level, padding, contextId, token } = pdu.auth;
    header.writeUInt16LE(token.length, 10);
    parts.push(Buffer.from([type, level, padding, 0]), number32(contextId), token);
  }
  const bytes = Buffer.concat(parts);
  if (bytes.length > 0xffff) throw new RangeError(`a fragment of ${bytes.length} bytes`);
  bytes.writeUInt16LE(bytes.length, 8);
  return bytes;
}
