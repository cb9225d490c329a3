import type { ConnectorState } from '../ems/connector.ts';

/**
 * The words of the guide's status panel for each state (docs/protocol/ems.md, Command outputs). `Successful`,
 * `Authorized` and `Not authorized` are the guide's, the others ours; a blank is not known yet.
 */
export const panelWords: Record<ConnectorState, { connection: string; certificate: string }> = {
  disabled: { connection: 'Disabled', certificate: '' },
  resolving: { connection: 'Connecting', certificate: '' },
  tls: { connection: 'Connecting', certificate: '' },
  registering: { connection: 'Connecting', certificate: '' },
  'certificate-unknown-ca': { connection: 'Failed', certificate: 'Not trusted' },
  'certificate-not-accepted': { connection: 'Not verified', certificate: 'Not authorized' },
  'certificate-changed': { connection: 'Stopped', certificate: 'Not authorized' },
  'pending-authorization': { connection: 'Not authorized on EMS', certificate: '' },
  connected: { connection: 'Successful', certificate: 'Authorized' },
  'out-of-sync': { connection: 'Out of sync', certificate: 'Authorized' },
  dirty: { connection: 'Stopped', certificate: 'Authorized' },
  failed: { connection: 'Failed', certificate: '' },
};
