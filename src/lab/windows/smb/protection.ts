import { MessageCipher } from '../../../fsso/smb/encryption.ts';
import { SmbDecodeError } from '../../../fsso/smb/errors.ts';
import { sessionKeys, signingOf } from '../../../fsso/smb/keys.ts';
import { MessageSigner } from '../../../fsso/smb/signing.ts';
import type { Agreed } from './negotiation.ts';

/** What protects a session, seen from the server. */
export interface ServerProtection {
  readonly signer: MessageSigner;
  /** Null where none was agreed on. */
  readonly cipher: MessageCipher | null;
}

/** @param preauth of 3.1.1, up to the request that is answered now */
export function serverProtection(
  { dialect, cipher, signing }: Agreed,
  sessionKey: Buffer,
  preauth: Buffer,
  sessionId: bigint,
): ServerProtection {
  const keys = sessionKeys(dialect, cipher, sessionKey, preauth);
  return {
    signer: new MessageSigner(signingOf(dialect, signing), keys.signing),
    // What goes inward there goes outward here.
    cipher: cipher && new MessageCipher(cipher, keys.inward, keys.outward, sessionId),
  };
}

/** True where the signature is right. */
export function isSignedBy(signer: MessageSigner, message: Buffer): boolean {
  try {
    signer.verify(message);
    return true;
  } catch (error) {
    if (error instanceof SmbDecodeError) return false;
    throw error;
  }
}
