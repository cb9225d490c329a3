import type { DiagnosisRow } from './row.ts';

/** The way to EMS, and what answers at its end. */
export const connectionRows: readonly DiagnosisRow[] = [
  {
    row: 5,
    stage: 'reply',
    code: -5,
    message: 'EMS server connection failed because the server is not compatible. received https code 500',
    signs: ['received https code 500', 'Error: http code 500'],
    weakSigns: ['server is not compatible', 'Connection test had an error -5', 'fabric connection: -5'],
    finding: 'session-resumed',
    cause:
      'EMS stumbles over resumed TLS sessions (preserve-ssl-session enable), or the releases do not fit; its status may look healthy meanwhile.',
    steps: () => [
      'Set preserve-ssl-session to disable, as it is where it is left out.',
      'Check that the releases of EMS and FortiOS are compatible.',
      'Look into the EMS server logs.',
    ],
    downstream: () => [
      'On the root, set preserve-ssl-session to disable; the setting is synchronised.',
      'Check that the releases of EMS and of this member are compatible.',
      'Look into the EMS server logs.',
    ],
    evidence: 'observed',
    source: 'knowledge base 423475',
  },
  {
    row: 6,
    stage: 'reply',
    code: -5,
    message: 'Certificate user does not have access to global.',
    signs: ['does not have access to global'],
    cause: 'EMS is multi-tenant and was reached by its global name.',
    steps: () => [
      'Set server to <site>.<name of EMS>, for the default site default.<name of EMS>.',
      'Make that name resolvable here.',
    ],
    downstream: () => [
      'On the root, set server to <site>.<name of EMS>, for the default site default.<name of EMS>.',
      'Make that name resolvable on this member too: it connects by itself.',
    ],
    evidence: 'observed',
    source: 'knowledge base 354409',
  },
  {
    row: 12,
    stage: 'TCP',
    code: -1,
    message: 'EMS server was not reached (timeout)',
    signs: [],
    insteadOf: { row: 13, when: ({ haRole }) => haRole === 'secondary' },
    cause: 'This is the passive unit of a cluster, which does not connect to EMS by design.',
    steps: () => [
      'Nothing has to be mended here; look at the connector on the primary unit.',
      'After a failover, verify again on the unit that has become primary.',
    ],
    evidence: 'observed',
    source: 'knowledge base 225686',
  },
  {
    row: 13,
    stage: 'TCP',
    code: -1,
    message: 'EMS server was not reached (timeout)',
    signs: ['EMS server was not reached'],
    weakSigns: ['Connection test had an error -1', 'fabric connection: -1'],
    cause: 'There is no way to EMS: routing, DNS, a closed port, or the wrong source-ip.',
    steps: ({ server }) => [
      `Check that this machine reaches ${server ?? 'EMS'}: name resolution, routing, firewalls, a proxy in between.`,
      'Check server and https-port, and that the EMS services run.',
      'Check source-ip and the interface; raise call-timeout (at most 180 seconds) where the path is slow.',
    ],
    downstream: ({ server }) => [
      `Check that this member itself reaches ${server ?? 'EMS'}: it connects on its own, not through the root.`,
      'Check that the name of EMS resolves here, and that server and https-port of the root fit.',
      'Check source-ip and the interface; where they are synchronised, set configuration-sync to local to give this member its own.',
    ],
    evidence: 'inferred',
    source: 'the text of -1; the options',
  },
];
