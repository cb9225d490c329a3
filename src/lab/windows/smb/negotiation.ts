import type { Clock } from '../../../clock.ts';
import { fileTime } from '../../../fsso/ntlm/av-pairs.ts';
import { spnegoOffer } from '../../../fsso/ntlm/spnego-server.ts';
import { headerBytes } from './wire.ts';

// Agreeing on a dialect (MS-SMB2 3.3.5.3 and 3.3.5.4). Signing is always required.

/** What old clients begin with: they speak SMB 2, and ask which (MS-SMB2 2.2.4). */
export const anySmb2 = 0x02ff;
const signingRequired = 0x3;
/** Bytes of one read, write or control code. */
export const mostBytes = 65_536;

/** Best first. */
export const labDialects: readonly number[] = [0x210, 0x202];

/** The dialect for this NEGOTIATE; null where none is in common. */
export function chosenDialect(body: Buffer): number | null {
  const count = body.readUInt16LE(2);
  const offered = Array.from({ length: count }, (_, index) => body.readUInt16LE(36 + 2 * index));
  return labDialects.find((dialect) => offered.includes(dialect)) ?? null;
}

/** True for SMB 1's NEGOTIATE of a client that speaks SMB 2 too (MS-SMB2 3.3.5.3.1). */
export function asksForSmb2(frame: Buffer): boolean {
  return (
    frame.length > 32 &&
    frame.readUInt32BE(0) === 0xff534d42 &&
    frame[4] === 0x72 &&
    frame.includes('SMB 2.???')
  );
}

export function negotiateBody(dialect: number, serverId: Buffer, clock: Clock): Buffer {
  const offer = spnegoOffer();
  const fixed = Buffer.alloc(64);
  fixed.writeUInt16LE(65, 0);
  fixed.writeUInt16LE(signingRequired, 2);
  fixed.writeUInt16LE(dialect, 4);
  serverId.copy(fixed, 8);
  for (const at of [28, 32, 36]) fixed.writeUInt32LE(mostBytes, at);
  fileTime(clock.now()).copy(fixed, 40);
  fixed.writeUInt16LE(headerBytes + fixed.length, 56);
  fixed.writeUInt16LE(offer.length, 58);
  return Buffer.concat([fixed, offer]);
}

/** What FSCTL_VALIDATE_NEGOTIATE_INFO is answered with (MS-SMB2 2.2.32.6): the same as above, signed this time. */
export function negotiateCheck(dialect: number, serverId: Buffer): Buffer {
  const body = Buffer.alloc(24);
  serverId.copy(body, 4);
  body.writeUInt16LE(signingRequired, 20);
  body.writeUInt16LE(dialect, 22);
  return body;
}
