import type { SyslogRuleOptions } from './rule.ts';

/**
 * Rules that sources may name without writing them. FortiOS sends log ids 0101039947 when an SSL VPN tunnel comes up,
 * 0101039948 when it goes down, and 0101039949 with its statistics meanwhile (docs/protocol/fsso.md, Feeds).
 */
export const knownRules: readonly SyslogRuleOptions[] = [
  {
    name: 'fortigate-ssl-vpn',
    trigger: '01010399',
    logon: '0101039947',
    update: '0101039949',
    logoff: '0101039948',
    usernameField: 'user="{{:username}}"',
    clientIpField: 'tunnelip={{:client_ip}}',
    groupField: 'group="{{:group}}"',
    groupSeparator: ',',
  },
];
