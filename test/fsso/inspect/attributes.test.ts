import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readAttributes } from '../../../src/fsso/inspect/attributes.ts';
import { encodeElement } from '../../../src/fsso/wire/element.ts';
import { encodeKeepalive } from '../../../src/fsso/wire/messages.ts';
import { workedExamples } from './worked-examples.ts';

const fortigate = /client|group filter|send-all|from FortiGate/;

/** As the worked examples write a value. */
function plain(value: string): string {
  const nuls = / \(and (\d+) NUL\)$/.exec(value);
  if (nuls) return value.slice(0, nuls.index) + '\0'.repeat(Number(nuls[1]));
  if (/^([0-9a-f]{2} ){15}/.test(value)) return value.slice(0, 47).replaceAll(' ', '');
  return value.replace(/^(\d+)(, [a-z ]+| \(.*\))$/, '$1');
}

test.each(workedExamples)(
  '$name: every attribute, where it stands and what it says',
  ({ name, hex, attributes }) => {
    const from = fortigate.test(name) && !/filter.*collector/.test(name) ? 'fortigate' : 'collector';
    const read = readAttributes(Buffer.from(hex, 'hex'), from);
    expect(read.every((each) => each.name !== null && each.bytes === null)).toBe(true);
    const found = read.map((each) => [
      each.offset,
      each.code?.toString(16).padStart(2, '0'),
      each.type,
      each.length,
      each.depth,
      each.name === 'response' ? 'response' : plain(each.value),
    ]);
    // The response of a FortiGate is never shown, whatever the bytes are.
    const expected = attributes.map(([offset, code, ...rest]) =>
      code === '12' && from === 'fortigate'
        ? [offset, code, ...rest.slice(0, 3), 'response']
        : [offset, code, ...rest],
    );
    expect(found).toEqual(expected);
  },
);

test('a response is named by its length and not shown', () => {
  const hello = Buffer.from(workedExamples[2]?.hex ?? '', 'hex');
  const response = readAttributes(hello, 'fortigate').find((each) => each.name === 'response');
  expect(response?.value).toBe('16 bytes, not kept: they prove the password');
  expect(JSON.stringify(readAttributes(hello, 'fortigate'))).not.toContain('3b');
});

test('what is not known is shown as bytes, with where they are', () => {
  const message = encodeElement({
    code: 0x85,
    type: 6,
    value: [
      { code: 0x01, type: 3, value: 7 },
      { code: 0x7e, type: 5, value: 'odd' },
      { code: 0x57, type: 3, value: Buffer.from([1, 2]) },
      { code: 0x50, type: 6, value: [{ code: 0x5a, type: 4, value: Buffer.alloc(16, 0xfe) }] },
    ],
  });
  const [sync, odd, misshapen, record, inside] = readAttributes(message, 'collector');
  expect(sync).toMatchObject({ name: 'sequence number', value: '7', bytes: null });
  expect(odd).toMatchObject({ code: 0x7e, name: null, type: 'string', value: '' });
  expect(odd?.bytes).toEqual({ offset: 22, value: Buffer.from('odd') });
  expect(misshapen).toMatchObject({ name: 'logon time', value: '', bytes: { offset: 31 } });
  expect(record).toMatchObject({ name: 'record', bytes: null });
  expect(inside).toMatchObject({ depth: 2, type: 'type 4', name: null, bytes: { offset: 45 } });
});

test('lengths that do not fit, and messages of which the end is not kept, end in bytes', () => {
  const cut = Buffer.from(workedExamples[0]?.hex ?? '', 'hex').subarray(0, 55);
  expect(readAttributes(cut, 'collector').at(-1)).toMatchObject({
    name: 'challenge',
    length: 22,
    bytes: { offset: 51 },
  });
  expect(readAttributes(cut.subarray(0, 47), 'collector').at(-1)).toMatchObject({
    name: 'not kept from here on',
    length: 2,
  });
  const lying = Buffer.from(encodeKeepalive(1));
  lying.writeUInt32BE(99, 6);
  expect(readAttributes(lying, 'collector')).toMatchObject([
    { code: null, name: 'no attribute: its length does not fit', bytes: { offset: 6 } },
  ]);
});

test('no bytes make it throw, and every byte it was given is in an attribute at most once', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.tuple(fc.constantFrom(...workedExamples), fc.nat(), fc.nat(255)).map(([{ hex }, at, octet]) => {
      const changed = Buffer.from(hex, 'hex');
      changed[at % changed.length] = octet;
      return new Uint8Array(changed);
    }),
  );
  fc.assert(
    fc.property(bytes, fc.constantFrom('collector' as const, 'fortigate' as const), (given, from) => {
      let last = -1;
      for (const { offset } of readAttributes(Buffer.from(given), from)) {
        expect(offset).toBeGreaterThan(last);
        last = offset;
      }
    }),
    { numRuns: 500 },
  );
});
