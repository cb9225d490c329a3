import { safeText } from '../safe-text.ts';
import { EmsFailure, type FailureFacts } from './diagnosis.ts';

/** How far a connection had come when it failed. */
export interface Progress {
  resolved: boolean;
  connected: boolean;
  /** The server's certificate was seen. */
  certificateSeen: boolean;
  identityConfigured: boolean;
}

/** What OpenSSL adds to an error. */
type TlsError = NodeJS.ErrnoException & { library?: string; reason?: string };

const noName = new Map([
  ['ENOTFOUND', 'the name is not known'],
  ['EAI_AGAIN', 'no DNS server answers'],
  ['ENODATA', 'the name is not known'],
]);
const noSource = new Set(['EADDRNOTAVAIL', 'EINVAL', 'EADDRINUSE', 'EACCES']);
const noPath = new Map([
  ['EHOSTUNREACH', 'host unreachable'],
  ['ENETUNREACH', 'network unreachable'],
  ['EHOSTDOWN', 'host down'],
  ['ENETDOWN', 'network down'],
  ['EPERM', 'forbidden by a local firewall'],
]);
/** OpenSSL's reasons when the first bytes are no TLS record at all. */
const noTls = new Set([
  'wrong version number',
  'http request',
  'https proxy request',
  'packet length too long',
]);
/** OpenSSL's reasons when the Certificate message is cut or its lengths contradict each other. */
const damagedCertificate =
  /cert length mismatch|length mismatch|length too short|bad packet|bad length|no certificates returned/;
/** RFC 8446, Alert Protocol: those that a server sends about the certificate of its client. */
const aboutClientCertificate = new Set([42, 43, 44, 45, 46, 48, 49, 116]);
const handshakeFailureAlert = 40;

/** The number of the TLS alert that ended a connection, null when none did. */
export function alertNumber(error: Error): number | null {
  const found = /SSL alert number (\d+)/.exec(error.message);
  return found ? Number(found[1]) : null;
}

function alertText(error: TlsError, number: number): string {
  const name = /alert (.+)$/.exec(error.reason ?? '')?.[1];
  return name ? `TLS alert ${number}, ${safeText(name)}` : `TLS alert ${number}`;
}

/** What a failed connection or handshake means (docs/protocol/ems.md, Diagnosis). */
export function connectionFailure(error: TlsError, progress: Progress, facts: FailureFacts): EmsFailure {
  const code = error.code ?? '';
  const alert = alertNumber(error);
  if (alert !== null) {
    const detail = alertText(error, alert);
    // TLS 1.2 servers answer a missing client certificate with the same alert as a failed negotiation, but only after
    // their own certificate.
    const refused =
      aboutClientCertificate.has(alert) || (alert === handshakeFailureAlert && progress.certificateSeen);
    if (!refused) return new EmsFailure('tls-failed', { ...facts, detail });
    return new EmsFailure(progress.identityConfigured ? 'identity-refused' : 'no-identity', {
      ...facts,
      detail,
    });
  }
  if (code.startsWith('ERR_SSL_') || code.startsWith('ERR_OSSL_')) {
    const reason = (error.reason ?? code).toLowerCase();
    if (noTls.has(reason)) return new EmsFailure('not-tls', facts);
    if (/asn1|x509|encoding/i.test(error.library ?? '') || damagedCertificate.test(reason))
      return new EmsFailure('certificate-unreadable', { ...facts, detail: safeText(reason) });
    return new EmsFailure('tls-failed', { ...facts, detail: safeText(reason) });
  }
  const unknownName = noName.get(code);
  if (unknownName !== undefined || error.syscall === 'getaddrinfo')
    return new EmsFailure('name-not-found', { ...facts, detail: unknownName ?? safeText(code) });
  if (!progress.connected) {
    if (code === 'ECONNREFUSED') return new EmsFailure('connection-refused', facts);
    if (code === 'ETIMEDOUT') return new EmsFailure('connect-timeout', facts);
    const path = noPath.get(code);
    if (path !== undefined && error.syscall !== 'bind')
      return new EmsFailure('unreachable', { ...facts, detail: path });
    if (noSource.has(code) || error.syscall === 'bind')
      return new EmsFailure('source-address', { ...facts, detail: safeText(code) });
    return new EmsFailure('unreachable', { ...facts, detail: safeText(code || 'connection failed') });
  }
  return new EmsFailure('closed-in-handshake', facts);
}

/** The step at which `call-timeout` ran out. */
export function timeoutFailure(progress: Progress, facts: FailureFacts): EmsFailure {
  if (!progress.resolved)
    return new EmsFailure('name-not-found', { ...facts, detail: 'no DNS server answers' });
  return new EmsFailure(progress.connected ? 'tls-timeout' : 'connect-timeout', facts);
}

const chainReasons: Record<string, string> = {
  UNABLE_TO_GET_ISSUER_CERT: 'the chain ends before a root',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its issuer is not installed',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its issuer is not installed',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it is self-signed and not installed',
  SELF_SIGNED_CERT_IN_CHAIN: 'the root of its chain is not installed',
  CERT_HAS_EXPIRED: 'a certificate of the chain has expired',
  CERT_NOT_YET_VALID: 'a certificate of the chain is not valid yet',
  CERT_SIGNATURE_FAILURE: 'a signature in the chain is wrong',
  CERT_REVOKED: 'a certificate of the chain is revoked',
  INVALID_CA: 'an issuer in the chain is no CA',
  INVALID_PURPOSE: 'the certificate is not meant for a TLS server',
  PATH_LENGTH_EXCEEDED: 'the chain is longer than one of its CAs allows',
};
/** The verdicts that installing a CA mends; any other lies in the certificates themselves. */
const missingIssuer = new Set([
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
]);

/** OpenSSL's verdict on a chain, as a few words. */
export function chainReason(verdict: string): string {
  return chainReasons[verdict] ?? safeText(verdict.toLowerCase().replaceAll('_', ' '));
}

/** The failure that a verdict of OpenSSL on a chain amounts to: code -4 in each case. */
export function chainFailure(verdict: string, facts: FailureFacts): EmsFailure {
  const fault = missingIssuer.has(verdict) ? 'unknown-ca' : 'certificate-invalid';
  return new EmsFailure(fault, { ...facts, detail: chainReason(verdict) });
}
