import { expect, test } from 'vitest';
import { Rotation } from '../../../src/fsso/gate/rotation.ts';

test('after each whole round the pause grows to its longest', () => {
  const rotation = new Rotation(2);
  let now = 0;
  const pauses: number[] = [];
  for (let round = 0; round < 7; round++) {
    expect(rotation.next(now)).toEqual({ attempt: 0 });
    expect(rotation.next(now)).toEqual({ attempt: 1 });
    const step = rotation.next(now);
    if (!('waitUntil' in step)) throw new Error('expected a pause');
    pauses.push(step.waitUntil - now);
    now = step.waitUntil;
  }
  expect(pauses).toEqual([1000, 2000, 5000, 10_000, 30_000, 30_000, 30_000]);
});

test('a collector that served for a while is followed by the next one, with short pauses again', () => {
  const rotation = new Rotation(3);
  rotation.next(0);
  rotation.next(0);
  rotation.steady();
  expect([rotation.next(0), rotation.next(0), rotation.next(0)]).toEqual([
    { attempt: 2 },
    { attempt: 0 },
    { attempt: 1 },
  ]);
  expect(rotation.next(0)).toEqual({ waitUntil: 1000 });
});

test('a collector that refused is left out for 30 s while others are tried', () => {
  const rotation = new Rotation(2);
  rotation.next(0);
  rotation.refused(0, 0);
  expect(rotation.next(0)).toEqual({ attempt: 1 });
  expect(rotation.next(0)).toEqual({ waitUntil: 1000 });
  expect(rotation.next(1000)).toEqual({ attempt: 1 });
  expect(rotation.next(29_999)).toEqual({ waitUntil: 31_999 });
  expect(rotation.next(31_999)).toEqual({ attempt: 0 });
});

test('when all of them refused, nobody is tried before the first one may be', () => {
  const rotation = new Rotation(1);
  rotation.next(0);
  rotation.refused(0, 0);
  expect(rotation.next(0)).toEqual({ waitUntil: 30_000 });
});

test('a restart begins at the first one, even if it refused', () => {
  const rotation = new Rotation(2);
  rotation.next(0);
  rotation.refused(0, 0);
  rotation.restart();
  expect(rotation.next(0)).toEqual({ attempt: 0 });
});
