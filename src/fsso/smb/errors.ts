/** Why bytes of a server were refused (docs/protocol/windows.md, SMB). */
export type SmbDecodeReason =
  | 'truncated' // the bytes end inside
  | 'bad-length' // a length or an offset that leads outside of the message
  | 'bad-value' // a value that the protocol does not allow there
  | 'too-long' // beyond a limit of ours
  | 'wrong-signature' // unsigned, changed on the way, or signed by somebody else
  | 'wrong-cipher'; // encrypted where nothing was agreed on, or not to be decrypted

/** The only thing that the decoders of src/fsso/smb throw, whatever the bytes. */
export class SmbDecodeError extends Error {
  override readonly name = 'SmbDecodeError';
  readonly reason: SmbDecodeReason;

  constructor(reason: SmbDecodeReason, detail: string) {
    super(detail);
    this.reason = reason;
  }
}
