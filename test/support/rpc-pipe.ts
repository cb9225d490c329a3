import { PduStream } from '../../src/fsso/rpc/fragments.ts';
import type { Pdu } from '../../src/fsso/rpc/pdu.ts';
import { encodePdu } from '../../src/fsso/rpc/pdu-writer.ts';
import type { RpcPipe } from '../../src/fsso/rpc/pipe.ts';
import { ndrSyntax, pduTypes } from '../../src/fsso/rpc/profile.ts';

/** What a server answers to a PDU; `null` never answers. */
export type Answer = (pdu: Pdu) => readonly (Pdu | Buffer)[] | null;

/** A pipe to a server that is one function; each read brings at most `piece` bytes. */
export class ScriptedPipe implements RpcPipe {
  readonly heard: Pdu[] = [];
  isClosed = false;
  readonly #answer: Answer;
  readonly #piece: number;
  readonly #stream = new PduStream(0xffff);
  #ready: Buffer = Buffer.alloc(0);
  #isSilent = false;

  constructor(answer: Answer, piece = 0xffff) {
    this.#answer = answer;
    this.#piece = piece;
  }

  async write(bytes: Buffer): Promise<void> {
    this.#stream.push(bytes);
    for (let pdu = this.#stream.next(); pdu !== null; pdu = this.#stream.next()) {
      this.heard.push(pdu);
      const answers = this.#answer(pdu);
      this.#isSilent = answers === null;
      for (const each of answers ?? [])
        this.#ready = Buffer.concat([this.#ready, Buffer.isBuffer(each) ? each : encodePdu(each)]);
    }
  }

  async transact(bytes: Buffer, signal?: AbortSignal): Promise<Buffer> {
    await this.write(bytes);
    return this.read(signal);
  }

  async read(signal?: AbortSignal): Promise<Buffer> {
    signal?.throwIfAborted();
    if (this.#isSilent)
      return new Promise((_, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
    const bytes = this.#ready.subarray(0, this.#piece);
    this.#ready = this.#ready.subarray(bytes.length);
    return bytes;
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}

/** The acceptance of a bind. */
export const bindAck = (pdu: Pdu, change: Partial<Extract<Pdu, { results: unknown }>> = {}): Pdu => ({
  type: pduTypes.bindAck,
  flags: 3,
  callId: pdu.callId,
  auth: null,
  maxTransmit: 4280,
  maxReceive: 4280,
  group: 1,
  address: '\\PIPE\\srvsvc',
  results: [{ result: 0, reason: 0, transfer: ndrSyntax }],
  ...change,
});

export const response = (pdu: Pdu, stub: Buffer, flags = 3): Pdu => ({
  type: pduTypes.response,
  flags,
  callId: pdu.callId,
  auth: null,
  allocHint: stub.length,
  contextId: 0,
  stub,
});
