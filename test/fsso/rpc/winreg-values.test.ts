import { expect, test } from 'vitest';
import {
  decodeQueryValue,
  encodeOpenKey,
  encodeQueryValue,
  notFound,
} from '../../../src/fsso/rpc/interfaces/winreg-values.ts';
import { NdrReader } from '../../../src/fsso/rpc/ndr-reader.ts';
import { NdrWriter } from '../../../src/fsso/rpc/ndr-writer.ts';

const handle = Buffer.alloc(20, 3);

/** An answer with these bytes as its value. */
function answer(type: number, bytes: Buffer, status = 0): Buffer {
  const writer = new NdrWriter().pointer().u32(type).pointer().varyingBytes(bytes);
  return writer.pointer().u32(bytes.length).pointer().u32(bytes.length).u32(status).finish();
}

test('names go out with their NUL, which their length counts', () => {
  for (const stub of [
    encodeOpenKey(handle, 'S-1\\Volatile Environment'),
    encodeQueryValue(handle, 'USERNAME'),
  ]) {
    const reader = new NdrReader(stub);
    expect(reader.bytes(20)).toEqual(handle);
    const { bytes, hasText } = reader.unicodeString();
    expect(hasText).toBe(true);
    expect(bytes).toBe(2 * (reader.wideString().length + 1));
  }
});

test('a text is read up to its NUL, and what is no text is empty', () => {
  const text = Buffer.from('jürgen\0rest', 'utf16le');
  expect(decodeQueryValue(answer(1, text))).toEqual({ text: 'jürgen', status: 0 });
  expect(decodeQueryValue(answer(4, Buffer.alloc(4)))).toEqual({ text: '', status: 0 });
});

test('a value that is not there is no failure of the decoder', () => {
  const none = new NdrWriter().pointer(false).pointer(false).pointer(false).pointer(false).u32(notFound);
  expect(decodeQueryValue(none.finish())).toEqual({ text: '', status: notFound });
});

test('an answer that ends in the middle is refused', () => {
  const whole = answer(1, Buffer.from('anna\0', 'utf16le'));
  for (let end = 0; end < whole.length; end += 1)
    expect(() => decodeQueryValue(whole.subarray(0, end))).toThrow(
      expect.objectContaining({ name: 'RpcDecodeError' }),
    );
});
