import { expect, test } from 'vitest';
import { faultFailure } from '../../../src/fsso/wsman/fault-problems.ts';

const place = { host: 'dc3', port: 5985, login: 'CORP\\svc-fsso' };

test.each([
  { kind: 'AccessDenied', windows: 5, reason: 'Access is denied.' },
  { kind: '', windows: 0x80041003, reason: 'Access denied' },
])('a missing right is told in one sentence, however the server names it (%o)', (fault) => {
  const { problem } = faultFailure(fault, place);
  expect(problem.message).toBe('access denied: dc3 does not let CORP\\svc-fsso read its event log by WMI');
  expect(problem.code).not.toBeNull();
});

test('of other faults the name and the text of the server are told', () => {
  const { problem } = faultFailure(
    { kind: 'QuotaLimit', windows: null, reason: 'too\n many\u001b[2J' },
    place,
  );
  expect(problem.message).toBe('dc3 port 5985 reports QuotaLimit: too many\\x1b[2J');
  expect(problem.fix[0]).toBe('poll less often');
});
