import type { ReportedEndpoint } from './peer-rows.ts';

/** One endpoint as one EMS knows it. A blank or null is not known. */
export interface EndpointRow {
  /** `connector|uid`. */
  readonly id: string;
  connector: string;
  uid: string;
  host: string;
  user: string;
  os: string;
  ip: string;
  mac: string;
  publicIp: string;
  /** Serial number of its client certificate. */
  clientCertificate: string;
  online: boolean | null;
  registered: boolean | null;
  onNet: boolean | null;
  quarantined: boolean | null;
  /** Of its FortiClient. */
  version: string;
  tags: readonly string[];
  routes: readonly { ip: string; mac: string; vpn: boolean; serial: string; interface: string }[];
  /** When EMS last told of it, in milliseconds since the epoch. */
  updatedAt: number;
  /** Of an endpoint that a FortiGate told, over its REST API. */
  reported?: ReportedEndpoint;
  /** What FortiGates told of the same endpoint, a row each; this one stands in their place. */
  also?: readonly EndpointRow[];
}

/** One tag of one EMS. */
export interface TagRow {
  /** `connector|name`. */
  readonly id: string;
  connector: string;
  name: string;
  type: 'posture' | 'outbreak' | 'classification' | 'fabric' | 'unknown';
  /** Endpoints that carry it. */
  members: number;
  ips: readonly string[];
  macs: readonly string[];
  updatedAt: number;
}
