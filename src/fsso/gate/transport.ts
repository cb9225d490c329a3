import { connect, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { type SeenCertificate, secure, type TlsSettings } from '../network/tls.ts';
import { bindingTo, type OwnAddress } from './own-address.ts';

/** What a link needs of a connection. Nothing is reported after `close`. */
export interface Transport {
  /** Queues bytes; after an error or the end they go nowhere. */
  write(bytes: Buffer): void;
  /** Ends the connection; `closed` of the events is not called for it. */
  close(): void;
  /** Resolves when the system has let go of the connection. */
  readonly gone: Promise<void>;
}

export interface TransportEvents {
  /** The TCP connection is up; with TLS the handshake begins. */
  opened(): void;
  /** The certificate of the peer, trusted or not, before `secured` or `closed`. */
  certificate?(seen: SeenCertificate): void;
  /** TLS is up and the certificate is one to trust; only with TLS. */
  secured?(): void;
  received(bytes: Buffer): void;
  /** The peer or the system ended it; `error` carries the system's name of the reason in `code`. Called at most once. */
  closed(error: NodeJS.ErrnoException | null): void;
}

export interface Address {
  readonly host: string;
  readonly port: number;
  /** Own address to connect from; absent lets the system choose. */
  readonly source?: OwnAddress;
  /** Absent or null: no TLS. */
  readonly tls?: TlsSettings | null;
  /** What the connection is for; `login` where it is not given. Changes nothing about how it is opened. */
  readonly purpose?: 'login' | 'probe';
}

/** Opens a connection; returns at once. May throw what `closed` would be told. */
export type Connect = (address: Address, events: TransportEvents) => Transport;

/** Bytes from which more are likely to wait. */
const longChunk = 16_384;

/** A TCP connection, with TLS where the address has settings for it. */
export const connectSocket: Connect = ({ host, port, source, tls }, events) => {
  const tcp = connect({ host, port, noDelay: true, ...bindingTo(host, source) });
  let secured: TLSSocket | null = null;
  let failure: NodeJS.ErrnoException | null = null;
  let ended = false;
  const destroy = (): void => {
    secured?.destroy();
    tcp.destroy();
  };
  const finish = (): void => {
    if (ended) return;
    ended = true;
    destroy();
    events.closed(failure);
  };
  const fail = (error: NodeJS.ErrnoException): void => {
    failure ??= error;
    finish();
  };
  const listen = (socket: Socket): void => {
    socket.on('data', (bytes: Buffer) => {
      if (ended) return;
      events.received(bytes);
      // Node reads up to 32 chunks in one turn of its loop: of a long list that would be a tenth of a second without a key.
      if (bytes.length < longChunk || ended) return;
      socket.pause();
      setImmediate(() => ended || socket.resume());
    });
    socket.on('end', finish);
  };
  tcp.on('connect', () => {
    if (ended) return;
    events.opened();
    if (ended) return;
    if (!tls) return listen(tcp);
    try {
      secured = secure(tcp, host, tls, {
        certificate: (seen) => ended || events.certificate?.(seen),
        secured: (socket) => {
          if (ended) return;
          listen(socket);
          events.secured?.();
        },
        failed: fail,
      });
      secured.on('close', finish);
    } catch (error) {
      // A CA that OpenSSL does not take.
      fail(error as NodeJS.ErrnoException);
    }
  });
  tcp.on('error', fail);
  tcp.on('close', finish);
  const gone = new Promise<void>((resolve) => tcp.once('close', () => resolve()));
  return {
    write(bytes) {
      if (!ended) (secured ?? tcp).write(bytes);
    },
    close() {
      ended = true;
      destroy();
    },
    gone,
  };
};
