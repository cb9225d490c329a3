import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { acceptsResponse } from '../../src/fsso/wire/auth.ts';
import { MessageDecoder } from '../../src/fsso/wire/decoder.ts';
import {
  encodeAuthResult,
  encodeBulk,
  encodeEvent,
  encodeHello,
  encodeKeepalive,
  type LogonRecord,
} from '../../src/fsso/wire/messages.ts';

/** How the peer behaves once somebody connected. */
export type Behaviour =
  /** A proper collector, without keepalives unless the test sends them. */
  | 'serve'
  /** Accepts the connection and says nothing. */
  | 'silent'
  /** Closes at once. */
  | 'slam'
  /** Talks like another service. */
  | 'stranger'
  /** Sends random bytes. */
  | 'garbage'
  /** Sends half of its hello, then nothing. */
  | 'half-hello'
  /** Takes our hello and never answers. */
  | 'no-verdict'
  /** Takes our hello and closes. */
  | 'close-after-hello'
  /** Serves, but half of its list only. */
  | 'half-list'
  /** Serves, but never answers SEND_ALL. */
  | 'no-list';

export interface ScriptedOptions {
  behaviour?: Behaviour;
  password?: string | null;
  banner?: string;
  logons?: readonly LogonRecord[];
  /** Where it listens; 127.0.0.1 where it is left out. */
  host?: string;
  /** Bytes of each write, to split messages. */
  pieces?: number;
}

const challenge = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');

/** A real TCP server on the loopback that plays a collector, well or badly. */
export class ScriptedCollector implements AsyncDisposable {
  readonly #server: Server;
  readonly #options: Required<ScriptedOptions>;
  readonly #sockets = new Set<Socket>();
  #sync = 100_000;
  /** Connections so far. */
  connections = 0;
  /** SEND_ALLs so far. */
  requests = 0;
  /** Identities that connected. */
  readonly identities: string[] = [];
  /** Address that the last connection came from. */
  lastPeer = '';

  private constructor(options: ScriptedOptions) {
    this.#options = {
      behaviour: 'serve',
      password: null,
      banner: 'FSSO 5.0.0278',
      logons: [],
      host: '127.0.0.1',
      pieces: Number.POSITIVE_INFINITY,
      ...options,
    };
    this.#server = createServer((socket) => this.#accept(socket));
  }

  static async listen(options: ScriptedOptions = {}, port = 0): Promise<ScriptedCollector> {
    const collector = new ScriptedCollector(options);
    collector.#server.listen(port, collector.#options.host);
    await once(collector.#server, 'listening');
    return collector;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Sends a logon or logoff to everybody. */
  event(record: LogonRecord): void {
    this.#toAll((sync) => encodeEvent(sync, record));
  }

  keepalive(): void {
    this.#toAll(encodeKeepalive);
  }

  raw(bytes: Buffer): void {
    this.#toAll(() => bytes);
  }

  /** Ends every connection, in order or with a reset. */
  drop(how: 'end' | 'reset' = 'end'): void {
    for (const socket of this.#sockets) how === 'end' ? socket.end() : socket.resetAndDestroy();
  }

  /** Frees the port, connections included. */
  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, 'close');
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #toAll(encode: (sync: number) => Buffer): void {
    this.#sync += 1;
    for (const socket of this.#sockets) this.#write(socket, encode(this.#sync));
  }

  #write(socket: Socket, bytes: Buffer): void {
    const { pieces } = this.#options;
    for (let at = 0; at < bytes.length; at += pieces) socket.write(bytes.subarray(at, at + pieces));
  }

  #accept(socket: Socket): void {
    const { behaviour, banner } = this.#options;
    this.connections += 1;
    this.lastPeer = socket.remoteAddress ?? '';
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => this.#sockets.delete(socket));
    this.#sync += 1;
    const hello = encodeHello('collector', {
      sync: this.#sync,
      name: banner,
      identity: 'FSAE_SERVER_10001',
      proof: challenge,
    });
    switch (behaviour) {
      case 'silent':
        return;
      case 'slam':
        socket.end();
        return;
      case 'stranger':
        socket.write('SSH-2.0-OpenSSH_9.6\r\n');
        return;
      case 'garbage':
        socket.write(Buffer.alloc(64, 0xf3));
        return;
      case 'half-hello':
        socket.write(hello.subarray(0, 40));
        return;
      default:
        this.#write(socket, hello);
        this.#serve(socket);
    }
  }

  #serve(socket: Socket): void {
    const { behaviour, password, logons } = this.#options;
    const decoder = new MessageDecoder('fortigate');
    socket.on('data', (bytes) => {
      for (const message of decoder.push(bytes as Buffer)) {
        if (message.kind === 'hello') {
          this.identities.push(message.identity);
          if (behaviour === 'no-verdict') continue;
          if (behaviour === 'close-after-hello') socket.end();
          else {
            const strategy = 'hmac-md5-serial-challenge';
            const isAccepted =
              password === null ||
              acceptsResponse([strategy], password, message.identity, challenge, message.proof) !== null;
            this.#write(socket, encodeAuthResult(message.sync, isAccepted ? 1 : 0));
            if (!isAccepted) socket.end();
          }
        } else if (message.kind === 'send-all') {
          this.requests += 1;
          if (behaviour === 'no-list') continue;
          this.#sync += 1;
          const bulk = encodeBulk(this.#sync, logons);
          this.#write(socket, behaviour === 'half-list' ? bulk.subarray(0, bulk.length - 20) : bulk);
        }
      }
    });
  }
}
