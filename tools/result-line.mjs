// Prints the last line of .ci/run, `N passed, N failed`, from vitest's report and the steps that failed before it.
// Leaves with 1 when anything failed, and when nothing was tested at all.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * Counts a run. `report` is what vitest's json reporter wrote, null when there is none; `testStatus` its exit status;
 * `failedSteps` how many steps before the tests failed.
 */
export function count(report, testStatus, failedSteps) {
  const files = report?.testResults ?? [];
  const tests = files.flatMap((file) => file.assertionResults);
  const passed = tests.filter((test) => test.status === 'passed').length;
  // A file that cannot be loaded has no tests to fail.
  const broken = files.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  );
  let failed = tests.filter((test) => test.status === 'failed').length + broken.length;
  if (failed === 0 && (testStatus !== 0 || passed === 0)) failed = 1;
  return { passed, failed: failed + failedSteps };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [file, testStatus, failedSteps] = process.argv.slice(2);
  let report = null;
  try {
    report = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    // No report: vitest did not get so far.
  }
  const { passed, failed } = count(report, Number(testStatus), Number(failedSteps));
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  process.exitCode = failed === 0 ? 0 : 1;
}
