import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RpcDecodeError } from '../../../src/fsso/rpc/errors.ts';
import { cutStub, PduStream, StubParts } from '../../../src/fsso/rpc/fragments.ts';
import type { Pdu } from '../../../src/fsso/rpc/pdu.ts';
import { decodePdu } from '../../../src/fsso/rpc/pdu-reader.ts';
import { encodePdu } from '../../../src/fsso/rpc/pdu-writer.ts';
import { ndrSyntax, pduFlags, pduTypes } from '../../../src/fsso/rpc/profile.ts';
import { asWritten, somePdus } from './some-pdus.ts';

const reason = (bytes: Buffer): string => {
  try {
    decodePdu(bytes);
  } catch (error) {
    if (error instanceof RpcDecodeError) return error.reason;
    throw error;
  }
  return 'none';
};

describe('PDUs', () => {
  test.each(somePdus)('$name is read as it was written', ({ pdu }) => {
    expect(asWritten(decodePdu(encodePdu(pdu)))).toEqual(pdu);
  });

  test('a bind has the bytes of the standard', () => {
    const bind: Pdu = {
      type: pduTypes.bind,
      flags: 3,
      callId: 1,
      auth: null,
      maxTransmit: 4280,
      maxReceive: 4280,
      group: 0,
      contexts: [
        {
          id: 0,
          abstract: { uuid: '4b324fc8-1670-01d3-1278-5a47bf6ee188', version: 3 },
          transfers: [ndrSyntax],
        },
      ],
    };
    // As smbclient and impacket send it.
    expect(encodePdu(bind).toString('hex')).toBe(
      '05000b03100000004800000001000000' +
        'b810b8100000000001000000' +
        '00000100' +
        'c84f324b7016d30112785a47bf6ee18803000000' +
        '045d888aeb1cc9119fe808002b10486002000000',
    );
  });

  test('refuses what is not whole, not little-endian, not of this version', () => {
    const good = encodePdu(somePdus[0]?.pdu as Pdu);
    const changed = (at: number, value: number) => {
      const bytes = Buffer.from(good);
      bytes[at] = value;
      return bytes;
    };
    expect(reason(good.subarray(0, 10))).toBe('truncated');
    expect(reason(good.subarray(0, good.length - 1))).toBe('bad-length');
    expect(reason(changed(0, 4))).toBe('unsupported');
    expect(reason(changed(4, 0))).toBe('unsupported');
    expect(reason(changed(2, 99))).toBe('bad-value');
    expect(reason(changed(10, 0xff))).toBe('bad-length');
    // A count of presentation contexts that the bytes do not hold, and one beyond the limit.
    expect(reason(changed(24, 2))).toBe('truncated');
    expect(reason(changed(24, 33))).toBe('too-long');
  });

  test('padding cannot be longer than the stub', () => {
    const pdu = somePdus.find(({ name }) => name === 'a sealed response')?.pdu as Pdu;
    const bytes = encodePdu(pdu);
    bytes[bytes.length - 16 - 8 + 2] = 200;
    expect(reason(bytes)).toBe('bad-length');
  });

  test('a stream gives the same PDUs however it is split', () => {
    const all = somePdus.map(({ pdu }) => encodePdu(pdu));
    const bytes = Buffer.concat(all);
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 20 }), (cuts) => {
        const stream = new PduStream(5840);
        const found: Pdu[] = [];
        const ends = [...cuts, bytes.length].sort((a, b) => a - b);
        let at = 0;
        for (const end of ends) {
          stream.push(bytes.subarray(at, end));
          at = end;
          for (let pdu = stream.next(); pdu !== null; pdu = stream.next()) found.push(pdu);
        }
        expect(found.map(asWritten)).toEqual(somePdus.map(({ pdu }) => pdu));
      }),
      { numRuns: 30 },
    );
    const narrow = new PduStream(20);
    narrow.push(bytes);
    expect(() => narrow.next()).toThrow(RpcDecodeError);
  });

  test('a stub is cut and put together again', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.integer({ min: 1, max: 40 }), (bytes, most) => {
        const stub = Buffer.from(bytes);
        const parts = new StubParts(100);
        const pieces = [...cutStub(stub, most)];
        expect(pieces[0]?.left).toBe(stub.length);
        const whole = pieces.map(({ flags, part }) => parts.add(flags, part));
        expect(whole.at(-1)).toEqual(stub);
        expect(whole.slice(0, -1).every((each) => each === null)).toBe(true);
      }),
    );
    expect(() => new StubParts(9).add(3, Buffer.alloc(10))).toThrow('more than 9 bytes');
    expect(() => new StubParts(9).add(pduFlags.last, Buffer.alloc(1))).toThrow('out of its order');
  });
});
