import type { DoubtedBecause, EndedBecause } from './events.ts';
import type { FeedLogon } from './feeds/feed.ts';
import type { UserGroups } from './groups/lookup.ts';

/** A logon of which everything has been found out. */
export interface Logon extends Omit<FeedLogon, 'ip' | 'groups'> {
  /** IPv4. */
  readonly ip: string;
  readonly groups: UserGroups;
  /** The reporter named the groups: no look-up changes them. */
  readonly groupsReported: boolean;
  /** Counts up with each report: which of two logons came first, when one had to wait for its address or its groups. */
  readonly arrival: number;
}

/** A logon at one address. A logon with two addresses makes two entries, for a record carries one address. */
export interface Entry extends Logon {
  /** Its place in the table: `entryKey` of its address and session. */
  readonly key: string;
  /** 0 where there is none. */
  readonly session: number;
  /** When it was last reported; milliseconds since the epoch. */
  readonly updatedAt: number;
  /** When the workstation last said that the user is there; null until it did. */
  readonly verifiedAt: number | null;
  /** Why it is `Not Verified`; null while nothing speaks against it. */
  readonly doubt: DoubtedBecause | null;
  /** `DOMAIN\user` whose place the user took at this address; null where it was nobody's. */
  readonly replaced: string | null;
}

/** What happened to the table. */
export type EntryChange =
  | { readonly kind: 'logon'; readonly entry: Entry; readonly previous: Entry | null }
  | { readonly kind: 'logoff'; readonly entry: Entry; readonly why: EndedBecause }
  /** A check of the workstation gave another status; nothing that FortiGates are told of. */
  | { readonly kind: 'status'; readonly entry: Entry; readonly previous: Entry };

export function entryKey(ip: string, session: number): string {
  return `${ip}|${session}`;
}

/** When something last spoke for the entry: a report, or its workstation. */
export function confirmedAt({ updatedAt, verifiedAt }: Entry): number {
  return verifiedAt === null ? updatedAt : Math.max(updatedAt, verifiedAt);
}

/** Compares names as directories do, case not minded. */
export function sameName(one: string, other: string): boolean {
  return one === other || one.toUpperCase() === other.toUpperCase();
}

type Person = Pick<FeedLogon, 'user' | 'domain'>;

/** True when both are the same person's, case not minded. */
export function sameUser(one: Person, other: Person): boolean {
  return sameName(one.user, other.user) && sameName(one.domain, other.domain);
}
