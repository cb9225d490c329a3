import { createServer, type Server, type Socket } from 'node:net';
import { plainAddress } from '../allow-list.ts';
import type { Report } from '../events.ts';
import type { Listening, ListeningSide } from '../listeners.ts';
import { listeningAt, openListener } from '../open-listener.ts';
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

  get address(): Listening | null {
    return this.#server && listeningAt(this.#server);
  }

  /** @param port 0 lets the system choose. Rejects with ListenFailure. */
  async open(listen: string, port: number): Promise<FeedListening> {
    const side = this.#side;
    const server = createServer((socket) => this.#accept(socket));
    const bound = await openListener(server, side, { listen, port }, this.#report);
    this.#server = server;
    return { side, ...bound };
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
