import { createCipheriv, createHmac, timingSafeEqual } from 'node:crypto';
import { AesCmac } from './cmac.ts';
import { SmbDecodeError } from './errors.ts';
import { headerBytes, signatureAt } from './header.ts';
import { commands, headerFlags, type Signing } from './profile.ts';

/** Signs and checks whole messages (MS-SMB2 3.1.4.1, 3.1.5.1). */
export class MessageSigner {
  readonly #digest: (message: Buffer) => Buffer;

  /** @param key 16 bytes */
  constructor(signing: Signing, key: Buffer) {
    const own = Buffer.from(key);
    if (signing === 'hmac-sha256')
      this.#digest = (message) => createHmac('sha256', own).update(message).digest().subarray(0, 16);
    else if (signing === 'aes-gmac') this.#digest = (message) => gmac(own, message);
    else {
      const cmac = new AesCmac(own);
      this.#digest = (message) => cmac.digest(message);
    }
  }

  /** Writes flag and signature into the message. */
  sign(message: Buffer): void {
    message.writeUInt32LE(message.readUInt32LE(16) | headerFlags.signed, 16);
    message.fill(0, signatureAt, headerBytes);
    message.set(this.#digest(message), signatureAt);
  }

  /** @throws SmbDecodeError `wrong-signature` */
  verify(message: Buffer): void {
    if ((message.readUInt32LE(16) & headerFlags.signed) === 0)
      throw new SmbDecodeError('wrong-signature', 'a message without a signature');
    const clear = Buffer.from(message);
    clear.fill(0, signatureAt, headerBytes);
    if (!timingSafeEqual(this.#digest(clear), message.subarray(signatureAt, headerBytes)))
      throw new SmbDecodeError('wrong-signature', 'a message whose signature is wrong');
  }
}

/** AES-GMAC: GCM that encrypts nothing. The nonce is the number of the message, who speaks, and whether it cancels. */
function gmac(key: Buffer, message: Buffer): Buffer {
  const nonce = Buffer.alloc(12);
  message.copy(nonce, 0, 24, 32);
  const isAnswer = message.readUInt32LE(16) & headerFlags.response;
  const cancels = message.readUInt16LE(12) === commands.cancel;
  nonce.writeUInt32LE((isAnswer ? 1 : 0) | (cancels ? 2 : 0), 8);
  const cipher = createCipheriv('aes-128-gcm', key, nonce);
  cipher.setAAD(message);
  cipher.final();
  return cipher.getAuthTag();
}
