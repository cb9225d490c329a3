import { RpcDecodeError } from './errors.ts';
import { guidText } from './guid.ts';
import {
  type AuthVerifier,
  type BindAckPdu,
  type BindPdu,
  headerBytes,
  littleEndian,
  type Pdu,
  type PresentationContext,
  type PresentationResult,
  type RequestPdu,
  type Syntax,
  trailerBytes,
} from './pdu.ts';
import { mostContexts, pduFlags, pduTypes } from './profile.ts';

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
      return { ...common, type, allocHint, contextId, opnum, ...stubOf(bytes, body, auth) };
    }
    case pduTypes.response: {
      const allocHint = body.u32();
      const contextId = body.u16();
      // Cancel count and a byte that is reserved.
      body.bytes(2);
      return { ...common, type, allocHint, contextId, ...stubOf(bytes, body, auth) };
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

function stubOf(bytes: Buffer, body: Body, auth: AuthVerifier | null): Pick<RequestPdu, 'stub' | 'around'> {
  const from = body.at;
  const stub = body.bytes(body.left);
  if (auth === null) return { stub };
  if (auth.padding > stub.length)
    throw new RpcDecodeError('bad-length', body.at, `${auth.padding} bytes of padding in ${stub.length}`);
  const behind = bytes.subarray(body.at, body.at + trailerBytes);
  return { stub, around: { before: bytes.subarray(0, from), behind } };
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
