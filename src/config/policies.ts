import { isIP } from 'node:net';
import * as z from 'zod';
import { onOff, text, wholeNumber } from './values.ts';

/** Of one kind of object: what a large FortiGate has at most. */
const most = 100_000;
const list = (longest: number) => z.array(text(longest)).max(most);

/** Options of `config firewall policy` that decide about users (docs/cli.md, Policies). */
export const policySchema = z.strictObject({
  policyid: wholeNumber(0, 4294967294),
  name: text(35).optional(),
  vdom: text(31).optional(),
  status: onOff.default('enable'),
  action: z.enum(['accept', 'deny', 'ipsec']).default('deny'),
  srcintf: list(79).default(['any']),
  dstintf: list(79).default(['any']),
  srcaddr: list(79).default(['all']),
  dstaddr: list(79).default(['all']),
  'srcaddr-negate': onOff.default('disable'),
  'dstaddr-negate': onOff.default('disable'),
  users: list(79).default([]),
  groups: list(79).default([]),
  'fsso-groups': list(511).default([]),
  ntlm: onOff.default('disable'),
  'ntlm-guest': onOff.default('disable'),
  'fsso-agent-for-ntlm': text(35).optional(),
});

/** Options of `config user group`. */
export const userGroupSchema = z.strictObject({
  name: text(35),
  vdom: text(31).optional(),
  'group-type': z.enum(['firewall', 'fsso-service', 'rsso', 'guest']).default('firewall'),
  member: list(511).default([]),
});

const rangeExpected =
  'expected an address, a network such as 10.1.0.0/16 or "10.1.0.0 255.255.0.0", or a range such as 10.1.0.5-10.1.0.9';

/** Options of `config firewall address` and `addrgrp`, in one list. */
export const addressSchema = z.strictObject({
  name: text(79),
  vdom: text(31).optional(),
  subnet: z.string(rangeExpected).refine(isRange, rangeExpected).optional(),
  'start-ip': z.union([z.ipv4(), z.ipv6()], 'expected an address').optional(),
  'end-ip': z.union([z.ipv4(), z.ipv6()], 'expected an address').optional(),
  fqdn: text(255).optional(),
  member: list(79).default([]),
});

function isRange(value: string): boolean {
  const [first = '', second] = value.split(/[/\s-]/, 2);
  if (isIP(first) === 0) return false;
  if (second === undefined) return true;
  return value.includes('/')
    ? /^\d{1,3}$/.test(second) && Number(second) <= (isIP(first) === 4 ? 32 : 128)
    : isIP(second) === isIP(first);
}

export type PolicyConfig = z.infer<typeof policySchema>;
export type UserGroupConfig = z.infer<typeof userGroupSchema>;
export type AddressConfig = z.infer<typeof addressSchema>;
