import { X509Certificate } from 'node:crypto';
import { isIP, type Socket } from 'node:net';
import { checkServerIdentity, connect, type PeerCertificate, type TLSSocket } from 'node:tls';

/** How a server is known over TLS (docs/protocol/fsso.md, TLS). */
export interface TlsSettings {
  /** PEM. CAs, or the very certificate of the server; nothing else is trusted, the system's own store neither. */
  readonly ca: readonly string[];
  /** Name sent in the handshake; null sends the host where that is a name. */
  readonly sni: string | null;
  /** The certificate has to name the host that is connected to. */
  readonly checksHost: boolean;
}

/** The certificate that a server showed. Texts are the peer's words, not made safe. */
export interface SeenCertificate {
  readonly subject: string;
  readonly issuer: string;
  /** Milliseconds since the epoch. */
  readonly validFrom: number;
  readonly validTo: number;
  /** Upper-case, `:` separated. */
  readonly sha256: string;
  /** Alternative names, such as `DNS:collector.corp.example, IP Address:10.0.0.11`; blank where there are none. */
  readonly names: string;
  /** `TLSv1.3`. */
  readonly protocol: string;
  /** Why it is not trusted, OpenSSL's name or `WRONG_NAME`; null when it is. */
  readonly verdict: string | null;
}

/** Our own code for a certificate that does not name the host, as no system has one. */
export const wrongName = 'WRONG_NAME';

export interface TlsEvents {
  /** Told also of a certificate that is not trusted. */
  certificate(seen: SeenCertificate): void;
  /** The handshake is complete and the certificate trusted. */
  secured(socket: TLSSocket): void;
  /** `code` is the reason. */
  failed(error: NodeJS.ErrnoException): void;
}

/**
 * Begins TLS on a connection. Nothing is written to, and nothing read from, a server whose certificate is not trusted.
 * @throws what OpenSSL says about a CA that it does not take
 */
export function secure(tcp: Socket, host: string, settings: TlsSettings, events: TlsEvents): TLSSocket {
  const servername = settings.sni ?? (isIP(host) ? null : host);
  const socket = connect({
    socket: tcp,
    ca: [...settings.ca],
    // `ssl-trusted-cert` may be the certificate of a collector itself.
    allowPartialTrustChain: true,
    ...(servername === null ? {} : { servername }),
    // The certificate is shown to people also when it is not trusted; the verdict is acted on below, before any byte.
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
  });
  socket.on('error', (error) => events.failed(error));
  socket.once('secureConnect', () => {
    const shown = socket.getPeerCertificate();
    const reason = verdictOf(socket) ?? (settings.checksHost ? nameVerdict(host, shown) : null);
    const seen = shown.raw === undefined ? null : describe(shown.raw, socket.getProtocol() ?? '', reason);
    if (seen !== null) events.certificate(seen);
    const problem = reason ?? (seen === null ? 'NO_CERTIFICATE' : null);
    if (problem === null) events.secured(socket);
    else events.failed(Object.assign(new Error(problem), { code: problem }));
  });
  return socket;
}

function verdictOf(socket: TLSSocket): string | null {
  if (socket.authorized) return null;
  const error = socket.authorizationError as unknown as string | NodeJS.ErrnoException | null;
  return (typeof error === 'string' ? error : (error?.code ?? error?.message)) ?? 'UNKNOWN';
}

function nameVerdict(host: string, certificate: PeerCertificate): string | null {
  try {
    return checkServerIdentity(host, certificate) === undefined ? null : wrongName;
  } catch {
    // An alternative name that Node refuses to read names no host.
    return wrongName;
  }
}

function describe(der: Buffer, protocol: string, verdict: string | null): SeenCertificate | null {
  try {
    const certificate = new X509Certificate(der);
    return {
      subject: oneLine(certificate.subject),
      issuer: oneLine(certificate.issuer),
      validFrom: certificate.validFromDate.getTime(),
      validTo: certificate.validToDate.getTime(),
      sha256: certificate.fingerprint256,
      names: certificate.subjectAltName ?? '',
      protocol,
      verdict,
    };
  } catch {
    return null;
  }
}

function oneLine(name: string | undefined): string {
  return (name ?? '').split('\n').filter(Boolean).join(', ');
}
