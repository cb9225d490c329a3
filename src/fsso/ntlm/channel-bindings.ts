import { createHash, X509Certificate } from 'node:crypto';
import { avIds, avValue } from './av-pairs.ts';
import { type AuthenticateMessage, decodeAuthenticate } from './messages.ts';
import { readAnswer } from './proof.ts';

/**
 * Ties a login to this very TLS connection, as `tls-server-end-point` (RFC 5929, 4): MD5 over gss_channel_bindings_struct
 * with a hash of the server's certificate (MS-NLMP 3.1.5.1.2; docs/protocol/windows.md, NTLM).
 */
export function channelBindings(der: Buffer): Buffer {
  const { signatureAlgorithm } = new X509Certificate(der);
  const digits = /sha-?(256|384|512)/i.exec(signatureAlgorithm ?? '')?.[1] ?? '256';
  const data = Buffer.concat([
    Buffer.from('tls-server-end-point:'),
    createHash(`sha${digits}`).update(der).digest(),
  ]);
  // No addresses: type and length of both are 0.
  const head = Buffer.alloc(20);
  head.writeUInt32LE(data.length, 16);
  return createHash('md5').update(head).update(data).digest();
}

/**
 * The Type 3 of a client that means another TLS connection than that of these bindings; null where it means this one, or knows of none.
 * It is proved by the verdict on the answer, which goes over it. @throws NtlmError
 */
export function answerToAnother(authenticate: Buffer, due: Buffer): AuthenticateMessage | null {
  const message = decodeAuthenticate(authenticate);
  const meant = avValue(readAnswer(message.nt).facts, avIds.channelBindings);
  // Zeros: the client binds to nothing (MS-NLMP 2.2.2.1).
  const isBound = meant?.some((byte) => byte !== 0);
  return isBound && !meant?.equals(due) ? message : null;
}
