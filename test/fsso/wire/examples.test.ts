import { describe, expect, test } from 'vitest';
import { decodeDatagram, encodeDatagram } from '../../../src/fsso/wire/datagram.ts';
import { MessageDecoder } from '../../../src/fsso/wire/decoder.ts';
import { decodeElement, encodeElement } from '../../../src/fsso/wire/element.ts';
import { datagramExamples, messageExamples } from './examples.ts';

test('there are the 15 worked examples of the stream and the 8 of datagrams', () => {
  expect(messageExamples.map(({ name }) => name.split(' ')[0])).toEqual(
    Array.from({ length: 15 }, (_, index) => `T${index + 1}`),
  );
  expect(datagramExamples.map(({ name }) => name.split(' ')[0])).toEqual(
    Array.from({ length: 8 }, (_, index) => `U${index + 1}`),
  );
});

describe.each(messageExamples)('$name', ({ from, hex, messages, encode }) => {
  test('decodes to its values', () => {
    const decoder = new MessageDecoder(from);
    expect([...decoder.push(Buffer.from(hex, 'hex'))]).toEqual(messages);
    expect(decoder.atBoundary).toBe(true);
    expect(decoder.unknown).toBe(0);
    expect(decoder.tally).toEqual({
      unknown: 0,
      unknownAttributes: 0,
      misshapenIntegers: 0,
      rejectedRanges: 0,
      contradictions: 0,
      droppedAttributes: 0,
    });
  });

  test('is what the encoder writes', () => {
    expect(encode().toString('hex')).toBe(hex);
  });

  test('survives as a plain tree of elements', () => {
    expect(encodeElement(decodeElement(Buffer.from(hex, 'hex'))).toString('hex')).toBe(hex);
  });
});

describe.each(datagramExamples)('$name', ({ hex, datagram, send, nul = true }) => {
  test('decodes to its values', () => {
    expect(decodeDatagram(Buffer.from(hex, 'hex'))).toEqual(datagram);
  });

  test('is what the encoder writes', () => {
    expect(encodeDatagram(send, { nul }).toString('hex')).toBe(hex);
  });
});

test('a tail of raw bytes is written as it is', () => {
  const u8 = datagramExamples[7];
  if (u8?.send.kind !== 'logon') throw new Error('U8 is a logon');
  const tail = Buffer.from('2002c0a8c9c7000000000000c0a8c9c700', 'hex');
  expect(encodeDatagram({ ...u8.send, ipv6: null, tail }).toString('hex')).toBe(u8.hex);
});
