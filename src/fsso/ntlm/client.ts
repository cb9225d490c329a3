import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import type { Clock } from '../../clock.ts';
import {
  type AvPair,
  avFlags,
  avIds,
  avValue,
  domainOfFacts,
  fileTime,
  micIsPresent,
  type NtlmDomain,
} from './av-pairs.ts';
import { flagsOf, hasFlag, ntlmFlags } from './flags.ts';
import {
  type ChallengeMessage,
  decodeChallenge,
  encodeAuthenticate,
  encodeNegotiate,
  withMic,
} from './messages.ts';
import { NtlmError } from './ntlm-error.ts';
import { clientChallenge, lmProof, micOf, ntHash, prove, responseKey } from './proof.ts';
import { Rc4 } from './rc4.ts';
import { type NtlmSecurity, ntlmSecurity } from './seal.ts';

/** An account and its password, which is in no log, error or text made of this. */
export interface NtlmCredentials {
  readonly user: string;
  /** NetBIOS or DNS name; empty for an account of the server itself, or where the user is written `user@domain`. */
  readonly domain: string;
  readonly password: string;
  /** How we call ourselves; empty where it is missing. */
  readonly workstation?: string;
}

export interface NtlmClientOptions {
  readonly clock: Clock;
  /** Agree on keys and signatures; on by default. */
  readonly sign?: boolean;
  /** Agree on encryption of messages too; off by default. */
  readonly seal?: boolean;
  /** The service that is meant, for example `cifs/dc1.corp.example`. */
  readonly targetName?: string;
  /** MD5 of the channel bindings, 16 bytes (MS-NLMP 2.2.2.1, MsvAvChannelBindings). */
  readonly channelBindings?: Buffer;
  /** That many random bytes. */
  readonly random?: (count: number) => Buffer;
}

export interface NtlmAnswer {
  /** Type 3. */
  readonly message: Buffer;
  /** ExportedSessionKey, 16 bytes. */
  readonly sessionKey: Buffer;
  readonly security: NtlmSecurity;
  /** Where the server belongs to; to be believed once it has accepted the answer, which covers it. */
  readonly domain: NtlmDomain;
}

/** What has to be in every agreement: no old cryptography, no plain OEM names. */
const insisted = ['unicode', 'ntlm', 'extendedSessionSecurity'] as const;

/**
 * The client's side of one NTLM negotiation, of the second version only (MS-NLMP 3.1.5.1; docs/protocol/windows.md, NTLM).
 * `negotiate` first, then `authenticate` once.
 */
export class NtlmClient {
  readonly #credentials: NtlmCredentials;
  readonly #options: NtlmClientOptions;
  readonly #random: (count: number) => Buffer;
  readonly #flags: number;
  #negotiate: Buffer | null = null;

  constructor(credentials: NtlmCredentials, options: NtlmClientOptions) {
    this.#credentials = credentials;
    this.#options = options;
    this.#random = options.random ?? randomBytes;
    const seal = options.seal ?? false;
    const sign = seal || (options.sign ?? true);
    this.#flags =
      (flagsOf(...insisted, 'requestTarget', 'alwaysSign', 'targetInfo', 'version', 'key128') |
        (sign ? flagsOf('sign', 'keyExchange') : 0) |
        (seal ? ntlmFlags.seal : 0)) >>>
      0;
  }

  /** Type 1. */
  negotiate(): Buffer {
    this.#negotiate = encodeNegotiate(this.#flags);
    return this.#negotiate;
  }

  /**
   * The answer to a Type 2.
   * @throws NtlmError `malformed`, and `not-supported` for a server that leaves out what we insist on
   */
  authenticate(challengeBytes: Buffer): NtlmAnswer {
    const negotiate = this.#negotiate;
    if (negotiate === null) throw new NtlmError('malformed', 'a challenge before anything was negotiated');
    this.#negotiate = null;
    const challenge = decodeChallenge(challengeBytes);
    const flags = this.#agreed(challenge);
    const { user, domain, password, workstation = '' } = this.#credentials;
    const key = responseKey(ntHash(password), user, domain);
    const serverTime = avValue(challenge.targetInfo, avIds.timestamp);
    const hasTime = serverTime?.length === 8;
    const time = hasTime ? serverTime : fileTime(this.#options.clock.now());
    const nonce = this.#random(8);
    const facts = this.#facts(challenge.targetInfo, hasTime);
    const { nt, baseKey } = prove(key, challenge.challenge, clientChallenge(time, nonce, facts));
    const exchanges = hasFlag(flags, 'keyExchange');
    const sessionKey = exchanges ? this.#random(16) : baseKey;
    const message = encodeAuthenticate({
      flags,
      lm: hasTime ? Buffer.alloc(24) : lmProof(key, challenge.challenge, nonce),
      nt,
      domain,
      user,
      workstation,
      encryptedSessionKey: exchanges ? new Rc4(baseKey).apply(sessionKey) : Buffer.alloc(0),
      mic: null,
    });
    const mic = hasTime ? micOf(sessionKey, negotiate, challengeBytes, message) : null;
    return {
      message: mic ? withMic(message, mic) : message,
      sessionKey,
      security: ntlmSecurity(sessionKey, flags, 'client'),
      domain: domainOfFacts(challenge.targetInfo),
    };
  }

  /** What we offered and the server took, which has to hold all that we insist on. */
  #agreed({ flags }: ChallengeMessage): number {
    const agreed = (flags & this.#flags) >>> 0;
    for (const name of ['sign', 'seal', 'keyExchange', 'key128', ...insisted] as const)
      if (hasFlag(this.#flags, name) && !hasFlag(agreed, name))
        throw new NtlmError('not-supported', `the server does NTLM without ${wordsFor[name]}`);
    return agreed;
  }

  /** The server's facts and ours (MS-NLMP 3.1.5.1.2). */
  #facts(given: readonly AvPair[], hasTime: boolean): AvPair[] {
    const ours: number[] = [avIds.flags, avIds.channelBindings, avIds.targetName];
    const facts = given.filter(({ id }) => !ours.includes(id));
    const bits = avFlags(given) | (hasTime ? micIsPresent : 0);
    if (bits !== 0) {
      const value = Buffer.alloc(4);
      value.writeUInt32LE(bits >>> 0);
      facts.push({ id: avIds.flags, value });
    }
    if (!hasTime) return facts;
    const { channelBindings = Buffer.alloc(16), targetName = '' } = this.#options;
    facts.push({ id: avIds.channelBindings, value: channelBindings });
    facts.push({ id: avIds.targetName, value: Buffer.from(targetName, 'utf16le') });
    return facts;
  }

  toString(): string {
    return `NtlmClient(${this.#credentials.domain}\\${this.#credentials.user})`;
  }

  toJSON(): string {
    return this.toString();
  }

  [inspect.custom](): string {
    return this.toString();
  }
}

const wordsFor = {
  sign: 'signatures',
  seal: 'encryption',
  keyExchange: 'an exchange of keys',
  key128: 'keys of 128 bits',
  unicode: 'Unicode',
  ntlm: 'NTLM itself',
  extendedSessionSecurity: 'extended session security',
} as const;
