import type { Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';
import type { Clock, Timer } from '../../clock.ts';
import { timers } from '../wire/profile.ts';

/** How one handshake ended; exactly one of them is called, none after `stop`. */
export interface HandshakeEvents {
  secured(socket: TLSSocket): void;
  /** One line, in words. */
  failed(why: string): void;
}

/** Connections to the TLS port whose handshake is not complete yet. Each has as long as a hello may take. */
export class TlsHandshakes {
  readonly #clock: Clock;
  readonly #open = new Map<Socket, Timer>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#open.size;
  }

  begin(socket: Socket, secureContext: SecureContext, events: HandshakeEvents): void {
    const secured = new TLSSocket(socket, { isServer: true, secureContext });
    const end = (): boolean => {
      this.#open.get(socket)?.cancel();
      return this.#open.delete(socket);
    };
    const fail = (why: string): void => {
      if (!end()) return;
      secured.destroy();
      socket.destroy();
      events.failed(why);
    };
    const limit = timers.helloLimit;
    this.#open.set(
      socket,
      this.#clock.after(limit, () => fail(`no TLS handshake within ${limit / 1000} s of the connection`)),
    );
    secured.on('error', (error: NodeJS.ErrnoException) =>
      fail(`the TLS handshake failed: ${error.code ?? error.message}`),
    );
    socket.on('error', (error: NodeJS.ErrnoException) =>
      fail(`the TLS handshake failed: ${error.code ?? error.message}`),
    );
    secured.once('close', () => fail('the FortiGate closed the connection in the TLS handshake'));
    secured.once('secure', () => {
      if (end()) events.secured(secured);
    });
  }

  stop(): void {
    for (const [socket, timer] of this.#open) {
      timer.cancel();
      socket.destroy();
    }
    this.#open.clear();
  }
}
