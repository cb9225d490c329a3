import { randomBytes } from 'node:crypto';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Clock } from '../../clock.ts';
import type { LabMachine } from './machine.ts';
import { even6Service } from './rpc/even6-service.ts';
import { logService } from './rpc/log-service.ts';
import { mapperService } from './rpc/mapper-service.ts';
import { registryService } from './rpc/registry-service.ts';
import type { RpcServed } from './rpc/service.ts';
import { sessionService } from './rpc/session-service.ts';
import { TcpListener, type TcpListenerOptions } from './rpc/tcp-listener.ts';
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
  /** It serves its event log over TCP too, as Windows does: an endpoint mapper, and behind it a port that the system chooses. */
  readonly overTcp?: boolean;
  /** Of the endpoint mapper; absent: one that the system chooses. */
  readonly mapperPort?: number;
  /** Kinds of login that it knows there (authTypes); absent: all. */
  readonly logins?: readonly number[];
}

/**
 * The file server of a Windows machine on loopback, with pipes only: SMB 2, NTLM, signatures, and DCE/RPC behind it; and DCE/RPC over TCP
 * where that is wanted (docs/protocol/windows.md). What it tells is what its machine knows.
 */
export class WindowsServer {
  readonly machine: LabMachine;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Kept, so that who comes later finds the port closed. */
  #address: AddressInfo = { address: '', family: '', port: 0 };
  #tcp: { readonly mapper: TcpListener; readonly services: TcpListener } | null = null;

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
    started.#address = server.address() as AddressInfo;
    if (options.overTcp) {
      const { logins, mapperPort = 0 } = options;
      await started.#serveTcp({ machine, clock, host, port: mapperPort, ...(logins && { logins }) });
    }
    return started;
  }

  async #serveTcp(common: Omit<TcpListenerOptions, 'served'>): Promise<void> {
    const { machine } = common;
    const all = [even6Service(machine)];
    const served = () => all.filter(({ interfaceId }) => !machine.absent.has(interfaceId.name));
    const services = new TcpListener({ ...common, port: 0, served });
    const mapper = new TcpListener({ ...common, served: () => [mapperService(served, () => services.port)] });
    this.#tcp = { mapper, services };
    await Promise.all([services.start(), mapper.start()]);
  }

  get host(): string {
    return this.#address.address;
  }

  get port(): number {
    return this.#address.port;
  }

  /** Over SMB, that stand now. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** Of the endpoint mapper; null where nothing is served over TCP. */
  get mapperPort(): number | null {
    return this.#tcp?.mapper.port ?? null;
  }

  /** Where the event log is served over TCP. */
  get rpcPort(): number | null {
    return this.#tcp?.services.port ?? null;
  }

  /** Ends every connection; new ones are taken. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#tcp?.mapper.cut();
    this.#tcp?.services.cut();
  }

  /** Closes ports, as a firewall or an admin does; the others go on. */
  async close(...which: readonly ('smb' | 'mapper' | 'services')[]): Promise<void> {
    if (which.includes('mapper')) await this.#tcp?.mapper.stop();
    if (which.includes('services')) await this.#tcp?.services.stop();
    if (!which.includes('smb') || !this.#server.listening) return;
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  stop(): Promise<void> {
    return this.close('smb', 'mapper', 'services');
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
