import { encodeHeader } from '../../../src/fsso/smb/header.ts';
import { type Dialect, dialects } from '../../../src/fsso/smb/profile.ts';

/** A response with a header of its own. */
export function response(command: number, body: Buffer, status = 0): Buffer {
  const header = encodeHeader({
    command,
    status,
    credits: 1,
    creditCharge: 1,
    flags: 1,
    messageId: 0n,
    asyncId: null,
    treeId: 0,
    sessionId: 0n,
  });
  return Buffer.concat([header, body]);
}

function context(type: number, ...numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc((8 + 2 * numbers.length + 7) & ~7);
  bytes.writeUInt16LE(type, 0);
  bytes.writeUInt16LE(2 * numbers.length, 2);
  for (const [at, value] of numbers.entries()) bytes.writeUInt16LE(value, 8 + 2 * at);
  return bytes;
}

/** A server's choice, with contexts in 3.1.1: SHA-512, AES-128-GCM, AES-GMAC. */
export function negotiateAnswer(dialect: Dialect): Buffer {
  const fixed = Buffer.alloc(64);
  fixed.writeUInt16LE(65, 0);
  fixed.writeUInt16LE(3, 2);
  fixed.writeUInt16LE(dialects[dialect], 4);
  fixed.fill(5, 8, 24);
  fixed.writeUInt32LE(0x47, 24);
  for (const at of [28, 32, 36]) fixed.writeUInt32LE(0x80_0000, at);
  if (dialect !== '3.1.1') return response(0, fixed);
  fixed.writeUInt16LE(3, 6);
  fixed.writeUInt32LE(128, 60);
  return response(0, Buffer.concat([fixed, context(1, 1, 0, 1), context(2, 1, 2), context(8, 1, 2)]));
}
