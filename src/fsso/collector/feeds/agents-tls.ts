import type { TLSSocket } from 'node:tls';
import type { Timer } from '../../../clock.ts';
import { encodeDatagram } from '../../wire/datagram.ts';
import { DatagramFrames } from '../../wire/datagram-frames.ts';
import { DecodeError } from '../../wire/element.ts';
import { mostAgentConnections, names, timers } from '../../wire/profile.ts';
import { CertifiedPort } from '../certified-port.ts';
import { collectorEvent } from '../events.ts';
import { hostPort } from '../listeners.ts';
import { AgentReports } from './agent-reports.ts';
import type { AgentSourceSettings } from './agent-sources.ts';
import type { Feed, FeedContext, FeedHealth, FeedListening, MakeFeed } from './feed.ts';
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
  readonly #context: FeedContext;
  readonly #reports: AgentReports;
  readonly #port: CertifiedPort;
  readonly #connections = new Set<Connection>();
  #sweep: Timer | null = null;

  /** @throws RangeError for certificates that cannot be used, and for a source that is neither an address nor a network */
  constructor(options: AgentTlsOptions, context: FeedContext) {
    this.#context = context;
    this.#reports = new AgentReports(context, options.rate);
    this.#port = new CertifiedPort(
      'agents over TLS',
      { ...options, most: mostAgentConnections, authority: 'agent-ca' },
      {
        ...{ clock: context.clock, report: context.report },
        secured: (socket, address, certificate) => this.#secured(socket, address, certificate),
        dropped: (address, why, detail) => this.#reports.drops.drop(address, why, detail),
      },
    );
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
    const listening = await this.#port.open();
    this.#reports.start();
    this.#sweep = this.#context.clock.every(timers.agentIdle / 6, () => this.#closeIdle());
    return [listening];
  }

  /** Ends connections of agents that may not speak any more. */
  retune({ allowed, rate }: AgentSourceSettings): void {
    const sources = this.#port.allow(allowed);
    this.#reports.retune(rate);
    for (const { socket, address } of this.#connections) if (!sources.allows(address)) socket.destroy();
  }

  /** Closes every connection; what has been read from them has been reported. */
  async stop(): Promise<void> {
    this.#sweep?.cancel();
    this.#sweep = null;
    this.#reports.stop();
    this.#connections.clear();
    await this.#port.close();
  }

  #secured(socket: TLSSocket, address: string, certificate: string): void {
    const connection: Connection = { socket, address, heard: this.#context.clock.now() };
    this.#connections.add(connection);
    this.#context.report(collectorEvent({ msg: 'agent connected', agent: address, certificate }));
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
    socket.once('end', () => socket.end());
    socket.once('close', () => this.#end(connection, 'the agent closed the connection'));
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

/** @throws RangeError for certificates or sources that cannot be used, in one line */
export function agentTlsFeed(options: AgentTlsOptions): MakeFeed {
  return (context) => new AgentTlsFeed(options, context);
}
