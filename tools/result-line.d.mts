export function count(
  report: object | null,
  testStatus: number,
  failedSteps: number,
): { passed: number; failed: number };
