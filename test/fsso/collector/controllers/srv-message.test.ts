import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  decodeSrvAnswer,
  encodeSrvQuestion,
} from '../../../../src/fsso/collector/controllers/srv-message.ts';

const name = '_ldap._tcp.dc._msdcs.corp.example';
const question = encodeSrvQuestion(0x1234, name);

/** An answer to the question, whose target is the end of the question's own name behind one label: as Samba compresses it. */
function answer({ target = 'c00c', flags = 0x8180, more = '' } = {}): Buffer {
  const bytes = Buffer.from(question);
  bytes.writeUInt16BE(flags, 2);
  bytes.writeUInt16BE(1, 6);
  bytes.writeUInt16BE(more === '' ? 0 : 1, 10);
  const data = Buffer.from(`0000006401 85${target}`.replaceAll(' ', ''), 'hex');
  const record = Buffer.from('c00c0021000100000384', 'hex');
  const length = Buffer.alloc(2);
  length.writeUInt16BE(data.length);
  return Buffer.concat([bytes, record, length, data, Buffer.from(more, 'hex')]);
}

// dc01 behind a pointer to corp.example, which begins at 12 + 6 + 5 + 3 + 7.
const compressed = `0464633031c0${(12 + 6 + 5 + 3 + 7).toString(16)}`;

test('a compressed target is read, with the address that came along', () => {
  const at = (12 + question.length - 12 + 10 + 2 + 6 + 0x0) | 0xc000;
  const additional = `${at.toString(16)}000100010000038400040a000001`;
  const read = decodeSrvAnswer(answer({ target: compressed, more: additional }), question);
  expect(read).toEqual({
    code: 0,
    isCut: false,
    records: [{ priority: 0, weight: 100, port: 389, target: 'dc01.corp.example' }],
    addresses: new Map([['dc01.corp.example', ['10.0.0.1']]]),
  });
});

test.each([
  ['a pointer at itself', 'c045'],
  ['a pointer behind the message', 'c0ff'],
  ['a label that ends behind the message', '3f61'],
  ['a label of a reserved kind', '8061'],
])('%s is no target', (_, target) => {
  expect(decodeSrvAnswer(answer({ target }), question)?.records).toEqual([]);
});

test('an answer to another question, a question and a failure are told apart', () => {
  expect(decodeSrvAnswer(answer(), encodeSrvQuestion(0x1235, name))).toBeNull();
  expect(decodeSrvAnswer(answer(), encodeSrvQuestion(0x1234, `${name}s`))).toBeNull();
  expect(decodeSrvAnswer(answer({ flags: 0x0100 }), question)).toBeNull();
  expect(decodeSrvAnswer(answer({ flags: 0x8183 }), question)?.code).toBe(3);
  expect(decodeSrvAnswer(answer({ flags: 0x8380 }), question)?.isCut).toBe(true);
});

test.each(['', 'a..b', `${'a'.repeat(64)}.example`, `${'abc.'.repeat(70)}x`])('%s is no name', (wrong) => {
  expect(() => encodeSrvQuestion(1, wrong)).toThrow(RangeError);
});

test('whatever the bytes behind the question, reading ends and does not throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), (octets) => {
      const bytes = Buffer.concat([question, octets]);
      bytes.writeUInt16BE(0x8180, 2);
      bytes.writeUInt16BE(0xffff, 6);
      decodeSrvAnswer(bytes, question);
    }),
  );
});
