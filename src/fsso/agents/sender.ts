import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock, Timer } from '../../clock.ts';
import { type DatagramToSend, encodeDatagram } from '../wire/datagram.ts';
import type { CollectorAddress } from './collector-address.ts';
import type { AgentTls } from './open-tls.ts';
import { TlsLink } from './tls-link.ts';

export interface AgentOptions {
  /** Each one gets every datagram. */
  collectors: CollectorAddress[];
  /** What the agent calls itself in keepalives: its domain, or its own name. */
  domain: string;
  version: string;
  /** Milliseconds between keepalives. */
  keepaliveMs: number;
  /** For collectors over TLS. */
  tls?: AgentTls | null;
  /** Takes one line for a person, raw; absent: nobody hears of it. */
  warn?: (text: string) => void;
  clock: Clock;
}

/** Datagrams sent in one go before everything else in the process has its turn, in which a collector reads 32. */
const burst = 16;

interface Target {
  readonly socket: Socket;
  readonly address: string;
  readonly port: number;
}

/** Sends one agent's datagrams, each once, to all its collectors (docs/protocol/fsso.md, Datagrams). */
export class DatagramSender {
  readonly #options: AgentOptions;
  readonly #sockets: Socket[] = [];
  readonly #targets: Target[] = [];
  readonly #links: TlsLink[] = [];
  readonly #underWay = new Set<Promise<void>>();
  #keepalive: Timer | null = null;
  #sent = 0;

  constructor(options: AgentOptions) {
    this.#options = options;
  }

  /**
   * Finds the collectors' addresses and sends the first keepalive. Rejects when a name has no address, or when sending
   * is not possible; nothing is left open then.
   */
  async start(): Promise<void> {
    const { clock, keepaliveMs, collectors } = this.#options;
    try {
      const sockets = new Map<number, Socket>();
      for (const collector of collectors.filter(({ tls }) => tls)) this.#links.push(this.#linkTo(collector));
      await Promise.all(this.#links.map((link) => link.start()));
      for (const { host, port } of collectors.filter(({ tls }) => !tls)) {
        const { address, family } = await lookup(host);
        let socket = sockets.get(family);
        if (!socket) {
          socket = await open(family === 6 ? 'udp6' : 'udp4');
          sockets.set(family, socket);
          this.#sockets.push(socket);
        }
        this.#targets.push({ socket, address, port });
      }
      await this.#sendKeepalive();
    } catch (error) {
      await this.stop();
      throw error;
    }
    // A keepalive that cannot be sent is like one that got lost: the next one says the same.
    this.#keepalive = clock.every(keepaliveMs, () => void this.#sendKeepalive().catch(() => {}));
  }

  /**
   * Sends one datagram to every collector and resolves when the system has taken it. Rejects with the first failure, or
   * with EncodeError for what the protocol cannot carry.
   */
  async send(datagram: DatagramToSend): Promise<void> {
    const payload = encodeDatagram(datagram);
    for (const link of this.#links) link.send(payload, datagram.kind === 'keepalive');
    const sending = Promise.all(this.#targets.map((target) => sendTo(target, payload))).then(() => {});
    this.#underWay.add(sending);
    try {
      await sending;
    } finally {
      this.#underWay.delete(sending);
    }
    this.#sent += 1;
    // The system takes a datagram at once, so that a caller who sends one after the other would keep timers, signals
    // and a collector in the same process waiting for ever.
    if (this.#sent % burst === 0) await nextTurn();
  }

  /** Waits for what is being sent, then closes. Rejects where a collector over TLS was away until now. */
  async stop(): Promise<void> {
    this.#keepalive?.cancel();
    this.#keepalive = null;
    await Promise.allSettled(this.#underWay);
    const left = await Promise.all(this.#links.splice(0).map((link) => link.stop()));
    const lost = left.reduce((sum, count) => sum + count, 0);
    this.#targets.length = 0;
    await Promise.all(
      this.#sockets.splice(0).map((socket) => new Promise<void>((done) => socket.close(() => done()))),
    );
    if (lost > 0) throw new Error(`${lost} datagrams were not sent: their collector was away`);
  }

  /** Unix seconds as datagrams carry them. */
  get time(): number {
    return Math.floor(this.#options.clock.now() / 1000);
  }

  #linkTo(collector: CollectorAddress): TlsLink {
    const { tls, clock, warn = () => {} } = this.#options;
    if (!tls) throw new RangeError('a collector over TLS needs certificate, key and CA');
    return new TlsLink(collector, tls, clock, warn);
  }

  #sendKeepalive(): Promise<void> {
    const { domain, version } = this.#options;
    return this.send({ kind: 'keepalive', time: this.time, domain, version });
  }
}

/**
 * The socket is never connected: a connected one would report a collector that was away at the next datagram, and not
 * send that one.
 */
function open(type: 'udp4' | 'udp6'): Promise<Socket> {
  return new Promise((done, failed) => {
    const socket = createSocket(type);
    socket.once('error', failed);
    socket.bind(0, () => {
      socket.off('error', failed);
      // Failures of sending reach the one who sends.
      socket.on('error', () => {});
      done(socket);
    });
  });
}

function sendTo({ socket, address, port }: Target, payload: Buffer): Promise<void> {
  return new Promise((done, failed) => {
    socket.send(payload, port, address, (error) => (error ? failed(error) : done()));
  });
}
