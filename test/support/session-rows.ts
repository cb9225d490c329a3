import type { CallView, EndpointRow, SessionView, StoreChange, TagRow } from '../../src/state/changes.ts';
import { start } from './rows.ts';

const minute = 60_000;

export function call(name: string, path: string, patch: Partial<CallView> = {}): CallView {
  const at = start - 40_000;
  return { name, path, at, status: 200, latencyMs: 12, ok: true, problem: null, ...patch };
}

/** A connector that everything works for. */
export function session(patch: Partial<SessionView> = {}): SessionView {
  const took = [3, 8, 0, 14, 0, 41, 96];
  const names = ['reach', 'tls', 'certificate', 'serial number', 'acceptance', 'registration', 'data'];
  return {
    stages: names.map((name, place) => ({ name, state: 'done', tookMs: took[place] ?? 0 })),
    calls: [
      call('serialNumber', '/api/v1/system/serial_number'),
      call('register', '/api/v1/fabric_device_auth/fortigate', { latencyMs: 33 }),
      call('ztnaCa', '/api/v1/ztna_certificates/download', {
        ok: false,
        status: 404,
        latencyMs: null,
        at: start - 5 * minute,
      }),
      call('sysinfo', '/api/v1/report/fct/sysinfo', { latencyMs: 61 }),
    ],
    latencies: [12, 14, 11, 33, 61, 12, 12, 13, 90, 14, 12],
    registered: true,
    capabilities: ['fabric-auth', 'websocket', 'common-tags-api'],
    publicAddress: 'ems137.example.com:443',
    authUrl: null,
    ztnaCa: { subject: 'CN = EMS ZTNA CA', sha256: 'AB', validTo: start + 400 * 24 * 60 * minute },
    websocket: { state: 'connected', since: start - 30 * minute, code: null, reason: '' },
    endpointCount: 1_204,
    tagCount: 2,
    outOfSyncSince: null,
    dirtyReason: null,
    ...patch,
  };
}

export function tag(name: string, patch: Partial<TagRow> = {}): StoreChange {
  return {
    table: 'tags',
    op: 'put',
    row: {
      id: `ems137|${name}`,
      connector: 'ems137',
      name,
      type: 'posture',
      members: 12,
      ips: [],
      macs: [],
      updatedAt: start,
      ...patch,
    },
  };
}

export function endpoint(place: number, patch: Partial<EndpointRow> = {}): StoreChange {
  const uid = String(place).padStart(32, '9A016B5A6E914B42AD4168C066EB04CA');
  const ip = `10.20.21.${place + 2}`;
  const mac = `02:09:0f:00:01:${String(place).padStart(2, '0')}`;
  return {
    table: 'endpoints',
    op: 'put',
    row: {
      id: `${patch.connector ?? 'ems137'}|${uid}`,
      connector: 'ems137',
      uid,
      host: `PC-SAL-${String(place).padStart(3, '0')}`,
      user: `user${place}`,
      os: 'Windows 11 24H2',
      ip,
      mac,
      publicIp: '203.0.113.9',
      clientCertificate: '2B8D4FF0E71FE7E064288FE1B4F87E25232092D0',
      online: place % 3 !== 0,
      registered: true,
      onNet: place % 2 === 0,
      quarantined: place === 4,
      version: '7.4.3.1790',
      tags: place % 2 === 0 ? ['Domain-Users', 'Vulnerability-High'] : ['Domain-Users'],
      routes: [{ ip, mac, vpn: false, serial: 'FGVM01LAB0000001', interface: 'port1' }],
      updatedAt: start - place * 20_000,
      ...patch,
    },
  };
}
