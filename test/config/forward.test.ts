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

test('receivers have the options of FortiOS and its defaults', () => {
  const { forward } = parseConfig(
    'forward:\n  syslog: [ { name: siem, server: 10.0.0.5 } ]\n  webhook: [ { name: hook, url: https://hooks.example/x } ]\n',
    'c.yaml',
  );
  expect(forward?.syslog[0]).toEqual({
    name: 'siem',
    server: '10.0.0.5',
    mode: 'udp',
    'enc-algorithm': 'disable',
    facility: 'local7',
    severity: 'information',
    'source-ip': '0.0.0.0',
    ca: [],
  });
  expect(forward?.webhook[0]).toMatchObject({ send: 'all', batch: 100, 'call-timeout': 30 });
});

test.each([
  [
    'syslog: [ { name: a, server: h, enc-algorithm: high } ]',
    /mode: missing, expected reliable, because enc-algorithm/,
  ],
  [
    'syslog: [ { name: a, server: h, ca: [x.pem] } ]',
    /enc-algorithm: missing, expected high, because ca is given/,
  ],
  [
    'syslog: [ { name: a, server: h, facility: local8 } ]',
    /facility: found "local8", expected kernel or user or/,
  ],
  [
    'syslog: [ { name: a, server: h } ]\n  webhook: [ { name: a, url: https://h } ]',
    /webhook\[0\]\.name: found "a", expected a name that no other receiver has/,
  ],
])('%s is told', (text, line) => {
  expect(problems(`forward:\n  ${text}\n`)).toEqual([expect.stringMatching(line)]);
});

test.each(['http://hooks.example/s3cret', 'https://u:s3cret@hooks.example/', 's3cret'])(
  'the address %s is refused and never repeated',
  (url) => {
    const lines = problems(`forward: { webhook: [ { name: a, url: "${url}" } ] }\n`);
    expect(lines).toEqual([expect.stringMatching(/webhook\[0\]\.url: expected https:\/\/HOST\/PATH/)]);
    expect(lines.join()).not.toContain('s3cret');
  },
);
