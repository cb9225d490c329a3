import { expect, test } from 'vitest';
import { advisoriesFor } from '../../src/ems/advisories.ts';

const ids = (version: string | null) => advisoriesFor(version).map(({ id }) => id);

test.each([
  '7.4.6',
  'v7.4.5',
  'V7.4.5 build 1717',
  '7.4.0.1234',
  '7.2.12',
  '7.2',
  '6.4.9',
  ' 7.4.6\n',
  '7.4.06',
])('an EMS of version %j is flagged for CVE-2026-35616', (version) => {
  expect(ids(version)).toEqual(['CVE-2026-35616']);
});

test.each(['7.4.7', '7.4.7.2000', 'v7.4.10', '7.6.0', '8.0.0', '10.0', '7.10.1'])(
  'an EMS of version %j is not flagged',
  (version) => {
    expect(ids(version)).toEqual([]);
  },
);

test.each([null, '', '7', '7.4', 'unknown', 'build 1717', '7.4.', '1234.1.1', '7.4.123456'])(
  'nothing is claimed of version %j, which does not tell',
  (version) => {
    expect(ids(version)).toEqual([]);
  },
);

test('an advisory names the version, the fixed release and what to do', () => {
  const [advisory] = advisoriesFor('7.4.5');
  expect(advisory?.fixedIn).toBe('7.4.7');
  expect(advisory?.problem).toMatchObject({ stage: 'EMS version', code: 'CVE-2026-35616' });
  expect(advisory?.problem.message).toContain('FortiClient EMS 7.4.5 ');
  expect(advisory?.problem.fix[0]).toBe('Upgrade EMS to 7.4.7 or later.');
});

test('a version of a hostile server is shown safely', () => {
  const [advisory] = advisoriesFor('7.4.5\x1b[31m');
  expect(advisory?.problem.message).toContain('7.4.5\\x1b[31m');
});
