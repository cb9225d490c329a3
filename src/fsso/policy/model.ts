// The firewall policies of one FortiGate as far as users come into them, wherever they were read: over its REST API or from
// the configuration. What they decide is a matter of others (docs/protocol/fsso.md, Configuration).

/** One firewall policy. Names of interfaces, addresses and groups are those of objects in the same VDOM. */
export interface Policy {
  /** `policyid`. */
  readonly id: number;
  readonly name: string | null;
  /** Null where only one VDOM is known. */
  readonly vdom: string | null;
  /** `status enable`. */
  readonly enabled: boolean;
  /** FortiOS's word: `accept`, `deny`, `ipsec` and what else there may come. */
  readonly action: string;
  /** `any` is every interface. */
  readonly sourceInterfaces: readonly string[];
  readonly destinationInterfaces: readonly string[];
  /** Names of address objects and groups, IPv6 ones after the others; `all` is every address. From the configuration also plain addresses, networks and ranges. */
  readonly sourceAddresses: readonly string[];
  readonly destinationAddresses: readonly string[];
  /** `srcaddr-negate`, `dstaddr-negate`: every address but these. */
  readonly sourceNegated: boolean;
  readonly destinationNegated: boolean;
  readonly users: readonly string[];
  /** Names of user groups. */
  readonly groups: readonly string[];
  /** Names of groups of the directory (`user adgrp`). */
  readonly fssoGroups: readonly string[];
  /** Asks the browser by NTLM who has no logon. */
  readonly ntlm: boolean;
  /** Lets in by NTLM who is in no known group, as a guest. */
  readonly ntlmGuest: boolean;
  /** `fsso-agent-for-ntlm`: the `user fsso` entry whose collector checks NTLM; null for any. */
  readonly ntlmAgent: string | null;
}

/** One `user group`. */
export interface UserGroup {
  readonly name: string;
  readonly vdom: string | null;
  /** FortiOS's word: `firewall`, `fsso-service`, `rsso`, `guest`. */
  readonly type: string;
  /** Of a group of type `fsso-service`: names of groups of the directory. */
  readonly members: readonly string[];
}

/** One group of the directory that a FortiGate knows (`user adgrp`). */
export interface DirectoryGroup {
  /** `DOMAIN/GROUP` or a distinguished name, as the collector writes it. */
  readonly name: string;
  readonly vdom: string | null;
  /** The `user fsso` entry that it came from. */
  readonly server: string | null;
}

/** One firewall address, or group of them. */
export interface AddressObject {
  readonly name: string;
  readonly vdom: string | null;
  /** `10.1.0.0/16` or `10.1.0.5-10.1.0.9`; empty where it is none of addresses (a name, a country, a tag), or is a group. */
  readonly ranges: readonly string[];
  /** Names of other objects; empty where it is no group. */
  readonly members: readonly string[];
}

/** Everything that decides about users, in the order of the policies. */
export interface PolicySet {
  /** Where it was read: the configuration, or the name of a FortiGate. */
  readonly source: string;
  readonly policies: readonly Policy[];
  readonly groups: readonly UserGroup[];
  readonly directoryGroups: readonly DirectoryGroup[];
  readonly addresses: readonly AddressObject[];
  /** What was not told, a line each: a kind of object that the token may not see, or that was cut off. */
  readonly missing: readonly string[];
}
