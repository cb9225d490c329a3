import { constants } from 'node:crypto';
import type { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import type { Clock, Timer } from '../../clock.ts';
import { timers } from '../wire/profile.ts';
import { AllowList } from './allow-list.ts';
import type { DroppedBecause, Report } from './events.ts';
import type { FeedListening } from './feeds/feed.ts';
import { TcpPort } from './feeds/tcp-port.ts';
import type { ListeningSide } from './listeners.ts';

export interface CertifiedPortOptions {
  readonly listen: string;
  /** TCP; 0 lets the system choose. */
  readonly port: number;
  /** PEM, with the chain behind it. */
  readonly certificate: string;
  /** PEM, without a passphrase. */
  readonly key: string;
  /** PEM of the authorities whose holders of certificates may speak. */
  readonly ca: string;
  /** The option that `ca` comes from, for who reads why somebody was refused. */
  readonly authority: string;
  /** Addresses and networks that connections are taken from; null: any. */
  readonly allowed: readonly string[] | null;
  /** Connections at once. */
  readonly most: number;
}

export interface CertifiedPortEvents {
  readonly clock: Clock;
  readonly report: Report;
  /** Somebody has shown a certificate of the authority; `certificate` is its name, raw. */
  readonly secured: (socket: TLSSocket, address: string, certificate: string) => void;
  readonly dropped: (address: string, why: DroppedBecause, detail?: string) => void;
}

interface Handshake {
  readonly socket: Socket;
  readonly address: string;
  readonly limit: Timer;
}

/** A TCP port where both sides show a certificate. */
export class CertifiedPort {
  readonly #options: CertifiedPortOptions;
  readonly #events: CertifiedPortEvents;
  readonly #port: TcpPort;
  readonly #tls: Server;
  #allowed: AllowList;
  /** Connections whose handshake is under way, by the four numbers that tell connections apart. */
  readonly #handshakes = new Map<string, Handshake>();

  /** @throws RangeError for certificates that cannot be used, and for a source that is neither an address nor a network */
  constructor(side: ListeningSide, options: CertifiedPortOptions, events: CertifiedPortEvents) {
    this.#options = options;
    this.#events = events;
    this.#allowed = new AllowList(options.allowed);
    this.#tls = tlsServer(side, options);
    this.#tls.on('secureConnection', (socket: TLSSocket) => this.#secured(socket));
    this.#tls.on('tlsClientError', (error: NodeJS.ErrnoException, socket: TLSSocket) =>
      this.#refuse(keyOf(socket), `the TLS handshake failed: ${error.code ?? error.message}`),
    );
    this.#port = new TcpPort(side, {
      report: events.report,
      most: options.most,
      accepted: (socket, address) => this.#accept(socket, address),
      refused: (address) => events.dropped(address, 'too-many-connections'),
    });
  }

  get address(): { address: string; port: number } | null {
    return this.#port.address;
  }

  /** Rejects with ListenFailure. */
  open(): Promise<FeedListening> {
    return this.#port.open(this.#options.listen, this.#options.port);
  }

  /** Closes every connection. */
  async close(): Promise<void> {
    for (const { limit } of this.#handshakes.values()) limit.cancel();
    this.#handshakes.clear();
    await this.#port.close();
  }

  /** Takes connections from other sources from now on; those that are open are not looked at. */
  allow(sources: readonly string[] | null): AllowList {
    this.#allowed = new AllowList(sources);
    return this.#allowed;
  }

  #accept(socket: Socket, address: string): void {
    if (!this.#allowed.allows(address)) {
      this.#events.dropped(address, 'source-not-allowed');
      socket.destroy();
      return;
    }
    const key = keyOf(socket);
    const limit = this.#events.clock.after(timers.helloLimit, () => {
      this.#refuse(key, `no TLS handshake within ${timers.helloLimit / 1000} s of the connection`);
    });
    this.#handshakes.set(key, { socket, address, limit });
    socket.once('close', () => this.#refuse(key, 'it closed the connection in the TLS handshake'));
    // A TLS server that does not listen itself takes connections in this way (Node's own documentation of 'connection').
    this.#tls.emit('connection', socket);
  }

  #secured(socket: TLSSocket): void {
    const key = keyOf(socket);
    const handshake = this.#handshakes.get(key);
    if (!handshake) {
      socket.destroy();
      return;
    }
    // Node would close the connection of somebody whom the authority does not know without a word; here it is told.
    if (!socket.authorized) {
      const { authorizationError: code } = socket as { authorizationError?: unknown };
      const { authority } = this.#options;
      this.#refuse(key, `its certificate is missing or not one of ${authority} (${String(code)})`);
      return;
    }
    handshake.limit.cancel();
    this.#handshakes.delete(key);
    socket.on('error', () => {});
    this.#events.secured(socket, handshake.address, nameIn(socket));
  }

  #refuse(key: string, why: string): void {
    const handshake = this.#handshakes.get(key);
    if (!handshake) return;
    handshake.limit.cancel();
    this.#handshakes.delete(key);
    handshake.socket.destroy();
    this.#events.dropped(handshake.address, 'tls-handshake', why);
  }
}

/** The same for a connection and for the TLS over it. */
function keyOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`;
}

/** Whose certificate it is, raw: its common name, or else its serial number. */
function nameIn(socket: TLSSocket): string {
  const { subject, serialNumber } = socket.getPeerCertificate();
  const name: unknown = subject?.CN;
  return typeof name === 'string' ? name : (serialNumber ?? '');
}

function tlsServer(side: ListeningSide, { certificate, key, ca }: CertifiedPortOptions): Server {
  try {
    return createServer({
      cert: certificate,
      key,
      ca,
      requestCert: true,
      // Judged when the handshake is complete, so that the reason can be told.
      rejectUnauthorized: false,
      minVersion: 'TLSv1.2',
      // A resumed session would show no certificate.
      secureOptions: constants.SSL_OP_NO_TICKET,
    });
  } catch (error) {
    throw new RangeError(`certificates cannot be used for ${side}: ${(error as Error).message}`);
  }
}
