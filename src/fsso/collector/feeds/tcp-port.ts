import { createServer, type Server, type Socket } from 'node:net';
import { plainAddress } from '../allow-list.ts';
import { collectorEvent, type Report } from '../events.ts';
import { ListenFailure, type ListeningSide } from '../listeners.ts';
import type { FeedListening } from './feed.ts';

/** Connections that arrive at one TCP port, up to a number. */
export class TcpPort {
  readonly #side: ListeningSide;
  readonly #report: Report;
  readonly #most: number;
  readonly #accepted: (socket: Socket, source: string) => void;
  readonly #refused: (source: string) => void;
  readonly #open = new Set<Socket>();
  #server: Server | null = null;

  constructor(
    side: ListeningSide,
    options: {
      readonly report: Report;
      readonly most: number;
      /** `source` is the peer's address as `plainAddress` gives it. */
      readonly accepted: (socket: Socket, source: string) => void;
      /** One connection too many: it is closed. */
      readonly refused: (source: string) => void;
    },
  ) {
    this.#side = side;
    this.#report = options.report;
    this.#most = options.most;
    this.#accepted = options.accepted;
    this.#refused = options.refused;
  }

  get connections(): number {
    return this.#open.size;
  }

  get address(): { address: string; port: number } | null {
    const bound = this.#server?.address();
    return bound !== undefined && bound !== null && typeof bound !== 'string' ? bound : null;
  }

  /** @param port 0 lets the system choose. Rejects with ListenFailure. */
  async open(listen: string, port: number): Promise<FeedListening> {
    const side = this.#side;
    const server = createServer((socket) => this.#accept(socket));
    await new Promise<void>((done, failed) => {
      server.once('error', (error: NodeJS.ErrnoException) =>
        failed(new ListenFailure(side, listen, port, error)),
      );
      server.listen({ port, host: listen, exclusive: true }, done);
    });
    server.removeAllListeners('error');
    server.on('error', (error) =>
      this.#report(collectorEvent({ msg: 'listener failed', listener: side, error: error.message })),
    );
    this.#server = server;
    const bound = server.address();
    if (bound === null || typeof bound === 'string') throw new Error('the listener has no address');
    return { side, address: bound.address, port: bound.port };
  }

  /** Takes no further connection, and closes each open one. */
  async close(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    this.#server = null;
    const closed = new Promise<void>((done) => server.close(() => done()));
    for (const socket of this.#open) socket.destroy();
    await closed;
  }

  #accept(socket: Socket): void {
    const source = plainAddress(socket.remoteAddress ?? '');
    // Whatever happens to a connection, its end is seen as a close.
    socket.on('error', () => {});
    // One that is gone already has no address.
    if (source === '') {
      socket.destroy();
      return;
    }
    if (this.#open.size >= this.#most) {
      socket.destroy();
      this.#refused(source);
      return;
    }
    this.#open.add(socket);
    socket.once('close', () => this.#open.delete(socket));
    this.#accepted(socket, source);
  }
}
