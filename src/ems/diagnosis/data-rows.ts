import type { DiagnosisRow } from './row.ts';

/** What an EMS that is connected does not send, or sends late. */
export const dataRows: readonly DiagnosisRow[] = [
  {
    row: 15,
    stage: 'data',
    code: null,
    message: 'EMS sends no tags or addresses',
    signs: [],
    finding: 'tags-missing',
    cause:
      'EMS shares only the endpoints whose gateway is this device, unless told otherwise; a router or a VPN in between hides it from them.',
    steps: () => [
      'On EMS, open Administration > Fabric Devices, edit this device and share all endpoints, or those of selected devices.',
      'Compare the gateways of the endpoints with diagnose endpoint fctems json gateway-mac-request.',
    ],
    downstream: () => [
      'On EMS, open Administration > Fabric Devices and edit this member, not only the root: each has its own setting of what is shared.',
      'Compare the gateways of the endpoints with diagnose endpoint fctems json gateway-mac-request on this member.',
    ],
    evidence: 'documented',
    source: 'EMS administration guide, Fabric Devices',
  },
  {
    row: 16,
    stage: 'data',
    code: null,
    message: 'EMS sends posture tags, but no classification, outbreak or fabric tags',
    signs: [],
    finding: 'tag-types-missing',
    cause:
      'These types of tags are not selected for this device, or it runs FortiOS 7.0.2 to 7.0.6, which take posture tags only.',
    steps: () => [
      'On EMS, open Administration > Fabric Devices, edit this device and select the tag types to share.',
      'Upgrade FortiOS 7.0.2 to 7.0.6.',
    ],
    downstream: () => [
      'On EMS, open Administration > Fabric Devices, edit this member and select the tag types to share.',
      'Upgrade FortiOS 7.0.2 to 7.0.6 on this member.',
    ],
    evidence: 'documented',
    source: 'EMS administration guide, Fabric Devices',
  },
  {
    row: 17,
    stage: 'notification',
    code: null,
    message: 'The WebSocket to EMS is down',
    signs: ['LOG_ID_EC_EMS_WS_CONN_ERROR', 'wscode='],
    finding: 'websocket-down',
    cause:
      'Changes arrive only with the next poll: EMS offers no WebSocket, something in between does not let it pass, or websocket-override is enabled.',
    steps: () => [
      'Set websocket-override to disable.',
      'Let WebSockets pass between here and the HTTPS port of EMS, a proxy or an inspecting firewall among others.',
      'Check that the capabilities of EMS list websocket; else upgrade EMS.',
    ],
    downstream: () => [
      'On the root, set websocket-override to disable; the setting is synchronised.',
      'Let WebSockets pass between this member and the HTTPS port of EMS: it opens its own.',
      'Check that the capabilities of EMS list websocket; else upgrade EMS.',
    ],
    evidence: 'documented',
    source: 'FortiOS 7.0, WebSocket; log 45123',
  },
  {
    row: 18,
    stage: 'data',
    code: null,
    message: 'Invalid ZTNA certificate',
    signs: ['Invalid ZTNA certificate'],
    finding: 'client-certificate-zero',
    cause:
      'The endpoint has no client certificate: FortiClient is older than 7.0, ZTNA is off in its profile, or EMS has no ZTNA licence.',
    steps: () => [
      'Upgrade FortiClient to 7.0 or later.',
      'On EMS, enable ZTNA in the profile of the endpoint, and check that the licence includes ZTNA.',
      'Deregister the client from EMS and connect it again.',
    ],
    evidence: 'documented',
    source: 'FortiOS, ZTNA troubleshooting',
  },
  {
    row: 19,
    stage: 'data',
    code: null,
    message: 'EMS no longer lists a member of the Fabric',
    signs: [],
    finding: 'keep-alive-missed',
    cause: 'EMS forgets a member after 15 minutes in which the root did not keep it alive.',
    steps: () => [
      'Check that this root is connected to EMS.',
      'Restore the Fabric link to the member (get system csf, Security Fabric > Fabric Connectors).',
    ],
    downstream: () => [
      'Restore the Fabric link from this member to its root: only the root keeps it alive on EMS.',
      'Check that the root is connected to EMS.',
    ],
    evidence: 'documented',
    source: 'EMS administration guide, Fabric Devices',
  },
  {
    row: 21,
    stage: 'data',
    code: null,
    message: 'Not every tag has its addresses',
    signs: [],
    finding: 'tag-limit',
    cause:
      'Each tag costs two firewall addresses, one of IP and one of MAC, and the limit of the model is reached.',
    steps: () => [
      'Use fewer tags on EMS, or select fewer tag types for this device.',
      'Where EMS and FortiOS 7.6.4 or later offer used-tags, only the tags in use are sent.',
    ],
    evidence: 'documented',
    source: 'FortiOS, device identity and trust context',
  },
];
