import type { DiagnosisRow } from './row.ts';

const verifyAgain = 'Run ems verify again.';
const authenticationFailed = 'EMS server connection failed. Authentication failed';

/** Who the device is to EMS, and whether EMS may serve it. */
export const identityRows: readonly DiagnosisRow[] = [
  {
    row: 2,
    stage: 'authentication',
    code: -8,
    message: authenticationFailed,
    signs: ['1--94-0-401', 'Authentication denied', 'Authentication failed', 'HTTP Code: 401'],
    weakSigns: [
      'Connection test had an error -8',
      'fabric connection: -8',
      'Session has expired or does not exist',
    ],
    cause: 'This device is not authorised on EMS, or it is authorised under another serial number.',
    steps: ({ serial }) => [
      'On EMS, open Administration > Fabric Devices.',
      `Select the serial number${serial ? ` ${serial}` : ' of this device'} and click Authorize.`,
      'If it is not listed, check that the identity certificate is the factory one and that EMS is licensed.',
      verifyAgain,
    ],
    downstream: ({ serial }) => [
      'On EMS, open Administration > Fabric Devices: each member of the Fabric is listed and authorised by itself.',
      `Select the serial number${serial ? ` ${serial}` : ' of this member'} and click Authorize; where EMS offers silent-approval, it follows when the root is authorised.`,
      'If it is not listed, check that the identity certificate of this member is its own, not that of the root.',
      verifyAgain,
    ],
    evidence: 'documented',
    source: 'the guide; a public report of FortiOS 7.6.5',
  },
  {
    row: 3,
    stage: 'authentication',
    code: -8,
    message: authenticationFailed,
    signs: [],
    finding: 'serial-not-listed',
    insteadOf: { row: 2, when: ({ serialListed }) => serialListed === false },
    cause:
      'The device asks, but EMS never lists its serial number: its identity certificate is none that EMS takes, as with evaluation licences.',
    steps: () => [
      'Use a device with its own factory certificate; an evaluation VM has none that is usable.',
      'Check that the CN of the identity certificate is the serial number, and that it has not expired.',
      'Check that the licence of EMS includes Fabric Devices.',
      verifyAgain,
    ],
    evidence: 'inferred',
    source: 'a public report without an answer',
  },
  {
    row: 4,
    stage: 'reply',
    code: -5,
    message: 'EMS server connection failed because the server is not compatible. received https code 400',
    signs: [
      'Issue in sending initial FortiGate Serial Number',
      'received https code 400',
      '_submit_init_fgt_sn',
    ],
    cause: 'The CN of the identity certificate is not the serial number of the device.',
    steps: ({ serial }) => [
      `Check the CN of the identity certificate${serial ? `: it has to be ${serial}` : ''}.`,
      'On a VM, reload the licence (execute vm-license, which restarts it) to get a certificate of its own.',
      'Authorise the serial number on EMS again.',
      verifyAgain,
    ],
    evidence: 'observed',
    source: 'knowledge base 253348',
  },
  {
    row: 10,
    stage: 'reply',
    code: -7,
    message: 'License expired.',
    signs: ['License expired', 'License has expired'],
    weakSigns: ['Connection test had an error -7', 'fabric connection: -7'],
    cause:
      'The account has no valid EMS contract (FCEM), or an access key is used with FortiOS 7.4.9, 7.6.3 or older.',
    steps: () => [
      'Check that diagnose test update info lists FCEM under Account contracts, and renew the contract where it is missing or over.',
      'With an access key, upgrade to FortiOS 7.6.4 or later, which asks for no contract of its own.',
      verifyAgain,
    ],
    downstream: () => [
      'Check the FCEM contract of the account that this member is registered to, not only that of the root.',
      'With an access key, upgrade to FortiOS 7.6.4 or later, which asks for no contract of its own.',
      verifyAgain,
    ],
    evidence: 'observed',
    source: 'knowledge base 419753',
  },
  {
    row: 20,
    stage: 'reply',
    code: null,
    message: 'dirty-reason mismatched-ems-sn',
    signs: ['mismatched-ems-sn'],
    finding: 'serial-number-changed',
    cause: 'EMS has another serial number than when it was accepted: it was installed anew or replaced.',
    steps: () => [
      'Find out whether EMS was installed anew or replaced; if not, somebody may be in between.',
      'If it was, forget its certificate: ems unverify, on a FortiGate execute fctems unverify.',
      'Clear serial-number of the connector.',
      verifyAgain,
    ],
    downstream: () => [
      'Find out whether EMS was installed anew or replaced; if not, somebody may be in between.',
      'If it was, clear serial-number on the root, from which it is synchronised.',
      'Forget the certificate of EMS here and verify again: ems unverify, then ems verify.',
    ],
    evidence: 'inferred',
    source: 'the schema has the value, its cure is concluded',
  },
];
