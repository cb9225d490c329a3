import { expect, test } from 'vitest';
import { Admitted } from '../../../../src/fsso/collector/ntlm/admitted.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

test('an admission holds for its time, and begins anew with each', () => {
  const clock = new ManualClock();
  const admitted = new Admitted(clock, 60_000, 10);
  admitted.admit('10.0.0.1', 'anna', 'CORP', false);
  clock.advance(30_000);
  admitted.admit('10.0.0.2', 'ben', 'CORP', false);
  admitted.admit('10.0.0.1', 'anna', 'CORP', false);
  clock.advance(59_999);
  expect(admitted.at('10.0.0.1')).toMatchObject({ user: 'anna' });
  expect(admitted.size).toBe(2);
  clock.advance(1);
  // Counted no longer, though nobody has asked for it.
  expect(admitted.size).toBe(0);
  expect(admitted.at('10.0.0.1')).toBeNull();
});

test('beyond what it holds those that came first go first', () => {
  const admitted = new Admitted(new ManualClock(), 60_000, 2);
  for (const address of ['10.0.0.1', '10.0.0.2', '10.0.0.1', '10.0.0.3'])
    admitted.admit(address, 'anna', 'CORP', false);
  expect(admitted.size).toBe(2);
  expect(admitted.at('10.0.0.2')).toBeNull();
  expect(admitted.at('10.0.0.1')).not.toBeNull();
});
