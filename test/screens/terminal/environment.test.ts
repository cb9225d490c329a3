import { expect, test } from 'vitest';
import { terminalTraits, whyNoDashboard } from '../../../src/screens/terminal/environment.ts';

test.each([
  [{ LANG: 'C.UTF-8' }, { colour: true, ascii: false }],
  [{ LANG: 'de_DE.utf8' }, { colour: true, ascii: false }],
  [{ LANG: 'C' }, { colour: true, ascii: true }],
  [{}, { colour: true, ascii: true }],
  [
    { LANG: 'C.UTF-8', LC_ALL: 'POSIX' },
    { colour: true, ascii: true },
  ],
  [
    { LANG: 'C', LC_CTYPE: 'en_GB.UTF-8' },
    { colour: true, ascii: false },
  ],
  [
    { LANG: 'C.UTF-8', NO_COLOR: '1' },
    { colour: false, ascii: false },
  ],
  [
    { LANG: 'C.UTF-8', FORCE_COLOR: '0' },
    { colour: false, ascii: false },
  ],
])('the environment %j means %j', (environment, traits) => {
  expect(terminalTraits(environment)).toEqual(traits);
});

test('without a terminal at both ends, or on a dumb one, the refusal is one line that names the commands for scripts', () => {
  expect(whyNoDashboard({ TERM: 'xterm' }, true, true)).toBeNull();
  for (const reason of [
    whyNoDashboard({ TERM: 'xterm' }, false, true),
    whyNoDashboard({ TERM: 'xterm' }, true, false),
    whyNoDashboard({ TERM: 'dumb' }, true, true),
  ]) {
    expect(reason).toMatch(
      /^the dashboard [^\n]*fabrictop ems status, fabrictop fsso list, fabrictop fsso server-status$/,
    );
  }
});
