import type { RpcPipe } from '../../src/fsso/rpc/pipe.ts';
import type { RpcEndpoint } from '../../src/lab/windows/rpc/endpoint.ts';

/** A pipe to an endpoint of the lab in the same process. What passes can be seen, and changed on its way. */
export class EndpointPipe implements RpcPipe {
  readonly #endpoint: RpcEndpoint;
  readonly sent: Buffer[] = [];
  /** What an answer becomes on its way; null: it is lost. */
  onAnswer: (bytes: Buffer) => Buffer | null = (bytes) => bytes;
  isClosed = false;

  constructor(endpoint: RpcEndpoint) {
    this.#endpoint = endpoint;
  }

  async write(bytes: Buffer): Promise<void> {
    this.sent.push(Buffer.from(bytes));
    this.#endpoint.push(bytes);
  }

  async transact(bytes: Buffer): Promise<Buffer> {
    await this.write(bytes);
    return this.read();
  }

  async read(): Promise<Buffer> {
    for (let next = this.#endpoint.pull(0xffff); next !== null; next = this.#endpoint.pull(0xffff)) {
      const bytes = this.onAnswer(Buffer.from(next.bytes));
      if (bytes !== null) return bytes;
    }
    return Buffer.alloc(0);
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}
