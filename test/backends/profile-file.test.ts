import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { fortigateProfile } from '../../src/backends/fortigate/profile.ts';
import { readProfile } from '../../src/backends/profile-file.ts';
import { ConfigError } from '../../src/config/error.ts';
import { emsProfile } from '../../src/ems/profile.ts';

const directory = mkdtempSync(join(tmpdir(), 'fabrictop-profile-'));
afterAll(() => rmSync(directory, { recursive: true }));

const readEmsProfile = (path: string) => readProfile('profile.ems', path, emsProfile);
const read = (text: string) => {
  const path = join(directory, 'ems.yaml');
  writeFileSync(path, text);
  return readEmsProfile(path);
};
const lines = async (text: string) => {
  const error = await read(text).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ConfigError);
  return (error as ConfigError).lines.map((line) => line.replaceAll(directory, ''));
};

test('a file changes what it names and leaves the rest', async () => {
  const profile = await read(
    'calls: { sysinfo: { path: /api/v2/endpoints } }\ntimers: { retryAfter: [5000] }\nfields: { endpoint: { host: hostname } }\n',
  );
  expect(profile.calls.sysinfo).toEqual({ method: 'GET', path: '/api/v2/endpoints' });
  expect(profile.calls.tags).toEqual(emsProfile.calls.tags);
  expect(profile.timers.retryAfter).toEqual([5000]);
  expect(profile.fields.endpoint.host).toBe('hostname');
  expect(profile.fields.endpoint.ip).toBe('ip');
});

test('the whole profile written down is the profile, and an empty file too', async () => {
  expect(await read(stringify(emsProfile))).toEqual(emsProfile);
  expect(await read('')).toEqual(emsProfile);
});

test.each([
  ['call: {}', ['profile.ems: /ems.yaml: unknown key call, did you mean calls?']],
  ['calls: { sysinfos: {} }', ['profile.ems: /ems.yaml: calls: unknown key sysinfos, did you mean sysinfo?']],
  [
    'timers: { checkEvery: -1 }',
    ['profile.ems: /ems.yaml: timers.checkEvery: expected a whole number from 1 to 1000000000'],
  ],
  ['calls: [1]', ['profile.ems: /ems.yaml: calls: expected a map of keys']],
  ['calls: [', ['profile.ems: /ems.yaml is not valid YAML']],
])('%s is refused in one line', async (text, expected) => {
  expect(await lines(text)).toEqual(expected);
});

test('a file that is not there is refused in one line', async () => {
  await expect(readEmsProfile(join(directory, 'none'))).rejects.toThrow(/^profile\.ems: .*none not found$/);
});

test('the profile of FortiGates takes other paths, and other names in place of a field', async () => {
  const path = join(directory, 'fortigate.yaml');
  writeFileSync(path, 'calls: { users: /api/v3/users }\nfields: { user: { name: [login, username] } }\n');
  const profile = await readProfile('profile.fortigate', path, fortigateProfile);
  expect(profile.calls.users).toBe('/api/v3/users');
  expect(profile.calls.fsso).toBe(fortigateProfile.calls.fsso);
  expect(profile.fields.user).toEqual({ ...fortigateProfile.fields.user, name: ['login', 'username'] });
  writeFileSync(path, 'fields: { user: { name: username } }\n');
  await expect(readProfile('profile.fortigate', path, fortigateProfile)).rejects.toThrow(
    /fields\.user\.name: /,
  );
});
