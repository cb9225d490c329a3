import { expect } from 'vitest';
import { transitions } from '../../src/ems/connector/state-machine.ts';
import type { ConnectorReport } from '../../src/ems/connector.ts';

/** Every change of state that was reported is an edge of the state machine. */
export function expectAllowed(reports: readonly ConnectorReport[]): void {
  const states = reports.flatMap((report) => (report.kind === 'status' ? [report.status.state] : []));
  states.forEach((state, place) => {
    const before = states[place - 1];
    if (before !== undefined && before !== state)
      expect(transitions[before], `after ${before}`).toContain(state);
  });
}
