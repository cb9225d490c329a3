import { expect, test } from 'vitest';
import { knownStatuses, statusMeaning } from '../../src/fsso/windows/statuses.ts';
import { runTool } from './tool.ts';

// The names of our codes of Windows beside those in impacket's copies of Microsoft's lists.

const lists = { nt: 'nt_errors', win32: 'system_errors' } as const;

test.each(['nt', 'win32'] as const)('the names of our codes (%s) are those of impacket', (space) => {
  const script = `import json; from impacket import ${lists[space]} as e; print(json.dumps({k: v[0] for k, v in e.ERROR_MESSAGES.items()}))`;
  const theirs = JSON.parse(runTool('/usr/bin/python3', ['-c', script], 'python3-impacket').toString());
  const codes = knownStatuses(space);
  expect(codes.length).toBeGreaterThan(10);
  const missing = codes.filter((code) => theirs[code] === undefined);
  const ours = codes.filter((code) => !missing.includes(code));
  expect(ours.map((code) => [code, statusMeaning(space, code)?.name])).toEqual(
    ours.map((code) => [code, theirs[code]]),
  );
  // A list that is older than the code.
  expect(missing.length).toBeLessThan(3);
});
