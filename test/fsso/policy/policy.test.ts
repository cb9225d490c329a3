import { BlockList } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decide, type Traffic } from '../../../src/fsso/policy/policy.ts';
import { policy, policySet } from '../../support/policies.ts';

const sales = { groups: ['CORP/SALES', 'CORP/DOMAIN USERS'] };
const traffic = (patch: Partial<Traffic> = {}): Traffic => ({
  ip: '10.1.0.5',
  destination: '10.9.0.10',
  sourceInterface: null,
  destinationInterface: null,
  vdom: 'root',
  logon: sales,
  ...patch,
});
const reasons = (decision: ReturnType<typeof decide>) =>
  decision.policies.map(({ id, verdict, because }) => `${id} ${verdict}: ${because}`);

test('the first policy that fits decides, and each one before says why it did not', () => {
  const decision = decide(
    policySet([
      policy({ id: 1, enabled: false }),
      policy({ id: 2, sourceAddresses: ['10.2.0.0/16'] }),
      policy({ id: 3, destinationAddresses: ['10.9.0.0/24'], destinationNegated: true }),
      policy({ id: 4, name: 'it', fssoGroups: ['CORP/IT'] }),
      policy({ id: 5, name: 'staff', fssoGroups: ['Corp/Sales'] }),
      policy({ id: 6, action: 'deny' }),
    ]),
    traffic(),
  );
  expect(reasons(decision)).toEqual([
    '1 no: it is disabled',
    '2 no: source 10.1.0.5 is not in 10.2.0.0/16',
    '3 no: every destination but 10.9.0.0/24, and 10.9.0.10 is one of them',
    '4 no: the user is in none of CORP/IT',
    '5 match: source all, destination all, the user is in Corp/Sales',
  ]);
  expect(decision).toMatchObject({
    outcome: 'allow',
    policy: { id: 5, name: 'staff' },
    permitted: ['Corp/Sales'],
  });
});

test('groups of the directory are found through user groups of the FortiGate, of its own VDOM first', () => {
  const groups = [
    { name: 'Sales', vdom: 'branch', type: 'fsso-service', members: ['CORP/BRANCH'] },
    { name: 'Sales', vdom: 'root', type: 'fsso-service', members: ['CORP/SALES'] },
    { name: 'Radius', vdom: null, type: 'firewall', members: ['x'] },
  ];
  const staff = policy({ id: 1, vdom: 'root', groups: ['Sales'] });
  expect(decide(policySet([staff], { groups }), traffic())).toMatchObject({
    outcome: 'allow',
    because: expect.stringContaining('the user is in CORP/SALES of Sales'),
  });
  const other = decide(policySet([policy({ id: 2, groups: ['Radius'] })], { groups }), traffic());
  expect(reasons(other)).toEqual(['2 no: it asks for Radius (firewall), whose members FSSO does not name']);
  const unknown = decide(policySet([policy({ id: 3, groups: ['Nowhere'] })], { groups }), traffic());
  expect(unknown).toMatchObject({ outcome: 'depends', policy: null });
});

test('distinguished names are the same however they are escaped, and are not the names of standard mode', () => {
  const dn = { groups: ['CN=SALES\\, BERLIN,OU=GROUPS,DC=CORP,DC=EXAMPLE'] };
  const set = (name: string) => policySet([policy({ id: 1, fssoGroups: [name] })]);
  for (const name of [
    'cn=Sales\\, Berlin,ou=Groups,dc=corp,dc=example',
    'CN=Sales\\2C Berlin, OU=Groups, DC=corp, DC=example',
  ])
    expect(decide(set(name), traffic({ logon: dn })).outcome).toBe('allow');
  const mixed = decide(set('CORP/Sales, Berlin'), traffic({ logon: dn }));
  expect(mixed.outcome).toBe('deny');
  expect(mixed.policies[0]?.because).toContain('standard and advanced mode are mixed');
  const domain = decide(set('OTHER/SALES'), traffic());
  expect(domain.policies[0]?.because).toContain('these are two groups to a FortiGate');
});

test('who is not logged on is asked by NTLM, is a guest, or passes by what asks for a user', () => {
  const nobody = traffic({ logon: null });
  const asks = policy({ id: 1, fssoGroups: ['CORP/SALES'], ntlm: true, ntlmGuest: true });
  const ntlm = decide(policySet([asks]), nobody);
  expect(ntlm).toMatchObject({ outcome: 'ntlm', policy: { id: 1 }, permitted: ['CORP/SALES'] });
  expect(ntlm.because).toContain('it lets in members of CORP/SALES, and others as guests');
  const guests = policy({ id: 2, groups: ['SSO_Guest_Users'] });
  expect(decide(policySet([guests]), nobody)).toMatchObject({ outcome: 'allow', policy: { id: 2 } });
  const users = policy({ id: 3, fssoGroups: ['CORP/SALES'] });
  expect(decide(policySet([users, policy({ id: 4 })]), nobody).policy).toEqual({ id: 4, name: null });
  expect(decide(policySet([users]), nobody)).toMatchObject({ outcome: 'deny', policy: null });
});

test('a user in a group that policies know is no guest, one in none of them is', () => {
  const set = policySet([
    policy({ id: 1, fssoGroups: ['CORP/SALES'], destinationAddresses: ['10.8.0.0/16'] }),
    policy({ id: 2, groups: ['SSO_Guest_Users'] }),
  ]);
  expect(decide(set, traffic()).outcome).toBe('deny');
  expect(decide(set, traffic({ logon: { groups: ['CORP/VISITORS'] } })).policy?.id).toBe(2);
});

test('without a destination the answer depends where policies that could fit do something else', () => {
  const servers = policy({ id: 1, fssoGroups: ['CORP/SALES'], destinationAddresses: ['10.9.0.0/16'] });
  const open = traffic({ destination: null });
  expect(decide(policySet([servers]), open)).toMatchObject({
    outcome: 'depends',
    because: 'policy 1 may fit and would allow; else the implicit deny would deny',
  });
  expect(decide(policySet([servers, policy({ id: 2 })]), open)).toMatchObject({
    outcome: 'allow',
    policy: { id: 2 },
  });
});

test('address groups are followed, circles and names without addresses are not known', () => {
  const addresses = [
    { name: 'net', vdom: null, ranges: ['10.9.0.0/16'], members: [] },
    { name: 'inside', vdom: null, ranges: [], members: ['net', 'web'] },
    { name: 'web', vdom: null, ranges: [], members: [] },
    { name: 'round', vdom: null, ranges: [], members: ['round'] },
  ];
  const to = (name: string, destination = '10.9.0.10') =>
    decide(
      policySet([policy({ id: 1, destinationAddresses: [name] })], { addresses }),
      traffic({ destination }),
    );
  expect(to('inside').outcome).toBe('allow');
  expect(to('inside', '10.7.0.1').outcome).toBe('depends');
  expect(to('round').outcome).toBe('depends');
  expect(to('none').outcome).toBe('deny');
  expect(to('10.9.0.1-10.9.0.20').outcome).toBe('allow');
});

test('policies of other VDOMs and other interfaces are left out', () => {
  const set = policySet([
    policy({ id: 1, vdom: 'branch' }),
    policy({ id: 2, vdom: 'root', sourceInterfaces: ['port9'] }),
    policy({ id: 3, vdom: 'root', action: 'deny' }),
  ]);
  expect(decide(set, traffic({ sourceInterface: 'port1' }))).toMatchObject({
    outcome: 'deny',
    policy: { id: 3 },
  });
  expect(decide(set, traffic())).toMatchObject({ outcome: 'allow', policy: { id: 2 } });
  expect(decide(set, traffic({ vdom: 'lab' })).outcome).toBe('unknown');
  expect(decide(policySet([]), traffic()).outcome).toBe('unknown');
});

const groupName = fc.constantFrom('CORP/A', 'CORP/B', 'CORP/C', 'CN=D,DC=x', 'CORP/E\\+F');
const network = fc.constantFrom('all', '10.1.0.0/16', '10.1.0.5', '10.2.0.0/16', '0.0.0.0/0', '::/0');
const anyPolicy = fc.record({
  id: fc.nat(99),
  enabled: fc.boolean(),
  action: fc.constantFrom('accept', 'deny'),
  sourceAddresses: fc.array(network, { minLength: 1, maxLength: 3 }),
  sourceNegated: fc.boolean(),
  fssoGroups: fc.array(groupName, { maxLength: 3 }),
});

// Says the same in the fewest words: the first enabled policy whose source and groups fit.
function expected(
  policies: readonly ReturnType<typeof policy>[],
  groups: readonly string[],
  ip: string,
): string {
  const fits = (each: ReturnType<typeof policy>) => {
    const inside = each.sourceAddresses.some((name) => {
      if (name === 'all') return true;
      const list = new BlockList();
      const [address = '', bits] = name.split('/');
      const family = address.includes(':') ? 'ipv6' : 'ipv4';
      if (bits === undefined) list.addAddress(address, family);
      else list.addSubnet(address, Number(bits), family);
      return family === 'ipv4' && list.check(ip, 'ipv4');
    });
    const member = each.fssoGroups.length === 0 || each.fssoGroups.some((name) => groups.includes(name));
    return each.enabled && inside !== each.sourceNegated && member;
  };
  return policies.find(fits)?.action === 'accept' ? 'allow' : 'deny';
}

test('whatever the policies, the decision is that of the first that fits, however names are written', () => {
  fc.assert(
    fc.property(
      fc.array(anyPolicy, { minLength: 1, maxLength: 8 }),
      fc.array(groupName),
      fc.constantFrom('10.1.0.5', '10.1.9.9', '192.0.2.1'),
      fc.boolean(),
      (given, groups, ip, lower) => {
        const policies = given.map((each) => policy(each));
        const written = lower ? groups.map((name) => name.toLowerCase()) : groups;
        const decision = decide(policySet(policies), traffic({ ip, logon: { groups: written } }));
        expect(decision.outcome).toBe(expected(policies, groups, ip));
        expect(decision.policies.filter(({ verdict }) => verdict === 'match').length).toBe(
          decision.policy ? 1 : 0,
        );
      },
    ),
    { numRuns: 300 },
  );
});
