import { expect, test } from 'vitest';
import { workstationCheck } from '../../src/backends/collector-checks.ts';
import { collectorOptions } from '../../src/backends/collector-setup.ts';
import { parseConfig } from '../../src/config/load.ts';
import { type CollectorConfig, configSchema } from '../../src/config/schema.ts';

/** What a collector does with this section of the configuration. */
function made(section: Record<string, unknown>) {
  return collectorOptions(parsed(section), null, null, [], null);
}

function parsed(section: Record<string, unknown>): CollectorConfig {
  const { collector } = configSchema.parse({ collector: section });
  if (!collector) throw new Error('there is no section');
  return collector;
}

const checkMade = (section: Record<string, unknown>) =>
  workstationCheck(parsed(section), '.', { PATH: '/usr/bin', WS_PASSWORD: 'secret' });

test('an empty section gives the defaults of the product', () => {
  expect(made({})).toMatchObject({
    listen: '0.0.0.0',
    port: 8000,
    deadEntryTimeoutMs: 480 * 60_000,
    duplicateWindowMs: 10_000,
    dnsSuffixes: [],
    workerThreads: 128,
    addressCheckMs: 60_000,
    workstationCheck: null,
    ignore: { users: [], machineAccounts: true, dcAgentAddresses: [] },
  });
});

test('who is left out is taken over', () => {
  const { ignore, duplicateWindowMs } = made({
    'ignore-user-list': ['CORP\\svc_*'],
    'ignore-machine-accounts': 'disable',
    'dc-agent-ignore-ip-list': ['10.0.0.10-10.0.0.20', '10.1.0.0/24'],
    'duplicate-window': 0,
  });
  expect(ignore).toEqual({
    users: ['CORP\\svc_*'],
    machineAccounts: false,
    dcAgentAddresses: ['10.0.0.10-10.0.0.20', '10.1.0.0/24'],
  });
  expect(duplicateWindowMs).toBe(0);
});

test('an address list takes addresses, ranges and networks only', () => {
  for (const wrong of ['pc1', '10.0.0.300', '10.0.0', '::1'])
    expect(() => made({ 'dc-agent-ignore-ip-list': [wrong] }), wrong).toThrow('expected an IPv4 address');
});

test('a suffix is a domain', () => {
  expect(made({ 'alternative-workstation-suffixes': ['corp.example', 'lan'] }).dnsSuffixes).toEqual([
    'corp.example',
    'lan',
  ]);
  for (const wrong of ['.corp', 'corp.', 'a b', ''])
    expect(() => made({ 'alternative-workstation-suffixes': [wrong] }), wrong).toThrow('expected a domain');
});

test('workstations are asked only where an interval is given, one at a time unless told otherwise', async () => {
  const check = {
    'workstation-check-networks': ['10.1.0.0/16'],
    'workstation-check-command': ['/usr/local/bin/who-is-there', '{ip}'],
  };
  expect(await checkMade(check)).toBeNull();
  const found = await checkMade({ ...check, 'workstation-verify-interval': 5 });
  expect(found).toMatchObject({ intervalMs: 300_000, threads: 1 });
  expect(found?.networks.has('10.1.2.3')).toBe(true);
  expect(found?.networks.has('10.2.2.3')).toBe(false);
});

test('an interval without a program or without networks is refused', () => {
  expect(() =>
    parseConfig('collector: { workstation-verify-interval: 5, workstation-check-command: [who] }', 'c.yaml'),
  ).toThrow('collector.workstation-check-networks: missing');
  expect(() =>
    parseConfig(
      'collector: { workstation-verify-interval: 5, workstation-check-networks: [10.0.0.0/8] }',
      'c.yaml',
    ),
  ).toThrow('collector.workstation-check-command: missing');
});

const overSmb = {
  'workstation-verify-interval': 5,
  'workstation-check-networks': ['10.1.0.0/16'],
  'workstation-check-method': 'netapi',
};

test('workstations are asked over SMB with an account, whose password is a reference', async () => {
  const secret = { env: 'WS_PASSWORD' };
  const account = { 'workstation-check-user': 'CORP\\svc', 'workstation-check-password': secret };
  expect(await checkMade({ ...overSmb, ...account })).not.toBeNull();
  const missing = { ...account, 'workstation-check-password': { env: 'NOT_SET' } };
  await expect(checkMade({ ...overSmb, ...missing })).rejects.toThrow(
    'collector.workstation-check-password:',
  );
  expect(() => parseConfig(JSON.stringify({ collector: overSmb }), 'c.yaml')).toThrow(
    'collector.workstation-check-user: missing, expected the account that asks because workstation-check-method is netapi',
  );
});
