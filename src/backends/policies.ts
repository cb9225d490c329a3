import { addressRange } from '../address-ranges.ts';
import type { AddressConfig, PolicyConfig, UserGroupConfig } from '../config/policies.ts';
import type { Config } from '../config/schema.ts';
import type { AddressObject, Policy, PolicySet, UserGroup } from '../fsso/policy/model.ts';

/** The policies of the configuration; null where it has none. */
export function configuredPolicies(
  config: Pick<Config, 'policies' | 'user-groups' | 'addresses'>,
): PolicySet | null {
  if (config.policies.length === 0) return null;
  return {
    source: 'configuration',
    policies: config.policies.map(policyOf),
    groups: config['user-groups'].map(groupOf),
    directoryGroups: [],
    addresses: config.addresses.map(addressOf),
    missing: [],
  };
}

function policyOf(given: PolicyConfig): Policy {
  return {
    id: given.policyid,
    name: given.name ?? null,
    vdom: given.vdom ?? null,
    enabled: given.status === 'enable',
    action: given.action,
    sourceInterfaces: given.srcintf,
    destinationInterfaces: given.dstintf,
    sourceAddresses: given.srcaddr,
    destinationAddresses: given.dstaddr,
    sourceNegated: given['srcaddr-negate'] === 'enable',
    destinationNegated: given['dstaddr-negate'] === 'enable',
    users: given.users,
    groups: given.groups,
    fssoGroups: given['fsso-groups'],
    ntlm: given.ntlm === 'enable',
    ntlmGuest: given['ntlm-guest'] === 'enable',
    ntlmAgent: given['fsso-agent-for-ntlm'] ?? null,
  };
}

function groupOf({ name, vdom, member, 'group-type': type }: UserGroupConfig): UserGroup {
  return { name, vdom: vdom ?? null, type, members: member };
}

function addressOf(given: AddressConfig): AddressObject {
  const { name, vdom, subnet, member, 'start-ip': first, 'end-ip': last } = given;
  const written = subnet ?? (first === undefined ? null : last === undefined ? first : `${first}-${last}`);
  const range = written === null ? null : addressRange(written);
  return { name, vdom: vdom ?? null, ranges: range === null ? [] : [range], members: member };
}
