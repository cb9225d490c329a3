import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Clock } from '../../../clock.ts';
import { RpcDecodeError } from '../../../fsso/rpc/errors.ts';
import { authLevels } from '../../../fsso/rpc/profile.ts';
import type { LabMachine } from '../machine.ts';
import { RpcEndpoint } from './endpoint.ts';
import { EndpointLogin } from './endpoint-login.ts';
import type { RpcServed } from './service.ts';

export interface TcpListenerOptions {
  readonly machine: LabMachine;
  readonly clock: Clock;
  readonly host: string;
  /** 0: one that the system chooses. */
  readonly port: number;
  /** Kinds of login that it knows (authTypes); absent: all that the lab speaks. */
  readonly logins?: readonly number[];
  /** What is served to a connection that comes now. */
  readonly served: () => readonly RpcServed[];
}

/** A port of a machine behind which DCE/RPC is (MS-RPCE 2.1.1.1). Who calls is known by the login of the binding alone. */
export class TcpListener {
  readonly #options: TcpListenerOptions;
  readonly #server: Server = createServer((socket) => this.#serve(socket));
  readonly #sockets = new Set<Socket>();
  #port = 0;

  constructor(options: TcpListenerOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { host, port } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, resolve);
    });
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** 0 before it has started. */
  get port(): number {
    return this.#port;
  }

  /** Ends every connection; new ones are taken. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.cut();
    if (!this.#server.listening) return;
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #serve(socket: Socket): void {
    const { machine, clock, served, logins } = this.#options;
    const address = (socket.remoteAddress ?? '').replace(/^::ffff:/, '');
    const endpoint = new RpcEndpoint({
      address: String(this.port),
      served: served(),
      caller: null,
      // Over TCP nothing else protects what is said (MS-EVEN6 2.1.1).
      logIn: (verifier) =>
        verifier.level === authLevels.privacy && (logins?.includes(verifier.type) ?? true)
          ? EndpointLogin.begin(verifier, { machine, clock, address })
          : null,
    });
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#sockets.delete(socket);
      endpoint.close();
    });
    socket.on('data', (bytes) => {
      try {
        endpoint.push(bytes);
      } catch (error) {
        if (!(error instanceof RpcDecodeError)) throw error;
        // Whoever sends something else is not answered.
        socket.destroy();
        return;
      }
      for (let next = endpoint.pull(0xffff); next !== null; next = endpoint.pull(0xffff))
        socket.write(next.bytes);
    });
  }
}
