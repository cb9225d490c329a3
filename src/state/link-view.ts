import type { Problem } from '../problem.ts';

// What the page of one link to a collector shows. Times are milliseconds since the epoch; texts are the peer's own.

/** One part of the way to a working connector or link. */
export interface StageView {
  name: string;
  /** `stopped`: the connector got no further. */
  state: 'open' | 'running' | 'done' | 'stopped';
  tookMs: number | null;
}

/** How the latest attempt to log in to a collector went. */
export interface HandshakeView {
  stages: readonly StageView[];
  certificate: LinkCertificateView | null;
  collectorIdentity: string | null;
  /** Bytes of the challenge, and whether it was all zeros, as without a password. */
  challengeLength: number | null;
  challengeIsEmpty: boolean | null;
  /** How the response was made. */
  strategy: string;
  /** `SERIAL-VDOM`, as presented. */
  identity: string;
  /** Status of the authentication result; `implicit`: data came without one. */
  verdict: number | 'implicit' | null;
}

/** The certificate that a collector showed over TLS. */
export interface LinkCertificateView {
  subject: string;
  issuer: string;
  validFrom: number;
  validTo: number;
  sha256: string;
  names: string;
  protocol: string;
  /** Why it is not trusted; null when it is. */
  verdict: string | null;
}

/** The latest probe of a collector that is not in use. */
export interface ProbeView {
  at: number | null;
  stages: readonly StageView[];
  problem: Problem | null;
  nextAt: number | null;
}
