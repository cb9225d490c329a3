import type { Server } from 'node:net';
import { collectorEvent, type Report } from './events.ts';
import { ListenFailure, type Listening, type ListeningSide } from './listeners.ts';

/**
 * Opens the port of a TCP server, and has its later failures told.
 * @param place `port` 0 lets the system choose
 * @throws ListenFailure
 */
export async function openListener(
  server: Server,
  side: ListeningSide,
  { listen, port }: { readonly listen: string; readonly port: number },
  report: Report,
): Promise<Listening> {
  await new Promise<void>((done, failed) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      failed(new ListenFailure(side, listen, port, error)),
    );
    server.listen({ port, host: listen, exclusive: true }, done);
  });
  server.removeAllListeners('error');
  server.on('error', (error) =>
    report(collectorEvent({ msg: 'listener failed', listener: side, error: error.message })),
  );
  const bound = listeningAt(server);
  if (bound === null) throw new Error('the listener has no address');
  return bound;
}

/** Null while it is not open. */
export function listeningAt(server: Server): Listening | null {
  const bound = server.address();
  return bound === null || typeof bound === 'string' ? null : { address: bound.address, port: bound.port };
}
