import { describe, expect, test } from 'vitest';
import { RpcDecodeError } from '../../../../src/fsso/rpc/errors.ts';
import { deepest, nameHash, valueTypes } from '../../../../src/fsso/windows/binary-xml/format.ts';
import { readBinaryXml } from '../../../../src/fsso/windows/binary-xml/reader.ts';
import { fileTimeBytes, valueText } from '../../../../src/fsso/windows/binary-xml/values.ts';
import { type TemplateElement, templateInstance } from '../../../../src/fsso/windows/binary-xml/writer.ts';
import { eventOfElement } from '../../../../src/fsso/windows/event-element.ts';
import { someXml } from './some-xml.ts';

const id = 'cc4c464a-dc16-8e46-80a2-dc45ea949cbd';
const wide = (text: string) => Buffer.from(text, 'utf16le');
const text = (value: string) => ({ type: valueTypes.text, bytes: wide(value) });
const reason = (bytes: Buffer): string => {
  try {
    readBinaryXml(bytes);
  } catch (error) {
    if (error instanceof RpcDecodeError) return error.reason;
    throw error;
  }
  return 'none';
};

describe('binary XML', () => {
  test('has the hashes and the head of the example in MS-EVEN6 4.8', () => {
    expect(nameHash('Event').toString(16)).toBe('cba');
    expect(nameHash('xmlns').toString(16)).toBe('fbc');
    const bytes = templateInstance(id, { name: 'Event', attributes: { xmlns: 'x' } }, []).toString('hex');
    // Fragment header, template, GUID, length of the definition; fragment header, element, no dependency, length; hash, name;
    // length of the attributes, the last attribute, hash, name.
    expect(bytes).toMatch(
      new RegExp(
        `^0f010100${'0c00'}4a464ccc16dc468e80a2dc45ea949cbd.{8}0f01010041ffff.{8}` +
          `ba0c0500${wide('Event\0').toString('hex')}.{8}06bc0f0500${wide('xmlns\0').toString('hex')}`,
      ),
    );
  });

  test('puts values in their places', () => {
    const element: TemplateElement = {
      name: 'Event',
      attributes: { kept: { value: 0, type: valueTypes.text }, left: { value: 1, type: valueTypes.text } },
      content: [
        { name: 'Id', content: ['no. ', { value: 2, type: valueTypes.uint16 }] },
        { name: 'Empty' },
        { value: 3, type: valueTypes.xml },
      ],
    };
    const inner = templateInstance(id.replace('c', 'd'), { name: 'Inner', content: ['&'] }, []);
    const values = [
      text('ja\0'),
      { type: valueTypes.nothing, bytes: Buffer.alloc(0) },
      { type: valueTypes.uint16, bytes: Buffer.from([0xa0, 0x12]) },
      { type: valueTypes.xml, bytes: inner },
    ];
    const none = { attributes: {}, children: [] };
    expect(readBinaryXml(templateInstance(id, element, values))).toEqual({
      name: 'Event',
      attributes: { kept: 'ja' },
      children: [
        { ...none, name: 'Id', text: 'no. 4768' },
        { ...none, name: 'Empty', text: '' },
        { ...none, name: 'Inner', text: '&' },
      ],
      text: '',
    });
  });

  test('is read as an event', () => {
    expect(someXml.map((bytes) => eventOfElement(readBinaryXml(bytes)))).toEqual([
      {
        record: 4711,
        id: 4768,
        time: 1_763_800_000_000,
        computer: 'DC1.corp.example',
        data: expect.objectContaining({ TargetUserName: 'Jürgen', IpAddress: '::ffff:10.0.0.7' }),
      },
      expect.objectContaining({ id: 1102, record: 1, data: {} }),
    ]);
  });

  test.each([
    [valueTypes.int8, 'ff', '-1'],
    [valueTypes.int32, 'feffffff', '-2'],
    [valueTypes.uint64, 'ffffffffffffffff', '18446744073709551615'],
    [valueTypes.boolean, '01000000', 'true'],
    [valueTypes.hex64, '0000000000002080', '0x8020000000000000'],
    [valueTypes.hex32, '10008140', '0x40810010'],
    [valueTypes.sid, '010100000000000512000000', 'S-1-5-18'],
    [valueTypes.guid, '084f13037bfab34f98b8c2ed0a40d1ef', '{03134f08-fa7b-4fb3-98b8-c2ed0a40d1ef}'],
    [valueTypes.fileTime, fileTimeBytes(1_763_800_000_123).toString('hex'), '2025-11-22T08:26:40.123Z'],
    [
      valueTypes.systemTime,
      'e907 0b00 0600 1600 0800 1a00 2800 7b00'.replaceAll(' ', ''),
      '2025-11-22T08:26:40.123Z',
    ],
    [valueTypes.binary, 'cafe', 'CAFE'],
    [valueTypes.size, '10000000', '0x10'],
    [0x80 | valueTypes.uint16, '01000200', '1, 2'],
    [0x80 | valueTypes.text, wide('a\0b\0').toString('hex'), 'a, b'],
    // Shorter than its type, and no type at all.
    [valueTypes.uint32, '01', ''],
    [0x7f, '01', ''],
  ])('a value of type %i', (type, bytes, said) => {
    expect(valueText({ type, bytes: Buffer.from(bytes, 'hex') })).toBe(said);
  });

  test('is refused where it is cut off, wherever that is', () => {
    const [whole = Buffer.alloc(0)] = someXml;
    // The last byte ends the document, and is not needed.
    for (let length = 0; length < whole.length - 1; length += 1)
      expect(reason(whole.subarray(0, length)), String(length)).not.toBe('none');
  });

  test('is not unfolded without end', () => {
    let bomb = templateInstance(id, { name: 'a' }, []);
    for (let level = 0; level < 8; level += 1) {
      const many = Array.from({ length: 20 }, () => ({ value: 0, type: valueTypes.xml }));
      const next = templateInstance(id, { name: 'a', content: many }, [
        { type: valueTypes.xml, bytes: bomb },
      ]);
      if (next.length > 0xffff) break;
      bomb = next;
    }
    expect(reason(bomb)).toBe('too-long');
    let deep: TemplateElement = { name: 'a' };
    for (let level = 0; level <= deepest + 1; level += 1) deep = { name: 'a', content: [deep] };
    expect(reason(templateInstance(id, deep, []))).toBe('too-long');
    const long = { type: valueTypes.text, bytes: Buffer.alloc(0xfffe, 'a') };
    const often = Array.from({ length: 50 }, () => ({ value: 0, type: valueTypes.text }));
    expect(reason(templateInstance(id, { name: 'a', content: often }, [long]))).toBe('too-long');
  });

  test('refuses a value and a definition that there are not', () => {
    const element = { name: 'a', content: [{ value: 3, type: valueTypes.text }] };
    expect(reason(templateInstance(id, element, [text('x')]))).toBe('bad-value');
    const undefined_ = Buffer.concat([Buffer.from('0c00', 'hex'), Buffer.alloc(16), Buffer.alloc(8)]);
    expect(reason(undefined_)).toBe('bad-value');
  });
});
