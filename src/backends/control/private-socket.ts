import { lstatSync, rmSync } from 'node:fs';
import { connect, type Server } from 'node:net';

/** Listens on a socket of mode 0600 from its first moment. Rejects with the error of the system. */
export function listenPrivately(server: Server, path: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  // The socket is made before `listen` returns.
  const before = process.umask(0o177);
  try {
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  } finally {
    process.umask(before);
  }
  return promise;
}

/** What stands at a path where a socket is to be. */
export type Found = 'nothing' | 'listener' | 'not-a-socket' | 'unknown';

/** Removes the socket of a program that was killed, on which nobody listens; everything else stays. */
export function removeStaleSocket(path: string): Promise<Found> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return Promise.resolve('nothing');
  if (!found.isSocket()) return Promise.resolve('not-a-socket');
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve('listener');
    });
    socket.once('error', ({ code }: NodeJS.ErrnoException) => {
      if (code !== 'ECONNREFUSED') resolve('unknown');
      else {
        rmSync(path, { force: true });
        resolve('nothing');
      }
    });
  });
}
