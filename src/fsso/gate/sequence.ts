import type { Message } from '../wire/messages.ts';

/** Watches the collector's counter for steps over numbers (docs/protocol/fsso.md, Sequence numbers). */
export class SequenceWatch {
  #last: number | null = null;
  #missed = 0;

  /** Numbers that never came. */
  get missed(): number {
    return this.#missed;
  }

  /** Takes a message. An authentication result echoes our own number, and an event may carry none. */
  take(message: Message): void {
    if (!('sync' in message) || message.kind === 'auth-result') return;
    if (message.kind === 'event' && message.sync === 0) return;
    if (this.#last !== null && message.sync > this.#last) this.#missed += message.sync - this.#last - 1;
    this.#last = message.sync;
  }
}
