import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RateBand, rateLearning } from '../../../src/backends/alerts/rate-band.ts';

function learnt(counts: readonly number[], factor = 4): RateBand {
  const band = new RateBand();
  for (const count of counts) band.learn(count, factor);
  return band;
}
const minutes = (count: number, of: (minute: number) => number) =>
  Array.from({ length: count }, (_, m) => of(m));

test('nothing is usual before half an hour was watched', () => {
  expect(learnt(minutes(rateLearning.minutesBefore - 1, () => 50)).band(4)).toBeNull();
  expect(learnt(minutes(rateLearning.minutesBefore, () => 50)).band(4)).not.toBeNull();
});

test('a steady rate has a band around it that counting alone stays within', () => {
  const band = learnt(minutes(120, () => 100)).band(4);
  expect(band?.low).toBeCloseTo(60, 0);
  expect(band?.high).toBeCloseTo(140, 0);
});

test('a rate that moves has a wider band', () => {
  const steady = learnt(minutes(200, () => 100)).band(4);
  const moving = learnt(minutes(200, (m) => 100 + 60 * Math.sin(m / 5))).band(4);
  expect((moving?.high ?? 0) - (moving?.low ?? 0)).toBeGreaterThan(
    1.5 * ((steady?.high ?? 0) - (steady?.low ?? 0)),
  );
});

test('a burst does not teach that bursts are usual; a lasting change does in time', () => {
  const usual = learnt(minutes(120, () => 100));
  usual.learn(100_000, 4);
  expect(usual.band(4)?.high).toBeLessThan(150);
  for (let minute = 0; minute < 300; minute += 1) usual.learn(400, 4);
  expect(usual.band(4)?.high).toBeGreaterThan(400);
});

test('a quiet night is no alert where nights are quiet', () => {
  expect(learnt(minutes(120, () => 0)).band(4)).toEqual({ low: 0, high: 4 });
});

test('whatever the counts, a band holds its order and is finite', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(1_000_000), { minLength: 30, maxLength: 300 }),
      fc.integer({ min: 1, max: 100 }),
      (counts, factor) => {
        const band = learnt(counts, factor).band(factor);
        expect(band !== null && 0 <= band.low && band.low <= band.high && Number.isFinite(band.high)).toBe(
          true,
        );
      },
    ),
  );
});
