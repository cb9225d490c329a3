/** Why NTLM ended (docs/protocol/windows.md, NTLM). */
export type NtlmReason =
  | 'malformed' // bytes that are no message of NTLM, or not the one that is due
  | 'not-supported' // the peer does without something that we insist on
  | 'ntlm-v1' // an answer of the first version, which is never taken
  | 'anonymous' // nobody is named, and no proof given
  | 'used-challenge' // an answer to a challenge that was answered already, or never given
  | 'wrong-proof' // the answer does not show the password
  | 'wrong-mic' // the three messages are not those that the client saw
  | 'wrong-signature'; // a message that was changed, repeated, left out or moved

/** The only thing that this layer throws. Its text names no secret. */
export class NtlmError extends Error {
  override readonly name = 'NtlmError';
  readonly reason: NtlmReason;

  constructor(reason: NtlmReason, detail: string) {
    super(detail);
    this.reason = reason;
  }
}
