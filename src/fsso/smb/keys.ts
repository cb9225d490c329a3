import { createHash, createHmac } from 'node:crypto';
import type { Cipher, Dialect, Signing } from './profile.ts';

/** SHA-512 over all that was said before a session is signed, of 3.1.1 (MS-SMB2 3.2.5.2, 3.2.5.3). */
export class Preauth {
  #value: Buffer = Buffer.alloc(64);

  get value(): Buffer {
    return this.#value;
  }

  add(message: Buffer): void {
    this.#value = createHash('sha512').update(this.#value).update(message).digest();
  }
}

/** SP800-108 in counter mode with HMAC-SHA256 (MS-SMB2 3.1.4.2); of a length of 16 or 32 bytes. */
export function deriveKey(key: Buffer, label: string, context: Buffer, length: 16 | 32 = 16): Buffer {
  const bits = Buffer.alloc(4);
  bits.writeUInt32BE(length * 8);
  return createHmac('sha256', key)
    .update(Buffer.from([0, 0, 0, 1]))
    .update(`${label}\0`, 'latin1')
    .update(Buffer.from([0]))
    .update(context)
    .update(bits)
    .digest()
    .subarray(0, length);
}

export interface SessionKeys {
  readonly signing: Buffer;
  /** What we encrypt with, and what the server does. */
  readonly outward: Buffer;
  readonly inward: Buffer;
}

const text = (value: string) => Buffer.from(`${value}\0`, 'latin1');

/**
 * The keys of a session (MS-SMB2 3.2.5.3.1).
 * @param sessionKey 16 bytes, of the login
 * @param preauth its value behind the last request; used by 3.1.1
 */
export function sessionKeys(
  dialect: Dialect,
  cipher: Cipher | null,
  sessionKey: Buffer,
  preauth: Buffer,
): SessionKeys {
  if (dialect === '2.0.2' || dialect === '2.1') {
    const none = Buffer.alloc(0);
    return { signing: sessionKey, outward: none, inward: none };
  }
  if (dialect !== '3.1.1')
    return {
      signing: deriveKey(sessionKey, 'SMB2AESCMAC', text('SmbSign')),
      outward: deriveKey(sessionKey, 'SMB2AESCCM', text('ServerIn ')),
      inward: deriveKey(sessionKey, 'SMB2AESCCM', text('ServerOut')),
    };
  const length = cipher?.startsWith('aes-256') ? 32 : 16;
  return {
    signing: deriveKey(sessionKey, 'SMBSigningKey', preauth),
    outward: deriveKey(sessionKey, 'SMBC2SCipherKey', preauth, length),
    inward: deriveKey(sessionKey, 'SMBS2CCipherKey', preauth, length),
  };
}

/** How a session of this dialect is signed (MS-SMB2 3.1.4.1); only 3.1.1 leaves a choice. */
export function signingOf(dialect: Dialect, chosen: Signing | null): Signing {
  if (dialect === '2.0.2' || dialect === '2.1') return 'hmac-sha256';
  return dialect === '3.1.1' ? (chosen ?? 'aes-cmac') : 'aes-cmac';
}
