import { SmbDecodeError } from './errors.ts';
import { fixedPart, variablePart } from './fields.ts';
import { headerBytes } from './header.ts';

// The bodies of requests, and what is read of the responses: only as much as pipes take.

/** Sixteen bytes that name an open pipe (MS-SMB2 2.2.14.1). */
export type FileId = Buffer;
/** For controls that belong to no file (MS-SMB2 2.2.31). */
export const noFile: FileId = Buffer.alloc(16, 0xff);

/** MS-SMB2 2.2.5. */
export function encodeSessionSetup(securityMode: number, token: Buffer): Buffer {
  const fixed = Buffer.alloc(24);
  fixed.writeUInt16LE(25, 0);
  fixed.writeUInt8(securityMode, 3);
  fixed.writeUInt16LE(headerBytes + 24, 12);
  fixed.writeUInt16LE(token.length, 14);
  return Buffer.concat([fixed, token]);
}

/** MS-SMB2 2.2.6. @throws SmbDecodeError */
export function decodeSessionSetup(message: Buffer): { flags: number; token: Buffer } {
  const body = fixedPart(message, 9);
  const token = variablePart(message, body.readUInt16LE(4), body.readUInt16LE(6), headerBytes + 8);
  return { flags: body.readUInt16LE(2), token: Buffer.from(token) };
}

/** LOGOFF, TREE_DISCONNECT, ECHO and CANCEL: four bytes that say nothing (MS-SMB2 2.2.7, 2.2.11, 2.2.28, 2.2.30). */
export const emptyBody: Buffer = Buffer.from([4, 0, 0, 0]);

/** MS-SMB2 2.2.9. @param path `\\server\share` */
export function encodeTreeConnect(path: string): Buffer {
  const name = Buffer.from(path, 'utf16le');
  const fixed = Buffer.alloc(8);
  fixed.writeUInt16LE(9, 0);
  fixed.writeUInt16LE(headerBytes + 8, 4);
  fixed.writeUInt16LE(name.length, 6);
  return Buffer.concat([fixed, name]);
}

/** MS-SMB2 2.2.10. @throws SmbDecodeError */
export function decodeTreeConnect(message: Buffer): { shareType: number; shareFlags: number } {
  const body = fixedPart(message, 16);
  return { shareType: body.readUInt8(2), shareFlags: body.readUInt32LE(4) };
}

/** Opens what exists, to read and to write, shared (MS-SMB2 2.2.13); access 0x12019f is what Windows asks for a pipe. */
export function encodeCreate(name: string): Buffer {
  const text = Buffer.from(name, 'utf16le');
  const fixed = Buffer.alloc(56);
  fixed.writeUInt16LE(57, 0);
  fixed.writeUInt32LE(2, 4);
  fixed.writeUInt32LE(0x0012019f, 24);
  fixed.writeUInt32LE(3, 32);
  fixed.writeUInt32LE(1, 36);
  fixed.writeUInt16LE(headerBytes + 56, 44);
  fixed.writeUInt16LE(text.length, 46);
  return Buffer.concat([fixed, text]);
}

/** MS-SMB2 2.2.14. @throws SmbDecodeError */
export function decodeCreate(message: Buffer): FileId {
  return Buffer.from(fixedPart(message, 89).subarray(64, 80));
}

/** MS-SMB2 2.2.15. */
export function encodeClose(file: FileId): Buffer {
  const fixed = Buffer.alloc(24);
  fixed.writeUInt16LE(24, 0);
  fixed.set(file, 8);
  return fixed;
}

/** MS-SMB2 2.2.19. */
export function encodeRead(file: FileId, length: number): Buffer {
  const fixed = Buffer.alloc(49);
  fixed.writeUInt16LE(49, 0);
  fixed.writeUInt32LE(length, 4);
  fixed.set(file, 16);
  return fixed;
}

/** MS-SMB2 2.2.20. @throws SmbDecodeError */
export function decodeRead(message: Buffer): Buffer {
  const body = fixedPart(message, 17);
  return Buffer.from(variablePart(message, body.readUInt8(2), body.readUInt32LE(4), headerBytes + 16));
}

/** MS-SMB2 2.2.21. */
export function encodeWrite(file: FileId, data: Buffer): Buffer {
  const fixed = Buffer.alloc(48);
  fixed.writeUInt16LE(49, 0);
  fixed.writeUInt16LE(headerBytes + 48, 2);
  fixed.writeUInt32LE(data.length, 4);
  fixed.set(file, 16);
  return Buffer.concat([fixed, data]);
}

/** How many bytes were written (MS-SMB2 2.2.22). @throws SmbDecodeError */
export function decodeWrite(message: Buffer): number {
  return fixedPart(message, 17).readUInt32LE(4);
}

export interface ControlRequest {
  readonly control: number;
  readonly file: FileId;
  readonly input: Buffer;
  /** Bytes of an answer, at most. */
  readonly maxOutput: number;
}

/** A control of the file system (MS-SMB2 2.2.31). */
export function encodeIoctl({ control, file, input, maxOutput }: ControlRequest): Buffer {
  const fixed = Buffer.alloc(56);
  fixed.writeUInt16LE(57, 0);
  fixed.writeUInt32LE(control, 4);
  fixed.set(file, 8);
  fixed.writeUInt32LE(headerBytes + 56, 24);
  fixed.writeUInt32LE(input.length, 28);
  fixed.writeUInt32LE(maxOutput, 44);
  fixed.writeUInt32LE(1, 48);
  return Buffer.concat([fixed, input]);
}

/** The output (MS-SMB2 2.2.32). @throws SmbDecodeError */
export function decodeIoctl(message: Buffer, longest: number): Buffer {
  const body = fixedPart(message, 49);
  const length = body.readUInt32LE(36);
  if (length > longest)
    throw new SmbDecodeError('too-long', `${length} bytes, and ${longest} were asked for`);
  return Buffer.from(variablePart(message, body.readUInt32LE(32), length, headerBytes + 48));
}
