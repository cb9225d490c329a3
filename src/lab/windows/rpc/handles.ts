import { randomBytes } from 'node:crypto';
import { handleBytes, noHandle } from '../../../fsso/rpc/interfaces/context-handle.ts';

/** What a binding has open, by the handles that it gave out. */
export class Handles<Opened> {
  readonly #opened = new Map<string, Opened>();

  open(what: Opened): Buffer {
    // Attributes that are zero, and a GUID (C706 14.2.16.6).
    const handle = Buffer.concat([Buffer.alloc(4), randomBytes(handleBytes - 4)]);
    this.#opened.set(handle.toString('hex'), what);
    return handle;
  }

  get(handle: Buffer): Opened | null {
    return this.#opened.get(handle.toString('hex')) ?? null;
  }

  /** What to answer; null where it was not open. */
  close(handle: Buffer): Buffer | null {
    return this.#opened.delete(handle.toString('hex')) ? noHandle : null;
  }
}
