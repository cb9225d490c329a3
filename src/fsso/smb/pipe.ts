import type { RpcPipe } from '../rpc/pipe.ts';
import type { WindowsTask } from '../windows/statuses.ts';
import {
  decodeIoctl,
  decodeRead,
  decodeWrite,
  encodeClose,
  encodeIoctl,
  encodeRead,
  encodeWrite,
  type FileId,
} from './bodies.ts';
import type { SmbConnection } from './connection.ts';
import { decoded } from './login.ts';
import { smbFailure } from './problems.ts';
import { controls, statuses } from './profile.ts';

/** A named pipe that is open. Several calls may be under way; whoever carries RPC over it makes them one by one. */
export class SmbPipe implements RpcPipe {
  readonly #connection: SmbConnection;
  readonly #file: FileId;
  readonly #task: WindowsTask;
  readonly #longest: number;
  #isOpen = true;

  constructor(connection: SmbConnection, file: FileId, task: WindowsTask, longest: number) {
    this.#connection = connection;
    this.#file = file;
    this.#task = task;
    this.#longest = longest;
  }

  async write(bytes: Buffer, signal?: AbortSignal): Promise<void> {
    const { message } = await this.#ask('write', encodeWrite(this.#file, bytes), signal);
    const written = decoded(this.#connection, () => decodeWrite(message));
    if (written !== bytes.length)
      throw smbFailure('short-write', this.#connection.place, `${written} of ${bytes.length} bytes`);
  }

  async transact(bytes: Buffer, signal?: AbortSignal): Promise<Buffer> {
    const request = encodeIoctl({
      control: controls.pipeTransceive,
      file: this.#file,
      input: bytes,
      maxOutput: this.#longest,
    });
    const { message } = await this.#ask('ioctl', request, signal);
    return decoded(this.#connection, () => decodeIoctl(message, this.#longest));
  }

  async read(signal?: AbortSignal): Promise<Buffer> {
    const { message } = await this.#ask('read', encodeRead(this.#file, this.#longest), signal);
    return decoded(this.#connection, () => decodeRead(message));
  }

  async close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    if (this.#connection.isOpen) await this.#ask('close', encodeClose(this.#file));
  }

  /** An answer that is longer than what was asked for is there in part, and the rest can be read (MS-SMB2 3.3.4.4). */
  #ask(command: 'write' | 'ioctl' | 'read' | 'close', body: Buffer, signal?: AbortSignal) {
    return this.#connection.request({
      command,
      body,
      task: this.#task,
      allowed: [statuses.bufferOverflow],
      ...(signal && { signal }),
    });
  }
}
