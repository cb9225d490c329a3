import type { Socket } from 'node:net';
import { openTcp, type TcpOptions } from '../network/open-tcp.ts';
import { type TcpFault, tcpMessages } from '../network/tcp-rows.ts';
import type { RpcPipe } from './pipe.ts';

/** TCP would not carry the call, or no longer; `code` is the system's, `ETIMEDOUT` where we gave up, `ECLOSED` where the peer did. */
export class TcpPipeFailure extends Error {
  override readonly name = 'TcpPipeFailure';
  readonly code: string;
  /** While it was opened; null behind that. */
  readonly fault: TcpFault | null;

  constructor(code: string, detail: string, fault: TcpFault | null = null) {
    super(detail);
    this.code = code;
    this.fault = fault;
  }
}

export interface TcpPipeOptions extends Omit<TcpOptions, 'failure'> {
  /** Milliseconds that the peer may say nothing while something is read; the pipe ends then. Absent: no limit but the signal's. */
  readonly answerMs?: number;
}

/** DCE/RPC straight over TCP (MS-RPCE 2.1.1.1), as a pipe. `isOver` tells of an end that came while nobody was reading. */
export interface TcpPipe extends RpcPipe {
  readonly isOver: boolean;
}

/** Connects, within the limit. Rejects with TcpPipeFailure, or the reason of the signal. */
export async function openTcpPipe(options: TcpPipeOptions): Promise<TcpPipe> {
  const { host, port } = options;
  const failure = (fault: TcpFault, code: string | null, detail: string) =>
    new TcpPipeFailure(code ?? 'ETIMEDOUT', tcpMessages[fault]({ host, port }, detail), fault);
  return new SocketPipe(await openTcp({ ...options, failure }), options);
}

class SocketPipe implements TcpPipe {
  readonly #socket: Socket;
  readonly #options: TcpPipeOptions;
  #failure: TcpPipeFailure | null = null;
  #wake: (() => void) | null = null;

  constructor(socket: Socket, options: TcpPipeOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.removeAllListeners('error');
    socket.on('error', (error: NodeJS.ErrnoException) => this.#end(error.code ?? 'EIO', error.message));
    socket.on('end', () => this.#end('ECLOSED', 'the peer closed the connection'));
    socket.on('close', () => this.#end('ECLOSED', 'the connection was closed'));
    // Read by us, a piece at a time: what nobody waits for stays with the system.
    socket.on('readable', () => {
      // An end is told of only to who reads on, and between calls nobody does.
      if (socket.readableLength === 0) socket.read(0);
      this.#wake?.();
    });
  }

  get isOver(): boolean {
    return this.#failure !== null;
  }

  #end(code: string, detail: string): void {
    const { host, port } = this.#options;
    this.#failure ??= new TcpPipeFailure(code, `${host}:${port}: ${detail}`);
    this.#wake?.();
  }

  write(bytes: Buffer, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (this.#failure) return Promise.reject(this.#failure);
    // What is not sent yet fails in the read that waits for its answer.
    this.#socket.write(bytes);
    return Promise.resolve();
  }

  async transact(bytes: Buffer, signal?: AbortSignal): Promise<Buffer> {
    await this.write(bytes, signal);
    return this.read(signal);
  }

  async read(signal?: AbortSignal): Promise<Buffer> {
    for (;;) {
      signal?.throwIfAborted();
      const bytes = this.#socket.read() as Buffer | null;
      if (bytes !== null) return bytes;
      if (this.#failure) throw this.#failure;
      await this.#moved(signal);
    }
  }

  /** Until there may be something to read, or never will be, or nobody wants it any more. */
  #moved(signal: AbortSignal | undefined): Promise<void> {
    const { clock, answerMs } = this.#options;
    return new Promise((resolve) => {
      const wake = (): void => {
        timer?.cancel();
        signal?.removeEventListener('abort', wake);
        this.#wake = null;
        resolve();
      };
      const late = () => this.#end('ETIMEDOUT', `no answer within ${(answerMs ?? 0) / 1000} s`);
      const timer = answerMs === undefined ? null : clock.after(answerMs, late);
      signal?.addEventListener('abort', wake, { once: true });
      this.#wake = wake;
    });
  }

  close(): Promise<void> {
    this.#end('ECLOSED', 'we closed the connection');
    this.#socket.destroy();
    return Promise.resolve();
  }
}
