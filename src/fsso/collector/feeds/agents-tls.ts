import { constants } from 'node:crypto';
import type { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import type { Timer } from '../../../clock.ts';
import { encodeDatagram } from '../../wire/datagram.ts';
import { DatagramFrames } from '../../wire/datagram-frames.ts';
import { DecodeError } from '../../wire/element.ts';
import { mostAgentConnections, names, timers } from '../../wire/profile.ts';
import { AllowList } from '../allow-list.ts';
import { collectorEvent } from '../events.ts';
import { hostPort } from '../listeners.ts';
import { AgentReports } from './agent-reports.ts';
import type { AgentSourceSettings } from './agent-sources.ts';
import type { Feed, FeedContext, FeedHealth, FeedListening, MakeFeed } from './feed.ts';
import { TcpPort } from './tcp-port.ts';
import type { RateLimit } from './token-bucket.ts';

export interface AgentTlsOptions {
  readonly listen: string;
  /** TCP; 0 lets the system choose. */
  readonly port: number;
  /** PEM, with the chain behind it. */
  readonly certificate: string;
  /** PEM, without a passphrase. */
  readonly key: string;
  /** PEM of the authorities whose agents may speak. */
  readonly ca: string;
  /** Addresses and networks that connections are taken from; null: any. */
  readonly allowed: readonly string[] | null;
  /** Of one agent; absent: none. */
  readonly rate?: RateLimit;
}

interface Handshake {
  readonly socket: Socket;
  readonly address: string;
  readonly limit: Timer;
}

interface Connection {
  readonly socket: TLSSocket;
  readonly address: string;
  heard: number;
}

/**
 * The feed from our own agents over TLS, on TCP 8003: both sides show a certificate, and the agent sends the datagrams of
 * UDP 8002 one behind the other. The framing is ours (docs/protocol/fsso.md, Agents over TLS).
 */
export class AgentTlsFeed implements Feed {
  readonly kind = 'agents over TLS';
  readonly #options: AgentTlsOptions;
  readonly #context: FeedContext;
  #allowed: AllowList;
  readonly #reports: AgentReports;
  readonly #port: TcpPort;
  readonly #tls: Server;
  /** Connections whose handshake is under way, by the four numbers that tell connections apart. */
  readonly #handshakes = new Map<string, Handshake>();
  readonly #connections = new Set<Connection>();
  #sweep: Timer | null = null;

  /** @throws RangeError for certificates that cannot be used, and for a source that is neither an address nor a network */
  constructor(options: AgentTlsOptions, context: FeedContext) {
    this.#options = options;
    this.#context = context;
    this.#allowed = new AllowList(options.allowed);
    this.#reports = new AgentReports(context, options.rate);
    this.#tls = tlsServer(options);
    this.#tls.on('secureConnection', (socket: TLSSocket) => this.#secured(socket));
    this.#tls.on('tlsClientError', (error: NodeJS.ErrnoException, socket: TLSSocket) =>
      this.#failed(socket, error),
    );
    this.#port = new TcpPort('agents over TLS', {
      report: context.report,
      most: mostAgentConnections,
      accepted: (socket, address) => this.#accept(socket, address),
      refused: (address) => this.#reports.drops.drop(address, 'too-many-connections'),
    });
  }

  get health(): FeedHealth {
    const { address } = this.#port;
    const health = this.#reports.health;
    return {
      kind: this.kind,
      listening: address ? [hostPort(address)] : [],
      ...health,
      counts: { ...health.counts, connections: this.#connections.size },
    };
  }

  /** Begins to listen. Rejects with ListenFailure. */
  async start(): Promise<FeedListening[]> {
    const listening = await this.#port.open(this.#options.listen, this.#options.port);
    this.#reports.start();
    this.#sweep = this.#context.clock.every(timers.agentIdle / 6, () => this.#closeIdle());
    return [listening];
  }

  /** Ends connections of agents that may not speak any more. */
  retune({ allowed, rate }: AgentSourceSettings): void {
    this.#allowed = new AllowList(allowed);
    this.#reports.retune(rate);
    for (const { socket, address } of this.#connections) if (!this.#allowed.allows(address)) socket.destroy();
  }

  /** Closes every connection; what has been read from them has been reported. */
  async stop(): Promise<void> {
    this.#sweep?.cancel();
    this.#sweep = null;
    this.#reports.stop();
    for (const { limit } of this.#handshakes.values()) limit.cancel();
    this.#handshakes.clear();
    this.#connections.clear();
    await this.#port.close();
  }

  #accept(socket: Socket, address: string): void {
    if (!this.#allowed.allows(address)) {
      this.#reports.drops.drop(address, 'source-not-allowed');
      socket.destroy();
      return;
    }
    const key = keyOf(socket);
    const limit = this.#context.clock.after(timers.helloLimit, () => {
      this.#refuse(key, `no TLS handshake within ${timers.helloLimit / 1000} s of the connection`);
    });
    this.#handshakes.set(key, { socket, address, limit });
    socket.once('close', () => this.#refuse(key, 'the agent closed the connection in the TLS handshake'));
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
      this.#refuse(key, `its certificate is missing or not one of agent-ca (${String(code)})`);
      return;
    }
    handshake.limit.cancel();
    this.#handshakes.delete(key);
    const { address } = handshake;
    const connection: Connection = { socket, address, heard: this.#context.clock.now() };
    this.#connections.add(connection);
    this.#context.report(
      collectorEvent({ msg: 'agent connected', agent: address, certificate: nameIn(socket) }),
    );
    // TLS 1.3 lets an agent believe that it is in before its certificate has been judged: this says so.
    socket.write(
      encodeDatagram({
        kind: 'keepalive',
        time: Math.floor(connection.heard / 1000),
        domain: names.collectorIdentity,
        version: names.collectorBanner,
      }),
    );
    const frames = new DatagramFrames();
    socket.on('data', (chunk: Buffer) => {
      connection.heard = this.#context.clock.now();
      try {
        for (const datagram of frames.push(chunk)) this.#reports.receive(datagram, address);
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
        this.#reports.drops.drop(address, 'bad-length', error.message);
        this.#end(connection, 'what it sent is no stream of datagrams');
      }
    });
    socket.on('error', () => {});
    socket.once('end', () => socket.end());
    socket.once('close', () => this.#end(connection, 'the agent closed the connection'));
  }

  #failed(socket: TLSSocket, error: NodeJS.ErrnoException): void {
    this.#refuse(keyOf(socket), `the TLS handshake failed: ${error.code ?? error.message}`);
  }

  #refuse(key: string, why: string): void {
    const handshake = this.#handshakes.get(key);
    if (!handshake) return;
    handshake.limit.cancel();
    this.#handshakes.delete(key);
    handshake.socket.destroy();
    this.#reports.drops.drop(handshake.address, 'tls-handshake', why);
  }

  #end(connection: Connection, why: string): void {
    if (!this.#connections.delete(connection)) return;
    connection.socket.destroy();
    this.#context.report(collectorEvent({ msg: 'agent disconnected', agent: connection.address, why }));
  }

  #closeIdle(): void {
    const due = this.#context.clock.now() - timers.agentIdle;
    for (const connection of this.#connections)
      if (connection.heard <= due) this.#end(connection, `it sent nothing for ${timers.agentIdle / 1000} s`);
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

function tlsServer({ certificate, key, ca }: AgentTlsOptions): Server {
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
    throw new RangeError(`certificates cannot be used for agents over TLS: ${(error as Error).message}`);
  }
}

/** @throws RangeError for certificates or sources that cannot be used, in one line */
export function agentTlsFeed(options: AgentTlsOptions): MakeFeed {
  return (context) => new AgentTlsFeed(options, context);
}
