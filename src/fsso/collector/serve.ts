import { createServer, type Server, type Socket } from 'node:net';
import { mostFortigates } from '../wire/profile.ts';
import type { EntryChange } from './entries.ts';
import { collectorEvent } from './events.ts';
import { ListenFailure } from './listen-failure.ts';
import { type FortigateHealth, FortigateSession, type SessionContext, socketPeer } from './session.ts';

/** The TCP 8000 side of a collector: accepts FortiGates and tells all of them of each change. */
export class FortigateServer {
  readonly #listen: string;
  readonly #port: number;
  readonly #context: SessionContext;
  readonly #sessions = new Set<FortigateSession>();
  #server: Server | null = null;

  constructor(options: { listen: string; port: number }, context: SessionContext) {
    this.#listen = options.listen;
    this.#port = options.port;
    this.#context = context;
  }

  get fortigates(): FortigateHealth[] {
    return [...this.#sessions].map((session) => session.health);
  }

  /** Begins to listen. Rejects with ListenFailure. */
  async start(): Promise<{ address: string; port: number }> {
    const server = createServer((socket) => this.#accept(socket));
    await new Promise<void>((done, failed) => {
      server.once('error', (error: NodeJS.ErrnoException) =>
        failed(new ListenFailure('fortigates', this.#listen, this.#port, error)),
      );
      server.listen({ port: this.#port, host: this.#listen, exclusive: true }, done);
    });
    server.removeAllListeners('error');
    server.on('error', (error) =>
      this.#context.report(
        collectorEvent({ msg: 'listener failed', listener: 'fortigates', error: error.message }),
      ),
    );
    this.#server = server;
    const bound = server.address();
    if (bound === null || typeof bound === 'string') throw new Error('the listener has no address');
    return { address: bound.address, port: bound.port };
  }

  /** Sends a change to every FortiGate whose filter lets it through. */
  apply(change: EntryChange): void {
    for (const session of this.#sessions) session.apply(change);
  }

  /** Takes no further connection, and closes each open one behind what it is still to be sent. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    const stopped = server && new Promise<void>((done) => server.close(() => done()));
    await Promise.all([...this.#sessions].map((session) => session.finish('the collector stops')));
    await stopped;
  }

  #accept(socket: Socket): void {
    if (this.#sessions.size >= mostFortigates) {
      const peer = socketPeer(socket);
      socket.on('error', () => {});
      socket.destroy();
      this.#context.report(
        collectorEvent({ msg: 'fortigate refused', peer, identity: null, why: 'too-many-fortigates' }),
      );
      return;
    }
    const session = new FortigateSession(socket, this.#context);
    this.#sessions.add(session);
    void session.closed.then(() => this.#sessions.delete(session));
  }
}
