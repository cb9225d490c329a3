import type { CallResult } from './call-log.ts';

/**
 * `off`: overridden, or nothing was registered yet; `not-offered`: EMS has no such capability; `down`: it was tried, and
 * polls stand in for it.
 */
export type WebsocketState = 'off' | 'overridden' | 'not-offered' | 'connected' | 'down';

/** Times are milliseconds since the epoch. */
export interface WebsocketStatus {
  state: WebsocketState;
  since: number;
  /** Why it is down: the close code of RFC 6455, or the HTTP status that refused it; null when neither is known. */
  code: number | null;
  reason: string;
}

/** The CA that signs the certificates of endpoints for zero-trust access. */
export interface ZtnaCa {
  subject: string;
  sha256: string;
  validTo: number;
}

/** What a connector knows of an EMS that answers it, beside its certificate. */
export interface SessionStatus {
  /** EMS took our registration. */
  registered: boolean;
  /** Null until EMS named them. */
  capabilities: readonly string[] | null;
  tenantId: string | null;
  publicAddress: string | null;
  /** Where an administrator authorises us, when EMS says so. */
  authUrl: string | null;
  ztnaCa: ZtnaCa | null;
  websocket: WebsocketStatus;
  calls: readonly CallResult[];
  latencies: readonly number[];
  endpointCount: number;
  tagCount: number;
  /** EMS has more tags than the addresses of the device are enough for: two for each of them. */
  tagsFull: boolean;
  /** Since when the endpoints and tags are older than `out-of-sync-threshold`; null while they are not. */
  outOfSyncSince: number | null;
}
