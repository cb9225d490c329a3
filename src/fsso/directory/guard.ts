import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { checkAnswer, messageId, messageLength } from './answers.ts';
import { MalformedAnswer } from './ber.ts';
import type { DirectoryLimits } from './limits.ts';

/** The server said that it is about to end the connection (RFC 4511, 4.4.1). */
export class ServerTakesLeave extends Error {
  override readonly name = 'ServerTakesLeave';
}

/**
 * Stands between a server and the LDAP library, and looks like an open socket to it. It hands on whole messages, one at a
 * time, each checked against the grammar and to be an answer to a question that is open: the library puts together whatever
 * length is announced, and some answers would have it loop for ever.
 */
export class AnswerGuard extends Duplex {
  readonly connecting = false;
  readonly readyState = 'open';
  readonly #socket: Socket;
  readonly #limits: DirectoryLimits;
  readonly #open = new Map<number, { entries: number; bytes: number }>();
  #chunks: Buffer[] = [];
  #held = 0;
  /** Bytes of the message that has begun; null while that is not known. */
  #wanted: number | null = null;
  #error: Error | null = null;

  constructor(socket: Socket, limits: DirectoryLimits) {
    super();
    this.#socket = socket;
    this.#limits = limits;
    socket.on('data', (bytes: Buffer) => this.#take(bytes));
    socket.on('end', () => this.push(null));
    socket.on('error', (error) => this.destroy(error));
    socket.on('close', () => this.destroy());
  }

  /** Why it ended; null while it has not, or where it ended without a reason. The library takes away who listens for errors. */
  get error(): Error | null {
    return this.#error;
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#open.set(messageId(bytes), { entries: 0, bytes: 0 });
    this.#socket.write(bytes, done);
  }

  override _final(done: () => void): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#error ??= error;
    this.#chunks = [];
    this.#socket.destroy();
    done(error);
  }

  #take(bytes: Buffer): void {
    if (this.destroyed) return;
    this.#chunks.push(bytes);
    this.#held += bytes.length;
    try {
      // Joined only when a message is complete, so that a long one that drips in costs no more than its length.
      while (this.#isReady()) this.#handOn();
    } catch (error) {
      this.destroy(error as Error);
    }
  }

  #isReady(): boolean {
    if (this.#held === 0 || this.destroyed) return false;
    if (this.#wanted === null) {
      const start = this.#chunks[0] as Buffer;
      this.#wanted = messageLength(start.length < 6 && this.#chunks.length > 1 ? this.#joined() : start);
      if (this.#wanted !== null && this.#wanted > this.#limits.messageBytes)
        throw new MalformedAnswer(`a message of ${this.#wanted} bytes`);
    }
    return this.#wanted !== null && this.#held >= this.#wanted;
  }

  #joined(): Buffer {
    const [only, ...more] = this.#chunks as [Buffer, ...Buffer[]];
    if (more.length === 0) return only;
    const joined = Buffer.concat(this.#chunks);
    this.#chunks = [joined];
    return joined;
  }

  #handOn(): void {
    const all = this.#joined();
    const wanted = this.#wanted as number;
    const message = all.subarray(0, wanted);
    this.#chunks = all.length > wanted ? [all.subarray(wanted)] : [];
    this.#held -= wanted;
    this.#wanted = null;
    const { id, kind } = checkAnswer(message);
    if (id === 0) throw new ServerTakesLeave('the server ends the connection');
    const question = this.#open.get(id);
    if (question === undefined) throw new MalformedAnswer('an answer to nothing that was asked');
    question.bytes += message.length;
    question.entries += 1;
    if (question.bytes > this.#limits.pageBytes || question.entries > this.#limits.mostPageEntries)
      throw new MalformedAnswer('more answers to one question than it can have');
    if (kind !== 'entry' && kind !== 'reference') this.#open.delete(id);
    if (!this.push(message)) this.#socket.pause();
  }
}
