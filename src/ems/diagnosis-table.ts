/** What the texts of a failure are filled with. All of it has passed `safeText`. */
export interface FailureFacts {
  /** `host:port`. */
  server: string;
  /** The particular reason, a few words. */
  detail?: string;
  /** Status of the reply; absent or 0 when none came. */
  httpStatus?: number;
}

export interface Diagnosis {
  /** FortiOS result code; null where the failure is ours alone (docs/protocol/ems.md, Result codes). */
  code: -1 | -4 | -5 | -7 | -8 | null;
  stage: 'resolve' | 'TCP' | 'TLS' | 'certificate' | 'authentication' | 'reply' | 'configuration';
  /** The result's text in the new form, with the reason filled in. */
  message: (facts: FailureFacts) => string;
  cause: (facts: FailureFacts) => string;
  fix: (facts: FailureFacts) => readonly string[];
  /**
   * Fields B and C and the text of the old form (docs/protocol/ems.md, Old result codes): the daemon's code and
   * libcurl's. Only the rows of -92 and -94 are documented; the others keep the new code and text. [assumed]
   */
  old?: { result: number; curl: number; text?: string };
  /** FortiOS prints another stage text for this one. */
  submission?: true;
}

const notReached = (reason: string) => () => `EMS server was not reached (${reason})`;
const notCompatible = (facts: FailureFacts) =>
  `EMS server connection failed because the server is not compatible. ${facts.detail ?? ''}`.trimEnd();
const httpRefusal = (facts: FailureFacts) =>
  `EMS server connection failed because the server is not compatible. received https code ${facts.httpStatus}`;
const unknownCa = () => 'EMS server certificate is not signed by any known CA.';
const authenticationFailed = () => 'EMS server connection failed. Authentication failed';
const notAuthorizedCertificate = () => 'EMS certificate not authorized';

const pathToServer = (facts: FailureFacts) => [
  `Check that this machine reaches ${facts.server}: routing, firewalls, a proxy in between.`,
  'Check server and https-port, and that the EMS services run.',
  'Check source-ip; raise call-timeout (at most 180 seconds) where the path is slow.',
];
const renewOnEms = () => [
  'On EMS, assign a valid certificate to the web server (System Settings > EMS Server Certificates).',
  "Check this machine's clock.",
  'Run ems verify again.',
];

/** Every way an EMS connector of ours can fail, with what it means and what mends it (docs/protocol/ems.md, Diagnosis). */
export const diagnoses = {
  'no-server': {
    code: null,
    stage: 'configuration',
    message: () => 'The connector has no server.',
    cause: () => 'The option server is not set, and the connector is not an EMS Cloud one.',
    fix: () => ['Set server to the name or the IPv4 address of EMS.'],
  },
  disabled: {
    code: null,
    stage: 'configuration',
    message: () => 'The connector is disabled.',
    cause: () => 'Its status is disable in the configuration.',
    fix: () => ['Set status to enable.'],
  },
  'cloud-not-built': {
    code: null,
    stage: 'configuration',
    message: () => 'FortiClient EMS Cloud is not supported by this version of fabrictop.',
    cause: () =>
      'fortinetone-cloud-authentication is enabled; this version connects only to EMS servers by address.',
    fix: () => ['Set server instead, or set status to disable.'],
  },
  'name-not-found': {
    code: -1,
    stage: 'resolve',
    message: notReached('name not resolved'),
    cause: (facts) => `The name in ${facts.server} has no address (${facts.detail}).`,
    fix: () => [
      'Check the spelling of server.',
      'Check the DNS servers of this machine; on a multi-tenant EMS the name of each site must resolve.',
    ],
    old: { result: -1, curl: 6 },
  },
  'source-address': {
    code: -1,
    stage: 'TCP',
    message: notReached('source-ip not usable'),
    cause: (facts) =>
      `No connection to ${facts.server} can begin at the configured source-ip (${facts.detail}).`,
    fix: () => ['Set source-ip to an IPv4 address of this machine, or to 0.0.0.0.'],
    old: { result: -1, curl: 45 },
  },
  'connection-refused': {
    code: -1,
    stage: 'TCP',
    message: notReached('connection refused'),
    cause: (facts) => `Nothing listens on ${facts.server}, or a firewall refuses the connection.`,
    fix: pathToServer,
    old: { result: -1, curl: 7 },
  },
  unreachable: {
    code: -1,
    stage: 'TCP',
    message: (facts) => `EMS server was not reached (${facts.detail})`,
    cause: (facts) => `The network has no path to ${facts.server}.`,
    fix: pathToServer,
    old: { result: -1, curl: 7 },
  },
  'connect-timeout': {
    code: -1,
    stage: 'TCP',
    message: notReached('timeout'),
    cause: (facts) => `${facts.server} did not answer the connection within call-timeout.`,
    fix: pathToServer,
    old: { result: -1, curl: 28 },
  },
  'tls-timeout': {
    code: -1,
    stage: 'TLS',
    message: notReached('timeout'),
    cause: (facts) =>
      `${facts.server} accepted the connection but did not finish the TLS handshake within call-timeout.`,
    fix: pathToServer,
    old: { result: -1, curl: 28 },
  },
  'reply-timeout': {
    code: -1,
    stage: 'reply',
    message: notReached('timeout'),
    cause: (facts) => `${facts.server} did not answer the call within call-timeout.`,
    fix: pathToServer,
    old: { result: -1, curl: 28 },
  },
  'closed-in-handshake': {
    code: -1,
    stage: 'TLS',
    message: notReached('connection closed'),
    cause: (facts) => `${facts.server} closed the connection before the TLS handshake was complete.`,
    fix: (facts) => [`Check that ${facts.server} is the HTTPS port of EMS.`, ...pathToServer(facts)],
    old: { result: -1, curl: 35 },
  },
  'closed-in-reply': {
    code: -1,
    stage: 'reply',
    message: notReached('connection closed'),
    cause: (facts) => `${facts.server} closed the connection before its reply was complete.`,
    fix: (facts) => ['Look into the EMS server logs.', ...pathToServer(facts)],
    old: { result: -1, curl: 56 },
  },
  'not-tls': {
    code: -5,
    stage: 'TLS',
    message: (facts) => notCompatible({ ...facts, detail: 'The port does not speak TLS' }),
    cause: (facts) => `What listens on ${facts.server} does not answer in TLS.`,
    fix: () => ['Set https-port to the HTTPS port of EMS, 443 unless it was changed there.'],
    old: { result: -5, curl: 35 },
  },
  'tls-failed': {
    code: -5,
    stage: 'TLS',
    message: notCompatible,
    cause: (facts) =>
      `${facts.server} and this machine found no TLS settings that both accept (${facts.detail}).`,
    fix: () => [
      'Check that EMS offers TLS 1.2 or 1.3.',
      'Check that nothing between here and EMS intercepts TLS.',
    ],
    old: { result: -5, curl: 35 },
  },
  'certificate-unreadable': {
    code: -5,
    stage: 'certificate',
    message: (facts) =>
      notCompatible({ ...facts, detail: `Its certificate cannot be read: ${facts.detail}` }),
    cause: () => 'The certificate that the server sent is truncated or damaged.',
    fix: () => [
      'On EMS, assign another certificate to the web server.',
      'Check that nothing in between alters TLS.',
    ],
    old: { result: -5, curl: 35 },
  },
  'unknown-ca': {
    code: -4,
    stage: 'certificate',
    message: unknownCa,
    cause: (facts) =>
      `The issuing CA, or one between it and the root, is not installed here (${facts.detail}).`,
    fix: () => [
      'On the EMS server, open Manage computer certificates > Trusted Root Certification Authorities > Certificates.',
      'Export the one issued by FortiClient Enterprise Management Server as Base-64 encoded X.509.',
      'Install it here, with every intermediate CA: fabrictop ems import-ca FILE',
      'Run ems verify again.',
    ],
    old: { result: -92, curl: 60, text: 'EMS Certificate is not signed by a known CA.' },
  },
  'certificate-invalid': {
    code: -4,
    stage: 'certificate',
    message: unknownCa,
    cause: (facts) => `The chain does not verify: ${facts.detail}.`,
    fix: renewOnEms,
    old: { result: -92, curl: 60, text: 'EMS Certificate is not signed by a known CA.' },
  },
  'not-accepted': {
    code: null,
    stage: 'certificate',
    message: notAuthorizedCertificate,
    cause: () =>
      'The certificate leads to an installed CA, but nobody has accepted it for this connector yet.',
    fix: () => [
      'Compare the SHA-256 fingerprint with the one that EMS shows.',
      'Accept it on the certificate screen, or with ems verify.',
    ],
  },
  'pin-changed': {
    code: null,
    stage: 'certificate',
    message: notAuthorizedCertificate,
    cause: (facts) =>
      `The server shows another certificate than the one that was accepted (${facts.detail}).`,
    fix: () => [
      'Find out whether the certificate of EMS was renewed or replaced; if not, somebody may be in between.',
      'If it was, compare the SHA-256 fingerprint and accept the new certificate.',
      'Keep trust-ca-cn enabled, and the CN and CA of EMS unchanged: a renewal then needs no new acceptance.',
    ],
  },
  'other-certificate': {
    code: null,
    stage: 'certificate',
    message: () => 'The server shows another certificate than the one to accept.',
    cause: (facts) => `The certificate of ${facts.server} has the SHA-256 fingerprint ${facts.detail}.`,
    fix: () => ['Look at the certificate again and compare its fingerprint before it is accepted.'],
  },
  'certificate-swapped': {
    code: null,
    stage: 'certificate',
    message: () => 'The server showed another certificate on the next connection.',
    cause: (facts) => `${facts.server} answers with more than one certificate, or somebody is in between.`,
    fix: () => [
      'Check whether several servers share the name; they need the same certificate.',
      'Try again.',
    ],
  },
  'not-authorized': {
    code: -8,
    stage: 'authentication',
    message: authenticationFailed,
    cause: (facts) => `This device is not authorised on EMS${facts.detail ? ` (${facts.detail})` : ''}.`,
    fix: (facts) => [
      'On EMS, open Administration > Fabric Devices.',
      `Select the serial number${facts.detail ? ` ${facts.detail}` : ' of this device'} and click Authorize.`,
      'If it is not listed, check that the identity certificate is the factory one and that EMS is licensed.',
      'Run ems verify again.',
    ],
    old: { result: -94, curl: 0, text: 'Authentication denied.' },
  },
  'no-identity': {
    code: -8,
    stage: 'authentication',
    message: authenticationFailed,
    cause: () =>
      'EMS knows a device by its TLS client certificate, and no identity certificate is configured.',
    fix: () => [
      'Set identity.certificate and identity.key to the PEM files of this device.',
      'Run ems verify again.',
    ],
    old: { result: -94, curl: 0, text: 'Authentication denied.' },
  },
  'identity-refused': {
    code: -8,
    stage: 'authentication',
    message: authenticationFailed,
    cause: (facts) => `EMS refused the identity certificate in the TLS handshake (${facts.detail}).`,
    fix: () => [
      'Check that the identity certificate has not expired and is signed by a CA that EMS accepts.',
      'Run ems verify again.',
    ],
    old: { result: -94, curl: 35, text: 'Authentication denied.' },
  },
  'serial-refused': {
    code: -5,
    stage: 'reply',
    message: httpRefusal,
    cause: () =>
      'EMS refuses the identity: the CN of the identity certificate is not the serial number of the device.',
    fix: () => [
      'Check the CN of the identity certificate; on a VM, reload the licence (execute vm-license) to get one.',
      'Authorise the serial number on EMS again.',
    ],
    old: { result: -5, curl: 0 },
    submission: true,
  },
  'server-error': {
    code: -5,
    stage: 'reply',
    message: httpRefusal,
    cause: () =>
      'EMS failed inside, is of a release that does not fit, or stumbles over resumed TLS sessions.',
    fix: () => [
      'On a FortiGate, set preserve-ssl-session to disable; fabrictop never resumes a session.',
      'Check that the releases of EMS and FortiOS are compatible.',
      'Look into the EMS server logs.',
    ],
    old: { result: -5, curl: 0 },
  },
  'unexpected-status': {
    code: -5,
    stage: 'reply',
    message: httpRefusal,
    cause: () => 'What answers is no EMS, or one of a release without this call.',
    fix: () => ['Check server and https-port.', 'Check that the releases of EMS and FortiOS are compatible.'],
    old: { result: -5, curl: 0 },
  },
  'global-site': {
    code: -5,
    stage: 'reply',
    message: notCompatible,
    cause: () => 'EMS is multi-tenant and was reached by its global name.',
    fix: () => [
      'Set server to <site>.<name of EMS>, for the default site default.<name of EMS>.',
      'Make that name resolvable here.',
    ],
    old: { result: -5, curl: 0 },
  },
  'call-refused': {
    code: -5,
    stage: 'reply',
    message: notCompatible,
    cause: () => 'EMS understood the call and refused it.',
    fix: () => ['Follow what EMS says in the message.', 'Look into the EMS server logs.'],
    old: { result: -5, curl: 0 },
  },
  'license-expired': {
    code: -7,
    stage: 'reply',
    message: () => 'License expired.',
    cause: () =>
      'The account has no valid EMS contract, or the FortiOS release is too old for its access key.',
    fix: () => ['Renew the contract.', 'With an access key, FortiOS 7.6.4 or newer is needed.'],
    old: { result: -7, curl: 0 },
  },
  'reply-unreadable': {
    code: -5,
    stage: 'reply',
    message: notCompatible,
    cause: () => 'What answers is no EMS, or one of a release that answers in another way.',
    fix: () => ['Check server and https-port.', 'Check that nothing in between answers in place of EMS.'],
    old: { result: -5, curl: 0 },
  },
} satisfies Record<string, Diagnosis>;

export type Fault = keyof typeof diagnoses;
