import { X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';

let publicRoots: Buffer[] | null = null;

/** The public CAs that Node brings, DER: EMS Cloud is a public server, and is held to its name as well. */
export function publicCas(): readonly Buffer[] {
  publicRoots ??= rootCertificates.map((pem) => new X509Certificate(pem).raw);
  return publicRoots;
}
