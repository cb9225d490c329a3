import type { DiagnosisRow } from './row.ts';

const wholeChain =
  'Install it here with every intermediate CA and the root: fabrictop ems import-ca FILE, on a FortiGate System > Certificates > Import > CA.';
const verifyAgain = 'Run ems verify again.';

/** The certificate of EMS: who signed it, who accepted it, who may say so. */
export const certificateRows: readonly DiagnosisRow[] = [
  {
    row: 1,
    stage: 'certificate',
    code: -4,
    message: 'EMS server certificate is not signed by any known CA.',
    signs: [
      '1--92-60-0',
      'not signed by a known CA',
      'not signed by any known CA',
      'cannot be authenticated with installed CA certificates',
      'Could not verify server certificate based on current certificate authorities',
    ],
    weakSigns: ['Connection test had an error -4', 'fabric connection: -4'],
    cause: 'The issuing CA, or one between it and the root, is not installed here.',
    steps: () => [
      'On the EMS server, open Manage computer certificates > Trusted Root Certification Authorities > Certificates.',
      'Export the one issued by FortiClient Enterprise Management Server as Base-64 encoded X.509.',
      wholeChain,
      verifyAgain,
    ],
    downstream: () => [
      'On the root of the Fabric, install the CA that issued the certificate of EMS, with every intermediate CA.',
      'There, set fabric-ca to enable for it (config vpn certificate ca); a built-in CA is not synchronised.',
      'Where members are not synchronised, install it here: fabrictop ems import-ca FILE',
      verifyAgain,
    ],
    evidence: 'documented',
    source: 'the guide; knowledge base 424454',
  },
  {
    row: 7,
    stage: 'certificate',
    code: null,
    message: 'EMS certificate not authorized',
    signs: ['EMS certificate not authorized', 'has verifying CN but not CA CN', '_check_verify_ems_ca'],
    finding: 'verifying-ca-missing',
    cause:
      'The accepted certificate is held by its CN, but verifying-ca is empty; typical after an upgrade to FortiOS 7.4.4 or 7.4.5.',
    steps: () => [
      'Set verifying-ca to the lowest CA of the chain of EMS that is installed on the device.',
      'Or set trust-ca-cn to disable and accept the certificate again; it is then held by its fingerprint.',
      verifyAgain,
    ],
    evidence: 'observed',
    source: 'knowledge base 358457',
  },
  {
    row: 8,
    stage: 'certificate',
    code: null,
    message: 'EMS certificate not authorized',
    signs: [],
    insteadOf: { row: 7, when: ({ fabricRole }) => fabricRole === 'downstream' },
    cause:
      'The root is connected, but the CA that it verifies EMS with has not reached this member (FortiOS 7.4.4 and later).',
    steps: () => [
      'On the root, set fabric-ca to enable for the CA that verifies EMS (config vpn certificate ca, or config certificate ca in global).',
      'A built-in CA cannot be synchronised: import a copy of it on the root and enable that one.',
      'Wait until the member lists the CA as CSF_<name>_<hash>_<n>, then verify again there.',
    ],
    evidence: 'observed',
    source: 'knowledge base 371492 and 361001',
  },
  {
    row: 9,
    stage: 'configuration',
    code: null,
    message: "Modification not allowed unless 'configuration-sync' is set to 'local'",
    signs: ["unless 'configuration-sync' is set to 'local'"],
    finding: 'synchronised-field',
    cause: 'The entry is synchronised from the root of the Fabric, and was edited on another member.',
    steps: () => ['Make the change on the root; it reaches the members by itself.'],
    downstream: () => [
      'Make the change on the root; it reaches this member by itself.',
      'Or set configuration-sync to local first (config system csf); this member then keeps its own settings.',
    ],
    evidence: 'observed',
    source: 'knowledge base 358457',
  },
  {
    row: 11,
    stage: 'certificate',
    code: -4,
    message: 'Server certificate or configured certificate is not recognized',
    signs: [
      'Failed to verify the certificate for server "FortiClientEMSCloud',
      'Server certificate or configured certificate is not recognized',
    ],
    insteadOf: { row: 1, when: ({ type }) => type === 'ems-cloud' },
    cause:
      'The CA of EMS Cloud is not trusted here, or the traffic leaves by the wrong interface or address.',
    steps: () => [
      'Set interface-select-method, interface and source-ip to the way that leads to the Internet.',
      'Check that nothing on that way intercepts TLS.',
      'Install the CA that the certificate of EMS Cloud leads to: fabrictop ems import-ca FILE',
      'Accept the certificate again.',
    ],
    downstream: () => [
      'Set interface-select-method, interface and source-ip to the way that leads from this member to the Internet; where they are synchronised, set configuration-sync to local first.',
      'On the root, set fabric-ca to enable for the CA of EMS Cloud, or install it here: fabrictop ems import-ca FILE',
      'Accept the certificate again.',
    ],
    evidence: 'observed',
    source: 'knowledge base 371528',
  },
  {
    row: 14,
    stage: 'certificate',
    code: null,
    message: 'EMS certificate not authorized',
    signs: [],
    finding: 'certificate-renewed',
    cause:
      'The certificate is held by its fingerprint (trust-ca-cn disable, or FortiOS before 7.0.12 and 7.2.4), or its CN or CA changed.',
    steps: () => [
      'Find out whether the certificate of EMS was renewed or replaced; if not, somebody may be in between.',
      'If it was, compare the SHA-256 fingerprint and accept the new certificate.',
      'Keep trust-ca-cn enabled (FortiOS 7.0.12, 7.2.4 or later), and the CN and CA of EMS unchanged: a renewal then needs no new acceptance.',
    ],
    downstream: () => [
      'Find out whether the certificate of EMS was renewed or replaced, and whether the root sees the same one; if not, somebody may be in between.',
      'If it was, compare the SHA-256 fingerprint and accept the new certificate here too, unless its acceptance comes with the signature of the root.',
      'On the root, keep trust-ca-cn enabled: a renewal with the same CN and CA then needs no new acceptance.',
    ],
    evidence: 'documented',
    source: 'FortiOS 7.2.4, trust-ca-cn',
  },
];
