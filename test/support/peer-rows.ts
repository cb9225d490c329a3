import type { DeviceRow, EmsAdminRow, FortigateRow, GateRow, StoreChange } from '../../src/state/changes.ts';
import { start } from './rows.ts';

const day = 86_400_000;
const policy = {
  enabled: true,
  action: 'accept',
  from: 'lan all',
  to: 'wan all',
  who: [],
  ntlm: false,
  ntlmAgent: null,
};

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

const devices = '/api/v2/monitor/user/device/query';

/** The FortiGate `edge`: a cluster with two VDOMs, whose token may not see endpoints. */
export function gateRow(patch: Partial<GateRow> = {}): StoreChange {
  const call = { at: start - 15_000, isCut: false, problem: null };
  const row: GateRow = {
    id: 'edge',
    hostName: 'edge.corp.example',
    model: 'FortiGate VM64',
    serial: 'FGVM010000000002',
    version: 'v7.4.8',
    build: 2795,
    vdoms: ['root', 'guest'],
    cluster: {
      mode: 'a-p',
      group: 'edge',
      role: 'primary',
      members: [
        { serial: 'FGVM010000000002', hostName: 'edge.corp.example', priority: 200, primary: true },
        { serial: 'FGVM010000000003', hostName: 'edge-2.corp.example', priority: 100, primary: false },
      ],
    },
    users: [
      { vdom: 'root', method: 'fsso', count: 1204 },
      { vdom: 'guest', method: 'firewall', count: 3 },
    ],
    fsso: [
      {
        vdom: 'root',
        name: 'corp',
        type: 'fsso',
        status: 'connected',
        activeServer: '10.0.0.11:8000',
        users: 1204,
      },
    ],
    calls: [
      { ...call, name: 'system', path: '/api/v2/monitor/system/status', rows: null },
      { ...call, name: 'users', path: '/api/v2/monitor/user/firewall', rows: 1207 },
      {
        ...call,
        name: 'endpoints',
        path: devices,
        rows: null,
        problem: {
          stage: 'authorisation',
          code: 403,
          message: 'FortiGate 10.0.0.1:443 does not allow this call (403)',
          cause: 'The sign-in is good, but its profile has no permission for this call.',
          fix: ['Give the profile of the API administrator the access group authgrp.'],
        },
      },
    ],
    policies: {
      readAt: start - 5_000,
      policies: [
        { ...policy, vdom: 'root', id: 1, name: 'sales to CRM', who: ['FSSO_Sales'] },
        {
          ...policy,
          vdom: 'root',
          id: 2,
          name: 'staff',
          who: ['CORP/DOMAIN USERS'],
          ntlm: true,
          ntlmAgent: 'corp',
        },
        { ...policy, vdom: 'guest', id: 1, name: 'visitors' },
        { ...policy, vdom: 'guest', id: 2, name: 'old', enabled: false },
      ],
      groups: [
        { vdom: 'root', name: 'FSSO_Sales', type: 'fsso-service', members: ['CORP/SALES'] },
        { vdom: 'root', name: 'CORP/SALES', type: 'directory', members: ['corp'] },
      ],
      calls: [
        {
          ...call,
          at: start - 5_000,
          name: 'policies',
          path: '/api/v2/cmdb/firewall/policy',
          rows: 4,
        },
      ],
    },
    lastSuccess: start - 15_000,
    nextTryAt: start + 45_000,
    problem: null,
    ...patch,
  };
  return { table: 'gates', op: 'put', row };
}
