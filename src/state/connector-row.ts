import type { SyncedFrom } from '../fabric-sync.ts';
import type { Problem } from '../problem.ts';
import type { StageView } from './link-view.ts';

/** State of one EMS connector (docs/protocol/ems.md, State machine). */
export type EmsState =
  | 'disabled'
  | 'resolving'
  | 'tls'
  | 'certificate-unknown-ca'
  | 'certificate-not-accepted'
  | 'certificate-changed'
  | 'registering'
  | 'pending-authorization'
  | 'connected'
  | 'out-of-sync'
  | 'dirty'
  | 'failed';

/** A certificate as a screen shows it. */
export interface CertificateView {
  subject: string;
  issuer: string;
  /** Milliseconds since the epoch. */
  validFrom: number;
  validTo: number;
  sha256: string;
  md5: string;
  isCa: boolean;
  /** `RSA`, `EC P-256` …, and its bits; null where the algorithm is unknown. */
  keyType: string;
  keyBits: number | null;
  /** Octets, `:` separated. */
  serialNumber: string;
  /** Alternative names: `DNS:name`, `IP Address:10.0.0.1` …; the peer's words, not made safe. */
  names: readonly string[];
  /** The whole certificate in the layout of `execute fctems verify`, a line each, safe to print as it is. */
  text: readonly string[];
}

/** The certificate that a person accepted, and where. Times are milliseconds since the epoch. */
export interface AcceptedView {
  sha256: string;
  issuer: string;
  commonName: string | null;
  /** SHA-256 of the issuer's public key. */
  issuerKey: string | null;
  /** `trust-ca-cn` at the time. */
  mode: 'ca-cn' | 'fingerprint';
  acceptedAt: number;
  /** `host:port`, serial number and tenant of the EMS at the time. */
  server: string | null;
  serialNumber: string | null;
  tenantId: string | null;
  /** Null where only its hash was kept. */
  certificate: CertificateView | null;
}

/** What is pinned of a connector's certificate, and what an acceptance would pin. */
export interface PinView {
  /** `ca-cn` is `trust-ca-cn enable`: issuing CA and CN are pinned; `fingerprint` the SHA-256. */
  mode: 'ca-cn' | 'fingerprint';
  /** CN, and SHA-256 of the issuer's public key, of the certificate that is shown. */
  commonName: string | null;
  issuerKey: string | null;
  /** The certificate names the server: information, never a reason to refuse. Null before one was obtained. */
  hostMatches: boolean | null;
  accepted: AcceptedView | null;
}

/** One EMS connector. Times are milliseconds since the epoch. */
export interface ConnectorRow {
  /** The connector's name. */
  readonly id: string;
  name: string;
  type: 'ems' | 'ems-cloud';
  /** `host:port`. */
  server: string;
  state: EmsState;
  /** When `state` began. */
  since: number;
  /** The guide's word under Connection, such as `Successful`. */
  connection: string;
  /** The guide's word under Certificate, such as `Authorized`. */
  certificate: string;
  serialNumber: string | null;
  tenantId: string | null;
  lastSuccess: number | null;
  latencyMs: number | null;
  nextTryAt: number | null;
  /** Leaf first; empty until a probe obtained it. */
  chain: readonly CertificateView[];
  /** The chain ends without its root, as far as OpenSSL rebuilds it. */
  chainIncomplete: boolean;
  /** The chain leads to an installed CA. */
  trusted: boolean;
  /** It does not, though no CA is missing: it is expired, not valid yet or damaged; absent is false. */
  chainInvalid?: boolean;
  pinned: boolean;
  pin: PinView;
  problem: Problem | null;
  /** What its data show to be wrong though it is connected; absent where nothing is. */
  advice?: readonly Problem[];
  /** Whose settings it has, where they came from the root of the Fabric (docs/fabric.md). */
  synced?: SyncedFrom | null;
  /** What EMS told since the certificate was accepted, and how the way there went. */
  session: SessionView;
}

/** The last call of one kind. */
export interface CallView {
  name: string;
  path: string;
  /** Milliseconds since the epoch. */
  at: number;
  /** HTTP status; 0 when no reply came. */
  status: number;
  latencyMs: number | null;
  ok: boolean;
  problem: Problem | null;
}

/** What a connector knows of an EMS beside its certificate. Times are milliseconds since the epoch. */
export interface SessionView {
  stages: readonly StageView[];
  calls: readonly CallView[];
  /** Milliseconds of the latest calls, newest last. */
  latencies: readonly number[];
  registered: boolean;
  /** Null until EMS named them. */
  capabilities: readonly string[] | null;
  publicAddress: string | null;
  /** Where an administrator authorises us, when EMS says so. */
  authUrl: string | null;
  ztnaCa: { subject: string; sha256: string; validTo: number } | null;
  websocket: {
    state: 'off' | 'overridden' | 'not-offered' | 'connected' | 'down';
    since: number;
    code: number | null;
    reason: string;
  };
  endpointCount: number;
  tagCount: number;
  /** Since when endpoints and tags are older than `out-of-sync-threshold`; null while they are not. */
  outOfSyncSince: number | null;
  dirtyReason: 'mismatched-ems-sn' | null;
}
