import { componentRow } from '../../src/backends/attached/rows.ts';
import type { ComponentRow, EntryRow, StoreChange } from '../../src/state/changes.ts';
import { start } from './rows.ts';

/** A component of the attached collector `main`; by default a FortiGate that is connected. */
export function component(patch: Partial<ComponentRow> = {}): StoreChange {
  const row = componentRow('main', {
    kind: 'fortigate',
    name: 'FGVM010000000001-root 10.0.0.1:51515',
    state: 'ok',
    lastEvent: start - 4_000,
    load: { amount: 0, unit: 'bytes' },
    facts: [
      ['Identity', { kind: 'text', value: 'FGVM010000000001-root' }],
      ['Connected', { kind: 'time', value: start - 7_200_000 }],
      ['Events sent', { kind: 'count', value: 12_345 }],
    ],
    ...patch,
  });
  return { table: 'components', op: 'put', row };
}

export function entry(patch: Partial<EntryRow> = {}): StoreChange {
  return { table: 'entries', op: 'put', row: entryRow(patch) };
}

/** An entry of the attached collector `main`. */
export function entryRow(patch: Partial<EntryRow> = {}): EntryRow {
  const { ip = '10.20.30.1', session = 0 } = patch;
  return {
    id: `main|${ip}|${session}`,
    collector: 'main',
    ip,
    otherIp: null,
    ip6: null,
    session,
    user: 'anna',
    domain: 'CORP',
    workstation: 'PC-SAL-001',
    groups: ['CORP/SALES', 'CORP/DOMAIN USERS'],
    portRanges: [],
    feed: 'dc-agent',
    agent: '10.0.0.10',
    logonTime: start - 3_600_000,
    updatedAt: start - 300_000,
    status: 'ok',
    doubt: null,
    verifiedAt: start - 30_000,
    nextCheckAt: start + 30_000,
    expiresAt: start + 7 * 3_600_000,
    lastCheck: null,
    evidence: null,
    ways: [],
    ...patch,
  };
}
