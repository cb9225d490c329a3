import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock, Timer } from '../../clock.ts';
import { type DatagramToSend, encodeDatagram } from '../wire/datagram.ts';

/** Where an agent sends to. */
export interface CollectorAddress {
  /** Name or address. */
  host: string;
  port: number;
}

export interface AgentOptions {
  /** Each one gets every datagram. */
  collectors: CollectorAddress[];
  /** What the agent calls itself in keepalives: its domain, or its own name. */
  domain: string;
  version: string;
  /** Milliseconds between keepalives. */
  keepaliveMs: number;
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
      for (const { host, port } of collectors) {
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

  /** Waits for what is being sent, then closes. */
  async stop(): Promise<void> {
    this.#keepalive?.cancel();
    this.#keepalive = null;
    await Promise.allSettled(this.#underWay);
    this.#targets.length = 0;
    await Promise.all(
      this.#sockets.splice(0).map((socket) => new Promise<void>((done) => socket.close(() => done()))),
    );
  }

  /** Unix seconds as datagrams carry them. */
  get time(): number {
    return Math.floor(this.#options.clock.now() / 1000);
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
