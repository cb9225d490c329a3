import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import { type AvPair, avIds, avText, avValue, fileTime } from './av-pairs.ts';
import { flagsOf, hasFlag } from './flags.ts';
import { decodeAuthenticate, decodeNegotiate, encodeChallenge } from './messages.ts';
import { NtlmError } from './ntlm-error.ts';
import { type Answer, checkAnswer, exportedKey, micOf, readAnswer, responseKey } from './proof.ts';
import { type NtlmSecurity, ntlmSecurity } from './seal.ts';

/** How a server calls itself in its challenge. */
export interface NtlmServerNames {
  /** NetBIOS name of the domain. */
  readonly domain: string;
  /** NetBIOS name of the machine. */
  readonly computer: string;
  readonly dnsDomain?: string;
  readonly dnsComputer?: string;
}

export interface NtlmServerOptions {
  readonly clock: Clock;
  readonly names: NtlmServerNames;
  /** That many random bytes. */
  readonly random?: (count: number) => Buffer;
}

/** What a Type 3 says; nothing of it is proved yet. Names are as they came: not safe, at most 32,767 characters. */
export interface ReceivedNtlm {
  readonly user: string;
  readonly domain: string;
  readonly workstation: string;
  /** The nonce that it answers, 8 bytes. */
  readonly challenge: Buffer;
  /** NtChallengeResponse, and LmChallengeResponse. */
  readonly nt: Buffer;
  readonly lm: Buffer;
  readonly flags: number;
  readonly hasMic: boolean;
  /** The service that the client meant; empty where it did not say. */
  readonly targetName: string;
  /** MD5 of the channel bindings; null where the client knew of none. */
  readonly channelBindings: Buffer | null;
}

export interface NtlmAccepted {
  /** ExportedSessionKey, 16 bytes. */
  readonly sessionKey: Buffer;
  readonly security: NtlmSecurity;
}

interface Given {
  readonly negotiate: Buffer;
  readonly challenge: Buffer;
  readonly message: Buffer;
  readonly flags: number;
}

interface Received {
  readonly given: Given;
  readonly authenticate: Buffer;
  readonly encryptedSessionKey: Buffer;
  readonly answer: Answer;
  readonly mic: Buffer | null;
  readonly flags: number;
}

const understood = flagsOf(
  ...(['unicode', 'requestTarget', 'sign', 'seal', 'ntlm', 'alwaysSign', 'extendedSessionSecurity'] as const),
  ...(['targetInfo', 'version', 'key128', 'keyExchange', 'key56'] as const),
);

/** Said to every client: curl and others leave Unicode out of what they offer, and hold to it where the server wants it. */
const always = flagsOf('unicode', 'ntlm', 'targetInfo', 'targetIsDomain', 'version');

const zeros = Buffer.alloc(16);

/**
 * The server's side of one NTLM negotiation (MS-NLMP 3.2.5.1; docs/protocol/windows.md, NTLM): `challenge`, then one answer,
 * which `read` takes apart and `accept` or `finish` proves. A nonce is good for one answer, right or wrong.
 */
export class NtlmServer {
  readonly #options: NtlmServerOptions;
  #given: Given | null = null;
  #received: Received | null = null;

  constructor(options: NtlmServerOptions) {
    this.#options = options;
  }

  /** The Type 2 for this Type 1. @throws NtlmError `malformed`, `not-supported` */
  challenge(negotiate: Buffer): Buffer {
    const offered = decodeNegotiate(negotiate).flags;
    if (!hasFlag(offered, 'extendedSessionSecurity'))
      throw new NtlmError('not-supported', 'the client does NTLM without extended session security');
    const { clock, names, random = randomBytes } = this.#options;
    const nonce = random(8);
    const flags = ((offered & understood) | always) >>> 0;
    const message = encodeChallenge({
      flags,
      targetName: names.domain,
      challenge: nonce,
      targetInfo: factsOf(names, fileTime(clock.now())),
    });
    this.#given = { negotiate: Buffer.from(negotiate), challenge: nonce, message, flags };
    this.#received = null;
    return message;
  }

  /** What this Type 3 says. The challenge is used up by it. @throws NtlmError `malformed`, `ntlm-v1`, `anonymous`, `used-challenge` */
  read(authenticate: Buffer): ReceivedNtlm {
    const given = this.#given;
    if (given === null) throw new NtlmError('used-challenge', 'an answer to no challenge of ours');
    this.#given = null;
    const message = decodeAuthenticate(authenticate);
    if (hasFlag(message.flags, 'anonymous') || (message.user === '' && message.nt.length === 0))
      throw new NtlmError('anonymous', 'the client named nobody');
    const answer = readAnswer(message.nt);
    this.#received = {
      given,
      authenticate: Buffer.from(authenticate),
      encryptedSessionKey: message.encryptedSessionKey,
      answer,
      mic: message.mic,
      flags: (given.flags & message.flags) >>> 0,
    };
    const bindings = avValue(answer.facts, avIds.channelBindings);
    return {
      user: message.user,
      domain: message.domain,
      workstation: message.workstation,
      challenge: given.challenge,
      nt: message.nt,
      lm: message.lm,
      flags: message.flags,
      hasMic: answer.hasMic,
      targetName: avText(answer.facts, avIds.targetName),
      channelBindings: bindings?.length === 16 && !bindings.equals(zeros) ? bindings : null,
    };
  }

  /**
   * For who knows the password's hash: checks the proof, then all that `finish` does.
   * @param ntHash the hash (`proof.ts`), or where to find it; null for a user that there is not
   * @throws NtlmError as `read` and `finish` do, and `wrong-proof`
   */
  accept(
    authenticate: Buffer,
    ntHash: Buffer | ((user: string, domain: string) => Buffer | null),
  ): NtlmAccepted & ReceivedNtlm {
    const said = this.read(authenticate);
    const { answer } = this.#received as Received;
    const hash = typeof ntHash === 'function' ? ntHash(said.user, said.domain) : ntHash;
    const key = responseKey(hash ?? zeros, said.user, said.domain);
    const baseKey = checkAnswer(key, said.challenge, answer);
    if (hash === null || baseKey === null)
      throw new NtlmError('wrong-proof', 'the answer does not show the password');
    return { ...said, ...this.finish(baseKey) };
  }

  /**
   * For whom a domain controller checked the proof: checks the MIC, and derives the keys.
   * @param baseKey SessionBaseKey, 16 bytes, as the domain controller tells it (UserSessionKey)
   * @throws NtlmError `wrong-mic`, `used-challenge`
   */
  finish(baseKey: Buffer): NtlmAccepted {
    const received = this.#received;
    if (received === null) throw new NtlmError('used-challenge', 'no answer was read');
    this.#received = null;
    const { given, authenticate, encryptedSessionKey, answer, mic, flags } = received;
    const exchanged = hasFlag(flags, 'keyExchange') ? encryptedSessionKey : Buffer.alloc(0);
    const sessionKey = exportedKey(baseKey, exchanged);
    if (answer.hasMic) {
      const due = micOf(sessionKey, given.negotiate, given.message, authenticate);
      if (mic === null || !timingSafeEqual(due, mic))
        throw new NtlmError('wrong-mic', 'the messages of NTLM were changed on their way');
    }
    return { sessionKey, security: ntlmSecurity(sessionKey, flags, 'server') };
  }
}

function factsOf(names: NtlmServerNames, time: Buffer): AvPair[] {
  const text = (id: number, value: string | undefined): AvPair[] =>
    value ? [{ id, value: Buffer.from(value, 'utf16le') }] : [];
  return [
    ...text(avIds.domainName, names.domain),
    ...text(avIds.computerName, names.computer),
    ...text(avIds.dnsDomainName, names.dnsDomain),
    ...text(avIds.dnsComputerName, names.dnsComputer),
    { id: avIds.timestamp, value: time },
  ];
}
