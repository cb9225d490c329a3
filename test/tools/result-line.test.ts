import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { count } from '../../tools/result-line.mjs';

const tool = fileURLToPath(new URL('../../tools/result-line.mjs', import.meta.url));
const file = (...statuses: string[]) => ({
  status: statuses.includes('failed') ? 'failed' : 'passed',
  assertionResults: statuses.map((status) => ({ status })),
});

test('passed and failed tests are counted, skipped ones are neither', () => {
  const report = { testResults: [file('passed', 'passed', 'skipped'), file('failed', 'passed', 'todo')] };
  expect(count(report, 1, 0)).toEqual({ passed: 3, failed: 1 });
});

test('a file that cannot be loaded is a failure', () => {
  const report = { testResults: [file('passed'), { status: 'failed', assertionResults: [] }] };
  expect(count(report, 1, 0)).toEqual({ passed: 1, failed: 1 });
});

test('an error outside of every test is a failure', () => {
  expect(count({ testResults: [file('passed')] }, 1, 0)).toEqual({ passed: 1, failed: 1 });
});

test.each([[null], [{ testResults: [] }], [{ testResults: [file('skipped')] }]])(
  'no test at all is a failure (%#)',
  (report) => {
    expect(count(report, 0, 0)).toEqual({ passed: 0, failed: 1 });
  },
);

test('steps that failed before the tests are counted', () => {
  expect(count({ testResults: [file('passed')] }, 0, 2)).toEqual({ passed: 1, failed: 2 });
});

test('the line is plain, and the exit status says the same', () => {
  const { stdout, status } = spawnSync(process.execPath, [tool, '/nonexistent', '0', '0'], {
    encoding: 'utf8',
  });
  expect([stdout, status]).toEqual(['0 passed, 1 failed\n', 1]);
});
