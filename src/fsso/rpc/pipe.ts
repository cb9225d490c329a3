/**
 * What carries DCE/RPC: a named pipe of an SMB session, or anything else that brings bytes in order. A `read` may bring a part of a
 * fragment, or several. Everything rejects with the failure of whatever carries it; an aborted promise leaves the pipe unusable.
 */
export interface RpcPipe {
  write(bytes: Buffer, signal?: AbortSignal): Promise<void>;
  /** Writes, and reads what is answered first. */
  transact(bytes: Buffer, signal?: AbortSignal): Promise<Buffer>;
  read(signal?: AbortSignal): Promise<Buffer>;
  close(): Promise<void>;
}
