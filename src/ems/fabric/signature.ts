import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';

/** Beside a document: which key signed its canonical form, and the 64 octets of Ed25519 (RFC 8032) in base 64. */
export interface DocumentSignature {
  readonly algorithm: 'Ed25519';
  /** The root's public key as members are configured with it. */
  readonly key: string;
  readonly value: string;
}

/** What is configured as a key is none. The message never holds a private key. */
export class FabricKeyError extends Error {}

const keyPrefix = 'ed25519:';
/** DER in front of the 32 octets of an Ed25519 public key (RFC 8410). */
const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex');

/** `ed25519:` and the base 64 of the 32 octets, of a public key or of a private one's: what `root-key` takes. */
export function publicKeyText(key: KeyObject): string {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  return keyPrefix + spki.subarray(spkiPrefix.length).toString('base64');
}

/** Reads what `publicKeyText` gives. @throws FabricKeyError */
export function readPublicKey(text: string): KeyObject {
  const octets = Buffer.from(text.slice(keyPrefix.length), 'base64');
  if (octets.length !== 32 || keyPrefix + octets.toString('base64') !== text)
    throw new FabricKeyError(
      `expected ${keyPrefix} and the base 64 of 32 octets, as fabric keygen prints it`,
    );
  return createPublicKey({ key: Buffer.concat([spkiPrefix, octets]), format: 'der', type: 'spki' });
}

/** Reads an Ed25519 private key, PEM. @throws FabricKeyError */
export function readSigningKey(pem: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    throw new FabricKeyError('holds no private key without a passphrase, expected PEM of Ed25519');
  }
  if (key.asymmetricKeyType !== 'ed25519')
    throw new FabricKeyError(`holds a key of the kind ${key.asymmetricKeyType}, expected Ed25519`);
  return key;
}

/** A new key pair: private and public in PEM, and the public one as members are configured with it. */
export function generateKeys(): { privatePem: string; publicPem: string; rootKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    privatePem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    rootKey: publicKeyText(publicKey),
  };
}

/** Signs the canonical text of a document. Its `format` keeps it apart from whatever else the key might sign. */
export function signText(text: string, key: KeyObject): DocumentSignature {
  const value = sign(null, Buffer.from(text), key).toString('base64');
  return { algorithm: 'Ed25519', key: publicKeyText(key), value };
}

/**
 * Did the holder of `key` sign this text? Key and value have to be written as `signText` writes them, so that nobody can
 * change any octet of a document that passes.
 */
export function isSignedBy(text: string, signature: DocumentSignature, key: KeyObject): boolean {
  const octets = Buffer.from(signature.value, 'base64');
  if (octets.toString('base64') !== signature.value || signature.key !== publicKeyText(key)) return false;
  return octets.length === 64 && verify(null, Buffer.from(text), key, octets);
}

/** SHA-256 of octets, lower-case hexadecimal. */
export function digestOf(octets: Buffer | string): string {
  return createHash('sha256').update(octets).digest('hex');
}
