import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Clock, Timer } from '../../clock.ts';
import { beforeFirst, type CollectorFaultName, collectorFaults } from './collector-faults.ts';

/** A real server on loopback in the place of a collector, with one thing wrong with it. */
export class FaultyCollector {
  /** Connections so far. */
  connections = 0;
  /** SEND_ALLs that were answered, well or badly. */
  answered = 0;
  readonly #clock: Clock;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #fault: CollectorFaultName;

  private constructor(fault: CollectorFaultName, clock: Clock) {
    this.#fault = fault;
    this.#clock = clock;
    this.#server = createServer((socket) => this.#take(socket));
  }

  /** Listens on 127.0.0.1 at a port the system chooses. */
  static async start(fault: CollectorFaultName, clock: Clock): Promise<FaultyCollector> {
    const faulty = new FaultyCollector(fault, clock);
    await new Promise<void>((resolve, reject) => {
      faulty.#server.once('error', reject);
      faulty.#server.listen(0, '127.0.0.1', resolve);
    });
    return faulty;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** From now on connections meet this fault. */
  play(fault: CollectorFaultName): void {
    this.#fault = fault;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #take(socket: Socket): void {
    const timers = new Set<Timer>();
    let sync: number = beforeFirst;
    this.connections += 1;
    this.#sockets.add(socket);
    // A gate hangs up as it pleases.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#sockets.delete(socket);
      for (const timer of timers) timer.cancel();
    });
    socket.resume();
    const next = (): number => {
      sync += 1;
      return sync;
    };
    const answered = (): void => {
      this.answered += 1;
    };
    collectorFaults[this.#fault]({ socket, clock: this.#clock, timers, next, answered });
  }
}
