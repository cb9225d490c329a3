import type { Problem } from '../problem.ts';

// What others say about a connector, beside what our own saw. Times are milliseconds since the epoch; texts of peers are
// safe already; null is not said.

/** What a FortiGate says of a logon beside the columns of all; such a row's `connector` is `FORTIGATE/VDOM`. */
export interface ReportedLogon {
  readonly fortigate: string;
  readonly vdom: string | null;
  /** How the FortiGate knows the user, such as `fsso`. */
  readonly method: string | null;
  /** The policy that the user last hit. */
  readonly policyId: number | null;
  /** The request that logs exactly this user off; null where the FortiGate does not say enough to single the user out. */
  readonly removal: string | null;
}

/** What a FortiGate says of one of its FSSO entries; the row's `server` is the name of the entry. */
export interface ReportedLink {
  readonly fortigate: string;
  /** The collector in use. */
  readonly activeServer: string | null;
  /** The FortiGate's own word. */
  readonly status: string | null;
}

/** What a FortiGate says of an endpoint beside what EMS says too. */
export interface ReportedEndpoint {
  readonly fortigate: string;
  /** Of the EMS that it is registered to. */
  readonly emsSerial: string | null;
  readonly interface: string | null;
  readonly outOfSync: boolean | null;
}

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
