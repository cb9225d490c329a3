import type {
  AcceptedView,
  AlertRow,
  CertificateView,
  CollectorRow,
  ConnectorRow,
  LogonRow,
  NewEvent,
  PinView,
  SessionView,
  StoreChange,
} from '../../src/state/changes.ts';

/** When `ManualClock` starts. */
export const start = Date.UTC(2026, 0, 15, 9, 0, 0);

const minute = 60_000;
const year = 365 * 24 * 60 * minute;

const put = {
  connector: (row: ConnectorRow): StoreChange => ({ table: 'connectors', op: 'put', row }),
  collector: (row: CollectorRow): StoreChange => ({ table: 'collectors', op: 'put', row }),
  logon: (row: LogonRow): StoreChange => ({ table: 'logons', op: 'put', row }),
};

export function certificate(patch: Partial<CertificateView> = {}): CertificateView {
  return {
    subject: 'C = CA, ST = bc, L = burnaby, O = Example, CN = ems.example.com',
    issuer: 'CN = Example Issuing CA',
    validFrom: start - year,
    validTo: start + 2 * year + 60 * minute,
    sha256: Array.from({ length: 32 }, (_, place) => (place * 7 + 16).toString(16).toUpperCase())
      .join(':')
      .slice(0, 95),
    md5: 'D3:7A:1B:84:CC:B7:5C:F0:A5:73:3D:BB:ED:21:F2:E0',
    isCa: false,
    keyType: 'RSA',
    keyBits: 2048,
    serialNumber: '01:86:a2',
    names: ['DNS:ems.example.com', 'IP Address:10.0.1.20'],
    text: [
      '        Subject:     C = CA, ST = bc, L = burnaby, O = Example, CN = ems.example.com',
      '        Issuer:      CN = Example Issuing CA',
      '        Valid from:  2025-01-15 09:00:00  GMT',
      '        Valid to:    2028-01-15 09:00:00  GMT',
      '        Fingerprint: D3:7A:1B:84:CC:B7:5C:F0:A5:73:3D:BB:ED:21:F2:E0',
      '        Root CA:     No',
      '        Version:     3',
      '        Serial Num:',
      '                01:86:a2',
      '        Extensions:',
      '                Name:     X509v3 Basic Constraints',
      '                Critical: yes',
      '                Content:',
      '                CA:FALSE',
      '',
      '                Name:     X509v3 Authority Key Identifier',
      '                Critical: no',
      '                Content:',
      '                keyid:66:54:0F:78:78:91:F2:E4:08:BB:80:2C:F6:BC:01:8E:3F:47:43:B1',
      'DirName:/C=CA/ST=bc/L=burnaby/O=Example/CN=Example Root CA',
      'serial:01:86:A4',
      '',
      '                Name:     X509v3 Key Usage',
      '                Critical: no',
      '                Content:',
      '                Digital Signature, Non Repudiation, Key Encipherment, Data Encipherment, Key Agreement',
      '',
    ],
    ...patch,
  };
}

export function authority(patch: Partial<CertificateView> = {}): CertificateView {
  return certificate({
    subject: 'CN = Example Issuing CA',
    issuer: 'CN = Example Root CA',
    isCa: true,
    names: [],
    sha256: `${'AA:'.repeat(31)}AA`,
    text: [
      '        Subject:     CN = Example Issuing CA',
      '        Issuer:      CN = Example Root CA',
      '        Root CA:     Yes',
    ],
    ...patch,
  });
}

export function connector(patch: Partial<ConnectorRow> & { name: string }): StoreChange {
  return put.connector({
    id: patch.name,
    type: 'ems',
    server: `${patch.name}.example.com:443`,
    state: 'connected',
    since: start - 12 * minute,
    connection: 'Successful',
    certificate: 'Authorized',
    serialNumber: 'FCTEMS8822004411',
    tenantId: '00000000000000000000000000000000',
    lastSuccess: start - 20_000,
    latencyMs: 12,
    nextTryAt: null,
    chain: [certificate(), authority()],
    chainIncomplete: false,
    trusted: true,
    pinned: true,
    pin: pin(),
    problem: null,
    session: untold(),
    ...patch,
  });
}

/** Before the first try: every stage is open, and EMS has told nothing. */
export function untold(): SessionView {
  const names = ['reach', 'tls', 'certificate', 'serial number', 'acceptance', 'registration', 'data'];
  return {
    stages: names.map((name) => ({ name, state: 'open', tookMs: null })),
    calls: [],
    latencies: [],
    registered: false,
    capabilities: null,
    publicAddress: null,
    authUrl: null,
    ztnaCa: null,
    websocket: { state: 'off', since: start, code: null, reason: '' },
    endpointCount: 0,
    tagCount: 0,
    outOfSyncSince: null,
    dirtyReason: null,
  };
}

/** `trust-ca-cn enable`, and the certificate of `certificate()` was accepted. */
export function pin(patch: Partial<PinView> = {}): PinView {
  return {
    mode: 'ca-cn',
    commonName: 'ems.example.com',
    issuerKey: '5e'.repeat(32),
    hostMatches: true,
    accepted: accepted(),
    ...patch,
  };
}

export function accepted(patch: Partial<AcceptedView> = {}): AcceptedView {
  const kept = patch.certificate === undefined ? certificate() : patch.certificate;
  return {
    sha256: certificate().sha256,
    issuer: certificate().issuer,
    commonName: 'ems.example.com',
    issuerKey: '5e'.repeat(32),
    mode: 'ca-cn',
    acceptedAt: start - 200 * 24 * 60 * minute,
    server: 'ems137.example.com:443',
    serialNumber: 'FCTEMS8822004411',
    tenantId: null,
    ...patch,
    certificate: kept,
  };
}

/** Waits for a person to accept its certificate. */
export function connectorToAccept(name = 'branch'): StoreChange {
  return connector({
    name,
    state: 'certificate-not-accepted',
    connection: 'Not verified',
    certificate: 'Not authorized',
    serialNumber: null,
    tenantId: null,
    lastSuccess: null,
    latencyMs: null,
    pinned: false,
    pin: pin({ accepted: null }),
  });
}

/** The next certificate of the same CA and CN. */
export const renewal = certificate({
  validFrom: start - 60 * minute,
  validTo: start + 3 * year,
  serialNumber: '02:00:1f',
  sha256: `${'C7:'.repeat(31)}C7`,
  md5: `${'7C:'.repeat(15)}7C`,
});

/** The server shows another certificate than the accepted one; without a person it goes no further. */
export function connectorChanged(
  patch: Partial<PinView> = {},
  shown: CertificateView = {
    ...renewal,
    issuer: 'CN = Another CA',
    names: ['DNS:ems.example.com', 'DNS:new.example.com'],
  },
): StoreChange {
  return connector({
    name: 'ems137',
    state: 'certificate-changed',
    connection: 'Stopped',
    certificate: 'Not authorized',
    pinned: false,
    chain: [shown, authority()],
    pin: pin(patch),
    problem: {
      stage: 'certificate',
      code: null,
      message: 'EMS certificate not authorized',
      cause: 'The server shows another certificate than the one that was accepted.',
      fix: ['Find out why it changed before you accept it.'],
    },
  });
}

/** Its CA is not installed. */
export function connectorUnknownCa(name = 'legacy'): StoreChange {
  return connector({
    name,
    state: 'certificate-unknown-ca',
    connection: 'Failed',
    certificate: 'Not trusted',
    serialNumber: null,
    tenantId: null,
    lastSuccess: null,
    latencyMs: null,
    nextTryAt: start + 25_000,
    trusted: false,
    pinned: false,
    pin: pin({ accepted: null, commonName: 'legacy.example.com', issuerKey: null }),
    chain: [certificate({ subject: 'CN = legacy.example.com', issuer: 'CN = Unknown CA' })],
    chainIncomplete: true,
    problem: {
      stage: 'certificate',
      code: -4,
      message: 'EMS server certificate is not signed by any known CA.',
      cause: 'The CA that signed the certificate of this EMS, or an intermediate one, is not installed here.',
      fix: [
        'Export the CA certificate on the EMS server (Manage computer certificates, Base-64 encoded X.509).',
        'Install it: fabrictop ems import-ca FILE',
        'Press Ctrl+R to try again.',
      ],
    },
  });
}

export function collector(patch: Partial<CollectorRow> = {}): StoreChange {
  const name = patch.connector ?? 'corp';
  const server = patch.server ?? '10.0.0.11:8000';
  return put.collector({
    id: `${name}|${server}`,
    connector: name,
    server,
    position: 1,
    active: true,
    state: 'online',
    version: 'FSAE server 1.1',
    since: start - 50 * minute,
    lastHeard: start - 4_000,
    nextTryAt: null,
    logons: 213,
    events: 1_204,
    gaps: 0,
    unknown: 0,
    problem: null,
    ...patch,
  });
}

export function collectorRefused(): StoreChange {
  return collector({
    server: '10.0.0.12:8000',
    position: 2,
    active: false,
    state: 'refused',
    version: 'FSAE server 1.1',
    since: start - 40_000,
    lastHeard: start - 40_000,
    nextTryAt: start + 22_000,
    logons: 0,
    events: 0,
    problem: {
      stage: 'authentication',
      code: null,
      message: 'The collector refused the password.',
      cause: 'The password here is not the one that is set on the collector agent.',
      fix: [
        'On the collector agent set the same password under Common Tasks, or correct it in the configuration.',
      ],
    },
  });
}

export function logon(place: number, patch: Partial<LogonRow> = {}): StoreChange {
  const ip = patch.ip ?? `10.1.${Math.floor(place / 200)}.${(place % 200) + 10}`;
  const name = patch.connector ?? 'corp';
  return put.logon({
    id: `${name}|${ip}|${patch.session ?? 0}`,
    connector: name,
    server: '10.0.0.11:8000',
    ip,
    session: 0,
    user: `USER${String(place).padStart(3, '0')}`,
    domain: 'CORP',
    workstation: `WS-${String(place).padStart(4, '0')}`,
    groups: place % 2 === 0 ? ['CORP/SALES', 'CORP/DOMAIN USERS'] : ['CORP/DOMAIN USERS'],
    logonTime: start - place * 7 * minute - 10_000,
    receivedAt: start - place * 7 * minute - 9_000,
    portRanges: [],
    stale: false,
    expiresAt: null,
    ...patch,
  });
}

export function alert(patch: Partial<AlertRow> & { rule: string; subject: string }): StoreChange {
  const row: AlertRow = {
    id: `${patch.rule}|${patch.subject}`,
    kind: 'link-down',
    level: 'warning',
    state: 'pending',
    text: 'something is wrong',
    since: start - 90_000,
    firedAt: null,
    resolvedAt: null,
    acknowledgedAt: null,
    ...patch,
  };
  return { table: 'alerts', op: 'put', row };
}

export function event(place: number, patch: Partial<NewEvent> = {}): StoreChange {
  const levels = ['info', 'notice', 'warning', 'error'] as const;
  return {
    table: 'events',
    op: 'append',
    row: {
      time: start - (100 - place) * 3_000,
      level: levels[place % levels.length] ?? 'info',
      source: 'corp 10.0.0.11:8000',
      logId: place % 3 === 0 ? 43014 : null,
      text: `USER${String(place).padStart(3, '0')} logged on at 10.1.0.${place + 10}`,
      ...patch,
    },
  };
}

/** A morning: two EMS of three need someone, one collector of two refuses, forty users. */
export function normalDay(): StoreChange[] {
  return [
    connector({ name: 'ems137' }),
    connectorToAccept(),
    connectorUnknownCa(),
    collector(),
    collectorRefused(),
    ...Array.from({ length: 40 }, (_, place) => logon(place)),
    logon(41, {
      session: 3,
      ip: '10.1.9.9',
      user: 'TSUSER',
      portRanges: [
        [1224, 1423],
        [1424, 1623],
      ],
    }),
    logon(42, { ip: '10.1.9.10', stale: true, expiresAt: start + 4 * minute }),
    ...Array.from({ length: 30 }, (_, place) => event(place)),
  ];
}
