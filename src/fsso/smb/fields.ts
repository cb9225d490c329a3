import { SmbDecodeError } from './errors.ts';
import { headerBytes } from './header.ts';

/** The fixed part of a message behind its header. @throws SmbDecodeError where it is shorter, or of another structure */
export function fixedPart(message: Buffer, structureSize: number): Buffer {
  // The lowest bit says only that something variable follows (MS-SMB2 2.2.3 and others).
  const length = structureSize & ~1;
  if (message.length < headerBytes + length)
    throw new SmbDecodeError('truncated', 'a message shorter than its fixed part');
  const body = message.subarray(headerBytes);
  if (body.readUInt16LE(0) !== structureSize)
    throw new SmbDecodeError(
      'bad-value',
      `a structure of size ${body.readUInt16LE(0)}, not ${structureSize}`,
    );
  return body;
}

/** What an offset from the header and a length name; nothing where the length is 0. @throws SmbDecodeError */
export function variablePart(message: Buffer, offset: number, length: number, fixedEnd: number): Buffer {
  if (length === 0) return Buffer.alloc(0);
  if (offset < fixedEnd || offset + length > message.length)
    throw new SmbDecodeError('bad-length', `${length} bytes at ${offset} in a message of ${message.length}`);
  return message.subarray(offset, offset + length);
}
