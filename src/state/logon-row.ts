import type { ReportedLogon } from './peer-rows.ts';

/** One logon in the table of the FortiGate side. Times are milliseconds since the epoch. */
export interface LogonRow {
  /** `connector|ip|session`. */
  readonly id: string;
  readonly connector: string;
  /** `host:port` of the collector that reported it. */
  readonly server: string;
  readonly ip: string;
  /** Terminal-server session, 0 where there is none. */
  readonly session: number;
  readonly user: string;
  readonly domain: string;
  readonly workstation: string;
  readonly groups: readonly string[];
  /** By the collector's clock. */
  readonly logonTime: number;
  /** By ours. */
  readonly receivedAt: number;
  readonly portRanges: readonly (readonly [first: number, last: number])[];
  /** The link that reported it is down; the row is kept until `expiresAt`. */
  readonly stale: boolean;
  readonly expiresAt: number | null;
  /** The other user who had this address and session before, where this one took its place or came soon after; else null. */
  readonly before?: LogonBefore | null;
  /** Other sessions of this terminal server that claim some of the same ports. */
  readonly overlaps?: readonly number[];
  /** Of a logon that a FortiGate told, over its REST API. */
  readonly reported?: ReportedLogon;
  /** What FortiGates told of the same user at the same address, a row each; this one stands in their place. */
  readonly also?: readonly LogonRow[];
}

/** Who had the address of a logon before. Times are milliseconds since the epoch. */
export interface LogonBefore {
  readonly user: string;
  readonly domain: string;
  readonly workstation: string;
  /** `host:port` of the collector that had reported it. */
  readonly server: string;
  readonly receivedAt: number;
  readonly endedAt: number;
  /** `overwritten`: the newer logon took its place; `logoff`: it had ended before. */
  readonly how: 'overwritten' | 'logoff';
  /** Both were there within so short a time that the address may have been given on. */
  readonly reused: boolean;
}
