import type { FaultText } from './fault-text.ts';

const authenticationFailed = () => 'EMS server connection failed. Authentication failed';

/** What only FortiClient EMS Cloud can say, before its instance is even known (docs/protocol/ems.md, EMS Cloud). */
export const cloudFaults = {
  'not-entitled': {
    code: -7,
    stage: 'reply',
    row: 10,
    message: () => 'License expired.',
    cause: (facts) =>
      `EMS Cloud finds no valid contract (FCEM) on the account of this device${facts.detail ? `: ${facts.detail}` : ''}.`,
    old: { result: -7, curl: 0 },
  },
  'access-key-refused': {
    code: -8,
    stage: 'authentication',
    message: authenticationFailed,
    cause: () => 'EMS Cloud does not take cloud-authentication-access-key.',
    fix: () => [
      'In FortiClient Cloud, open Access Key and copy the FortiGate Access Key again.',
      'Put it where cloud-authentication-access-key of the connector says.',
      'Check that the root account has an EMS Cloud entitlement: a key alone is not enough.',
      'Run ems verify again.',
    ],
    old: { result: -94, curl: 0, text: 'Authentication denied.' },
  },
  'device-not-registered': {
    code: -8,
    stage: 'authentication',
    message: authenticationFailed,
    cause: (facts) => `No FortiCloud account has this device${facts.detail ? ` (${facts.detail})` : ''}.`,
    fix: () => [
      'Register the device to the FortiCloud account that has the EMS Cloud contract.',
      'Or, with FortiOS 7.4.4 or later, set cloud-authentication-access-key to a FortiGate Access Key of that account.',
      'Check that the identity certificate is the one of this serial number.',
      'Run ems verify again.',
    ],
    old: { result: -94, curl: 0, text: 'Authentication denied.' },
  },
  'cloud-certificate': {
    code: -4,
    stage: 'certificate',
    row: 11,
    message: () => 'Server certificate or configured certificate is not recognized',
    cause: (facts) =>
      `The certificate of EMS Cloud does not verify (${facts.detail}): its CA is not trusted here, or the traffic leaves by the wrong interface or address.`,
    old: { result: -92, curl: 60 },
  },
} satisfies Record<string, FaultText>;
