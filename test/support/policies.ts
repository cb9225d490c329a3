import type { Policy, PolicySet } from '../../src/fsso/policy/model.ts';

/** A policy that lets everybody in anywhere, but for what is given. */
export function policy(patch: Partial<Policy> & { id: number }): Policy {
  return {
    name: null,
    vdom: null,
    enabled: true,
    action: 'accept',
    sourceInterfaces: ['any'],
    destinationInterfaces: ['any'],
    sourceAddresses: ['all'],
    destinationAddresses: ['all'],
    sourceNegated: false,
    destinationNegated: false,
    users: [],
    groups: [],
    fssoGroups: [],
    ntlm: false,
    ntlmGuest: false,
    ntlmAgent: null,
    ...patch,
  };
}

export function policySet(policies: readonly Policy[], patch: Partial<PolicySet> = {}): PolicySet {
  return {
    source: 'configuration',
    policies,
    groups: [],
    directoryGroups: [],
    addresses: [],
    missing: [],
    ...patch,
  };
}
