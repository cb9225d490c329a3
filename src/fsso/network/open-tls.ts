import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { attempt } from './attempt.ts';
import type { Failure, Patience } from './open-tcp.ts';
import { secure } from './tls.ts';
import { type TlsFault, tlsFault } from './tls-rows.ts';

/** What a server's certificate is judged by. */
export interface ServerTrust {
  /** PEM. Nothing else is trusted, the system's own store neither. */
  readonly ca: readonly string[];
  /** The certificate has to name the host. */
  readonly checksName: boolean;
}

export interface TlsOptions extends Patience {
  readonly host: string;
  readonly trust: ServerTrust;
  readonly failure: Failure<TlsFault>;
}

/**
 * Secures a connection; nothing else is sent before its certificate is trusted. Rejects with what `failure` makes, or with the reason
 * of the signal, and then the connection is gone.
 */
export function openTls(tcp: Socket, options: TlsOptions): Promise<TLSSocket> {
  const { host, trust, failure, clock, limitMs, signal } = options;
  let secured: TLSSocket | null = null;
  const drop = (): void => {
    secured?.destroy();
    tcp.destroy();
  };
  const late = () => failure('tls-timeout', null, String(limitMs / 1000));
  return attempt<TLSSocket>({ clock, limitMs, late, drop, ...(signal && { signal }) }, (done, failed) => {
    const refuse = (error: Error): void => {
      const code = (error as NodeJS.ErrnoException).code ?? error.message;
      failed(failure(tlsFault(code), code, code));
    };
    tcp.once('close', () => failed(failure('tls-failed', 'ECONNRESET', 'ECONNRESET')));
    try {
      secured = secure(
        tcp,
        host,
        { ca: trust.ca, sni: null, checksHost: trust.checksName },
        { certificate: () => {}, secured: done, failed: refuse },
      );
    } catch (error) {
      // A CA that OpenSSL does not take.
      refuse(error as Error);
    }
  });
}
