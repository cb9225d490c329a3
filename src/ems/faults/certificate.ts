import { type FaultText, notCompatible } from './fault-text.ts';

const unknownCa = () => 'EMS server certificate is not signed by any known CA.';
const notAuthorizedCertificate = () => 'EMS certificate not authorized';
const renewOnEms = () => [
  'On EMS, assign a valid certificate to the web server (System Settings > EMS Server Certificates).',
  "Check this machine's clock.",
  'Run ems verify again.',
];

/** The certificate of the server is not trusted, not accepted or not readable. */
export const certificateFaults = {
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
    row: 1,
    message: unknownCa,
    cause: (facts) =>
      `The issuing CA, or one between it and the root, is not installed here (${facts.detail}).`,
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
    row: 14,
    message: notAuthorizedCertificate,
    cause: (facts) =>
      `The server shows another certificate than the one that was accepted (${facts.detail}).`,
  },
  'pin-without-ca': {
    code: null,
    stage: 'certificate',
    row: 7,
    message: notAuthorizedCertificate,
    cause: (facts) =>
      `The accepted certificate is held by its CN, but not by the key of its CA, and verifying-ca names none (${facts.detail}).`,
  },
  'verifying-ca-missing': {
    code: null,
    stage: 'certificate',
    row: 7,
    message: notAuthorizedCertificate,
    cause: (facts) => `verifying-ca is ${facts.detail}, and no CA of that name is installed here.`,
    fix: () => [
      'Set verifying-ca to the lowest CA of the chain of EMS that is installed here: the name of its file in trust.ca, its CN or its SHA-256.',
      'Or install that CA: fabrictop ems import-ca FILE',
      'Run ems verify again.',
    ],
  },
  'verifying-ca-other': {
    code: null,
    stage: 'certificate',
    message: notAuthorizedCertificate,
    cause: (facts) =>
      `The chain leads to an installed CA, but not to ${facts.detail}, which verifying-ca names.`,
    fix: () => [
      'Find out whether EMS has a certificate of another CA now; if not, somebody may be in between.',
      'If it has, set verifying-ca to the lowest CA of its chain that is installed here.',
      'Run ems verify again.',
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
} satisfies Record<string, FaultText>;
