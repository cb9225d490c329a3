import { expect, test } from 'vitest';
import { ConfigError } from '../../src/config/error.ts';
import { parseConfig } from '../../src/config/load.ts';

function problems(text: string): readonly string[] {
  try {
    parseConfig(text, 'c.yaml');
  } catch (error) {
    if (error instanceof ConfigError) return error.lines;
    throw error;
  }
  return [];
}

test.each([
  ['{ name: a, when: link-up }', /when: found "link-up", expected link-down or standby-unusable or/],
  ['{ name: a, when: overwrite-by }', /users: missing, expected a list of names of service accounts/],
  [
    '{ name: a, when: link-down, days: 3 }',
    /days: found 3, expected nothing, because it is for "when: certificate-expires"/,
  ],
  ['{ name: a, when: overwrite-by, users: [x], for: 3 }', /for: found 3, expected nothing/],
  [
    '{ name: a, when: link-down }, { name: a, when: no-events }',
    /rules\[1\]\.name: found "a", expected a name that no other/,
  ],
  ['{ name: a, when: link-down, four: 3 }', /four: unknown key, did you mean for\?/],
])('the rules [ %s ] are refused', (rules, line) => {
  expect(problems(`alerts: { rules: [ ${rules} ] }\n`)).toEqual([expect.stringMatching(line)]);
});
