import { SmbDecodeError } from './errors.ts';
import { fixedPart, variablePart } from './fields.ts';
import { headerBytes } from './header.ts';
import {
  allDialects,
  type Cipher,
  ciphers,
  contextTypes,
  type Dialect,
  dialectOf,
  dialects,
  type Signing,
  sha512,
  signings,
} from './profile.ts';

/** What a client offers (MS-SMB2 2.2.3). The lists stand in contexts, which go out where 3.1.1 is among the dialects. */
export interface NegotiateOffer {
  readonly dialects: readonly Dialect[];
  readonly securityMode: number;
  readonly capabilities: number;
  /** 16 bytes. */
  readonly clientGuid: Buffer;
  /** 32 random bytes for the preauthentication integrity. */
  readonly salt: Buffer;
  readonly ciphers: readonly Cipher[];
  readonly signings: readonly Signing[];
}

/** What the server chose (MS-SMB2 2.2.4). */
export interface NegotiateChoice {
  readonly dialect: Dialect;
  readonly securityMode: number;
  readonly capabilities: number;
  readonly serverGuid: Buffer;
  readonly maxTransact: number;
  readonly maxRead: number;
  readonly maxWrite: number;
  /** SPNEGO's hint of the server; may be empty. */
  readonly securityBuffer: Buffer;
  /** Of 3.1.1; null where it chose none, or in other dialects. */
  readonly cipher: Cipher | null;
  readonly signing: Signing | null;
  /** It chose SHA-512; always so in 3.1.1, or the answer is refused. */
  readonly hasPreauth: boolean;
}

const requestBytes = 36;
const mostContexts = 32;
const aligned = (length: number) => (length + 7) & ~7;

function context(type: number, data: Buffer): Buffer {
  const bytes = Buffer.alloc(8 + data.length);
  bytes.writeUInt16LE(type, 0);
  bytes.writeUInt16LE(data.length, 2);
  bytes.set(data, 8);
  return bytes;
}

function numbers(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(2 * values.length);
  for (const [at, value] of values.entries()) bytes.writeUInt16LE(value, 2 * at);
  return bytes;
}

/** The request's body. */
export function encodeNegotiate(offer: NegotiateOffer): Buffer {
  const list = numbers(...offer.dialects.map((name) => dialects[name]));
  const fixed = Buffer.alloc(requestBytes);
  fixed.writeUInt16LE(36, 0);
  fixed.writeUInt16LE(offer.dialects.length, 2);
  fixed.writeUInt16LE(offer.securityMode, 4);
  fixed.writeUInt32LE(offer.capabilities, 8);
  // MS-SMB2 3.2.4.2.2.2: zero where nothing newer than 2.0.2 is offered.
  if (offer.dialects.some((name) => name !== '2.0.2')) fixed.set(offer.clientGuid, 12);
  if (!offer.dialects.includes('3.1.1')) return Buffer.concat([fixed, list]);
  const salted = Buffer.concat([numbers(1, offer.salt.length, sha512), offer.salt]);
  const contexts = [
    context(contextTypes.preauthIntegrity, salted),
    context(
      contextTypes.encryption,
      numbers(offer.ciphers.length, ...offer.ciphers.map((name) => ciphers[name])),
    ),
    context(
      contextTypes.signing,
      numbers(offer.signings.length, ...offer.signings.map((name) => signings[name])),
    ),
  ];
  const at = aligned(headerBytes + requestBytes + list.length);
  fixed.writeUInt32LE(at, 28);
  fixed.writeUInt16LE(contexts.length, 32);
  const padded = contexts.map((bytes, index) =>
    index === contexts.length - 1
      ? bytes
      : Buffer.concat([bytes, Buffer.alloc(aligned(bytes.length) - bytes.length)]),
  );
  const gap = Buffer.alloc(at - headerBytes - requestBytes - list.length);
  return Buffer.concat([fixed, list, gap, ...padded]);
}

/**
 * The whole response.
 * @throws SmbDecodeError
 */
export function decodeNegotiateResponse(message: Buffer): NegotiateChoice {
  const body = fixedPart(message, 65);
  const dialect = dialectOf(body.readUInt16LE(4));
  if (dialect === null)
    throw new SmbDecodeError('bad-value', `the dialect 0x${body.readUInt16LE(4).toString(16)}`);
  const chosen = dialect === '3.1.1' ? contextsOf(message, body) : { cipher: null, signing: null };
  if (dialect === '3.1.1' && !('hasPreauth' in chosen && chosen.hasPreauth))
    throw new SmbDecodeError('bad-value', '3.1.1 without preauthentication integrity');
  return {
    dialect,
    securityMode: body.readUInt16LE(2),
    capabilities: body.readUInt32LE(24),
    serverGuid: Buffer.from(body.subarray(8, 24)),
    maxTransact: body.readUInt32LE(28),
    maxRead: body.readUInt32LE(32),
    maxWrite: body.readUInt32LE(36),
    securityBuffer: Buffer.from(
      variablePart(message, body.readUInt16LE(56), body.readUInt16LE(58), headerBytes + 64),
    ),
    cipher: chosen.cipher,
    signing: chosen.signing,
    hasPreauth: dialect === '3.1.1',
  };
}

/** MS-SMB2 2.2.4.1, 3.2.5.2. */
function contextsOf(message: Buffer, body: Buffer) {
  const count = body.readUInt16LE(6);
  if (count > mostContexts) throw new SmbDecodeError('too-long', `${count} contexts`);
  let at = body.readUInt32LE(60);
  let hasPreauth = false;
  let cipher: Cipher | null = null;
  let signing: Signing | null = null;
  for (let left = count; left > 0; left -= 1) {
    if (at < headerBytes + 64 || at + 8 > message.length)
      throw new SmbDecodeError('bad-length', `a context at ${at} in a message of ${message.length}`);
    const type = message.readUInt16LE(at);
    const data = variablePart(message, at + 8, message.readUInt16LE(at + 2), at + 8);
    if (type === contextTypes.preauthIntegrity) hasPreauth = choice(data, 4) === sha512;
    if (type === contextTypes.encryption) cipher = nameOf(ciphers, choice(data, 2));
    if (type === contextTypes.signing) signing = nameOf(signings, choice(data, 2));
    at = aligned(at + 8 + data.length);
  }
  return { hasPreauth, cipher, signing };
}

/** The one number that a server puts into its list. */
function choice(data: Buffer, at: number): number {
  if (data.length < at + 2 || data.readUInt16LE(0) !== 1)
    throw new SmbDecodeError('bad-value', 'a context that chooses another number than one');
  return data.readUInt16LE(at);
}

function nameOf<Name extends string>(table: Readonly<Record<Name, number>>, code: number): Name | null {
  return (Object.keys(table) as Name[]).find((name) => table[name] === code) ?? null;
}

/** What is asked again once the session is signed (MS-SMB2 2.2.31.4), so that nobody in between can have weakened it. */
export function encodeValidateNegotiate(offer: NegotiateOffer): Buffer {
  const fixed = Buffer.alloc(24);
  fixed.writeUInt32LE(offer.capabilities, 0);
  if (offer.dialects.some((name) => name !== '2.0.2')) fixed.set(offer.clientGuid, 4);
  fixed.writeUInt16LE(offer.securityMode, 20);
  fixed.writeUInt16LE(offer.dialects.length, 22);
  return Buffer.concat([fixed, numbers(...offer.dialects.map((name) => dialects[name]))]);
}

/** True where the server says again what it said at first (MS-SMB2 2.2.32.6). @throws SmbDecodeError */
export function confirmsNegotiate(answer: Buffer, choice: NegotiateChoice): boolean {
  if (answer.length < 24) throw new SmbDecodeError('truncated', 'an answer to the check of the negotiation');
  return (
    answer.readUInt32LE(0) === choice.capabilities &&
    answer.subarray(4, 20).equals(choice.serverGuid) &&
    answer.readUInt16LE(20) === choice.securityMode &&
    answer.readUInt16LE(22) === dialects[choice.dialect]
  );
}

/** The dialects of a list in our order, the oldest first, as servers expect them. */
export function sortedDialects(wanted: readonly Dialect[]): Dialect[] {
  return allDialects.filter((name) => wanted.includes(name));
}
