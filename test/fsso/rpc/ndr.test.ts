import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RpcDecodeError } from '../../../src/fsso/rpc/errors.ts';
import { guidBytes, guidText } from '../../../src/fsso/rpc/guid.ts';
import { NdrReader } from '../../../src/fsso/rpc/ndr-reader.ts';
import { NdrWriter } from '../../../src/fsso/rpc/ndr-writer.ts';

const reason = (read: () => unknown): string => {
  try {
    read();
  } catch (error) {
    if (error instanceof RpcDecodeError) return error.reason;
    throw error;
  }
  return 'none';
};

describe('NDR', () => {
  test('numbers stand at multiples of their size, with zeros between', () => {
    const stub = new NdrWriter().u8(1).u16(2).u8(3).u32(4).u64(5n).finish();
    expect(stub.toString('hex')).toBe('01000200' + '03000000' + '04000000' + '00000000' + '0500000000000000');
    const reader = new NdrReader(stub);
    expect([reader.u8(), reader.u16(), reader.u8(), reader.u32(), reader.u64()]).toEqual([1, 2, 3, 4, 5n]);
    expect(reader.left).toBe(0);
  });

  test('a string has room, offset, length and its NUL', () => {
    expect(new NdrWriter().wideString('ab').finish().toString('hex')).toBe(
      '03000000' + '00000000' + '03000000' + '610062000000',
    );
    expect(new NdrWriter().wholeUnicodeString('ab').finish().toString('hex')).toBe(
      '0400' + '0400' + '04000200' + '02000000' + '00000000' + '02000000' + '61006200',
    );
  });

  test('what was written is read again, whatever the order', () => {
    const value = fc.oneof(
      fc.record({ kind: fc.constant('u8' as const), value: fc.nat(0xff) }),
      fc.record({ kind: fc.constant('u16' as const), value: fc.nat(0xffff) }),
      fc.record({ kind: fc.constant('u32' as const), value: fc.nat(0xffffffff) }),
      fc.record({ kind: fc.constant('text' as const), value: fc.string({ unit: 'grapheme' }) }),
    );
    fc.assert(
      fc.property(fc.array(value), (values) => {
        const writer = new NdrWriter();
        for (const each of values)
          if (each.kind === 'text') writer.optionalString(each.value);
          else writer[each.kind](each.value);
        const reader = new NdrReader(writer.finish());
        for (const each of values)
          if (each.kind === 'text') {
            expect(reader.pointer()).toBe(true);
            expect(reader.wideString()).toBe(each.value.replace(/\0.*$/s, ''));
          } else expect(reader[each.kind]()).toBe(each.value);
        expect(reader.left).toBe(0);
      }),
    );
  });

  test('counts and lengths are held against what is there', () => {
    const huge = new NdrWriter().u32(0x7fffffff).u32(0).u32(0x7fffffff).finish();
    expect(reason(() => new NdrReader(huge).wideString())).toBe('truncated');
    expect(reason(() => new NdrReader(huge).varyingBytes())).toBe('truncated');
    expect(reason(() => new NdrReader(huge).count(1))).toBe('bad-length');
    const beyond = new NdrWriter().u32(1).u32(0).u32(2).u32(0).finish();
    expect(reason(() => new NdrReader(beyond).wideString())).toBe('bad-length');
    const inside = new NdrWriter().u32(4).u32(1).u32(2).u32(0).finish();
    expect(reason(() => new NdrReader(inside).wideString())).toBe('bad-length');
    expect(reason(() => new NdrReader(Buffer.alloc(3)).u32())).toBe('truncated');
    const odd = new NdrReader(Buffer.alloc(5));
    odd.bytes(5);
    expect(reason(() => odd.align(4))).toBe('truncated');
  });

  test('GUIDs are little-endian in their first half', () => {
    const text = '4b324fc8-1670-01d3-1278-5a47bf6ee188';
    expect(guidBytes(text).toString('hex')).toBe('c84f324b7016d30112785a47bf6ee188');
    expect(guidText(guidBytes(text))).toBe(text);
    expect(() => guidBytes('4b324fc8')).toThrow(RangeError);
  });
});
