import { type FaultText, httpRefusal } from './fault-text.ts';

const authenticationFailed = () => 'EMS server connection failed. Authentication failed';

/** EMS does not know or does not take who we are. */
export const authenticationFaults = {
  'not-authorized': {
    code: -8,
    stage: 'authentication',
    row: 2,
    detailIs: 'serial',
    message: authenticationFailed,
    cause: (facts) => `This device is not authorised on EMS${facts.detail ? ` (${facts.detail})` : ''}.`,
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
    row: 4,
    message: httpRefusal,
    cause: () =>
      'EMS refuses the identity: the CN of the identity certificate is not the serial number of the device.',
    old: { result: -5, curl: 0 },
    submission: true,
  },
  'serial-changed': {
    code: null,
    stage: 'authentication',
    row: 20,
    message: () => 'EMS serial number does not match (mismatched-ems-sn)',
    cause: (facts) => `EMS was reinstalled or replaced, or another server answers (${facts.detail}).`,
  },
  'license-expired': {
    code: -7,
    stage: 'reply',
    row: 10,
    message: () => 'License expired.',
    cause: () =>
      'The account has no valid EMS contract, or the FortiOS release is too old for its access key.',
    old: { result: -7, curl: 0 },
  },
} satisfies Record<string, FaultText>;
