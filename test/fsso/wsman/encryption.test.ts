import { expect, test } from 'vitest';
import { isSealed, readSealed, sealedContentType, writeSealed } from '../../../src/fsso/wsman/encryption.ts';
import { WsmanDecodeError } from '../../../src/fsso/wsman/xml.ts';

const signature = Buffer.from('0123456789abcdef');

test('a sealed message comes back, even when it looks like its own end', () => {
  for (const sealed of [
    Buffer.alloc(0),
    Buffer.from([0, 1, 0xff]),
    Buffer.from('--Encrypted Boundary--\r\n'),
    Buffer.from('--Encrypted Boundary\r\n\tContent-Type: application/octet-stream\r\n'),
    Buffer.alloc(5000, '\n'),
  ])
    expect(readSealed(writeSealed({ signature, sealed }, sealed.length))).toEqual({
      signature,
      sealed,
      length: sealed.length,
    });
});

test('the form of Windows is read: spaces before the boundary, other white space, another order of capitals', () => {
  const body = Buffer.concat([
    Buffer.from(
      '-- Encrypted Boundary\r\nContent-Type: application/HTTP-SPNEGO-session-encrypted\r\nOriginalContent: type=application/soap+xml;charset=UTF-8;Length=3\r\n-- Encrypted Boundary\r\nContent-Type: application/octet-stream\r\n',
    ),
    Buffer.from([16, 0, 0, 0]),
    signature,
    Buffer.from('abc'),
    Buffer.from('-- Encrypted Boundary--\r\n'),
  ]);
  expect(readSealed(body).sealed.toString()).toBe('abc');
});

test('only its own kind is a sealed message', () => {
  expect(isSealed(sealedContentType)).toBe(true);
  expect(isSealed('application/soap+xml;charset=UTF-8')).toBe(false);
});

test('what is cut, too short or of another length is refused', () => {
  const whole = writeSealed({ signature, sealed: Buffer.from('abc') }, 3);
  for (let length = 0; length < whole.length - 2; length++)
    expect(() => readSealed(whole.subarray(0, length)), String(length)).toThrow(WsmanDecodeError);
  expect(() => readSealed(writeSealed({ signature, sealed: Buffer.from('abc') }, 4))).toThrow('says 4');
  const long = Buffer.from(whole);
  long.writeUInt32LE(0x7fffffff, whole.indexOf(signature) - 4);
  expect(() => readSealed(long)).toThrow('signature of 2147483647 octets');
});
