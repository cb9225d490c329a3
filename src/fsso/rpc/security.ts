/**
 * What logs a binding in and protects its calls: NTLM of our own, or the secure channel of a domain member. Stubs are protected, headers
 * are not signed (PFC_SUPPORT_HEADER_SIGN is not offered; MS-RPCE 3.3.1.5.2.2). Used by one binding, in order.
 */
export interface RpcSecurity {
  /** authTypes */
  readonly type: number;
  /** authLevels */
  readonly level: number;
  /** Bytes of the token of each protected PDU. */
  readonly signatureBytes: number;
  /** What the bind carries. */
  first(): Buffer;
  /** Takes what the bind_ack carried; answers what an auth3 has to carry, null where the login is done. */
  next(token: Buffer): Buffer | null;
  /** `stub` has been filled up to a multiple of 16 bytes. */
  protect(stub: Buffer): { readonly stub: Buffer; readonly signature: Buffer };
  /** The stub in clear, padding included. Throws where the signature is not right. */
  unprotect(stub: Buffer, signature: Buffer): Buffer;
}
