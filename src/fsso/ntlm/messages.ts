import { type AvPair, decodeAvPairs, encodeAvPairs } from './av-pairs.ts';
import { hasFlag } from './flags.ts';
import { NtlmError } from './ntlm-error.ts';

// MS-NLMP 2.2.1: three messages; texts and blobs lie behind a fixed head, which says where.

/** Type 1: what the client can do. */
export interface NegotiateMessage {
  readonly flags: number;
  /** As the client wrote them; often empty. */
  readonly domain: string;
  readonly workstation: string;
}

/** Type 2: what the server agrees to, and the nonce. */
export interface ChallengeMessage {
  readonly flags: number;
  readonly targetName: string;
  /** 8 bytes. */
  readonly challenge: Buffer;
  readonly targetInfo: readonly AvPair[];
}

/** Type 3: who it is, and the proof. */
export interface AuthenticateMessage {
  readonly flags: number;
  readonly lm: Buffer;
  readonly nt: Buffer;
  readonly domain: string;
  readonly user: string;
  readonly workstation: string;
  /** Empty without key exchange. */
  readonly encryptedSessionKey: Buffer;
  /** 16 bytes where the head has room for it, which alone does not say that it is meant (avIds.flags does). */
  readonly mic: Buffer | null;
}

const signature = Buffer.from('NTLMSSP\0', 'latin1');
/** Windows 10 in form; the last byte is the revision of NTLM (MS-NLMP 2.2.2.10). */
const version = Buffer.from([10, 0, 0, 0, 0, 0, 0, 15]);
/** More than any message of a real peer; what is longer is not looked at. */
export const longestNtlmMessage = 16 * 1024;
export const micAt = 72;
const authenticateHead = 88;

export const messageTypes = { negotiate: 1, challenge: 2, authenticate: 3 } as const;

function checked(bytes: Buffer, type: number, least: number): void {
  if (bytes.length > longestNtlmMessage)
    throw new NtlmError('malformed', 'a message of NTLM that is too long');
  if (bytes.length < least || !bytes.subarray(0, 8).equals(signature))
    throw new NtlmError('malformed', 'this is no message of NTLM');
  const found = bytes.readUInt32LE(8);
  if (found !== type)
    throw new NtlmError('malformed', `message ${found} of NTLM where message ${type} is due`);
}

/** What the eight bytes at `at` point to (MS-NLMP 2.2.1.1). */
function field(bytes: Buffer, at: number): Buffer {
  const length = bytes.readUInt16LE(at);
  if (length === 0) return bytes.subarray(0, 0);
  const start = bytes.readUInt32LE(at + 4);
  if (start + length > bytes.length)
    throw new NtlmError('malformed', `a field of NTLM ends at byte ${start + length} of ${bytes.length}`);
  return bytes.subarray(start, start + length);
}

function text(bytes: Buffer, at: number, unicode: boolean): string {
  return field(bytes, at).toString(unicode ? 'utf16le' : 'latin1');
}

/** Puts the parts behind the head and their places into it. */
function assemble(head: Buffer, parts: readonly (readonly [at: number, value: Buffer])[]): Buffer {
  let offset = head.length;
  for (const [at, value] of parts) {
    head.writeUInt16LE(value.length, at);
    head.writeUInt16LE(value.length, at + 2);
    head.writeUInt32LE(offset, at + 4);
    offset += value.length;
  }
  return Buffer.concat([head, ...parts.map(([, value]) => value)]);
}

function headOf(type: number, length: number): Buffer {
  const head = Buffer.alloc(length);
  signature.copy(head);
  head.writeUInt32LE(type, 8);
  return head;
}

const utf16 = (value: string): Buffer => Buffer.from(value, 'utf16le');

/** MS-NLMP 2.2.1.1. @throws NtlmError, and nothing else, whatever the bytes */
export function decodeNegotiate(bytes: Buffer): NegotiateMessage {
  checked(bytes, messageTypes.negotiate, 16);
  const flags = bytes.readUInt32LE(12);
  // Old clients leave the places of the names out; what is there is OEM text whatever the flags say.
  return {
    flags,
    domain: bytes.length >= 24 && hasFlag(flags, 'domainSupplied') ? text(bytes, 16, false) : '',
    workstation: bytes.length >= 32 && hasFlag(flags, 'workstationSupplied') ? text(bytes, 24, false) : '',
  };
}

/** Without names, which nobody needs here. */
export function encodeNegotiate(flags: number): Buffer {
  const head = headOf(messageTypes.negotiate, 40);
  head.writeUInt32LE(flags, 12);
  version.copy(head, 32);
  return head;
}

/** MS-NLMP 2.2.1.2. @throws NtlmError, and nothing else, whatever the bytes */
export function decodeChallenge(bytes: Buffer): ChallengeMessage {
  checked(bytes, messageTypes.challenge, 32);
  const flags = bytes.readUInt32LE(20);
  const hasInfo = hasFlag(flags, 'targetInfo') && bytes.length >= 48;
  return {
    flags,
    targetName: text(bytes, 12, hasFlag(flags, 'unicode')),
    challenge: bytes.subarray(24, 32),
    targetInfo: hasInfo ? decodeAvPairs(field(bytes, 40)) : [],
  };
}

export function encodeChallenge(message: ChallengeMessage): Buffer {
  const head = headOf(messageTypes.challenge, 56);
  head.writeUInt32LE(message.flags, 20);
  message.challenge.copy(head, 24);
  version.copy(head, 48);
  return assemble(head, [
    [12, utf16(message.targetName)],
    [40, encodeAvPairs(message.targetInfo)],
  ]);
}

/** MS-NLMP 2.2.1.3. @throws NtlmError, and nothing else, whatever the bytes */
export function decodeAuthenticate(bytes: Buffer): AuthenticateMessage {
  checked(bytes, messageTypes.authenticate, 64);
  const flags = bytes.readUInt32LE(60);
  const unicode = hasFlag(flags, 'unicode');
  const starts = [12, 20, 28, 36, 44, 52]
    .filter((at) => bytes.readUInt16LE(at) > 0)
    .map((at) => bytes.readUInt32LE(at + 4));
  const head = Math.min(bytes.length, ...starts);
  return {
    flags,
    lm: field(bytes, 12),
    nt: field(bytes, 20),
    domain: text(bytes, 28, unicode),
    user: text(bytes, 36, unicode),
    workstation: text(bytes, 44, unicode),
    encryptedSessionKey: field(bytes, 52),
    mic: head >= authenticateHead ? bytes.subarray(micAt, authenticateHead) : null,
  };
}

/** `mic` is written as it is, or zeros, for the MIC goes over the message with zeros in its place (`withMic`). */
export function encodeAuthenticate(message: AuthenticateMessage): Buffer {
  const head = headOf(messageTypes.authenticate, authenticateHead);
  head.writeUInt32LE(message.flags, 60);
  version.copy(head, 64);
  message.mic?.copy(head, micAt);
  return assemble(head, [
    [28, utf16(message.domain)],
    [36, utf16(message.user)],
    [44, utf16(message.workstation)],
    [12, message.lm],
    [20, message.nt],
    [52, message.encryptedSessionKey],
  ]);
}

/** The same Type 3 with this MIC. */
export function withMic(message: Buffer, mic: Buffer): Buffer {
  const whole = Buffer.from(message);
  mic.copy(whole, micAt);
  return whole;
}
