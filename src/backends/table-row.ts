import type { Logon } from '../fsso/gate/logon-table.ts';
import { isReused } from '../fsso/gate/predecessors.ts';
import type { LogonBefore, LogonRow } from '../state/changes.ts';

/**
 * A logon of a connector's table as the screens see it. It looks at the logon, which is never altered, instead of copying
 * it: of 300,000 rows every field counts.
 */
export class TableRow implements LogonRow {
  readonly connector: string;
  readonly groups: readonly string[];
  readonly logon: Logon;

  constructor(connector: string, logon: Logon, groups: readonly string[]) {
    this.connector = connector;
    this.groups = groups;
    this.logon = logon;
  }

  get id(): string {
    return this.logon.key;
  }
  get server(): string {
    return this.logon.server;
  }
  get ip(): string {
    return this.logon.record.ip;
  }
  get session(): number {
    return this.logon.record.session;
  }
  get user(): string {
    return this.logon.record.user;
  }
  get domain(): string {
    return this.logon.record.domain;
  }
  get workstation(): string {
    return this.logon.record.workstation;
  }
  get logonTime(): number {
    return this.logon.record.logonTime * 1000;
  }
  get receivedAt(): number {
    return this.logon.receivedAt;
  }
  get portRanges(): LogonRow['portRanges'] {
    return this.logon.record.portRanges;
  }
  get stale(): boolean {
    return this.logon.stale;
  }
  get expiresAt(): number | null {
    return this.logon.expiresAt;
  }
  get before(): LogonBefore | null {
    const { before, receivedAt } = this.logon;
    return before && { ...before, reused: isReused(before, receivedAt) };
  }
  get overlaps(): readonly number[] {
    return this.logon.overlaps;
  }
}
