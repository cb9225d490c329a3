import { isIPv4, isIPv6 } from 'node:net';
import type { EventEvidence } from '../../../../logon-evidence.ts';
import { plainAddress } from '../../allow-list.ts';
import { type Account, readAccount } from '../account.ts';
import { isSystem } from '../nobody.ts';
import type { WindowsEvent } from './event-xml.ts';

/** A logon at the machine whose log it is in: what Exchange logs when a client connects. */
export const networkLogonId = 4624;

/**
 * Event ids by the number of the collector's event-id setting (docs/protocol/fsso.md, Feeds). Those of Windows 2003 and
 * before are left out: it forwards no events.
 */
export const eventIdSettings: Readonly<Record<number, readonly number[]>> = {
  0: [4768, 4776],
  1: [4768, 4776, 4769],
  2: [4768, 4776, 4769, networkLogonId],
};

/** The same for logs that are polled: there may be Windows 2003 among their machines. */
export const polledIdSettings: Readonly<Record<number, readonly number[]>> = {
  0: [672, 680, 4768, 4776],
  1: [672, 680, 4768, 4776, 673, 4769],
  2: [672, 680, 4768, 4776, 673, 4769, networkLogonId],
};

/** What a FortiGate polls without a collector. */
export const agentlessIds: readonly number[] = [4768, 4769, 4776, 672, 673];

/** What a list of event ids may name, for logs that are forwarded and for those that are polled. */
export const customIds = {
  forwarded: [4768, 4769, 4770, 4776, networkLogonId],
  polled: [4768, 4769, 4770, 4776, networkLogonId, 672, 673, 680, 528, 540],
} as const;

/** Logons at a machine, which have a kind; those of Windows 2003 beside today's. */
const logonIds = new Set([networkLogonId, 528, 540]);

/** Kinds of logon in 4624 that have somebody at the other end: console, network, unlock, clear text, remote desktop, cached. */
const logonTypes = new Set(['2', '3', '7', '8', '10', '11']);

/** Tickets by which a user is let in, and tickets for services. */
const firstTickets = new Set([4768, 672]);
const serviceTickets = new Set([4769, 673]);

/** A Windows event as a logon; `ip` null leaves it to the collector to resolve the workstation. */
export interface EventLogon extends Account {
  readonly ip: string | null;
  readonly ip6: string | null;
  readonly workstation: string;
}

/** What becomes of an event. */
export type EventReading =
  | { readonly kind: 'logon'; readonly logon: EventLogon }
  /** Not one of the ids, a logon that failed, or one of the system's own. */
  | { readonly kind: 'passed over' }
  | { readonly kind: 'incomplete'; readonly missing: string };

const passedOver: EventReading = { kind: 'passed over' };

/** Reads a logon out of an event whose id is one of `ids`. */
export function readLogon(
  { id, data }: Pick<WindowsEvent, 'id' | 'data'>,
  ids: ReadonlySet<number>,
  defaultDomain: string,
): EventReading {
  if (!ids.has(id)) return passedOver;
  const value = (name: string) => data[name]?.trim() ?? '';
  const status = known(value('Status'));
  if (status !== '' && !/^(?:0x)?0+$/i.test(status)) return passedOver;
  if (logonIds.has(id) && !logonTypes.has(value('LogonType'))) return passedOver;
  // A service took the ticket in the user's name: the address is the service's.
  if (known(value('TransmittedServices')) !== '') return passedOver;
  const written = value('TargetUserName');
  const given = known(value('TargetDomainName'));
  if (isForNoLogon(id, value('ServiceName'))) return passedOver;
  const account = readAccount(written, given || defaultDomain);
  if (isSystem(account, value('TargetSid') || value('TargetUserSid'))) return passedOver;
  const address = plainAddress(value('IpAddress'));
  const workstation = known(value('Workstation') || value('WorkstationName')).replace(/^\\+/, '');
  // A logon at the machine itself, whose log this is.
  if (address === '127.0.0.1' || address === '::1') return passedOver;
  const ip = isIPv4(address) && address !== '0.0.0.0' ? address : null;
  const ip6 = isIPv6(address) && address !== '::' ? address : null;
  if (ip === null && workstation === '')
    return { kind: 'incomplete', missing: ip6 === null ? 'address and workstation' : 'IPv4 address' };
  return { kind: 'logon', logon: { ...account, ip, ip6, workstation: workstation || (ip ?? '') } };
}

/**
 * A first ticket that lets nobody in, but to where passwords are changed, and a ticket for tickets, which a service or a trusting domain is
 * handed on.
 */
function isForNoLogon(id: number, service: string): boolean {
  const name = service.split(/[/@]/, 1)[0]?.toLowerCase() ?? '';
  if (firstTickets.has(id)) return name !== '' && name !== 'krbtgt';
  return serviceTickets.has(id) && (name === 'krbtgt' || name === 'kadmin');
}

/** Which event it was, and where that stands. */
export function evidenceOf(
  { id, data }: Pick<WindowsEvent, 'id' | 'data'>,
  place: Pick<EventEvidence, 'record' | 'log' | 'by'>,
): EventEvidence {
  const type = data['LogonType']?.trim() ?? '';
  return { kind: 'event', id, ...place, logonType: /^\d{1,3}$/.test(type) ? Number(type) : null };
}

/** Windows writes a dash where it has nothing to say. */
function known(text: string): string {
  return text === '-' ? '' : text;
}
