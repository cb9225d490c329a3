import { type AddressInfo, createServer, type Socket } from 'node:net';
import { RpcFault } from '../../../fsso/rpc/errors.ts';
import { NetlogonConnection } from './connection.ts';
import type { NetlogonDomain } from './domain.ts';
import { namesOf } from './names.ts';
import { readVerdictQuestion, verdictOn } from './verdict.ts';

/**
 * A domain controller's Netlogon over TCP: an agreement with the account of one machine, verdicts on NTLM answers, and names of groups
 * (docs/protocol/windows.md, Secure channel). The endpoint mapper listens at the same port.
 */
export class NetlogonServer {
  readonly #domain: NetlogonDomain;
  readonly #server = createServer((socket) => this.#serve(socket));
  readonly #sockets = new Set<Socket>();
  /** Every key that was agreed on; a bind uses the last. */
  readonly keys: Buffer[] = [];
  /** Users asked about, in their order. */
  readonly asked: string[] = [];
  /** Awaited before each answer of a sealed call. */
  before: () => Promise<void> = () => Promise.resolve();
  /** Statuses of faults that the next sealed calls are answered with. */
  readonly faults: number[] = [];
  connections = 0;
  /** Questions for names. */
  lookups = 0;

  constructor(domain: NetlogonDomain) {
    this.#domain = domain;
  }

  /** The port that the system chose on 127.0.0.1. */
  async start(): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, '127.0.0.1', resolve);
    });
    return (this.#server.address() as AddressInfo).port;
  }

  /** Connections that stand. */
  get open(): number {
    return this.#sockets.size;
  }

  /** Ends what stands; new connections are taken. */
  dropAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Knows no key any more, as after a restart. */
  forget(): void {
    this.keys.length = 0;
  }

  async stop(): Promise<void> {
    this.dropAll();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #mayAnswer(): Promise<void> {
    const fault = this.faults.shift();
    if (fault !== undefined) throw new RpcFault(fault);
    await this.before();
  }

  #serve(socket: Socket): void {
    this.connections += 1;
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    new NetlogonConnection(socket, {
      domain: this.#domain,
      keys: this.keys,
      verdict: async (stub) => {
        await this.#mayAnswer();
        const question = readVerdictQuestion(stub);
        this.asked.push(question.user);
        return verdictOn(question, this.#domain);
      },
      names: async (stub) => {
        await this.#mayAnswer();
        this.lookups += 1;
        return namesOf(stub, this.#domain);
      },
    });
  }
}
