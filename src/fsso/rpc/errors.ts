/** Why bytes of a peer were refused (docs/protocol/windows.md, DCE/RPC). */
export type RpcDecodeReason =
  | 'truncated' // the bytes end inside
  | 'bad-length' // a length or count that does not fit what was received
  | 'bad-value' // a value that the protocol does not allow there
  | 'unsupported' // allowed, and not spoken here: big-endian, another version
  | 'too-long'; // beyond a limit of ours

/** The only thing that decoders of src/fsso/rpc throw, whatever the bytes. `offset` counts bytes from where the decoder began. */
export class RpcDecodeError extends Error {
  override readonly name = 'RpcDecodeError';
  readonly reason: RpcDecodeReason;
  readonly offset: number;

  constructor(reason: RpcDecodeReason, offset: number, detail: string) {
    super(`${detail}, at byte ${offset}`);
    this.reason = reason;
    this.offset = offset;
  }
}

/** The server answered a call with a fault. The binding can be used on. `status` is an `nca_s_…` code or a Win32 error (C706, Appendix E). */
export class RpcFault extends Error {
  override readonly name = 'RpcFault';
  readonly status: number;

  constructor(status: number) {
    super(`the call was answered with fault 0x${status.toString(16).padStart(8, '0')}`);
    this.status = status;
  }
}

/** The server refused the interface, or the login of the binding. */
export class RpcBindRefused extends Error {
  override readonly name = 'RpcBindRefused';
  readonly kind: 'nak' | 'rejected' | 'login';
  /** Of a bind_nak, of the presentation result, or of the fault in a login: the table of docs/protocol/windows.md, DCE/RPC. */
  readonly reason: number;

  constructor(kind: RpcBindRefused['kind'], reason: number, detail: string) {
    super(detail);
    this.kind = kind;
    this.reason = reason;
  }
}

/** The binding is over: it was closed, or a call on it was aborted or broke off. */
export class RpcClosed extends Error {
  override readonly name = 'RpcClosed';
}
