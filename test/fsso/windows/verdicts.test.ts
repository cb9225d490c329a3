import { expect, test } from 'vitest';
import { verdictOf, verdictWords } from '../../../src/fsso/windows/netlogon/verdicts.ts';

test.each([
  [0, 'ok', 'STATUS_SUCCESS'],
  [0xc000006a, 'wrong-password', 'STATUS_WRONG_PASSWORD'],
  [0xc0000072 | 0, 'disabled', 'STATUS_ACCOUNT_DISABLED'],
  [0xc0000199, 'not-a-user', '0xc0000199'],
  [0xc0ffee00, 'unknown', '0xc0ffee00'],
])('status %i is the verdict %s', (status, kind, name) => {
  expect(verdictOf(status)).toEqual({ kind, name });
});

test('whatever is wrong has a cause, and what is known a way to mend it', () => {
  for (const [kind, { cause, fix }] of Object.entries(verdictWords)) {
    expect(cause, kind).not.toBe('');
    expect(fix !== '', kind).toBe(!['ok', 'guest', 'unknown'].includes(kind));
  }
});
