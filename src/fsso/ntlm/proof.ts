import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { type AvPair, avFlags, decodeAvPairs, encodeAvPairs, micIsPresent } from './av-pairs.ts';
import { md4 } from './md4.ts';
import { withMic } from './messages.ts';
import { NtlmError } from './ntlm-error.ts';
import { Rc4 } from './rc4.ts';

// MS-NLMP 3.3.2: how NTLM of the second version shows a password without sending it.

export function hmacMd5(key: Buffer, ...parts: readonly Buffer[]): Buffer {
  const hmac = createHmac('md5', key);
  for (const part of parts) hmac.update(part);
  return hmac.digest();
}

export function md5(...parts: readonly Buffer[]): Buffer {
  const hash = createHash('md5');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** What a domain keeps of a password, 16 bytes; as secret as the password. */
export function ntHash(password: string): Buffer {
  return md4(Buffer.from(password, 'utf16le'));
}

/** Capitals as Windows makes them: letter by letter, so that a name keeps its length. */
export function windowsCapitals(text: string): string {
  return Array.from({ length: text.length }, (_, at) => {
    const letter = text.charAt(at);
    const capital = letter.toUpperCase();
    return capital.length === 1 ? capital : letter;
  }).join('');
}

/** NTOWFv2 (MS-NLMP 3.3.2): the key of one user in one domain, from the hash of the password. */
export function responseKey(hash: Buffer, user: string, domain: string): Buffer {
  return hmacMd5(hash, Buffer.from(windowsCapitals(user) + domain, 'utf16le'));
}

/** NTLMv2_CLIENT_CHALLENGE (MS-NLMP 2.2.2.7): what the proof goes over, beside the server's nonce. */
export function clientChallenge(time: Buffer, nonce: Buffer, facts: readonly AvPair[]): Buffer {
  return Buffer.concat([
    Buffer.from([1, 1, 0, 0, 0, 0, 0, 0]),
    time,
    nonce,
    Buffer.alloc(4),
    encodeAvPairs(facts),
    Buffer.alloc(4),
  ]);
}

export interface Proof {
  /** NtChallengeResponse: the proof, then what it goes over. */
  readonly nt: Buffer;
  /** SessionBaseKey, 16 bytes. */
  readonly baseKey: Buffer;
}

export function prove(key: Buffer, challenge: Buffer, over: Buffer): Proof {
  const proof = hmacMd5(key, challenge, over);
  return { nt: Buffer.concat([proof, over]), baseKey: hmacMd5(key, proof) };
}

/** LMv2 (MS-NLMP 3.3.2), 24 bytes, for servers that name no time. */
export function lmProof(key: Buffer, challenge: Buffer, nonce: Buffer): Buffer {
  return Buffer.concat([hmacMd5(key, challenge, nonce), nonce]);
}

const proofLength = 16;
const factsAt = proofLength + 28;
/** The answer of the first version is just this long (MS-NLMP 2.2.2.6). */
const firstVersionLength = 24;

/** An answer taken apart: the proof, what it goes over, and the facts in that. */
export interface Answer {
  readonly proof: Buffer;
  readonly over: Buffer;
  readonly facts: readonly AvPair[];
  readonly hasMic: boolean;
}

/** @throws NtlmError `ntlm-v1` for an answer of the first version, `malformed` for what is none */
export function readAnswer(nt: Buffer): Answer {
  if (nt.length === firstVersionLength)
    throw new NtlmError('ntlm-v1', 'the client answered with NTLM of the first version, which is not taken');
  if (nt.length < factsAt || nt[proofLength] !== 1 || nt[proofLength + 1] !== 1)
    throw new NtlmError('malformed', 'the answer is none of NTLM of the second version');
  const facts = decodeAvPairs(nt.subarray(factsAt));
  return {
    proof: nt.subarray(0, proofLength),
    over: nt.subarray(proofLength),
    facts,
    hasMic: (avFlags(facts) & micIsPresent) !== 0,
  };
}

/** SessionBaseKey where the answer shows that the key was known. Takes as long for a wrong one as for a right one. */
export function checkAnswer(key: Buffer, challenge: Buffer, answer: Answer): Buffer | null {
  const due = hmacMd5(key, challenge, answer.over);
  return timingSafeEqual(due, answer.proof) ? hmacMd5(key, due) : null;
}

/** ExportedSessionKey (MS-NLMP 3.1.5.1.2): the base key, or what was encrypted with it. */
export function exportedKey(baseKey: Buffer, encrypted: Buffer): Buffer {
  return encrypted.length === 16 ? new Rc4(baseKey).apply(encrypted) : baseKey;
}

/** The MIC over all three messages; the one in `authenticate` counts as zeros (MS-NLMP 3.1.5.1.2). */
export function micOf(key: Buffer, negotiate: Buffer, challenge: Buffer, authenticate: Buffer): Buffer {
  return hmacMd5(key, negotiate, challenge, withMic(authenticate, Buffer.alloc(16)));
}
