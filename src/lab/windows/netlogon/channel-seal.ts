import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';

// The domain controller's half of the secure channel (MS-NRPC 3.3.4.2; docs/protocol/windows.md, Secure channel), written apart from
// the client's, so that a mistake in one of them is seen.

const algorithms = Buffer.from([0x13, 0, 0x1a, 0, 0xff, 0xff, 0, 0]);
const signatureBytes = 56;

/** Seals and opens what goes over one binding; counts go on over both directions. */
export class ChannelSeal {
  static readonly signatureBytes = signatureBytes;
  readonly #key: Buffer;
  readonly #sealKey: Buffer;
  #count = 0;

  /** @param key of the agreement, 16 bytes */
  constructor(key: Buffer) {
    this.#key = key;
    this.#sealKey = Buffer.from(key.map((byte) => byte ^ 0xf0));
  }

  /** What the client sent, or null where it is not the next message of this channel. */
  open(stub: Buffer, signature: Buffer): Buffer | null {
    if (signature.length < 32) return null;
    const due = this.#next(0x80);
    const cipher = createDecipheriv('aes-128-cfb8', this.#sealKey, twice(due));
    const clear = cipher.update(Buffer.concat([signature.subarray(24, 32), stub]));
    const checksum = hmac(this.#key, Buffer.concat([signature.subarray(0, 8), clear]));
    return checksum.equals(signature.subarray(16, 24)) ? clear.subarray(8) : null;
  }

  seal(clear: Buffer): { stub: Buffer; signature: Buffer } {
    const due = this.#next(0);
    const confounder = randomBytes(8);
    const checksum = hmac(this.#key, Buffer.concat([algorithms, confounder, clear]));
    const count = createCipheriv('aes-128-cfb8', this.#key, twice(checksum)).update(due);
    const sealed = createCipheriv('aes-128-cfb8', this.#sealKey, twice(due)).update(
      Buffer.concat([confounder, clear]),
    );
    const signature = Buffer.concat([algorithms, count, checksum, sealed.subarray(0, 8), Buffer.alloc(24)]);
    return { stub: sealed.subarray(8), signature };
  }

  #next(mark: number): Buffer {
    const bytes = Buffer.alloc(8);
    bytes.writeUInt32BE(this.#count);
    bytes[4] = mark;
    this.#count += 1;
    return bytes;
  }
}

const twice = (eight: Buffer): Buffer => Buffer.concat([eight, eight]);

function hmac(key: Buffer, data: Buffer): Buffer {
  return createHmac('sha256', key).update(data).digest().subarray(0, 8);
}
