import type { Clock } from '../../../clock.ts';
import type { SpnegoServer } from '../../../fsso/ntlm/spnego-server.ts';
import { NtlmProtection } from '../../../fsso/rpc/ntlm-security.ts';
import type { AuthVerifier } from '../../../fsso/rpc/pdu.ts';
import { authLevels, authTypes } from '../../../fsso/rpc/profile.ts';
import { challengerOf } from '../challenger.ts';
import type { LabMachine } from '../machine.ts';
import type { Caller } from './service.ts';

/** The login of one binding at a machine: NTLM by itself, or in SPNEGO (MS-RPCE 3.3.1.5.2.1). */
export class EndpointLogin {
  readonly #verifier: AuthVerifier;
  readonly #server: SpnegoServer;
  readonly #address: string;
  readonly #clock: Clock;
  #caller: Caller | null = null;
  #protection: NtlmProtection | null = null;

  /** Null for a kind or a level of login that the machine does not have. */
  static begin(
    verifier: AuthVerifier,
    { machine, clock, address }: { machine: LabMachine; clock: Clock; address: string },
  ): EndpointLogin | null {
    const types: readonly number[] = [authTypes.ntlm, authTypes.spnego];
    const levels: readonly number[] = [authLevels.integrity, authLevels.privacy];
    if (!types.includes(verifier.type) || !levels.includes(verifier.level)) return null;
    return new EndpointLogin(verifier, challengerOf(machine, clock), address, clock);
  }

  private constructor(verifier: AuthVerifier, server: SpnegoServer, address: string, clock: Clock) {
    this.#verifier = verifier;
    this.#server = server;
    this.#address = address;
    this.#clock = clock;
  }

  /** Null while nobody is known. */
  get caller(): Caller | null {
    return this.#caller;
  }

  get protection(): NtlmProtection | null {
    return this.#protection;
  }

  /** What to answer to a token of the client. @throws NtlmError for who is not believed */
  next(token: Buffer): Buffer {
    const step = this.#server.next(token);
    if (step.accepted !== null) {
      const { user, domain, security } = step.accepted;
      this.#caller = { user, domain, address: this.#address, since: this.#clock.now() };
      const { type, level, contextId } = this.#verifier;
      this.#protection = new NtlmProtection(type, level, security, contextId);
    }
    return step.token;
  }
}
