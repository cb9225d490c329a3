import { isEncrypted, type MessageCipher } from './encryption.ts';
import { SmbDecodeError } from './errors.ts';
import { decodeHeader, type SmbHeader } from './header.ts';
import { statuses, unsolicited } from './profile.ts';
import type { MessageSigner } from './signing.ts';

/** What protects the messages of a session. */
export interface Protection {
  readonly signer: MessageSigner;
  /** null where the dialect or the machine has no encryption. */
  readonly cipher: MessageCipher | null;
  /** Everything is encrypted, in both directions. */
  readonly encrypts: boolean;
}

/** A message that was let in. */
export interface Received {
  readonly header: SmbHeader;
  readonly message: Buffer;
}

/** A session that is over is told of by whoever has no key for it any more (MS-SMB2 3.3.5.2.9). */
export function saysSessionIsOver({ status }: SmbHeader): boolean {
  return status === statuses.sessionDeleted || status === statuses.sessionExpired;
}

/** Signs or encrypts what goes out. The message is changed in place where it is signed. */
export function protect(message: Buffer, protection: Protection | null): Buffer {
  if (protection === null) return message;
  if (protection.encrypts && protection.cipher) return protection.cipher.encrypt(message);
  protection.signer.sign(message);
  return message;
}

/** What may come unsigned. Where everything is encrypted, "later" is too (MS-SMB2 3.3.4.1.4): only who has no key any more cannot. */
function isExempt(header: SmbHeader, { encrypts }: Protection): boolean {
  const isLater = header.status === statuses.pending && !encrypts;
  return isLater || header.messageId === unsolicited || saysSessionIsOver(header);
}

/**
 * Decrypts and checks what came in (MS-SMB2 3.2.5.1.1 to 3.2.5.1.3): nothing is believed that is neither encrypted nor signed, but
 * what need not be (an answer that is pending, a word that nobody asked for, the end of a session).
 * @throws SmbDecodeError
 */
export function unprotect(bytes: Buffer, protection: Protection | null): Received {
  if (isEncrypted(bytes)) {
    const cipher = protection?.cipher;
    if (!cipher) throw new SmbDecodeError('wrong-cipher', 'an encrypted message, and no key was agreed on');
    const message = cipher.decrypt(bytes);
    return { header: decodeHeader(message), message };
  }
  const header = decodeHeader(bytes);
  if (protection !== null && !isExempt(header, protection)) {
    if (protection.encrypts)
      throw new SmbDecodeError('wrong-cipher', 'a message in the clear, and all should be encrypted');
    protection.signer.verify(bytes);
  }
  return { header, message: bytes };
}
