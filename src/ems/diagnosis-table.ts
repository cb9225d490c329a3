import { authenticationFaults } from './faults/authentication.ts';
import { certificateFaults } from './faults/certificate.ts';
import { cloudFaults } from './faults/cloud.ts';
import { configurationFaults } from './faults/configuration.ts';
import { connectionFaults } from './faults/connection.ts';
import type { FaultText } from './faults/fault-text.ts';
import { replyFaults } from './faults/reply.ts';

export type { FailureFacts, FaultText } from './faults/fault-text.ts';

/** Every way an EMS connector of ours can fail, with what it means and what mends it (docs/protocol/ems.md, Diagnosis). */
export const diagnoses = {
  ...configurationFaults,
  ...connectionFaults,
  ...certificateFaults,
  ...authenticationFaults,
  ...cloudFaults,
  ...replyFaults,
} satisfies Record<string, FaultText>;

export type Fault = keyof typeof diagnoses;
