import { connect, type Socket } from 'node:net';
import { vi } from 'vitest';
import { type StrategyName, strategies } from '../../src/fsso/wire/auth.ts';
import { MessageDecoder } from '../../src/fsso/wire/decoder.ts';
import {
  encodeGroupFilter,
  encodeHello,
  encodeKeepalive,
  encodeSendAll,
  type LogonRecord,
  type Message,
} from '../../src/fsso/wire/messages.ts';

/** Long enough for a busy machine; nothing waits for it to pass. */
export const patience = { timeout: 10_000, interval: 5 };

/** The FortiGate's end of a TCP 8000 connection, with no state machine: a test says each byte itself. */
export class RawFortigate {
  readonly socket: Socket;
  /** Everything that came, in order. */
  readonly messages: Message[] = [];
  /** Raw bytes that came. */
  bytes = 0;
  /** The collector has closed its side, or the connection is gone. */
  ended = false;
  /** How it went, where it did not end in an orderly way. */
  error: string | null = null;
  sync = 0;
  readonly #decoder = new MessageDecoder('collector');

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk) => {
      this.bytes += chunk.length;
      for (const message of this.#decoder.push(chunk)) this.messages.push(message);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.error = error.code ?? error.message;
    });
    for (const event of ['end', 'close'] as const)
      socket.on(event, () => {
        this.ended = true;
      });
  }

  /** Connects; the collector's hello has not been waited for. */
  static async connect(port: number): Promise<RawFortigate> {
    const socket = connect({ port, host: '127.0.0.1' });
    const fortigate = new RawFortigate(socket);
    await new Promise<void>((done, failed) => socket.once('connect', done).once('error', failed));
    return fortigate;
  }

  /** Connects, answers the challenge and asks for everything; resolves when the first bulk is complete. */
  static async online(port: number, options: HelloOptions = {}): Promise<RawFortigate> {
    const fortigate = await RawFortigate.connect(port);
    await fortigate.hello(options);
    fortigate.sendAll();
    await fortigate.has('bulk-end');
    return fortigate;
  }

  /** Bytes of the hello that answers the challenge which came. */
  async helloBytes({ identity, password, strategy }: HelloOptions = {}): Promise<Buffer> {
    const { proof } = await this.has('hello');
    const who = identity ?? 'FGVM010000000001-root';
    const answer = strategies[strategy ?? 'hmac-md5-serial-challenge'](password ?? '', who, proof);
    this.sync += 1;
    return encodeHello('fortigate', { sync: this.sync, name: 'test', identity: who, proof: answer });
  }

  /** Answers the challenge and waits for the verdict, which it returns. */
  async hello(options: HelloOptions = {}): Promise<number> {
    this.socket.write(await this.helloBytes(options));
    return (await this.has('auth-result')).status;
  }

  sendAll(): void {
    this.socket.write(encodeSendAll(++this.sync));
  }

  filter(groups: string[]): void {
    this.socket.write(encodeGroupFilter(++this.sync, groups));
  }

  keepalive(): void {
    this.socket.write(encodeKeepalive(++this.sync));
  }

  /** Messages of one kind. */
  all<K extends Message['kind']>(kind: K): (Message & { kind: K })[] {
    return this.messages.filter((message): message is Message & { kind: K } => message.kind === kind);
  }

  /** Waits until `count` messages of the kind came, and returns the last one. */
  async has<K extends Message['kind']>(kind: K, count = 1): Promise<Message & { kind: K }> {
    return await vi.waitFor(() => {
      const found = this.all(kind);
      const last = found.at(-1);
      if (last === undefined || found.length < count)
        throw new Error(`${found.length} of ${count} ${kind} came; ended: ${this.ended} ${this.error ?? ''}`);
      return last;
    }, patience);
  }

  /** Waits until the collector has closed. */
  async closed(): Promise<void> {
    await vi.waitFor(() => {
      if (!this.ended) throw new Error('the connection is still open');
    }, patience);
  }

  /** Records of all bulks. */
  get bulk(): LogonRecord[] {
    return this.all('bulk-record').map((message) => message.record);
  }

  /** Records of all events. */
  get events(): LogonRecord[] {
    return this.all('event').map((message) => message.record);
  }

  close(): void {
    this.socket.destroy();
  }
}

export interface HelloOptions {
  identity?: string;
  password?: string;
  strategy?: StrategyName;
}
