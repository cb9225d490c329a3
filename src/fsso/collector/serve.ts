import { createServer, type Server, type Socket } from 'node:net';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { EntryChange } from './entry.ts';
import { collectorEvent } from './events.ts';
import { FilterClasses } from './filter-classes.ts';
import type { Listening, ListeningSide } from './listeners.ts';
import { openListener } from './open-listener.ts';
import { FortigateSession, socketPeer } from './session.ts';
import type { FortigateHealth, SessionContext } from './session-context.ts';
import { TlsHandshakes } from './tls-handshakes.ts';

/** TLS for FortiGates, on a port of its own (docs/protocol/fsso.md, TLS). */
export interface TlsListener {
  /** 0 lets the system choose. */
  readonly port: number;
  /** PEM, with the chain behind it. */
  readonly certificate: string;
  /** PEM, without a passphrase. */
  readonly key: string;
}

/** The TCP 8000 side of a collector, and TCP 8001 where it has a certificate: tells every FortiGate of each change. */
export class FortigateServer {
  readonly #listen: string;
  readonly #port: number;
  readonly #tls: TlsListener | null;
  readonly #secureContext: SecureContext | null;
  readonly #context: SessionContext;
  readonly #sessions = new Set<FortigateSession>();
  readonly #classes = new FilterClasses();
  readonly #handshakes: TlsHandshakes;
  #servers: Server[] = [];

  /** @throws RangeError for a certificate and key that cannot be used, in one line */
  constructor(options: { listen: string; port: number; tls?: TlsListener | null }, context: SessionContext) {
    this.#listen = options.listen;
    this.#port = options.port;
    this.#tls = options.tls ?? null;
    this.#secureContext = this.#tls && secureContext(this.#tls);
    this.#context = context;
    this.#handshakes = new TlsHandshakes(context.clock);
  }

  get fortigates(): FortigateHealth[] {
    return [...this.#sessions].map((session) => session.health);
  }

  /** Begins to listen. Rejects with ListenFailure, and then no port is open. */
  async start(): Promise<{ plain: Listening; tls: Listening | null }> {
    const plain = await this.#open(this.#port, 'fortigates', (socket) => this.#accept(socket));
    const { port } = this.#tls ?? {};
    if (port === undefined) return { plain, tls: null };
    const tls = await this.#open(port, 'fortigates over TLS', (socket) => this.#secure(socket)).catch(
      async (error: unknown) => {
        await this.stop();
        throw error;
      },
    );
    return { plain, tls };
  }

  async #open(port: number, side: ListeningSide, accept: (socket: Socket) => void): Promise<Listening> {
    const server = createServer(accept);
    const bound = await openListener(server, side, { listen: this.#listen, port }, this.#context.report);
    this.#servers.push(server);
    return bound;
  }

  /** Sends a change to every FortiGate whose filter lets it through. */
  apply(change: EntryChange): void {
    this.#classes.apply(change);
  }

  /** Closes the connections of a FortiGate, by its identity, case not minded, or its `address:port`. How many there were. */
  disconnect(fortigate: string): number {
    const wanted = fortigate.toUpperCase();
    const meant = [...this.#sessions].filter(({ peer, health: { identity } }) =>
      [peer.toUpperCase(), identity?.toUpperCase()].includes(wanted),
    );
    for (const session of meant) void session.finish('a person ended it');
    return meant.length;
  }

  /** Lets each FortiGate have what the configuration says now. */
  reconfigured(): void {
    for (const session of this.#sessions) session.reconfigured();
  }

  /** Takes no further connection, and closes each open one behind what it is still to be sent. */
  async stop(): Promise<void> {
    const servers = this.#servers;
    this.#servers = [];
    const stopped = servers.map((server) => new Promise<void>((done) => server.close(() => done())));
    this.#handshakes.stop();
    await Promise.all([...this.#sessions].map((session) => session.finish('the collector stops')));
    await Promise.all(stopped);
  }

  #secure(socket: Socket): void {
    const peer = socketPeer(socket);
    if (this.#secureContext === null || this.#isFull(socket, peer)) return;
    this.#handshakes.begin(socket, this.#secureContext, {
      secured: (secured) => this.#accept(secured),
      failed: (why) =>
        this.#context.report(
          collectorEvent({ msg: 'fortigate closed', peer, identity: null, why, events: 0, bulks: 0 }),
        ),
    });
  }

  #accept(socket: Socket): void {
    if (this.#isFull(socket, socketPeer(socket))) return;
    const session = new FortigateSession(socket, this.#context, this.#classes);
    this.#sessions.add(session);
    void session.closed.then(() => this.#sessions.delete(session));
  }

  #isFull(socket: Socket, peer: string): boolean {
    if (this.#sessions.size + this.#handshakes.size < this.#context.mostFortigates()) return false;
    socket.on('error', () => {});
    socket.destroy();
    this.#context.report(
      collectorEvent({ msg: 'fortigate refused', peer, identity: null, why: 'too-many-fortigates' }),
    );
    return true;
  }
}

function secureContext({ certificate, key }: TlsListener): SecureContext {
  try {
    return createSecureContext({ cert: certificate, key });
  } catch (error) {
    throw new RangeError(`certificate and key cannot be used for TLS: ${(error as Error).message}`);
  }
}
