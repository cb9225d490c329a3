import { createCipheriv } from 'node:crypto';

const blockBytes = 16;
const zero = Buffer.alloc(blockBytes);

/** AES-CMAC with a key of 128 bits (RFC 4493). OpenSSL has it, and Node does not hand it on. */
export class AesCmac {
  readonly #key: Buffer;
  readonly #whole: Buffer;
  readonly #filled: Buffer;

  /** @param key 16 bytes */
  constructor(key: Buffer) {
    this.#key = Buffer.from(key);
    this.#whole = doubled(this.#chain(zero));
    this.#filled = doubled(this.#whole);
  }

  /** 16 bytes. */
  digest(message: Buffer): Buffer {
    const blocks = Math.max(1, Math.ceil(message.length / blockBytes));
    const padded = Buffer.alloc(blocks * blockBytes);
    padded.set(message);
    const isWhole = message.length > 0 && message.length % blockBytes === 0;
    if (!isWhole) padded[message.length] = 0x80;
    const last = padded.subarray(-blockBytes);
    const mask = isWhole ? this.#whole : this.#filled;
    for (let at = 0; at < blockBytes; at += 1) last[at] = (last[at] ?? 0) ^ (mask[at] ?? 0);
    return Buffer.from(this.#chain(padded).subarray(-blockBytes));
  }

  #chain(data: Buffer): Buffer {
    const cipher = createCipheriv('aes-128-cbc', this.#key, zero);
    cipher.setAutoPadding(false);
    return cipher.update(data);
  }
}

/** Twice the block in the field of 2^128 (RFC 4493 2.3). */
function doubled(block: Buffer): Buffer {
  const twice = Buffer.alloc(blockBytes);
  for (let at = 0; at < blockBytes; at += 1)
    twice[at] = (((block[at] ?? 0) << 1) | ((block[at + 1] ?? 0) >> 7)) & 0xff;
  if ((block[0] ?? 0) & 0x80) twice[blockBytes - 1] = (twice[blockBytes - 1] ?? 0) ^ 0x87;
  return twice;
}
