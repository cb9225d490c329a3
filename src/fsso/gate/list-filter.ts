import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { splitGroups } from '../wire/groups.ts';
import type { ListedLogon } from './fortios.ts';

/** The parts of `diagnose debug authd fsso filter`; each one that is given has to match. */
export interface ListFilter {
  /** The whole name of a group. */
  readonly group?: string | undefined;
  /** The connector, as FortiOS means it, or the collector that reported the logon. */
  readonly server?: string | undefined;
  /** Address of the client, or a network such as 10.0.0.0/24. */
  readonly source?: string | undefined;
  /** `user` or `DOMAIN\user`. */
  readonly user?: string | undefined;
}

/** Whether a logon passes. */
export type LogonTest = (listed: ListedLogon) => boolean;

/**
 * The filter as a test of logons; names in whatever case. That they are compared whole is [assumed]
 * (docs/protocol/fsso.md, Outputs). Returns what is wrong with `source` where it is no address.
 */
export function logonTest(filter: ListFilter): LogonTest | string {
  const { group, server, user } = filter;
  const inSource = filter.source === undefined ? null : sourceTest(filter.source);
  if (typeof inSource === 'string') return inSource;
  return ({ connector, logon: { record, server: collector } }) =>
    (group === undefined || splitGroups(record.groups).some((name) => isEqual(name, group))) &&
    (server === undefined || isEqual(connector, server) || isCollector(collector, server)) &&
    (inSource === null || inSource(record.ip)) &&
    (user === undefined ||
      isEqual(user.includes('\\') ? `${record.domain}\\${record.user}` : record.user, user));
}

function isCollector(collector: string, server: string): boolean {
  const host = collector.slice(0, collector.lastIndexOf(':')).replace(/^\[|\]$/g, '');
  return isEqual(collector, server) || isEqual(host, server);
}

function sourceTest(source: string): ((ip: string) => boolean) | string {
  const [address = '', prefix, ...more] = source.split('/');
  const family = isIPv4(address) ? 'ipv4' : isIPv6(address) ? 'ipv6' : null;
  const bits = family === 'ipv4' ? 32 : 128;
  const length = prefix === undefined ? bits : /^\d{1,3}$/.test(prefix) ? Number(prefix) : bits + 1;
  if (family === null || more.length > 0 || length > bits)
    return `found ${source}, expected an address or a network such as 10.0.0.0/24`;
  const list = new BlockList();
  list.addSubnet(address, length, family);
  return (ip) => {
    if (isIPv4(ip)) return list.check(ip, 'ipv4');
    return isIPv6(ip) && list.check(ip, 'ipv6');
  };
}

function isEqual(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
