/** What a PDU holds before and behind its stub, the token left out: signatures may go over that too. */
export interface Around {
  readonly before: Buffer;
  readonly behind: Buffer;
}

/** How the calls of a binding are protected once its login is over (MS-RPCE 3.3.1.5.2.2). Takes fragments in their order. */
export interface RpcProtection {
  /** authTypes */
  readonly type: number;
  /** authLevels */
  readonly level: number;
  /** By which both sides tell this login from others on the same connection; ours is the only one, and 0. */
  readonly contextId: number;
  /** Bytes of the token of each protected PDU. */
  readonly signatureBytes: number;
  /** `stub` has been filled up to a multiple of 16 bytes. */
  protect(stub: Buffer, around: Around): { readonly stub: Buffer; readonly signature: Buffer };
  /** The stub in clear, padding included. Throws where the signature is not right. */
  unprotect(stub: Buffer, signature: Buffer, around: Around): Buffer;
}

/** What logs a binding in and protects its calls: NTLM, or the secure channel of a domain member. Used by one binding. */
export interface RpcSecurity extends RpcProtection {
  /** Signatures go over whole PDUs: PFC_SUPPORT_HEADER_SIGN is offered. */
  readonly signsHeaders: boolean;
  /** The server answers what `next` made, so that it goes out as alter_context; else as auth3, which nobody answers. */
  readonly isAnswered: boolean;
  /** What the bind carries. */
  first(): Buffer;
  /** Takes what the server's answer carried; answers what has to be sent next, null where the login is done. */
  next(token: Buffer): Buffer | null;
}
