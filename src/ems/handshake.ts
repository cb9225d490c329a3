import { connect as connectTcp, isIP, isIPv6 } from 'node:net';
import { checkServerIdentity, connect as connectTls, type TLSSocket } from 'node:tls';
import type { Clock } from '../clock.ts';
import { safeText } from '../safe-text.ts';
import type { EmsFailure, FailureFacts } from './diagnosis.ts';
import { longestChain } from './profile.ts';
import { connectionFailure, type Progress, timeoutFailure } from './tls-failure.ts';

/** The device's own certificate and private key, PEM. */
export interface Identity {
  certificate: string;
  key: string;
}

export interface HandshakeOptions {
  /** Name or address. Only a name is sent as SNI. */
  host: string;
  port: number;
  /** Address of this machine to connect from; absent or `0.0.0.0` leaves the choice to the system. */
  sourceIp?: string;
  /** For name resolution, connection and handshake together. */
  timeoutMs: number;
  /** Installed CAs, DER. Nothing else is trusted, the system's own store neither. */
  ca: readonly Buffer[];
  identity?: Identity;
  clock: Clock;
  /** Gives up; the promise then rejects with the signal's reason. */
  signal?: AbortSignal;
  /** A TLS session to resume; whoever gives it has judged its certificate. */
  session?: Buffer | null;
  /** Called with each session that the server lets us resume. */
  onSession?: (session: Buffer) => void;
  /** Called when the connection stands and TLS begins. */
  onConnected?: () => void;
}

export interface Handshake {
  /** Null when the server ended the handshake after it had shown its certificate. */
  socket: TLSSocket | null;
  /**
   * DER, leaf first, as OpenSSL rebuilds it by issuer: a missing link ends it, an unrelated extra is left out. Empty only
   * where `session` was resumed.
   */
  chain: Buffer[];
  /** The chain ends before a self-signed certificate. */
  chainIncomplete: boolean;
  /** OpenSSL's name for what is wrong with the chain; null when it leads to an installed CA. */
  verdict: string | null;
  /** The certificate names the host. Shown to people, never a reason to refuse: FortiOS pins issuer and CN instead. */
  hostMatches: boolean;
  /** Why the server, or our time limit, ended the handshake after the certificate. */
  refusal: EmsFailure | null;
}

/** What a server shows, as its judge sees it. */
export interface ShownCertificate {
  /** DER, leaf first. */
  readonly chain: readonly Buffer[];
  /** OpenSSL's name for what is wrong with the chain; null when it leads to an installed CA. */
  readonly verdict: string | null;
  /** The certificate names the host. */
  readonly hostMatches: boolean;
}

/** A host as it stands in a URL. */
export function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** `host:port` as people write it, safe to show. */
export function serverText(host: string, port: number): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${safeText(host)}:${port}`;
}

export function toPem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

function seen(socket: TLSSocket, host: string): Omit<Handshake, 'socket' | 'refusal'> | null {
  const leaf = socket.getPeerCertificate(true);
  if (!leaf?.raw) return null;
  const chain: Buffer[] = [];
  let chainIncomplete = true;
  for (let next = leaf; next?.raw && chain.length < longestChain; next = next.issuerCertificate) {
    chain.push(Buffer.from(next.raw));
    // Node links a self-signed certificate to itself.
    if (next.issuerCertificate === next) {
      chainIncomplete = false;
      break;
    }
  }
  return { chain, chainIncomplete, verdict: verdictOf(socket), hostMatches: names(leaf, host) };
}

function unseen(socket: TLSSocket): Omit<Handshake, 'socket' | 'refusal'> {
  return { chain: [], chainIncomplete: true, verdict: verdictOf(socket), hostMatches: false };
}

function names(leaf: Parameters<typeof checkServerIdentity>[1], host: string): boolean {
  try {
    return checkServerIdentity(host, leaf) === undefined;
  } catch {
    // A subject alternative name that Node refuses to read names no host.
    return false;
  }
}

// `authorizationError` exists only once a handshake is complete. A TLS 1.2 server that wants a client certificate breaks
// it off before, and the verdict that OpenSSL has reached by then is on the handle alone.
function verdictOf(socket: TLSSocket): string | null {
  const handle = (socket as { _handle?: { verifyError?: () => NodeJS.ErrnoException | null } })._handle;
  if (typeof handle?.verifyError !== 'function') return 'UNKNOWN';
  const error = handle.verifyError();
  return error ? (error.code ?? 'UNKNOWN') : null;
}

/**
 * Connects and completes a TLS handshake whatever the certificate is, and keeps the chain also when the server breaks the
 * handshake off after showing it (docs/protocol/ems.md, Transport). The caller judges `verdict` before it writes
 * anything, and closes `socket`.
 * @throws EmsFailure when no certificate was obtained
 */
export function handshake(options: HandshakeOptions): Promise<Handshake> {
  const { host, port, clock, signal, identity } = options;
  const facts: FailureFacts = { server: serverText(host, port) };
  const progress: Progress = {
    resolved: isIP(host) !== 0,
    connected: false,
    certificateSeen: false,
    identityConfigured: identity !== undefined,
  };
  const bound = options.sourceIp !== undefined && options.sourceIp !== '0.0.0.0';
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const ca = options.ca.map(toPem);
    let settled = false;
    let found: ReturnType<typeof seen> = null;
    let socket: TLSSocket | null = null;
    const tcp = connectTcp({
      host,
      port,
      ...(bound ? { localAddress: options.sourceIp as string, family: 4 } : {}),
    });
    const timer = clock.after(options.timeoutMs, () => fail(null));
    signal?.addEventListener('abort', abort, { once: true });

    function finish(): boolean {
      timer.cancel();
      signal?.removeEventListener('abort', abort);
      const first = !settled;
      settled = true;
      return first;
    }
    function close(): void {
      socket?.destroy();
      tcp.destroy();
    }
    function abort(): void {
      if (finish()) reject(signal?.reason);
      close();
    }
    /** `error` null: the time ran out. */
    function fail(error: Error | null): void {
      if (!finish()) return;
      if (socket) found ??= seen(socket, host);
      progress.certificateSeen = found !== null;
      const failure = error ? connectionFailure(error, progress, facts) : timeoutFailure(progress, facts);
      close();
      if (found) resolve({ ...found, socket: null, refusal: failure });
      else reject(failure);
    }

    tcp.on('error', fail);
    tcp.once('lookup', (error: Error | null) => {
      progress.resolved ||= !error;
    });
    tcp.once('connect', () => {
      if (settled) return;
      progress.connected = true;
      options.onConnected?.();
      let tls: TLSSocket;
      try {
        tls = connectTls({
          socket: tcp,
          ca,
          ...(isIP(host) ? {} : { servername: host }),
          ...(identity ? { cert: identity.certificate, key: identity.key } : {}),
          ...(options.session ? { session: options.session } : {}),
          ALPNProtocols: ['http/1.1'],
          // The chain is wanted also when it is not trusted; the verdict is read and handed on below.
          rejectUnauthorized: false,
        });
      } catch (error) {
        // A CA or an identity that OpenSSL does not take.
        return fail(error as Error);
      }
      socket = tls;
      // A connection that ends in the middle of the handshake is destroyed before it is reported, and the chain is gone
      // with it. This is the last moment at which it can be read.
      const { destroy } = tls;
      tls.destroy = function keepChain(error?: Error) {
        found ??= seen(tls, host);
        return destroy.call(tls, error);
      };
      tls.on('error', fail);
      if (options.onSession) tls.on('session', options.onSession);
      tls.once('close', () => fail(new Error('closed')));
      tls.once('secureConnect', () => {
        tls.destroy = destroy;
        // A resumed session carries no certificate again: its keys prove the one that it was made with.
        const shown = seen(tls, host) ?? (options.session && tls.isSessionReused() ? unseen(tls) : null);
        if (!shown) return fail(new Error('no certificate'));
        if (!finish()) return;
        resolve({ ...shown, socket: tls, refusal: null });
      });
    });
  });
}
