import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { collectorEvent, type Report } from '../events.ts';
import { receiveBuffer } from '../limits.ts';
import { ListenFailure, type ListeningSide } from '../listeners.ts';
import type { FeedListening } from './feed.ts';

/** Datagrams that arrive at one UDP port. */
export class UdpPort {
  readonly #side: ListeningSide;
  readonly #report: Report;
  readonly #received: (payload: Buffer, from: RemoteInfo) => void;
  #socket: Socket | null = null;
  #datagrams = 0;

  constructor(side: ListeningSide, report: Report, received: (payload: Buffer, from: RemoteInfo) => void) {
    this.#side = side;
    this.#report = report;
    this.#received = received;
  }

  /** Null before it is open. */
  get address(): { address: string; port: number } | null {
    return this.#socket?.address() ?? null;
  }

  /** @param port 0 lets the system choose. Rejects with ListenFailure. */
  async open(listen: string, port: number): Promise<FeedListening> {
    const side = this.#side;
    const socket = createSocket({ type: isIPv6(listen) ? 'udp6' : 'udp4' });
    await new Promise<void>((done, failed) => {
      socket.once('error', (error: NodeJS.ErrnoException) => {
        socket.close();
        failed(new ListenFailure(side, listen, port, error));
      });
      socket.bind({ port, address: listen, exclusive: true }, done);
    });
    socket.removeAllListeners('error');
    socket.on('error', (error) =>
      this.#report(collectorEvent({ msg: 'listener failed', listener: side, error: error.message })),
    );
    socket.on('message', (payload: Buffer, from: RemoteInfo) => {
      this.#datagrams += 1;
      this.#received(payload, from);
    });
    try {
      // All domain controllers report the same eight o'clock; what does not fit here is lost without a trace.
      socket.setRecvBufferSize(receiveBuffer);
    } catch {
      // Some systems refuse what they do not grant in full; theirs is used then.
    }
    this.#socket = socket;
    const bound = socket.address();
    return { side, address: bound.address, port: bound.port, receiveBuffer: socket.getRecvBufferSize() };
  }

  send(payload: Buffer, { address, port }: { address: string; port: number }): void {
    // An answer that cannot be sent is like one that got lost: the request is repeated.
    this.#socket?.send(payload, port, address, () => {});
  }

  /** Takes what the system still holds for us, then closes. */
  async close(): Promise<void> {
    const socket = this.#socket;
    if (!socket) return;
    for (let rounds = 0, before = -1; rounds < 1000 && before !== this.#datagrams; rounds++) {
      before = this.#datagrams;
      // Each turn of the event loop reads a few dozen datagrams.
      await new Promise((done) => setImmediate(() => setImmediate(done)));
    }
    this.#socket = null;
    await new Promise<void>((done) => socket.close(done));
  }
}
