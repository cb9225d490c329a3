import type { DeviceRow, EmsAdminRow, FortigateRow, StoreChange } from '../../src/state/changes.ts';
import { start } from './rows.ts';

const day = 86_400_000;

/** What the administrators of the EMS of `ems137` see. */
export function adminRow(patch: Partial<EmsAdminRow> = {}): StoreChange {
  const row: EmsAdminRow = {
    id: 'ems137',
    server: 'ems137.example.com:443',
    lastSuccess: start - 20_000,
    nextTryAt: start + 40_000,
    serialNumber: 'FCTEMS8822004411',
    version: '7.4.7',
    advisories: [],
    license: { isTrial: false, expiresAt: start + 211 * day, error: null },
    endpoints: { total: 340, online: 212 },
    problem: null,
    ...patch,
  };
  return { table: 'admins', op: 'put', row };
}

export function deviceRow(serial: string, patch: Partial<DeviceRow> = {}): StoreChange {
  const row: DeviceRow = {
    id: `${patch.connector ?? 'ems137'}|${serial}`,
    connector: 'ems137',
    serial,
    name: null,
    authorized: true,
    seenAt: start - 20_000,
    ...patch,
  };
  return { table: 'devices', op: 'put', row };
}

/** The entry `ems-hq` of the FortiGate `edge`, which has not accepted the certificate yet. */
export function fortigateRow(patch: Partial<FortigateRow> = {}): StoreChange {
  const row: FortigateRow = {
    id: 'edge|ems-hq|root',
    fortigate: 'edge',
    serial: 'FGVM010000000002',
    version: 'v7.4.8',
    name: 'ems-hq',
    number: 1,
    vdom: 'root',
    enabled: true,
    server: 'ems137.example.com:443',
    connected: false,
    verified: false,
    status: 'not-verified',
    connection: 'not-authorized',
    certificate: 'unverified',
    websocket: 'disconnected',
    emsSerial: null,
    tenantId: null,
    dirtyReason: null,
    fingerprint: '3D:BA:'.repeat(15).concat('3D:BA'),
    subject: 'C = CA, O = Example Corp, CN = ems137.example.com',
    issuer: 'CN = Example Issuing CA',
    validTo: start + 90 * day,
    lastSuccess: start - 15_000,
    nextTryAt: start + 45_000,
    problem: null,
    ...patch,
  };
  return { table: 'fortigates', op: 'put', row };
}
