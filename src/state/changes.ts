import type { SyncedFrom } from '../fabric-sync.ts';
import type { Problem } from '../problem.ts';
import type { AlertRow } from './alert-rows.ts';
import type { CaRow } from './ca-row.ts';
import type { HandshakeView, ProbeView, StageView } from './link-view.ts';
import type {
  DeviceRow,
  EmsAdminRow,
  FortigateRow,
  ReportedEndpoint,
  ReportedLink,
  ReportedLogon,
} from './peer-rows.ts';

export type { AlertRow } from './alert-rows.ts';
export type { CaRow } from './ca-row.ts';
export type { StageView } from './link-view.ts';
export type {
  DeviceRow,
  EmsAdminRow,
  FortigateRow,
  ReportedEndpoint,
  ReportedLink,
  ReportedLogon,
} from './peer-rows.ts';

/** State of one link to a collector (docs/protocol/fsso.md, State machines). */
export type LinkState =
  | 'idle'
  | 'connecting'
  | 'securing'
  | 'waiting-hello'
  | 'hello-sent'
  | 'online'
  | 'refused'
  | 'stalled'
  | 'lost'
  | 'failed'
  | 'standby';

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

/** One configured collector of one FSSO connector. Times are milliseconds since the epoch. */
export interface CollectorRow {
  /** `connector|host:port`. */
  readonly id: string;
  connector: string;
  server: string;
  /** Place in the connector's list, 1 to 5. */
  position: number;
  /** The connector takes its logons from this one. */
  active: boolean;
  state: LinkState;
  /** Banner of its hello. */
  version: string | null;
  /** When `state` began. */
  since: number;
  /** When the last byte came. */
  lastHeard: number | null;
  nextTryAt: number | null;
  /** Logons in the table that came from it. */
  logons: number;
  /** Events taken since the program started. */
  events: number;
  /** Sequence numbers missed since the link came up. */
  gaps: number;
  /** Unknown messages and attributes since the link came up. */
  unknown: number;
  /** Logoffs that matched no logon, and logons without a user, since the program started. */
  orphans?: number;
  /** Logons that were not taken, because the table of the connector was full. */
  refused?: number;
  /** Milliseconds that its clock is ahead of ours, negative where it is behind; null where it is not known. */
  clockSkewMs?: number | null;
  problem: Problem | null;
  /** It refused us, and is not asked again before this time. */
  restsUntil?: number | null;
  /** Its logons go then, because the link is lost. */
  keptUntil?: number | null;
  /** Since when its connector is at another collector than the first; only where it is in use. */
  failedOverAt?: number | null;
  /** When the latest attempts to log in began. */
  attempts?: readonly number[];
  handshake?: HandshakeView | null;
  /** Null where standby collectors are not probed. */
  probe?: ProbeView | null;
  /** Of an FSSO entry that a FortiGate told, over its REST API. */
  reported?: ReportedLink;
}

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

export type EventLevel = 'info' | 'notice' | 'warning' | 'error';

/** One line of the event log. */
export interface EventRow {
  /** `number` as text: the rows of every table are found by a text. */
  readonly id: string;
  /** Counts up from 1 in one run. */
  readonly number: number;
  /** Milliseconds since the epoch. */
  time: number;
  level: EventLevel;
  /** What it is about: a connector, a collector, the program. */
  source: string;
  /** FortiOS log id, where the event has one (43014, 45122 …). */
  logId: number | null;
  text: string;
  /** Fields of that FortiOS log beside its text, under FortiOS's names, safe to show. */
  fields?: Readonly<Record<string, string | number>>;
  /** `DOMAIN\\user` whose place a logon took. */
  replaced?: string;
  /** The change of an alert that the line tells of. */
  alert?: Readonly<AlertChange>;
}

/** What became of an alert. */
export interface AlertChange {
  /** The rule's name in the configuration. */
  rule: string;
  /** What it is about: a connector, a link, a certificate. */
  subject: string;
  state: 'firing' | 'resolved' | 'acknowledged';
  /** When its condition began, in milliseconds since the epoch. */
  since: number;
}

/** An event before the store has numbered it. */
export type NewEvent = Omit<EventRow, 'id' | 'number'>;

/** What an adapter tells the stores. Patches of one row merge until the next flush. */
export type StoreChange =
  | { table: 'logons'; op: 'put'; row: LogonRow }
  | { table: 'logons'; op: 'remove'; id: string }
  | { table: 'collectors'; op: 'put'; row: CollectorRow }
  | { table: 'collectors'; op: 'remove'; id: string }
  | { table: 'connectors'; op: 'put'; row: ConnectorRow }
  | { table: 'connectors'; op: 'remove'; id: string }
  | { table: 'endpoints'; op: 'put'; row: EndpointRow }
  | { table: 'endpoints'; op: 'remove'; id: string }
  | { table: 'tags'; op: 'put'; row: TagRow }
  | { table: 'tags'; op: 'remove'; id: string }
  | { table: 'cas'; op: 'put'; row: CaRow }
  | { table: 'cas'; op: 'remove'; id: string }
  | { table: 'admins'; op: 'put'; row: EmsAdminRow }
  | { table: 'admins'; op: 'remove'; id: string }
  | { table: 'devices'; op: 'put'; row: DeviceRow }
  | { table: 'devices'; op: 'remove'; id: string }
  | { table: 'fortigates'; op: 'put'; row: FortigateRow }
  | { table: 'fortigates'; op: 'remove'; id: string }
  | { table: 'alerts'; op: 'put'; row: AlertRow }
  | { table: 'alerts'; op: 'remove'; id: string }
  | { table: 'events'; op: 'append'; row: NewEvent }
  /** Everything goes, the event log too: what is shown begins anew. */
  | { table: 'all'; op: 'clear' }
  /** One line that is shown at once, whatever the screen, and goes to the event log too. */
  | ({ table: 'toasts'; op: 'push'; level: 'info' | 'warning' | 'error'; text: string } & ToastOptions);

/** What beside the text a toast may be. */
export interface ToastOptions {
  /** False where the event log has a line of its own about it. */
  isLogged?: boolean;
  /** What the terminal does beside showing it: the bell, or a notification of the desktop (OSC 9). */
  signal?: 'bell' | 'osc9';
}
