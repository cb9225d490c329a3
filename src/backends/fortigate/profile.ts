/**
 * The REST API of FortiOS as far as fabrictop reads it (docs/protocol/ems.md, FortiGate REST API), and the limits that we
 * set ourselves. Times are milliseconds.
 */
export const fortigateProfile = {
  /** [schema] The configured connectors. */
  connectors: '/api/v2/cmdb/endpoint-control/fctems',
  /** [schema] Below the monitor's part about endpoints. */
  status: '/api/v2/monitor/endpoint-control/ems/status',
  summary: '/api/v2/monitor/endpoint-control/ems/status-summary',
  certificate: '/api/v2/monitor/endpoint-control/ems/cert-status',
  verify: '/api/v2/monitor/endpoint-control/ems/verify-cert',
  unverify: '/api/v2/monitor/endpoint-control/ems/unverify-cert',
  importCa: '/api/v2/monitor/vpn-certificate/ca/import',
  /** [client] Every VDOM at once: the reply is then a list of envelopes. */
  everyVdom: { vdom: '*' },
  /** Between looks at a FortiGate. [assumed] */
  pollEvery: 60_000,
  /** How long to wait where a 429 does not say. [assumed] */
  throttledWait: 60_000,
  /** Connectors of one FortiGate: seven for each of its VDOMs is what FortiOS takes. */
  mostConnectors: 500,
} as const;
