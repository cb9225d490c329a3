import { timingSafeEqual } from 'node:crypto';
import { hasFlag } from './flags.ts';
import { NtlmError } from './ntlm-error.ts';
import { hmacMd5, md5 } from './proof.ts';
import { Rc4 } from './rc4.ts';

/** Signs and seals what goes out, checks what comes in, each in the order of the messages (MS-NLMP 3.4). */
export interface NtlmSecurity {
  /** The signature, 16 bytes. */
  sign(data: Buffer): Buffer;
  /** @param signed what the signature goes over, where that is more than what is encrypted */
  seal(data: Buffer, signed?: Buffer): { sealed: Buffer; signature: Buffer };
  /**
   * @param around makes of the clear text what the signature goes over
   * @throws NtlmError `wrong-signature`
   */
  unseal(sealed: Buffer, signature: Buffer, around?: (clear: Buffer) => Buffer): Buffer;
  /** @throws NtlmError `wrong-signature` */
  verify(data: Buffer, signature: Buffer): void;
  /** Begins both key streams again, as SPNEGO wants it behind its own signatures (MS-SPNG 3.3.5.1). */
  restartStreams(): void;
}

/** Who we are of the two. */
export type NtlmSide = 'client' | 'server';

const magic = (from: NtlmSide, kind: 'signing' | 'sealing'): Buffer => {
  const way = from === 'client' ? 'client-to-server' : 'server-to-client';
  return Buffer.from(`session key to ${way} ${kind} key magic constant\0`, 'latin1');
};

function sealingLength(flags: number): number {
  if (hasFlag(flags, 'key128')) return 16;
  return hasFlag(flags, 'key56') ? 7 : 5;
}

/** One direction: its keys, its key stream, its count (MS-NLMP 3.4.4.2, 3.4.5). */
class Direction {
  readonly #signKey: Buffer;
  readonly #sealKey: Buffer;
  readonly #encryptsChecksum: boolean;
  #stream: Rc4;
  #count = 0;

  constructor(sessionKey: Buffer, flags: number, from: NtlmSide) {
    this.#signKey = md5(sessionKey, magic(from, 'signing'));
    this.#sealKey = md5(sessionKey.subarray(0, sealingLength(flags)), magic(from, 'sealing'));
    this.#encryptsChecksum = hasFlag(flags, 'keyExchange');
    this.#stream = new Rc4(this.#sealKey);
  }

  restart(): void {
    this.#stream = new Rc4(this.#sealKey);
  }

  apply(data: Buffer): Buffer {
    return this.#stream.apply(data);
  }

  /** The next signature. Has to come behind the encryption of what it belongs to. */
  signature(data: Buffer): Buffer {
    const bytes = Buffer.alloc(16);
    bytes.writeUInt32LE(1, 0);
    bytes.writeUInt32LE(this.#count, 12);
    const checksum = hmacMd5(this.#signKey, bytes.subarray(12), data).subarray(0, 8);
    (this.#encryptsChecksum ? this.#stream.apply(checksum) : checksum).copy(bytes, 4);
    this.#count = (this.#count + 1) >>> 0;
    return bytes;
  }
}

class Security implements NtlmSecurity {
  readonly #out: Direction;
  readonly #in: Direction;

  constructor(sessionKey: Buffer, flags: number, side: NtlmSide) {
    this.#out = new Direction(sessionKey, flags, side);
    this.#in = new Direction(sessionKey, flags, side === 'client' ? 'server' : 'client');
  }

  sign(data: Buffer): Buffer {
    return this.#out.signature(data);
  }

  seal(data: Buffer, signed: Buffer = data): { sealed: Buffer; signature: Buffer } {
    const sealed = this.#out.apply(data);
    return { sealed, signature: this.#out.signature(signed) };
  }

  unseal(sealed: Buffer, signature: Buffer, around: (clear: Buffer) => Buffer = (clear) => clear): Buffer {
    const clear = this.#in.apply(sealed);
    this.verify(around(clear), signature);
    return clear;
  }

  verify(data: Buffer, signature: Buffer): void {
    const due = this.#in.signature(data);
    if (signature.length !== due.length || !timingSafeEqual(due, signature))
      throw new NtlmError('wrong-signature', 'a message whose signature of NTLM is wrong');
  }

  restartStreams(): void {
    this.#out.restart();
    this.#in.restart();
  }
}

/** @param sessionKey the exported one, 16 bytes; @param flags what both sides agreed on */
export function ntlmSecurity(sessionKey: Buffer, flags: number, side: NtlmSide): NtlmSecurity {
  return new Security(sessionKey, flags, side);
}
