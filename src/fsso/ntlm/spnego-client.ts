import type { NtlmAnswer, NtlmClient } from './client.ts';
import { NtlmError } from './ntlm-error.ts';
import {
  decodeSpnego,
  encodeMechanisms,
  encodeSpnegoInit,
  encodeSpnegoResponse,
  mechanisms,
  spnegoStates,
} from './spnego.ts';

export interface SpnegoStep {
  /** What to send; empty where nothing is left to say. */
  readonly token: Buffer;
  /** The server has said that it is content. */
  readonly done: boolean;
  /** The server's MIC over the list of mechanisms came, and was right. */
  readonly micChecked: boolean;
}

const offered = [mechanisms.ntlm];
const list = encodeMechanisms(offered);
const nothing = Buffer.alloc(0);

/** NTLM inside SPNEGO, the client's side (MS-SPNG 3.1.5; docs/protocol/windows.md, SPNEGO). NTLM is all that it offers. */
export class SpnegoClient {
  readonly #ntlm: NtlmClient;
  readonly #signs: boolean;
  #answer: NtlmAnswer | null = null;

  /** @param options `sign: false` where `client` agrees on no signatures: then no MIC is sent */
  constructor(client: NtlmClient, options: { readonly sign?: boolean } = {}) {
    this.#ntlm = client;
    this.#signs = options.sign ?? true;
  }

  first(): Buffer {
    return encodeSpnegoInit(offered, this.#ntlm.negotiate());
  }

  /**
   * Takes what the server answered: its challenge, then, where it sends one, its last word.
   * @throws NtlmError `malformed`, `not-supported`, `wrong-signature`
   */
  next(bytes: Buffer): SpnegoStep {
    const response = decodeSpnego(bytes);
    if (response.kind === 'init') throw new NtlmError('malformed', 'the server began SPNEGO once more');
    if (response.state === spnegoStates.rejected)
      throw new NtlmError('not-supported', 'the server takes no NTLM, or not from us');
    if (this.#answer !== null) return this.#end(this.#answer, response.mic, response.state);
    if (response.mechanism !== null && !response.mechanism.equals(mechanisms.ntlm))
      throw new NtlmError('not-supported', 'the server chose a mechanism that was not offered');
    if (response.token === null) throw new NtlmError('malformed', 'the server sent no challenge');
    const answer = this.#ntlm.authenticate(response.token);
    this.#answer = answer;
    const mic = this.#signs ? answer.security.sign(list) : null;
    if (mic) answer.security.restartStreams();
    const token = encodeSpnegoResponse({ state: null, mechanism: null, token: answer.message, mic });
    return { token, done: false, micChecked: false };
  }

  #end(answer: NtlmAnswer, mic: Buffer | null, state: number | null): SpnegoStep {
    if (state !== null && state !== spnegoStates.completed)
      throw new NtlmError('malformed', 'the server wants more of SPNEGO than there is');
    if (mic !== null) {
      answer.security.verify(list, mic);
      answer.security.restartStreams();
    }
    return { token: nothing, done: true, micChecked: mic !== null };
  }

  /** Keys and signatures, once the challenge was answered. */
  get answer(): NtlmAnswer {
    if (this.#answer === null) throw new NtlmError('malformed', 'nothing was negotiated yet');
    return this.#answer;
  }
}
