import { expect, test } from 'vitest';
import { configuredPolicies } from '../../src/backends/policies.ts';
import { parseConfig } from '../../src/config/load.ts';

test('policies of the configuration have the defaults of FortiOS and keep their order', () => {
  const set = configuredPolicies(
    parseConfig(
      `
policies:
  - { policyid: 7, name: staff, action: accept, dstaddr: [servers], groups: [FSSO_Sales], ntlm: enable, vdom: root }
  - { policyid: 2 }
user-groups:
  - { name: FSSO_Sales, group-type: fsso-service, member: [CORP/SALES] }
addresses:
  - { name: servers, subnet: 10.9.0.0 255.255.0.0 }
  - { name: printers, start-ip: 10.1.0.5, end-ip: 10.1.0.9 }
  - { name: both, member: [servers, printers] }
`,
      'c.yaml',
    ),
  );
  expect(set?.policies.map(({ id, action, enabled }) => [id, action, enabled])).toEqual([
    [7, 'accept', true],
    [2, 'deny', true],
  ]);
  expect(set?.policies[0]).toMatchObject({
    name: 'staff',
    vdom: 'root',
    sourceInterfaces: ['any'],
    sourceAddresses: ['all'],
    destinationAddresses: ['servers'],
    groups: ['FSSO_Sales'],
    fssoGroups: [],
    ntlm: true,
    ntlmGuest: false,
    ntlmAgent: null,
  });
  expect(set?.groups).toEqual([
    { name: 'FSSO_Sales', vdom: null, type: 'fsso-service', members: ['CORP/SALES'] },
  ]);
  expect(set?.addresses.map(({ ranges, members }) => [...ranges, ...members])).toEqual([
    ['10.9.0.0/16'],
    ['10.1.0.5-10.1.0.9'],
    ['servers', 'printers'],
  ]);
});

test('a configuration without policies has none, which is not the same as policies that deny', () => {
  expect(configuredPolicies(parseConfig('ems: []', 'c.yaml'))).toBeNull();
});

test('a network that is none is told with what is expected', () => {
  expect(() => parseConfig('addresses: [{ name: x, subnet: 10.0.0.0/33 }]', 'c.yaml')).toThrow(
    /addresses\[0\]\.subnet: found "10\.0\.0\.0\/33", expected an address, a network/,
  );
});
