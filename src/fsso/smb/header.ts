import { SmbDecodeError } from './errors.ts';
import { type Command, commands, headerFlags } from './profile.ts';

/** The header of every message (MS-SMB2 2.2.1); bytes. */
export const headerBytes = 64;
export const signatureAt = 48;
const protocolId = 0xfe534d42;

/** A header, of a request or of a response. */
export interface SmbHeader {
  readonly command: number;
  /** NTSTATUS of a response; 0 in a request. */
  readonly status: number;
  /** Asked for in a request, granted in a response. */
  readonly credits: number;
  readonly creditCharge: number;
  readonly flags: number;
  readonly messageId: bigint;
  /** Of an asynchronous message; null in others, which have a tree. */
  readonly asyncId: bigint | null;
  readonly treeId: number;
  readonly sessionId: bigint;
}

export function encodeHeader(header: SmbHeader): Buffer {
  const bytes = Buffer.alloc(headerBytes);
  bytes.writeUInt32BE(protocolId, 0);
  bytes.writeUInt16LE(headerBytes, 4);
  bytes.writeUInt16LE(header.creditCharge, 6);
  bytes.writeUInt32LE(header.status, 8);
  bytes.writeUInt16LE(header.command, 12);
  bytes.writeUInt16LE(header.credits, 14);
  bytes.writeUInt32LE(header.asyncId === null ? header.flags : header.flags | headerFlags.async, 16);
  bytes.writeBigUInt64LE(header.messageId, 24);
  if (header.asyncId === null) bytes.writeUInt32LE(header.treeId, 36);
  else bytes.writeBigUInt64LE(header.asyncId, 32);
  bytes.writeBigUInt64LE(header.sessionId, 40);
  return bytes;
}

/** @throws SmbDecodeError */
export function decodeHeader(message: Buffer): SmbHeader {
  if (message.length < headerBytes)
    throw new SmbDecodeError('truncated', 'a message shorter than its header');
  if (message.readUInt32BE(0) !== protocolId)
    throw new SmbDecodeError('bad-value', 'a message that is not of SMB 2');
  if (message.readUInt16LE(4) !== headerBytes)
    throw new SmbDecodeError('bad-value', 'a header of another size than 64');
  // We send no chains, and answers to single requests come alone (MS-SMB2 3.3.4.1.3).
  if (message.readUInt32LE(20) !== 0) throw new SmbDecodeError('bad-value', 'a chain of messages');
  const flags = message.readUInt32LE(16);
  const isAsync = (flags & headerFlags.async) !== 0;
  return {
    command: message.readUInt16LE(12),
    status: message.readUInt32LE(8),
    credits: message.readUInt16LE(14),
    creditCharge: message.readUInt16LE(6),
    flags,
    messageId: message.readBigUInt64LE(24),
    asyncId: isAsync ? message.readBigUInt64LE(32) : null,
    treeId: isAsync ? 0 : message.readUInt32LE(36),
    sessionId: message.readBigUInt64LE(40),
  };
}

export function commandName(code: number): Command | 'unknown' {
  const found = Object.entries(commands).find(([, value]) => value === code);
  return (found?.[0] as Command | undefined) ?? 'unknown';
}
