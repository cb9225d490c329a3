import { createCipheriv, createDecipheriv } from 'node:crypto';
import { SmbDecodeError } from './errors.ts';
import { type Cipher, longestMessage } from './profile.ts';

/** SMB2 TRANSFORM_HEADER (MS-SMB2 2.2.41); bytes. */
const transformBytes = 52;
const protocolId = 0xfd534d42;
const nonceBytes = (cipher: Cipher) => (cipher.endsWith('ccm') ? 11 : 12);
const tagBytes = 16;

/** Both are AEAD, and Node wants to be told the same of them. */
type Aead = 'aes-128-ccm';
const aead = (cipher: Cipher) => cipher as Aead;

export function isEncrypted(message: Buffer): boolean {
  return message.length >= 4 && message.readUInt32BE(0) === protocolId;
}

/** Encrypts and decrypts whole messages (MS-SMB2 3.1.4.3). */
export class MessageCipher {
  readonly #cipher: Cipher;
  readonly #outward: Buffer;
  readonly #inward: Buffer;
  readonly #sessionId: bigint;
  /** No nonce is used twice with a key, and the key ends with the session. */
  #count = 0n;

  constructor(cipher: Cipher, outward: Buffer, inward: Buffer, sessionId: bigint) {
    this.#cipher = cipher;
    this.#outward = outward;
    this.#inward = inward;
    this.#sessionId = sessionId;
  }

  encrypt(message: Buffer): Buffer {
    this.#count += 1n;
    const head = Buffer.alloc(transformBytes);
    head.writeUInt32BE(protocolId, 0);
    head.writeBigUInt64LE(this.#count, 20);
    head.writeUInt32LE(message.length, 36);
    head.writeUInt16LE(1, 42);
    head.writeBigUInt64LE(this.#sessionId, 44);
    const nonce = head.subarray(20, 20 + nonceBytes(this.#cipher));
    const cipher = createCipheriv(aead(this.#cipher), this.#outward, nonce, { authTagLength: tagBytes });
    cipher.setAAD(head.subarray(20), { plaintextLength: message.length });
    const sealed = cipher.update(message);
    cipher.final();
    head.set(cipher.getAuthTag(), 4);
    return Buffer.concat([head, sealed]);
  }

  /** @throws SmbDecodeError */
  decrypt(bytes: Buffer): Buffer {
    if (bytes.length <= transformBytes) throw new SmbDecodeError('truncated', 'nothing that was encrypted');
    const length = bytes.length - transformBytes;
    if (length > longestMessage || bytes.readUInt32LE(36) !== length)
      throw new SmbDecodeError('bad-length', 'an encrypted message of another length than it says');
    if (bytes.readUInt16LE(42) !== 1)
      throw new SmbDecodeError('bad-value', 'a transformation that is no encryption');
    if (bytes.readBigUInt64LE(44) !== this.#sessionId)
      throw new SmbDecodeError('wrong-cipher', 'a message of another session');
    const nonce = bytes.subarray(20, 20 + nonceBytes(this.#cipher));
    const cipher = createDecipheriv(aead(this.#cipher), this.#inward, nonce, { authTagLength: tagBytes });
    cipher.setAuthTag(bytes.subarray(4, 20));
    cipher.setAAD(bytes.subarray(20, transformBytes), { plaintextLength: length });
    try {
      const clear = cipher.update(bytes.subarray(transformBytes));
      cipher.final();
      return clear;
    } catch {
      throw new SmbDecodeError('wrong-cipher', 'an encrypted message that does not decrypt');
    }
  }
}
