import { connect, type Socket } from 'node:net';
import type { Clock } from '../../clock.ts';
import { connectionFailure, type SmbPlace, smbFailure } from './problems.ts';

export interface OpenOptions {
  readonly place: SmbPlace;
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Where the machine is; its host name is resolved where this is left out. */
  readonly address?: string;
  readonly localAddress?: string;
  readonly signal?: AbortSignal;
}

/** Opens TCP to a machine; rejects with SmbFailure or the reason of the signal, and then the socket is gone. */
export function openSocket(options: OpenOptions): Promise<Socket> {
  const { place, clock, timeoutMs, address, localAddress, signal } = options;
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  signal?.throwIfAborted();
  const { host, port } = place;
  const socket = connect({
    host: address ?? host,
    port,
    noDelay: true,
    keepAlive: true,
    ...(localAddress !== undefined && { localAddress }),
  });
  const fail = (reason: unknown): void => {
    leave();
    socket.destroy();
    reject(reason);
  };
  const onError = (error: NodeJS.ErrnoException) =>
    fail(connectionFailure(error.code ?? error.message, place));
  const onAbort = () => fail(signal?.reason);
  const timer = clock.after(timeoutMs, () =>
    fail(smbFailure('connect-timeout', place, String(timeoutMs / 1000))),
  );
  const leave = (): void => {
    timer.cancel();
    socket.off('error', onError);
    // Between two listeners an error must not end the program.
    socket.on('error', () => {});
    signal?.removeEventListener('abort', onAbort);
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  socket.on('error', onError);
  socket.once('connect', () => {
    leave();
    resolve(socket);
  });
  return promise;
}
