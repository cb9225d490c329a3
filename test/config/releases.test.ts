import { expect, test } from 'vitest';
import { ConfigError } from '../../src/config/error.ts';
import { parseConfig } from '../../src/config/load.ts';
import { emsEntryLimit, textRelease, whyAbsent } from '../../src/config/releases.ts';

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
  ['6.4', 3],
  ['7.0.7', 3],
  ['7.0.8', 5],
  ['7.0', 5],
  ['7.2.0', 3],
  ['7.2.1', 5],
  ['7.2.3', 5],
  ['7.2.4', 7],
  ['7.2', 7],
  ['7.4.0', 7],
  ['7.6', 7],
])('release %s takes %i EMS entries', (release, limit) => {
  expect(emsEntryLimit(release)).toBe(limit);
  const entries = Array.from({ length: limit + 1 }, (_, index) => `  - { name: e${index}, server: s }\n`);
  const text = (count: number) => `release: "${release}"\nems:\n${entries.slice(0, count).join('')}`;
  expect(problems(text(limit))).toEqual([]);
  expect(problems(text(limit + 1))).toEqual([
    expect.stringContaining(
      `found ${limit + 1} EMS entries, expected at most ${limit} with release "${release}"`,
    ),
  ]);
});

const trustCn = { since: ['7.0.12', '7.2.4'] };

test.each(['7.0.12', '7.0', '7.2.4', '7.4.0', '7.6'])('trust-ca-cn is in %s', (release) => {
  expect(whyAbsent(trustCn, release)).toBeNull();
});

test.each(['6.4', '7.0.11', '7.2.0', '7.2.3'])('trust-ca-cn is not in %s', (release) => {
  const line = `needs FortiOS 7.0.12 or 7.2.4, but release is ${release}`;
  expect(whyAbsent(trustCn, release)).toBe(line);
  expect(problems(`release: "${release}"\nems: [{ name: a, server: b, trust-ca-cn: disable }]`)).toEqual([
    `c.yaml:2:29: ems[0].trust-ca-cn: ${line}`,
  ]);
});

test('what a release no longer has is refused as well', () => {
  expect(problems('release: 7.6\nems: [{ name: a, server: b, pull-avatars: disable }]')).toEqual([
    'c.yaml:2:29: ems[0].pull-avatars: went away after FortiOS 7.4, but release is 7.6',
  ]);
  expect(problems('release: 7.4.9\nems: [{ name: a, server: b, cloud-server-type: production }]')).toEqual([
    'c.yaml:2:29: ems[0].cloud-server-type: went away after FortiOS 7.4.0, but release is 7.4.9',
  ]);
});

test('texts have the old form before 7.0.8, and in 7.2.0', () => {
  expect(['6.4', '7.0.7', '7.0.8', '7.0', '7.2.0', '7.2.1', '7.6.3'].map(textRelease)).toEqual([
    '6.4',
    '6.4',
    '7.0',
    '7.0',
    '6.4',
    '7.2',
    '7.6',
  ]);
});

test.each([
  [
    'interface-select-method: sdwan',
    'found "sdwan", expected auto or specify: there is no SD-WAN on this machine',
  ],
  ['interface-select-method: any', 'found "any", expected auto or specify'],
  [
    'interface-select-method: specify',
    'missing, expected the name of a network interface because interface-select-method is specify',
  ],
  ['interface: eth0', 'needs interface-select-method: specify'],
  [
    'interface-select-method: specify, interface: a-name-too-long!',
    'found "a-name-too-long!", expected text of 1 to 15 characters',
  ],
  ['certificate: x', 'is of FortiOS 6.4 only: accept the certificate with "fabrictop ems verify" instead'],
  [
    'cloud-authentication-access-key: { env: X }',
    'is for EMS Cloud only: it needs fortinetone-cloud-authentication: enable',
  ],
  [
    'cloud-authentication-access-key: hunter2, fortinetone-cloud-authentication: enable',
    'a secret is never a literal',
  ],
  ['serial-number: FCTEMS-1', 'found "FCTEMS-1", expected the serial number of an EMS'],
  ['out-of-sync-threshold: 9', 'found 9, expected a whole number from 10 to 3600'],
])('%s is one clear line', (option, line) => {
  const found = problems(`ems: [{ name: a, server: b, ${option} }]`);
  expect(found).toHaveLength(1);
  expect(found[0]).toContain(line);
});

test('EMS Cloud needs no server, and its access key is a secret', () => {
  const config = parseConfig(
    'ems: [{ name: c, fortinetone-cloud-authentication: enable, cloud-authentication-access-key: { env: KEY } }]',
    'c.yaml',
  );
  expect(config.ems[0]?.['cloud-authentication-access-key']).toEqual({ env: 'KEY' });
});

test('releases without trust-ca-cn hold to the very certificate that was accepted', () => {
  const mode = (release: string) =>
    parseConfig(`release: "${release}"\nems: [{ name: a, server: b }]`, 'c.yaml').ems[0]?.['trust-ca-cn'];
  expect(['6.4', '7.0.11', '7.0.12', '7.2.3', '7.4'].map(mode)).toEqual([
    'disable',
    'disable',
    'enable',
    'disable',
    'enable',
  ]);
});
