import type { CertificateView } from '../../state/changes.ts';

/** `RSA, 2048 bits`; an algorithm without a known size alone. */
export function keyText({ keyType, keyBits }: CertificateView): string {
  return keyBits === null ? keyType : `${keyType}, ${keyBits} bits`;
}
