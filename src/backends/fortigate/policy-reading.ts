import { addressRange } from '../../address-ranges.ts';
import type { AddressObject, DirectoryGroup, Policy, UserGroup } from '../../fsso/policy/model.ts';
import { type Envelope, namesOf, numberOf, type Row, switchOf, textOf } from './envelope.ts';

// CMDB objects under FortiOS's option names; releases differ in which options there are.

function each<T>(envelopes: readonly Envelope[], read: (row: Row, vdom: string | null) => T | null): T[] {
  return envelopes.flatMap(({ vdom, rows }) => rows.flatMap((row) => read(row, vdom) ?? []));
}

export function policiesOf(envelopes: readonly Envelope[]): Policy[] {
  return each(envelopes, (row, vdom) => {
    const id = numberOf(row['policyid']);
    if (id === null) return null;
    return {
      id,
      name: textOf(row['name'], 64),
      vdom,
      // What is not said has FortiOS's default.
      enabled: switchOf(row['status']) ?? true,
      action: textOf(row['action'], 32) ?? 'deny',
      sourceInterfaces: namesOf(row['srcintf']),
      destinationInterfaces: namesOf(row['dstintf']),
      sourceAddresses: [...namesOf(row['srcaddr']), ...namesOf(row['srcaddr6'])],
      destinationAddresses: [...namesOf(row['dstaddr']), ...namesOf(row['dstaddr6'])],
      sourceNegated: switchOf(row['srcaddr-negate']) ?? false,
      destinationNegated: switchOf(row['dstaddr-negate']) ?? false,
      users: namesOf(row['users']),
      groups: namesOf(row['groups']),
      fssoGroups: namesOf(row['fsso-groups']),
      ntlm: switchOf(row['ntlm']) ?? false,
      ntlmGuest: switchOf(row['ntlm-guest']) ?? false,
      ntlmAgent: textOf(row['fsso-agent-for-ntlm'], 64),
    };
  });
}

export function userGroupsOf(envelopes: readonly Envelope[]): UserGroup[] {
  return each(envelopes, (row, vdom) => {
    const name = textOf(row['name'], 64);
    if (name === null) return null;
    return { name, vdom, type: textOf(row['group-type'], 32) ?? 'firewall', members: namesOf(row['member']) };
  });
}

export function directoryGroupsOf(envelopes: readonly Envelope[]): DirectoryGroup[] {
  return each(envelopes, (row, vdom) => {
    const name = textOf(row['name'], 511);
    return name === null ? null : { name, vdom, server: textOf(row['server-name'], 64) };
  });
}

/** Addresses and groups of addresses alike. */
export function addressesOf(envelopes: readonly Envelope[]): AddressObject[] {
  return each(envelopes, (row, vdom) => {
    const name = textOf(row['name'], 128);
    if (name === null) return null;
    const subnet = textOf(row['subnet'], 64);
    const [first, last] = [textOf(row['start-ip'], 45), textOf(row['end-ip'], 45)];
    const isSubnet = [null, 'ipmask', 'interface-subnet'].includes(textOf(row['type'], 32));
    const written = isSubnet ? subnet : first !== null && last !== null ? `${first}-${last}` : null;
    const range = written === null || row['type'] === 'wildcard' ? null : addressRange(written);
    return { name, vdom, ranges: range === null ? [] : [range], members: namesOf(row['member']) };
  });
}
