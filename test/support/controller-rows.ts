import type { ControllerRow, StoreChange } from '../../src/state/changes.ts';
import { start } from './rows.ts';

/** Of an event log that is read in full. */
export const polling: NonNullable<ControllerRow['polling']> = {
  log: 'Security',
  eventIds: [4768, 4776],
  means: 'SMB 3.1.1, EventLog over \\eventlog',
  polls: 1_200,
  failures: 0,
  lastPoll: start - 4_000,
  nextPoll: start + 1_000,
  periodMs: 5_000,
  periodIsChosen: false,
  pollTimes: [10, 12, 40, 20, 11, 300, 15, 14],
  bookmark: 123_456,
  lag: { records: 0, seconds: 0 },
  lost: 0,
  sessions: null,
  logons: 4_321,
  logonsPerMinute: 73,
  clockSkewSeconds: -2,
};
export const auditMisses = 'Logons that the audit policy of the domain controller does not write down.';
export const sessionMisses =
  'Users whose session begins and ends between two polls, and machines that open none, such as those with macOS.';

/** A domain controller of the attached collector `main`; by default one whose event log is polled. */
export function controller(patch: Partial<ControllerRow> = {}): StoreChange {
  const { name = 'dc1.corp.example', mode = 'event-log' } = patch;
  const row: ControllerRow = {
    id: `main|${name}|${mode}|`,
    collector: 'main',
    name,
    domain: 'corp.example',
    addresses: ['10.0.0.10'],
    mode,
    state: 'ok',
    agent: null,
    lastEvent: start - 3_000,
    misses: auditMisses,
    otherModes: [
      ['netapi', sessionMisses],
      ['wmi', auditMisses],
    ],
    polling,
    problem: null,
    ...patch,
  };
  return { table: 'controllers', op: 'put', row };
}
