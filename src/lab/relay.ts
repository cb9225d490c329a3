import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A TCP relay on loopback in front of a real server. Frozen, it makes that server look hung. */
export class Relay {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #frozen = false;

  private constructor(target: { address: string; port: number }) {
    this.#server = createServer((client) => {
      const server = connect(target.port, target.address);
      for (const socket of [client, server]) {
        this.#sockets.add(socket);
        socket.on('close', () => this.#sockets.delete(socket));
        // One end's failure ends the other: that is all a relay has to say about it.
        socket.on('error', () => undefined);
      }
      client.on('close', () => server.destroy());
      server.on('close', () => client.destroy());
      client.on('data', (bytes) => this.#frozen || server.write(bytes));
      server.on('data', (bytes) => this.#frozen || client.write(bytes));
    });
  }

  static async start(target: { address: string; port: number }): Promise<Relay> {
    const relay = new Relay(target);
    await new Promise<void>((resolve, reject) => {
      relay.#server.once('error', reject);
      relay.#server.listen(0, '127.0.0.1', resolve);
    });
    return relay;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Connections stay open and new ones are taken, but nothing passes any more. */
  freeze(): void {
    this.#frozen = true;
  }

  /** Lets go again; connections that sat in the freeze have lost bytes and are closed. */
  thaw(): void {
    this.#frozen = false;
    this.cut();
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  /** Ends every connection; new ones are taken. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
