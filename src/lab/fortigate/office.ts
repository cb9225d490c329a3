import { domain } from '../people.ts';
import type { LabObjects } from './user-panel.ts';

const names = (...all: string[]) => all.map((name) => ({ name, q_origin_key: name }));
const group = (name: string) => `${domain}/${name}`;

/** What the office's FortiGate lets whom do: departments to their servers, everybody to the internet. */
export const officeObjects: LabObjects = {
  groups: {
    FSSO_Sales: [group('SALES')],
    FSSO_Engineering: [group('ENGINEERING'), group('RESEARCH')],
    FSSO_Finance: [group('FINANCE')],
  },
  addresses: [
    { name: 'all', type: 'ipmask', subnet: '0.0.0.0 0.0.0.0' },
    { name: 'crm', type: 'ipmask', subnet: '10.20.80.10 255.255.255.255' },
    { name: 'build-farm', type: 'ipmask', subnet: '10.20.81.0 255.255.255.0' },
    { name: 'ledger', type: 'iprange', 'start-ip': '10.20.82.10', 'end-ip': '10.20.82.19' },
  ],
  addressGroups: [{ name: 'servers', member: names('crm', 'build-farm', 'ledger') }],
  policies: [
    policy(1, 'sales to CRM', { dstaddr: names('crm'), groups: names('FSSO_Sales') }),
    policy(2, 'engineering to build farm', {
      dstaddr: names('build-farm'),
      groups: names('FSSO_Engineering'),
    }),
    policy(3, 'finance to ledger', { dstaddr: names('ledger'), 'fsso-groups': names(group('FINANCE')) }),
    policy(4, 'trial of the intranet', { status: 'disable', dstaddr: names('servers') }),
    policy(5, 'nobody else to servers', { action: 'deny', dstaddr: names('servers') }),
    policy(6, 'staff to internet', {
      dstintf: names('wan1'),
      'fsso-groups': names(group('DOMAIN USERS')),
      ntlm: 'enable',
    }),
  ],
};

/** Visitors, in a VDOM of their own: its policies begin at 1 again. */
export const guestObjects: LabObjects = {
  addresses: [{ name: 'all', type: 'ipmask', subnet: '0.0.0.0 0.0.0.0' }],
  policies: [
    policy(1, 'visitors to internet', { srcintf: names('guest-wifi'), dstintf: names('wan1') }),
    policy(2, 'visitors nowhere else', { srcintf: names('guest-wifi'), action: 'deny' }),
  ],
};

function policy(policyid: number, name: string, more: object) {
  return {
    policyid,
    name,
    status: 'enable',
    action: 'accept',
    srcintf: names('lan'),
    dstintf: names('dmz'),
    srcaddr: names('all'),
    dstaddr: names('all'),
    groups: [],
    'fsso-groups': [],
    ntlm: 'disable',
    ...more,
  };
}
