import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';

export interface ByteRelay {
  readonly port: number;
  /** What each side may be made to say instead; from now on, for every connection. */
  change: { fromServer: (bytes: Buffer) => Buffer; fromClient: (bytes: Buffer) => Buffer };
  /** Ends every connection, as a server that is killed does. */
  cut(): void;
  /** Nothing is passed on any more, in either direction; connections stay. */
  hold(): void;
  stop(): Promise<void>;
}

/**
 * Stands between a client and a server, and passes on what they say, or something else. The server sees `from` as the client's
 * address.
 */
export async function startByteRelay(host: string, port: number, from = '127.0.0.1'): Promise<ByteRelay> {
  const sockets = new Set<Socket>();
  let isHolding = false;
  const relay = { change: { fromServer: (b: Buffer) => b, fromClient: (b: Buffer) => b } };
  const server: Server = createServer((client) => {
    const onwards = connect({ host, port, localAddress: from });
    const ways: [Socket, Socket, 'fromServer' | 'fromClient'][] = [
      [client, onwards, 'fromClient'],
      [onwards, client, 'fromServer'],
    ];
    for (const [from, to, way] of ways) {
      sockets.add(from);
      from.on('data', (bytes: Buffer) => {
        if (!isHolding) to.write(relay.change[way](bytes));
      });
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return Object.assign(relay, {
    port: (server.address() as AddressInfo).port,
    cut,
    hold: () => {
      isHolding = true;
    },
    stop: () =>
      new Promise<void>((resolve) => {
        cut();
        server.close(() => resolve());
      }),
  });
}
