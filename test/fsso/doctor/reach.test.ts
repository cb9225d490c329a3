import { expect, test } from 'vitest';
import {
  good,
  readinessOf,
  refused,
  skipped,
  unknown,
  withoutRepeats,
} from '../../../src/fsso/doctor/check.ts';
import type { Names } from '../../../src/fsso/doctor/names.ts';
import { whereabouts } from '../../../src/fsso/doctor/reach.ts';

const knowing = (who: string, addresses: readonly string[] | Error): Names => ({
  who,
  addresses: () => (addresses instanceof Error ? Promise.reject(addresses) : Promise.resolve(addresses)),
  reverse: async () => [],
});
const problem = { stage: 'x', code: null, message: 'no', cause: '', fix: [] };

test('an address needs nobody who knows it', async () => {
  const nobody = knowing('nobody', new Error('asked'));
  expect(await whereabouts('10.0.0.1', nobody, nobody, ['wmi'])).toEqual({
    checks: [],
    addresses: ['10.0.0.1'],
  });
});

test('a name that this machine does not know and the DNS of the collector does is said so, and is tried there', async () => {
  const found = await whereabouts('dc1', knowing('this machine', []), knowing('DNS', ['10.0.0.1']), ['wmi']);
  expect(found.addresses).toEqual(['10.0.0.1']);
  expect(found.checks).toMatchObject([
    {
      check: 'address',
      verdict: 'failed',
      problem: { cause: expect.stringContaining('this machine, which connects, asks others') },
    },
  ]);
});

test('where both know other addresses, those of this machine count, and the difference is said', async () => {
  const found = await whereabouts(
    'dc1',
    knowing('this machine', ['10.0.0.1']),
    knowing('DNS (10.0.0.53)', ['10.0.0.2']),
    ['wmi'],
  );
  expect(found).toMatchObject({
    addresses: ['10.0.0.1'],
    checks: [{ verdict: 'warning', problem: { message: 'DNS (10.0.0.53) says otherwise: 10.0.0.2' } }],
  });
});

test('DNS that cannot be asked is said as that, not as a name that is not there', async () => {
  const deaf = knowing('DNS', new Error('DNS cannot be asked: ETIMEOUT'));
  const found = await whereabouts('dc1', deaf, null, ['wmi']);
  expect(found.checks[0]).toMatchObject({ verdict: 'failed', detail: 'DNS cannot be asked: ETIMEOUT' });
});

test('what several ways found is said once: a failure first, then what one of them saw', () => {
  const [clock, audit] = withoutRepeats([
    good('clock', 'as ours', ['netapi']),
    unknown('audit Logon', '4624: 0', ['event-log'], problem, []),
    refused('clock', problem, ['wmi']),
    good('audit Logon', '4624: 3', ['wmi']),
  ]);
  expect(clock).toMatchObject({ verdict: 'failed', neededBy: ['netapi', 'wmi'] });
  expect(audit).toMatchObject({ verdict: 'ok', detail: '4624: 3', neededBy: ['event-log', 'wmi'] });
});

test('what is not known speaks against nothing, what was not tried does', () => {
  const checks = [unknown('audit', 'x', ['event-log'], null, []), skipped('event log', 'x', ['event-log'])];
  expect(readinessOf(['event-log'], checks)).toEqual([
    { mode: 'event-log', isReady: false, because: ['event log'] },
  ]);
});
