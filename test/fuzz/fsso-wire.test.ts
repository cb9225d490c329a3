import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeDatagram, encodeDatagram } from '../../src/fsso/wire/datagram.ts';
import { MessageDecoder } from '../../src/fsso/wire/decoder.ts';
import { DecodeError, decodeElement, encodeElement } from '../../src/fsso/wire/element.ts';
import { joinGroups, splitGroups } from '../../src/fsso/wire/groups.ts';
import { defaultLimits, type Sender } from '../../src/fsso/wire/profile.ts';
import { buffer, cutAt, datagram, mutated, mutations, stream } from '../fsso/wire/arbitraries.ts';
import { datagramExamples, messageExamples } from '../fsso/wire/examples.ts';

// One target per decoder. FUZZ_RUNS sets the number of inputs of each target, FUZZ_SEED begins elsewhere; a failure prints
// the seed and path that repeat it.
const runs = Number(process.env['FUZZ_RUNS'] ?? 400);
const seed = Number(process.env['FUZZ_SEED'] ?? 8000);
const limit = 60_000 + runs * 20;

function fuzz(name: string, input: fc.Arbitrary<Buffer>, target: (bytes: Buffer) => void): void {
  test(
    name,
    () => {
      fc.assert(
        fc.property(input, (bytes) => {
          try {
            target(bytes);
          } catch (error) {
            if (!(error instanceof DecodeError)) throw error;
            expect(error.offset).toBeLessThanOrEqual(bytes.length);
          }
        }),
        { numRuns: runs, seed },
      );
    },
    limit,
  );
}

/** Real bytes, the same after damage, and noise. */
function near(valid: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> {
  const damaged = fc.tuple(valid, mutations).map(([bytes, changes]) => mutated(bytes, changes));
  return fc.oneof({ weight: 6, arbitrary: damaged }, valid, buffer({ maxLength: 200 }));
}

const exampleFrames = fc
  .array(fc.constantFrom(...messageExamples.map(({ hex }) => Buffer.from(hex, 'hex'))), { maxLength: 5 })
  .map((frames) => Buffer.concat(frames));

for (const from of ['collector', 'fortigate'] satisfies Sender[]) {
  const valid = fc.oneof(
    stream[from].map(({ bytes }) => bytes),
    exampleFrames,
  );
  fuzz(
    `the stream of a ${from}: bounded memory, and the same messages in one piece or in many`,
    near(valid),
    (bytes) => {
      const whole: unknown[] = [];
      const pieces: unknown[] = [];
      const oneGo = new MessageDecoder(from);
      const piecemeal = new MessageDecoder(from);
      let failure: unknown = null;
      try {
        for (const message of oneGo.push(bytes)) whole.push(message);
      } catch (error) {
        failure = error;
      }
      try {
        for (const chunk of cutAt(bytes, [1, 5, 7, 16, 40, 90, 91])) {
          for (const message of piecemeal.push(chunk)) pieces.push(message);
          expect(piecemeal.buffered).toBeLessThanOrEqual(defaultLimits[from].beforeHello + 2 * bytes.length);
        }
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
        expect(error).toEqual(failure);
      }
      expect(pieces).toEqual(whole);
      if (failure !== null) throw failure;
    },
  );
}

fuzz(
  'one element: what is read is written back byte for byte, or as text that reads the same',
  near(exampleFrames),
  (bytes) => {
    const element = decodeElement(bytes);
    expect(decodeElement(encodeElement(element))).toEqual(element);
  },
);

const exampleDatagrams = fc.constantFrom(...datagramExamples.map(({ hex }) => Buffer.from(hex, 'hex')));
const validDatagrams = fc.oneof(
  datagram.map((sent) => encodeDatagram(sent)),
  exampleDatagrams,
);
fuzz('one datagram', near(validDatagrams), (bytes) => void decodeDatagram(bytes));
fuzz(
  'one datagram whose length is right',
  near(validDatagrams).map((bytes) => {
    if (bytes.length >= 2) bytes.writeUInt16BE(bytes.length, 0);
    return bytes;
  }),
  (bytes) => {
    const read = decodeDatagram(bytes);
    // A logon whose first part is empty still has its three parts; one with a NUL in it has been cut there.
    if (read.kind === 'logon') expect(`${read.workstation}${read.domain}${read.user}`).not.toContain('\0');
  },
);

fuzz('group text: names come back, however they are escaped', buffer({ maxLength: 100 }), (bytes) => {
  const groups = splitGroups(bytes.toString('latin1'));
  const again = splitGroups(joinGroups(groups));
  expect(again).toHaveLength(groups.length);
});
