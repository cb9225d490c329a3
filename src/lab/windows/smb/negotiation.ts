import { randomBytes } from 'node:crypto';
import type { Clock } from '../../../clock.ts';
import { fileTime } from '../../../fsso/ntlm/av-pairs.ts';
import { spnegoOffer } from '../../../fsso/ntlm/spnego-server.ts';
import {
  allDialects,
  type Cipher,
  capabilities,
  ciphers,
  contextTypes,
  type Dialect,
  dialects,
  offeredCiphers,
  offeredSignings,
  type Signing,
  sha512,
  signings,
} from '../../../fsso/smb/profile.ts';
import { headerBytes, namedBytes } from './wire.ts';

// Agreeing on a dialect (MS-SMB2 3.3.5.3 and 3.3.5.4). Signing is always required.

/** What old clients begin with: they speak SMB 2, and ask which (MS-SMB2 2.2.4). */
const anySmb2 = 0x02ff;
const signingRequired = 0x3;
/** Bytes of one read, write or control code. */
const mostBytes = 65_536;
const mostContexts = 16;

export interface Agreed {
  readonly dialect: Dialect;
  /** Null where the client does none, or the dialect has none. */
  readonly cipher: Cipher | null;
  /** Of 3.1.1, where the client says how it signs. */
  readonly signing: Signing | null;
}

/** What this NEGOTIATE, header included, leads to; null where no dialect is in common. @throws RangeError */
export function agreedOn(message: Buffer): Agreed | null {
  const body = message.subarray(headerBytes);
  const offered = Array.from({ length: body.readUInt16LE(2) }, (_, index) =>
    body.readUInt16LE(36 + 2 * index),
  );
  const dialect = allDialects.toReversed().find((each) => offered.includes(dialects[each]));
  if (dialect === undefined) return null;
  const none = { dialect, cipher: null, signing: null };
  if (!dialect.startsWith('3')) return none;
  if (dialect !== '3.1.1')
    return (body.readUInt32LE(8) & capabilities.encryption) === 0 ? none : { ...none, cipher: 'aes-128-ccm' };
  const lists = contextsOf(message, body.readUInt32LE(28), body.readUInt16LE(32));
  return {
    dialect,
    cipher:
      offeredCiphers.find((each) => lists.get(contextTypes.encryption)?.includes(ciphers[each])) ?? null,
    signing:
      offeredSignings.find((each) => lists.get(contextTypes.signing)?.includes(signings[each])) ?? null,
  };
}

/** The numbers in each list of a client, by the type of its context. */
function contextsOf(message: Buffer, offset: number, count: number): Map<number, number[]> {
  const lists = new Map<number, number[]>();
  let at = offset;
  for (let left = Math.min(count, mostContexts); left > 0; left -= 1) {
    const data = namedBytes(message, at + 8, message.readUInt16LE(at + 2));
    const length = data.length >= 2 ? data.readUInt16LE(0) : 0;
    const fitting = Math.min(length, Math.floor((data.length - 2) / 2));
    lists.set(
      message.readUInt16LE(at),
      Array.from({ length: Math.max(0, fitting) }, (_, index) => data.readUInt16LE(2 + 2 * index)),
    );
    at = (at + 8 + data.length + 7) & ~7;
  }
  return lists;
}

/** True for SMB 1's NEGOTIATE of a client that speaks SMB 2 too (MS-SMB2 3.3.5.3.1). */
export function asksForSmb2(frame: Buffer): boolean {
  const isNegotiate = frame.length > 32 && frame.readUInt32BE(0) === 0xff534d42 && frame[4] === 0x72;
  return isNegotiate && frame.includes('SMB 2.???');
}

const numbers = (...values: readonly number[]) => {
  const bytes = Buffer.alloc(2 * values.length);
  for (const [index, value] of values.entries()) bytes.writeUInt16LE(value, 2 * index);
  return bytes;
};
const filledUp = (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc((8 - (bytes.length % 8)) % 8)]);
const context = (type: number, data: Buffer) =>
  filledUp(Buffer.concat([numbers(type, data.length, 0, 0), data]));

/** @param agreed null answers SMB 1's question with "ask again" */
export function negotiateBody(agreed: Agreed | null, serverId: Buffer, clock: Clock): Buffer {
  const offer = spnegoOffer();
  const fixed = Buffer.alloc(64);
  fixed.writeUInt16LE(65, 0);
  fixed.writeUInt16LE(signingRequired, 2);
  fixed.writeUInt16LE(agreed === null ? anySmb2 : dialects[agreed.dialect], 4);
  serverId.copy(fixed, 8);
  fixed.writeUInt32LE(agreed === null ? 0 : capabilitiesOf(agreed), 24);
  for (const at of [28, 32, 36]) fixed.writeUInt32LE(mostBytes, at);
  fileTime(clock.now()).copy(fixed, 40);
  fixed.writeUInt16LE(headerBytes + fixed.length, 56);
  fixed.writeUInt16LE(offer.length, 58);
  if (agreed?.dialect !== '3.1.1') return Buffer.concat([fixed, offer]);
  const { cipher, signing } = agreed;
  const salt = randomBytes(32);
  const contexts = [
    context(contextTypes.preauthIntegrity, Buffer.concat([numbers(1, salt.length, sha512), salt])),
    ...(cipher === null ? [] : [context(contextTypes.encryption, numbers(1, ciphers[cipher]))]),
    ...(signing === null ? [] : [context(contextTypes.signing, numbers(1, signings[signing]))]),
  ];
  // Both begin at a multiple of 8, as the header ends at one.
  const head = filledUp(Buffer.concat([fixed, offer]));
  head.writeUInt16LE(contexts.length, 6);
  head.writeUInt32LE(headerBytes + head.length, 60);
  return Buffer.concat([head, ...contexts]);
}

/** Only 3.0 and 3.0.2 say here that they encrypt (MS-SMB2 3.3.5.4). */
function capabilitiesOf({ dialect, cipher }: Agreed): number {
  return cipher !== null && dialect !== '3.1.1' ? capabilities.encryption : 0;
}

/** What FSCTL_VALIDATE_NEGOTIATE_INFO is answered with (MS-SMB2 2.2.32.6): the same as above, signed this time. */
export function negotiateCheck(agreed: Agreed, serverId: Buffer): Buffer {
  const body = Buffer.alloc(24);
  body.writeUInt32LE(capabilitiesOf(agreed), 0);
  serverId.copy(body, 4);
  body.writeUInt16LE(signingRequired, 20);
  body.writeUInt16LE(dialects[agreed.dialect], 22);
  return body;
}
