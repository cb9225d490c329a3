import { createCipheriv, createDecipheriv, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { RpcDecodeError } from './errors.ts';
import { authLevels, authTypes } from './profile.ts';
import type { RpcSecurity } from './security.ts';

// The secure channel of a domain member (MS-NRPC 3.1.4, 3.3.4; docs/protocol/windows.md, Secure channel): AES only, always sealed.

const zeros = Buffer.alloc(16);

function cfb8(key: Buffer, iv: Buffer, data: Buffer): Buffer {
  const cipher = createCipheriv('aes-128-cfb8', key, iv);
  return Buffer.concat([cipher.update(data), cipher.final()]);
}

function uncfb8(key: Buffer, iv: Buffer, data: Buffer): Buffer {
  const decipher = createDecipheriv('aes-128-cfb8', key, iv);
  return Buffer.concat([decipher.update(data), decipher.final()]);
}

function hmac(key: Buffer, ...parts: readonly Buffer[]): Buffer {
  const digest = createHmac('sha256', key);
  for (const part of parts) digest.update(part);
  return digest.digest();
}

/**
 * The session key of both sides' challenges (MS-NRPC 3.1.4.3.1).
 * @param ntHash of the machine account's password, 16 bytes
 */
export function channelKey(ntHash: Buffer, clientChallenge: Buffer, serverChallenge: Buffer): Buffer {
  return hmac(ntHash, clientChallenge, serverChallenge).subarray(0, 16);
}

/** Shows that a side has the key, by encrypting its own challenge (MS-NRPC 3.1.4.4.1). */
export function channelCredential(key: Buffer, challenge: Buffer): Buffer {
  return cfb8(key, zeros, challenge);
}

/** NL_AUTH_MESSAGE: whose channel it is (MS-NRPC 2.2.1.3.1), in NetBIOS names. */
export function encodeChannelHello(domain: string, computer: string): Buffer {
  const head = Buffer.alloc(8);
  const domainAndComputer = 0x3;
  head.writeUInt32LE(domainAndComputer, 4);
  return Buffer.concat([head, Buffer.from(`${domain}\0${computer}\0`, 'latin1')]);
}

/** AES-128 and HMAC-SHA256, sealed, no flags (MS-NRPC 2.2.1.3.3). */
const algorithms = Buffer.from([0x13, 0, 0x1a, 0, 0xff, 0xff, 0, 0]);
const sequenceAt = 8;
const checksumAt = 16;
const confounderAt = 24;
/** With 24 bytes that fill up: what the published structure has as a longer checksum. */
const signatureBytes = 56;

/** The secure channel as the protection of one binding. */
export class ChannelSecurity implements RpcSecurity {
  readonly type = authTypes.netlogon;
  readonly level = authLevels.privacy;
  readonly signatureBytes = signatureBytes;
  readonly contextId = 0;
  readonly signsHeaders = false;
  readonly isAnswered = false;
  readonly #hello: Buffer;
  readonly #key: Buffer;
  readonly #sealKey: Buffer;
  readonly #random: (count: number) => Buffer;
  #count = 0;

  /**
   * @param hello what the bind carries (`encodeChannelHello`)
   * @param key `channelKey`
   */
  constructor(hello: Buffer, key: Buffer, random: (count: number) => Buffer = randomBytes) {
    this.#hello = hello;
    this.#key = key;
    this.#sealKey = Buffer.from(key.map((byte) => byte ^ 0xf0));
    this.#random = random;
  }

  first(): Buffer {
    return this.#hello;
  }

  /** The answer to the bind proves nothing, and asks for nothing: the first sealed reply does. */
  next(): null {
    return null;
  }

  protect(stub: Buffer): { stub: Buffer; signature: Buffer } {
    const confounder = this.#random(8);
    const sequence = this.#sequence('client');
    const checksum = this.#checksum(algorithms, confounder, stub);
    const sealed = cfb8(this.#sealKey, twice(sequence), Buffer.concat([confounder, stub]));
    this.#count += 1;
    const signature = Buffer.alloc(signatureBytes);
    algorithms.copy(signature);
    cfb8(this.#key, twice(checksum), sequence).copy(signature, sequenceAt);
    checksum.copy(signature, checksumAt);
    sealed.copy(signature, confounderAt, 0, 8);
    return { stub: sealed.subarray(8), signature };
  }

  /** @throws RpcDecodeError for a reply that was changed, repeated, left out or moved */
  unprotect(stub: Buffer, signature: Buffer): Buffer {
    if (signature.length < confounderAt + 8 || !signature.subarray(0, 6).equals(algorithms.subarray(0, 6)))
      throw new RpcDecodeError('bad-value', 0, 'a reply without the seal of the secure channel');
    const checksum = signature.subarray(checksumAt, checksumAt + 8);
    const sequence = this.#sequence('server');
    if (!uncfb8(this.#key, twice(checksum), signature.subarray(sequenceAt, checksumAt)).equals(sequence))
      throw new RpcDecodeError(
        'bad-value',
        sequenceAt,
        'a reply that is not the next one of the secure channel',
      );
    const clear = uncfb8(
      this.#sealKey,
      twice(sequence),
      Buffer.concat([signature.subarray(confounderAt, confounderAt + 8), stub]),
    );
    const due = this.#checksum(signature.subarray(0, 8), clear.subarray(0, 8), clear.subarray(8));
    if (!timingSafeEqual(due, checksum))
      throw new RpcDecodeError('bad-value', checksumAt, 'a reply whose checksum is wrong');
    this.#count += 1;
    return clear.subarray(8);
  }

  #checksum(head: Buffer, confounder: Buffer, clear: Buffer): Buffer {
    return hmac(this.#key, head, confounder, clear).subarray(0, 8);
  }

  /** Big-endian, and marked by who calls (MS-NRPC 3.3.4.2.1). */
  #sequence(from: 'client' | 'server'): Buffer {
    const bytes = Buffer.alloc(8);
    bytes.writeUInt32BE(this.#count >>> 0);
    if (from === 'client') bytes[4] = 0x80;
    return bytes;
  }
}

function twice(eight: Buffer): Buffer {
  return Buffer.concat([eight, eight]);
}
