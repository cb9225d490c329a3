import type { Socket } from 'node:net';
import type { Clock, Timer } from '../../clock.ts';
import type { WindowsTask } from '../windows/statuses.ts';
import { emptyBody } from './bodies.ts';
import { Credits } from './credits.ts';
import { SmbDecodeError } from './errors.ts';
import type { SmbFailure } from './failure.ts';
import { FrameReader, frame } from './frames.ts';
import { encodeHeader } from './header.ts';
import { connectionFailure, decodeFailure, type SmbPlace, smbFailure, statusFailure } from './problems.ts';
import {
  type Command,
  commands,
  headerFlags,
  longestPending,
  mostWaiting,
  statuses,
  unsolicited,
  wantedCredits,
} from './profile.ts';
import { type Protection, protect, type Received, saysSessionIsOver, unprotect } from './protection.ts';

export interface SmbRequest {
  readonly command: Command;
  readonly body: Buffer;
  /** What the request is for, which decides which right is missing where it is refused. */
  readonly task: WindowsTask;
  /** Statuses other than success that are answers. */
  readonly allowed?: readonly number[];
  readonly signal?: AbortSignal;
}

export interface SmbReply extends Received {
  /** The request as it went out, its protection aside. */
  readonly sent: Buffer;
}

interface Pending {
  readonly request: SmbRequest;
  readonly resolve: (reply: SmbReply) => void;
  readonly reject: (reason: unknown) => void;
  readonly onAbort: () => void;
  timer: Timer;
  sent: Buffer;
  /** null while the request waits for a credit. */
  id: bigint | null;
  asyncId: bigint | null;
  /** The machine has said that the answer takes time. */
  isPending: boolean;
  /** Nobody waits any more; its answer is still to come. */
  isOver: boolean;
}

export interface ConnectionOptions {
  readonly place: SmbPlace;
  readonly clock: Clock;
  readonly timeoutMs: number;
}

/**
 * One connection: numbers requests, has as many of them under way as the machine grants credits, gives each its answer, and ends with
 * whatever cannot be believed (MS-SMB2 3.2.4.1, 3.2.5.1).
 */
export class SmbConnection {
  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  readonly #reader = new FrameReader();
  readonly #credits = new Credits();
  readonly #underWay = new Map<bigint, Pending>();
  readonly #waiting = new Set<Pending>();
  readonly #closed = Promise.withResolvers<SmbFailure | null>();
  #protection: Protection | null = null;
  #isOver = false;
  #ending: SmbFailure | null = null;
  /** Set once they are known; all later requests carry them. */
  sessionId = 0n;
  treeId = 0;
  /** 2.0.2 knows no charge (MS-SMB2 2.2.1.2). */
  charge = 1;

  constructor(socket: Socket, options: ConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.on('data', (bytes: Buffer) => this.#take(bytes));
    socket.on('error', (error: NodeJS.ErrnoException) => this.#fail(this.#lost(error.code ?? error.message)));
    const onEnd = () => this.#fail(smbFailure('closed', this.place, 'without a word'));
    socket.on('end', onEnd);
    socket.on('close', onEnd);
  }

  get place(): SmbPlace {
    return this.#options.place;
  }

  /** Why the connection ended; null where we ended it. */
  get closed(): Promise<SmbFailure | null> {
    return this.#closed.promise;
  }

  get isOpen(): boolean {
    return !this.#isOver;
  }

  get protection(): Protection | null {
    return this.#protection;
  }

  /** From here on everything is signed, or encrypted. */
  protectWith(protection: Protection): void {
    this.#protection = protection;
  }

  /**
   * Sends a request, and resolves with its answer.
   * @throws SmbFailure, or the reason of the signal; then the request is cancelled at the machine too
   */
  request(request: SmbRequest): Promise<SmbReply> {
    const { signal } = request;
    const { clock, timeoutMs } = this.#options;
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#isOver) return Promise.reject(this.#ending ?? smbFailure('closed', this.place, 'by us'));
    if (this.#waiting.size >= mostWaiting)
      return Promise.reject(smbFailure('busy', this.place, String(mostWaiting)));
    const { promise, resolve, reject } = Promise.withResolvers<SmbReply>();
    const pending: Pending = {
      request,
      resolve,
      reject,
      onAbort: () => this.#giveUp(pending, signal?.reason),
      timer: clock.after(timeoutMs, () => this.#late(pending)),
      sent: emptyBody,
      id: null,
      asyncId: null,
      isPending: false,
      isOver: false,
    };
    signal?.addEventListener('abort', pending.onAbort, { once: true });
    this.#waiting.add(pending);
    this.#sendWaiting();
    return promise;
  }

  /** Ends it; nothing that is under way is answered. */
  close(): void {
    this.#end(null);
  }

  #lost(code: string): SmbFailure {
    return connectionFailure(code, this.place);
  }

  #sendWaiting(): void {
    for (const pending of this.#waiting) {
      const id = this.#credits.take();
      if (id === null) break;
      this.#waiting.delete(pending);
      pending.id = id;
      this.#underWay.set(id, pending);
      const { command, body } = pending.request;
      pending.sent = this.#message(command, id, null, this.#wanted(), body);
      this.#write(pending.sent);
    }
    // Whoever grants nothing with its last answer will never be asked again.
    if (this.#waiting.size > 0 && this.#underWay.size === 0) this.#fail(smbFailure('no-credit', this.place));
  }

  /** Enough to have as many as we want when all are answered. */
  #wanted(): number {
    return Math.max(1, wantedCredits - this.#credits.available - this.#underWay.size + 1);
  }

  #message(
    command: Command,
    messageId: bigint,
    asyncId: bigint | null,
    credits: number,
    body: Buffer,
  ): Buffer {
    const header = encodeHeader({
      command: commands[command],
      status: 0,
      credits,
      creditCharge: command === 'cancel' ? 0 : this.charge,
      flags: 0,
      messageId,
      asyncId,
      treeId: this.treeId,
      sessionId: this.sessionId,
    });
    return Buffer.concat([header, body]);
  }

  #write(message: Buffer): void {
    this.#socket.write(frame(protect(message, this.#protection)));
  }

  #take(bytes: Buffer): void {
    try {
      for (const message of this.#reader.push(bytes)) {
        if (this.#isOver) return;
        this.#receive(unprotect(message, this.#protection));
      }
    } catch (error) {
      this.#fail(decodeFailure(error, this.place));
    }
  }

  #receive({ header, message }: Received): void {
    if ((header.flags & headerFlags.response) === 0)
      throw new SmbDecodeError('bad-value', 'a request, where an answer was due');
    // Of locks and closed sessions, which the next answer tells too (MS-SMB2 3.2.5.19).
    if (header.messageId === unsolicited) return;
    const pending = this.#underWay.get(header.messageId);
    if (pending === undefined || header.command !== commands[pending.request.command])
      throw new SmbDecodeError('bad-value', 'an answer to nothing that was asked');
    if (saysSessionIsOver(header)) {
      this.#fail(smbFailure('session-ended', this.place));
      return;
    }
    this.#credits.grant(header.credits);
    if (header.status === statuses.pending) this.#put(pending, header.asyncId);
    else this.#answer(pending, { header, message });
    this.#sendWaiting();
  }

  /** The machine asks for patience (MS-SMB2 3.2.5.1.5). */
  #put(pending: Pending, asyncId: bigint | null): void {
    if (asyncId === null || pending.isPending)
      throw new SmbDecodeError('bad-value', 'an answer that is pending twice, or has no number');
    pending.isPending = true;
    pending.asyncId = asyncId;
    if (pending.isOver) {
      this.#cancel(pending);
      return;
    }
    const { clock, timeoutMs } = this.#options;
    pending.timer.cancel();
    pending.timer = clock.after(longestPending * timeoutMs, () => this.#late(pending));
  }

  #answer(pending: Pending, received: Received): void {
    this.#underWay.delete(pending.id as bigint);
    if (pending.isOver) return;
    this.#settle(pending);
    const { allowed = [], task } = pending.request;
    const { status } = received.header;
    if (status === statuses.ok || allowed.includes(status))
      pending.resolve({ ...received, sent: pending.sent });
    else pending.reject(statusFailure(status, this.place, task));
  }

  #settle(pending: Pending): void {
    pending.isOver = true;
    pending.timer.cancel();
    pending.request.signal?.removeEventListener('abort', pending.onAbort);
  }

  #giveUp(pending: Pending, reason: unknown): void {
    if (pending.isOver) return;
    this.#settle(pending);
    if (!this.#waiting.delete(pending) && !this.#isOver) this.#cancel(pending);
    pending.reject(reason);
  }

  /** A machine that is silent is gone; one that asked for patience may have one service that hangs. */
  #late(pending: Pending): void {
    const { timeoutMs } = this.#options;
    // It was never sent: those before it hold all credits.
    if (pending.id === null)
      this.#giveUp(pending, smbFailure('busy', this.place, String(this.#waiting.size)));
    else if (pending.isPending)
      this.#giveUp(
        pending,
        smbFailure('pending-timeout', this.place, String((longestPending * timeoutMs) / 1000)),
      );
    else this.#fail(smbFailure('answer-timeout', this.place, String(timeoutMs / 1000)));
  }

  /** Asks the machine not to answer; takes no credit, and the answer comes all the same (MS-SMB2 3.2.4.24). */
  #cancel({ id, asyncId }: Pending): void {
    this.#write(this.#message('cancel', id as bigint, asyncId, 0, emptyBody));
  }

  #fail(failure: SmbFailure): void {
    this.#end(failure);
  }

  #end(failure: SmbFailure | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#ending = failure;
    this.#socket.destroy();
    const reason = failure ?? smbFailure('closed', this.place, 'by us');
    for (const pending of [...this.#underWay.values(), ...this.#waiting])
      if (!pending.isOver) {
        this.#settle(pending);
        pending.reject(reason);
      }
    this.#underWay.clear();
    this.#waiting.clear();
    this.#closed.resolve(failure);
  }
}
