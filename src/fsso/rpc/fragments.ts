import { RpcDecodeError } from './errors.ts';
import { type Pdu, wholePdu } from './pdu.ts';
import { decodePdu, pduLength } from './pdu-reader.ts';
import { pduFlags } from './profile.ts';

/** Cuts PDUs out of bytes that come in any pieces. Never keeps more than one fragment of `longest` bytes and what came with it. */
export class PduStream {
  readonly #longest: number;
  #bytes: Buffer = Buffer.alloc(0);

  constructor(longest: number) {
    this.#longest = longest;
  }

  push(bytes: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? bytes : Buffer.concat([this.#bytes, bytes]);
  }

  /** The next whole PDU; null when more bytes are needed. @throws RpcDecodeError */
  next(): Pdu | null {
    const length = pduLength(this.#bytes, this.#longest);
    if (length === null || length > this.#bytes.length) return null;
    const pdu = decodePdu(this.#bytes.subarray(0, length));
    this.#bytes = this.#bytes.subarray(length);
    return pdu;
  }
}

/** Puts the stub of a call together from its fragments, up to `most` bytes. */
export class StubParts {
  readonly #most: number;
  readonly #parts: Buffer[] = [];
  #bytes = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** The whole stub with its last fragment, null before. @throws RpcDecodeError for fragments out of order, or too many */
  add(flags: number, stub: Buffer): Buffer | null {
    const isFirst = (flags & pduFlags.first) !== 0;
    if (isFirst !== (this.#parts.length === 0))
      throw new RpcDecodeError('bad-value', 3, 'a fragment out of its order');
    this.#bytes += stub.length;
    if (this.#bytes > this.#most)
      throw new RpcDecodeError('too-long', this.#bytes, `a stub of more than ${this.#most} bytes`);
    this.#parts.push(stub);
    return (flags & pduFlags.last) === 0 ? null : Buffer.concat(this.#parts);
  }
}

/** A stub in pieces of up to `most` bytes, each with the flags of its place; one empty piece for an empty stub. */
export function* cutStub(
  stub: Buffer,
  most: number,
): Generator<{ flags: number; part: Buffer; left: number }> {
  if (stub.length <= most) return yield { flags: wholePdu, part: stub, left: stub.length };
  for (let at = 0; at < stub.length; at += most) {
    const flags = (at === 0 ? pduFlags.first : 0) | (at + most >= stub.length ? pduFlags.last : 0);
    yield { flags, part: stub.subarray(at, at + most), left: stub.length - at };
  }
}
