import type { WhyFault, WhyStepName } from '../../why-report.ts';

/** What can break the way of a logon. */
export type WhyCause =
  | 'never-reported'
  | 'not-seen'
  | 'held-back'
  | 'link-down'
  | 'link-lost'
  | 'replaced'
  | 'logged-off'
  | 'not-listed'
  | 'expired'
  | 'cleared'
  | 'overlap'
  | 'no-groups'
  | 'modes-mixed'
  | 'other-group'
  | 'nested-group'
  | 'group-not-told'
  | 'denied-by-policy'
  | 'implicit-deny';

type Row = Omit<WhyFault, 'step'> & { readonly step: WhyStepName };

/** Cause and fix of each, once; the number is that of docs/troubleshooting.md. */
export const whyCauses: Readonly<Record<WhyCause, Row>> = {
  'never-reported': {
    step: 'collector',
    row: 16,
    cause:
      'No agent saw the logon, or the collector dropped it: ignore list, a workstation name that leads to no address, or a group filter without a group of the user.',
    fix: [
      'on the collector, look for the user in its list of logons: who is there and not here is held back by the group filter of our SERIAL-VDOM',
      'on the domain controller, check that the DC agent is loaded (a reboot after its installation) and that logons are audited',
      'a device without a logon at a domain controller (Entra only, no domain) never appears: it needs another source',
    ],
  },
  'not-seen': {
    step: 'agent',
    row: 16,
    cause:
      'No agent or other feed told the collector of a logon, or the collector dropped it: ignore list, or a workstation name that leads to no address.',
    fix: [
      'look at the agents of the collector: one that is silent, or a domain controller that none reports for (s in the dashboard)',
      'on the domain controller, check that the DC agent is loaded (a reboot after its installation) and that logons are audited',
      'in the log of the collector, look for the workstation: "name not resolved" and "logon ignored" say why',
    ],
  },
  'held-back': {
    step: 'filter',
    row: 13,
    cause: 'The group filter of the collector for our SERIAL-VDOM has no group of the user.',
    fix: [
      'add a group of the user to that filter: filters of the collector, or the groups of user fsso on the FortiGate',
      'or put the user into a group that is in the filter: it counts from the next logon on',
    ],
  },
  'link-down': {
    step: 'link',
    row: 2,
    cause: 'No collector of the connector is online, so nobody new becomes known.',
    fix: ['the screen of the collector says at which stage it failed, and what to do'],
  },
  'link-lost': {
    step: 'link',
    row: 5,
    cause:
      'The link to the collector that reported the user is lost; the logon goes when logon-timeout is over.',
    fix: [
      'bring the collector back, or a standby that knows the user',
      'raise logon-timeout where collectors restart for longer than that',
    ],
  },
  replaced: {
    step: 'table',
    row: 9,
    cause:
      'Another user logged on at the same address and took its place: there is one user for each address. Service accounts, scheduled tasks and "run as" do that.',
    fix: [
      'put service accounts on the ignore list of the collector',
      'the user is back with the next logon at that address, or when the workstation is unlocked',
    ],
  },
  'logged-off': {
    step: 'table',
    row: 7,
    cause:
      'The collector reported a logoff: the user left, the workstation check found nobody, or the dead entry timeout was over because nothing could be verified.',
    fix: [
      'where the user is still at work, look at the status of the workstation on the collector: "Not Verified" for hours ends in a logoff',
      'open TCP 139 and 445 from the collector to workstations, or raise the dead entry timeout',
    ],
  },
  'not-listed': {
    step: 'table',
    row: 7,
    cause:
      'A complete list of the collector did not name the user any more; when it ended before is not known.',
    fix: [
      'look for the user on the collector',
      'compare the two collectors after a fail-over: they need not know the same',
    ],
  },
  expired: {
    step: 'table',
    row: 5,
    cause: 'The link was lost for longer than logon-timeout, so the logon was given up.',
    fix: ['raise logon-timeout', 'bring a collector back: with its list the user returns'],
  },
  cleared: {
    step: 'table',
    row: null,
    cause: 'Our own table was cleared, which says nothing about the user.',
    fix: ['ask the collector for all logons again (Ctrl+R on the screen of users)'],
  },
  overlap: {
    step: 'table',
    row: 18,
    cause: 'Two sessions of the terminal server claim the same ports, so their traffic cannot be told apart.',
    fix: ['update the TS agent', 'give the agent a pool of ports that the system does not use'],
  },
  'no-groups': {
    step: 'groups',
    row: 13,
    cause:
      'The collector named no group of the user: it could not ask the directory, or the filter took them all.',
    fix: [
      'on the collector, look up the groups of the user',
      'check that collector and FortiGate use the same mode',
    ],
  },
  'modes-mixed': {
    step: 'policy',
    row: 13,
    cause: 'Collector and FortiGate write groups differently: one in standard, the other in advanced mode.',
    fix: ['use the same mode on both ends, and choose the groups of the policy anew'],
  },
  'other-group': {
    step: 'policy',
    row: 13,
    cause: 'None of the groups that the collector reported is let in by a policy for this traffic.',
    fix: [
      'add a group of the user to the group filter of the collector (SERIAL-VDOM, with -root even without VDOMs) and to the policy',
      'or put the user into a permitted group: it counts from the next logon on',
    ],
  },
  'nested-group': {
    step: 'policy',
    row: 14,
    cause:
      'The user is in a permitted group through another group. In standard mode a collector tells direct groups only.',
    fix: [
      'permit the group that has the user directly, or put the user into the permitted one',
      'or set the collector and the FortiGate to advanced mode, and choose the groups of the policy anew',
    ],
  },
  'group-not-told': {
    step: 'policy',
    row: 13,
    cause:
      'The directory has the user in a permitted group, and the collector did not name it: the user came into it after the logon, the collector looked it up long ago, or its group filter leaves the group out.',
    fix: [
      'log on again, or have the collector look groups up at an interval ("Group look-up interval")',
      'clear the group cache of the collector',
    ],
  },
  'denied-by-policy': {
    step: 'policy',
    row: null,
    cause: 'A policy with the action deny fits before any that would allow.',
    fix: ['change the policy, or move one that allows in front of it'],
  },
  'implicit-deny': {
    step: 'policy',
    row: null,
    cause: 'No policy fits this traffic, whoever the user is.',
    fix: ['check source, destination and interfaces of the policies above', 'add a policy for it'],
  },
};

/** Rows of docs/troubleshooting.md for the stages at which a link fails. */
export const linkRows: Readonly<Record<string, number>> = { authentication: 1, tcp: 2, tls: 3, hello: 3 };
