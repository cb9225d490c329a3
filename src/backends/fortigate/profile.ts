import { fortigateFields } from './profile-fields.ts';

/**
 * The REST API of FortiOS as far as fabrictop reads it (docs/protocol/ems.md, FortiGate REST API), and the limits that we
 * set ourselves. An operator overrides any leaf of it with `profile.fortigate` of the configuration. Times are milliseconds.
 */
export const fortigateProfile = {
  calls: {
    /** [schema] The configured connectors. */
    connectors: '/api/v2/cmdb/endpoint-control/fctems',
    /** [schema] Below the monitor's part about endpoints. */
    status: '/api/v2/monitor/endpoint-control/ems/status',
    summary: '/api/v2/monitor/endpoint-control/ems/status-summary',
    certificate: '/api/v2/monitor/endpoint-control/ems/cert-status',
    verify: '/api/v2/monitor/endpoint-control/ems/verify-cert',
    unverify: '/api/v2/monitor/endpoint-control/ems/unverify-cert',
    importCa: '/api/v2/monitor/vpn-certificate/ca/import',
    /** [client] Who is logged on, the `user fsso` entries, and what is done about both. */
    users: '/api/v2/monitor/user/firewall',
    deauthenticate: '/api/v2/monitor/user/firewall/deauth',
    fsso: '/api/v2/monitor/user/fsso',
    refreshFsso: '/api/v2/monitor/user/fsso/refresh-server',
    system: '/api/v2/monitor/system/status',
    /** [client] How it is clustered, and with whom; who is primary is in the third before FortiOS 7.4. */
    ha: '/api/v2/cmdb/system/ha',
    haPeers: '/api/v2/monitor/system/ha-peer',
    haChecksums: '/api/v2/monitor/system/ha-checksums',
    /** [schema] Endpoints: newer releases have the first, older ones the second. */
    devices: '/api/v2/monitor/user/device/query',
    records: '/api/v2/monitor/endpoint-control/record-list',
    /** [schema] What decides about users. */
    policies: '/api/v2/cmdb/firewall/policy',
    userGroups: '/api/v2/cmdb/user/group',
    directoryGroups: '/api/v2/cmdb/user/adgrp',
    addresses: '/api/v2/cmdb/firewall/address',
    addressGroups: '/api/v2/cmdb/firewall/addrgrp',
  },
  fields: fortigateFields,
  timers: {
    /** Between looks at a FortiGate. [assumed] */
    pollEvery: 60_000,
    /** How long to wait where a 429 does not say. [assumed] */
    throttledWait: 60_000,
  },
  limits: {
    /** Connectors of one FortiGate: seven for each of its VDOMs is what FortiOS takes. */
    mostConnectors: 500,
    /** Rows of one page of a long list, and the most pages: 100,000 users of one VDOM. */
    rowsOfPage: 2_000,
    pages: 50,
    /** Octets of one reply. */
    longestReply: 16_777_216,
  },
};

export type FortigateProfile = typeof fortigateProfile;

/** Our names of the calls. */
export type FortigateCall = keyof FortigateProfile['calls'];

/** [client] Every VDOM at once: the reply is then a list of envelopes. */
export const everyVdom = { vdom: '*' } as const;

/** What the profile of an API administrator has to allow, by the beginning of the call. [assumed] but the first. */
const accessGroups: readonly (readonly [path: RegExp, group: string])[] = [
  [/endpoint-control/, 'utmgrp.endpoint-control'],
  [/\/user\//, 'authgrp'],
  [/\/firewall\/addr/, 'fwgrp.address'],
  [/\/firewall\//, 'fwgrp.policy'],
  [/vpn-certificate/, 'vpngrp'],
];

/** The access group that a call needs. */
export function accessGroupOf(path: string): string {
  return accessGroups.find(([pattern]) => pattern.test(path))?.[1] ?? 'sysgrp';
}
