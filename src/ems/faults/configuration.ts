import type { FaultText } from './fault-text.ts';

/** The configuration does not let a connector be tried. */
export const configurationFaults = {
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
} satisfies Record<string, FaultText>;
