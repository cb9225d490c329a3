import type { Clock } from '../../clock.ts';
import type { NtlmDomain } from '../ntlm/av-pairs.ts';
import { NtlmClient, type NtlmCredentials } from '../ntlm/client.ts';
import type { NtlmSecurity } from '../ntlm/seal.ts';
import { SpnegoClient } from '../ntlm/spnego-client.ts';
import { authLevels, authTypes } from './profile.ts';
import type { Around, RpcProtection, RpcSecurity } from './security.ts';

/**
 * Keys of NTLM as the protection of a binding. Signatures go over the whole PDU whether the server says that it signs headers or not,
 * because NTLM signs all that it is given, and encrypts the stub only (MS-NLMP 3.4.6.1; docs/protocol/windows.md, DCE/RPC).
 */
export class NtlmProtection implements RpcProtection {
  readonly type: number;
  readonly level: number;
  readonly contextId: number;
  readonly signatureBytes = 16;
  readonly #security: NtlmSecurity;

  /** @param security whose counts begin with the first PDU */
  constructor(type: number, level: number, security: NtlmSecurity, contextId = 0) {
    this.contextId = contextId;
    this.type = type;
    this.level = level;
    this.#security = security;
  }

  protect(stub: Buffer, { before, behind }: Around): { stub: Buffer; signature: Buffer } {
    const whole = Buffer.concat([before, stub, behind]);
    if (this.level !== authLevels.privacy) return { stub, signature: this.#security.sign(whole) };
    const { sealed, signature } = this.#security.seal(stub, whole);
    return { stub: sealed, signature };
  }

  /** @throws NtlmError `wrong-signature` for what was changed, repeated, left out or moved */
  unprotect(stub: Buffer, signature: Buffer, { before, behind }: Around): Buffer {
    const around = (clear: Buffer) => Buffer.concat([before, clear, behind]);
    if (this.level === authLevels.privacy) return this.#security.unseal(stub, signature, around);
    this.#security.verify(around(stub), signature);
    return stub;
  }
}

export interface NtlmBindingOptions {
  readonly clock: Clock;
  /** The machine that is meant, as it is called. */
  readonly host: string;
  /** SPNEGO around NTLM, or NTLM by itself. */
  readonly way: 'spnego' | 'ntlm';
  /** Encrypted, or signed only. */
  readonly level: 'privacy' | 'integrity';
}

/** Logs a binding in with NTLM (MS-RPCE 2.2.1.1.7, RPC_C_AUTHN_GSS_NEGOTIATE and RPC_C_AUTHN_WINNT). */
export class NtlmBinding implements RpcSecurity {
  readonly type: number;
  readonly level: number;
  readonly contextId = 0;
  readonly signatureBytes = 16;
  readonly signsHeaders = true;
  readonly isAnswered: boolean;
  readonly #client: NtlmClient;
  readonly #spnego: SpnegoClient | null;
  #protection: NtlmProtection | null = null;
  #domain: NtlmDomain = null;

  constructor(credentials: NtlmCredentials, { clock, host, way, level }: NtlmBindingOptions) {
    this.type = authTypes[way];
    this.level = authLevels[level];
    this.isAnswered = way === 'spnego';
    this.#client = new NtlmClient(credentials, {
      clock,
      seal: level === 'privacy',
      targetName: `host/${host}`,
    });
    this.#spnego = way === 'spnego' ? new SpnegoClient(this.#client) : null;
  }

  first(): Buffer {
    return this.#spnego?.first() ?? this.#client.negotiate();
  }

  /** @throws NtlmError for a server whose NTLM is not what we insist on, or that cannot show that it knows the key */
  next(token: Buffer): Buffer | null {
    if (this.#spnego === null) {
      const { message, security, domain } = this.#client.authenticate(token);
      this.#domain = domain;
      this.#protection = new NtlmProtection(this.type, this.level, security);
      return message;
    }
    const step = this.#spnego.next(token);
    if (!step.done) return step.token;
    const { security, domain } = this.#spnego.answer;
    this.#domain = domain;
    this.#protection = new NtlmProtection(this.type, this.level, security);
    return null;
  }

  /** The domain that the server belongs to, once it has challenged us; null where it does not tell. */
  get domain(): NtlmDomain {
    return this.#domain;
  }

  get #ready(): NtlmProtection {
    if (this.#protection === null) throw new Error('a call before the login of its binding');
    return this.#protection;
  }

  protect(stub: Buffer, around: Around): { stub: Buffer; signature: Buffer } {
    return this.#ready.protect(stub, around);
  }

  unprotect(stub: Buffer, signature: Buffer, around: Around): Buffer {
    return this.#ready.unprotect(stub, signature, around);
  }
}
