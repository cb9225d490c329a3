import { randomBytes } from 'node:crypto';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Clock } from '../../clock.ts';
import type { LabMachine } from './machine.ts';
import { even6Service } from './rpc/even6-service.ts';
import { logService } from './rpc/log-service.ts';
import { registryService } from './rpc/registry-service.ts';
import type { RpcServed } from './rpc/service.ts';
import { sessionService } from './rpc/session-service.ts';
import { userService } from './rpc/user-service.ts';
import { SmbConnection } from './smb/connection.ts';
import type { SmbServed } from './smb/served.ts';

export interface WindowsServerOptions {
  readonly machine: LabMachine;
  readonly clock: Clock;
  /** Absent: 127.0.0.1. */
  readonly host?: string;
  /** Absent: one that the system chooses. */
  readonly port?: number;
  /** It takes nothing that is not encrypted, which needs SMB 3. */
  readonly encrypts?: boolean;
}

/**
 * The file server of a Windows machine on loopback, with pipes only: SMB 2, NTLM, signatures, and DCE/RPC behind it
 * (docs/protocol/windows.md). What it tells is what its machine knows.
 */
export class WindowsServer {
  readonly machine: LabMachine;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(machine: LabMachine, server: Server) {
    this.machine = machine;
    this.#server = server;
  }

  static async start(options: WindowsServerOptions): Promise<WindowsServer> {
    const { machine, clock, host = '127.0.0.1', port = 0, encrypts = false } = options;
    const served: SmbServed = {
      machine,
      pipes: pipesOf(machine, clock),
      serverId: randomBytes(16),
      encrypts,
      clock,
    };
    const server = createServer();
    const started = new WindowsServer(machine, server);
    server.on('connection', (socket) => {
      started.#sockets.add(socket);
      socket.on('close', () => started.#sockets.delete(socket));
      new SmbConnection(socket, served);
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, resolve);
    });
    return started;
  }

  get host(): string {
    return (this.#server.address() as AddressInfo).address;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Ends every connection; new ones are taken. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

function pipesOf(machine: LabMachine, clock: Clock): ReadonlyMap<string, readonly RpcServed[]> {
  const pipes = new Map<string, RpcServed[]>();
  for (const served of [
    sessionService(machine, clock),
    userService(machine),
    registryService(machine),
    logService(machine),
    even6Service(machine),
  ]) {
    const { pipe } = served.interfaceId;
    pipes.set(pipe, [...(pipes.get(pipe) ?? []), served]);
  }
  return pipes;
}
