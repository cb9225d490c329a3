import type { Problem } from '../problem.ts';

// What others say about a connector, beside what our own saw. Times are milliseconds since the epoch; texts of peers are
// safe already; null is not said.

/** What the administrator's API of an EMS says. */
export interface EmsAdminRow {
  /** The connector's name. */
  readonly id: string;
  /** `host:port`. */
  server: string;
  lastSuccess: number | null;
  /** Null while it is asked, and when only a person starts the next try. */
  nextTryAt: number | null;
  serialNumber: string | null;
  version: string | null;
  /** What the version is reported to be affected by, a sentence each. */
  advisories: readonly string[];
  license: { isTrial: boolean; expiresAt: number | null; error: string | null } | null;
  endpoints: { total: number | null; online: number | null } | null;
  problem: Problem | null;
}

/** A FortiGate as EMS lists it under Fabric Devices. */
export interface DeviceRow {
  /** `connector|serial`. */
  readonly id: string;
  /** The connector of the EMS that lists it. */
  connector: string;
  serial: string;
  name: string | null;
  authorized: boolean | null;
  /** When EMS last listed it. */
  seenAt: number;
}

/** One connector of a FortiGate, as that FortiGate tells it; or the FortiGate alone while it tells of none. */
export interface FortigateRow {
  /** `fortigate|name of the entry`; without the entry where there is none. */
  readonly id: string;
  /** As configured here. */
  fortigate: string;
  /** Its own serial number and release. */
  serial: string | null;
  version: string | null;
  /** Of its entry; null in a row of the FortiGate alone. */
  name: string | null;
  /** `ems-id`. */
  number: number | null;
  vdom: string | null;
  enabled: boolean | null;
  /** `host:port` of the EMS. */
  server: string | null;
  connected: boolean | null;
  verified: boolean | null;
  /** Words of the FortiGate about the whole, the connection, the certificate and the notifications. */
  status: string | null;
  connection: string | null;
  certificate: string | null;
  websocket: string | null;
  emsSerial: string | null;
  tenantId: string | null;
  dirtyReason: string | null;
  /** Of the certificate that the EMS shows it, in the FortiGate's own writing. */
  fingerprint: string | null;
  subject: string | null;
  issuer: string | null;
  validTo: number | null;
  /** When it last answered. */
  lastSuccess: number | null;
  nextTryAt: number | null;
  problem: Problem | null;
}
