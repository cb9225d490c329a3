import { NtlmError } from './ntlm-error.ts';
import type { NtlmAccepted, NtlmServer, ReceivedNtlm } from './server.ts';
import { decodeSpnego, encodeSpnegoInit, encodeSpnegoResponse, mechanisms, spnegoStates } from './spnego.ts';

export interface SpnegoServerStep {
  readonly token: Buffer;
  /** Present once the client is known. */
  readonly accepted: (NtlmAccepted & ReceivedNtlm) | null;
}

const rawNtlm = Buffer.from('NTLMSSP\0', 'latin1');

/** What a server says in SMB's negotiation, before the client has said anything: NTLM is what it takes. */
export function spnegoOffer(): Buffer {
  return encodeSpnegoInit([mechanisms.ntlm], null);
}

/**
 * NTLM inside SPNEGO, or bare, the server's side (MS-SPNG 3.2.5; docs/protocol/windows.md, SPNEGO). A client that prefers
 * another mechanism is asked for NTLM.
 */
export class SpnegoServer {
  readonly #ntlm: NtlmServer;
  readonly #hashOf: (user: string, domain: string) => Buffer | null;
  #list: Buffer | null = null;
  #isRaw = false;
  #isChallenged = false;

  /** @param hashOf the NT hash of a user's password; null for a user that there is not */
  constructor(server: NtlmServer, hashOf: (user: string, domain: string) => Buffer | null) {
    this.#ntlm = server;
    this.#hashOf = hashOf;
  }

  /** Takes the client's next token. @throws NtlmError, as NtlmServer does */
  next(bytes: Buffer): SpnegoServerStep {
    if (this.#isRaw || bytes.subarray(0, rawNtlm.length).equals(rawNtlm)) return this.#raw(bytes);
    const message = decodeSpnego(bytes);
    if (message.kind === 'init') {
      this.#list = Buffer.from(message.encodedList);
      const place = message.mechanisms.findIndex((oid) => oid.equals(mechanisms.ntlm));
      if (place === -1) throw new NtlmError('not-supported', 'the client offers no NTLM');
      return place === 0 && message.token !== null ? this.#challenge(message.token) : this.#wanted(null);
    }
    if (message.token === null) throw new NtlmError('malformed', 'the client sent nothing of NTLM');
    return this.#isChallenged ? this.#accept(message.token, message.mic) : this.#challenge(message.token);
  }

  #challenge(negotiate: Buffer): SpnegoServerStep {
    this.#isChallenged = true;
    return this.#wanted(this.#ntlm.challenge(negotiate));
  }

  #wanted(token: Buffer | null): SpnegoServerStep {
    const state = spnegoStates.incomplete;
    return {
      token: encodeSpnegoResponse({ state, mechanism: mechanisms.ntlm, token, mic: null }),
      accepted: null,
    };
  }

  #accept(authenticate: Buffer, mic: Buffer | null): SpnegoServerStep {
    const accepted = this.#ntlm.accept(authenticate, this.#hashOf);
    let answer: Buffer | null = null;
    if (mic !== null && this.#list !== null) {
      accepted.security.verify(this.#list, mic);
      answer = accepted.security.sign(this.#list);
      accepted.security.restartStreams();
    }
    const state = spnegoStates.completed;
    return { token: encodeSpnegoResponse({ state, mechanism: null, token: null, mic: answer }), accepted };
  }

  #raw(bytes: Buffer): SpnegoServerStep {
    if (this.#isRaw) return { token: Buffer.alloc(0), accepted: this.#ntlm.accept(bytes, this.#hashOf) };
    this.#isRaw = true;
    return { token: this.#ntlm.challenge(bytes), accepted: null };
  }
}
