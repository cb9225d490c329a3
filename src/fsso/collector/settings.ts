import type { AudienceOptions } from './audience.ts';
import type { WorkstationCheckOptions } from './checks/workstation-check.ts';
import type { AgentSourceSettings } from './feeds/agent-sources.ts';
import type { IgnoreOptions } from './ignore-list.ts';

/** What a collector is told at its start and can be told anew while it runs. */
export interface CollectorSettings extends AudienceOptions {
  /** null asks FortiGates for none. */
  readonly password: string | null;
  /** FortiGates that may be connected; absent: as many as the protocol's profile says. */
  readonly mostFortigates?: number;
  /** False: logons that feeds report are not entered. Absent: they are. */
  readonly isMonitoring?: boolean;
  /** Whose logons are left out; absent: nobody's. */
  readonly ignore?: IgnoreOptions;
  /** Milliseconds in which the same logon from another agent is not told again; absent or 0: it always is. */
  readonly duplicateWindowMs?: number;
  /** Milliseconds; 0 keeps entries for ever. */
  readonly deadEntryTimeoutMs: number;
  /** Milliseconds between two looks at the addresses of a workstation; absent or 0: never. */
  readonly addressCheckMs?: number;
  /** How workstations are asked who is logged on; absent or null: they are not. */
  readonly workstationCheck?: WorkstationCheckOptions | null;
}

/** Settings that a running collector takes up; what is absent stays as it is. */
export type CollectorChanges = Partial<CollectorSettings> & { readonly agents?: AgentSourceSettings };
