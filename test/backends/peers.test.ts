import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createEmsAdminSource } from '../../src/backends/ems-admin.ts';
import { prepareAdmins } from '../../src/backends/ems-admin-setup.ts';
import { prepareEms } from '../../src/backends/ems-setup.ts';
import { prepareFortigates } from '../../src/backends/fortigate/setup.ts';
import { createFortigateSource } from '../../src/backends/fortigate/source.ts';
import { peerActions } from '../../src/backends/peer-actions.ts';
import { systemClock } from '../../src/clock.ts';
import { type LoadedConfig, parseConfig } from '../../src/config/load.ts';
import { pinnedFacts } from '../../src/ems/pin.ts';
import type { DeviceRow, EmsAdminRow, FortigateRow, NewEvent, StoreChange } from '../../src/state/changes.ts';
import { WriteGuard } from '../../src/verbs.ts';
import {
  adminPassword,
  fortigateSerial,
  fortigateToken,
  type LabFabric,
  startFabric,
} from '../support/lab-fabric.ts';

let directory: string;
let fabric: LabFabric;
let stops: (() => Promise<void>)[] = [];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'fabrictop-peers-'));
  fabric = await startFabric();
});
afterEach(async () => {
  for (const stop of stops) await stop();
  stops = [];
  await fabric.stop();
  rmSync(directory, { recursive: true, force: true });
});

/** What the stores would hold, and everything that was ever said. */
class Heard {
  readonly admins = new Map<string, EmsAdminRow>();
  readonly devices = new Map<string, DeviceRow>();
  readonly fortigates = new Map<string, FortigateRow>();
  readonly events: NewEvent[] = [];
  all = '';

  readonly sink = (change: StoreChange): void => {
    this.all += JSON.stringify(change);
    if (change.table === 'events') this.events.push(change.row);
    if (change.table !== 'admins' && change.table !== 'devices' && change.table !== 'fortigates') return;
    const table = this[change.table] as Map<string, unknown>;
    if (change.op === 'put') table.set(change.row.id, change.row);
    else table.delete(change.id);
  };
}

const environment = { PASSWORD: adminPassword, TOKEN: fortigateToken };

async function open(write: boolean, env: Record<string, string> = environment, trusted = true) {
  const text = `
trust: { store: ${join(directory, 'trust.json')} }
ems:
  - { name: hq, server: 127.0.0.1, https-port: ${fabric.ems.port}, admin: { name: admin, password: { env: PASSWORD } } }
fortigate:
  - { name: edge, url: 'https://127.0.0.1:${fabric.fortigate.port}', token: { env: TOKEN } }`;
  const loaded: LoadedConfig = { config: parseConfig(text, 'c.yaml'), path: 'c.yaml', directory, text };
  const guard = new WriteGuard(write);
  const { targets, trust } = await prepareEms(loaded, env, systemClock);
  if (trusted) trust.importCa([fabric.root]);
  const [admin] = (await prepareAdmins(loaded, env, targets, guard)).map(createEmsAdminSource);
  const [edge] = (await prepareFortigates(loaded, env, trust, systemClock, guard)).map(createFortigateSource);
  if (!admin || !edge) throw new Error('not configured');
  const heard = new Heard();
  for (const source of [admin, edge]) {
    source.start(heard.sink);
    stops.push(() => source.stop());
  }
  return { heard, trust, admin, edge, actions: peerActions(new Map([['hq', admin]]), [edge]) };
}

const eventually = (check: () => void) => vi.waitFor(check, { timeout: 10_000, interval: 20 });
const device = `hq|${fortigateSerial}`;
const entry = 'edge|ems137|root';

test('step 4 of the procedure, seen from both sides: pending, authorised, verified, connected', async () => {
  await fabric.fortigate.connect();
  const { heard, actions } = await open(true);
  await eventually(() => {
    expect(heard.admins.get('hq')).toMatchObject({ serialNumber: 'FCTEMS0000000137', problem: null });
    expect(heard.devices.get(device)).toMatchObject({ serial: fortigateSerial, authorized: false });
    expect(heard.fortigates.get(entry)).toMatchObject({
      fortigate: 'edge',
      serial: fortigateSerial,
      name: 'ems137',
      connected: false,
      verified: false,
      emsSerial: null,
    });
  });
  expect(await actions.authorizeDevice('hq', fortigateSerial)).toEqual({
    ok: true,
    message: `${fortigateSerial} is authorised on the EMS of hq`,
  });
  expect(heard.devices.get(device)?.authorized).toBe(true);
  const { fingerprint } = heard.fortigates.get(entry) ?? {};
  expect(await actions.verifyOnFortigate(entry, fingerprint ?? '')).toMatchObject({ ok: true });
  expect(heard.fortigates.get(entry)).toMatchObject({
    connected: true,
    verified: true,
    emsSerial: 'FCTEMS0000000137',
  });
  expect(await actions.unverifyOnFortigate(entry)).toMatchObject({ ok: true });
  expect(heard.fortigates.get(entry)).toMatchObject({ connected: false, verified: false });
  expect(heard.events.map(({ source, level, text }) => [source, level, text])).toEqual(
    expect.arrayContaining([
      ['hq', 'notice', `Fabric device ${fortigateSerial} waits to be authorised on EMS`],
      ['hq', 'notice', `Fabric device ${fortigateSerial} was authorised on EMS`],
      ['edge', 'notice', 'ems137 is connected: connected'],
      ['edge', 'warning', 'ems137 is no longer connected: not-verified'],
    ]),
  );
});

test('read-only, every change is refused with one line and nothing changes', async () => {
  await fabric.fortigate.connect();
  const { heard, actions } = await open(false);
  await eventually(() => expect(heard.fortigates.has(entry)).toBe(true));
  const refusals = [
    await actions.authorizeDevice('hq', fortigateSerial),
    await actions.verifyOnFortigate(entry, 'x'),
    await actions.unverifyOnFortigate(entry),
  ];
  expect(refusals.map((result) => (result.ok ? 'done' : result.problem.message))).toEqual([
    'It would authorise a device on EMS, and fabrictop is read-only without --write',
    'It would let a FortiGate accept the certificate of an EMS, and fabrictop is read-only without --write',
    'It would let a FortiGate forget the certificate of an EMS, and fabrictop is read-only without --write',
  ]);
  expect([...fabric.ems.pending]).toEqual([fortigateSerial]);
});

test('a version that is known to be weak is told', async () => {
  fabric.ems.state.version = '7.4.5';
  const { heard } = await open(false);
  await eventually(() => expect(heard.admins.get('hq')?.advisories).toHaveLength(1));
  expect(heard.events.filter(({ text }) => text.includes('CVE-2026-35616'))).toHaveLength(1);
});

test('an unknown CA stops both before anything is sent, and installing it lets them go on at once', async () => {
  const { heard, trust } = await open(false, environment, false);
  await eventually(() => {
    expect(heard.admins.get('hq')?.problem?.stage).toBe('certificate');
    expect(heard.fortigates.get('edge')?.problem?.stage).toBe('certificate');
  });
  expect(fabric.ems.admin?.openSessions).toBe(0);
  trust.importCa([fabric.root]);
  await eventually(() => {
    expect(heard.admins.get('hq')?.lastSuccess).not.toBeNull();
    expect(heard.fortigates.get(entry)).toBeDefined();
  });
  expect(heard.fortigates.has('edge')).toBe(false);
});

test('another certificate than the accepted one is not signed in to, whatever its name', async () => {
  const { heard, trust, admin } = await open(false);
  await eventually(() => expect(heard.admins.get('hq')?.lastSuccess).not.toBeNull());
  await trust.accept('hq', pinnedFacts([fabric.root]), 'fingerprint');
  const sessions = fabric.ems.admin?.openSessions;
  const result = await admin.refresh();
  expect(result).toMatchObject({ ok: false, problem: { stage: 'certificate' } });
  expect(fabric.ems.admin?.openSessions).toBe(sessions);
});

test('wrong secrets are told once, are not tried again by themselves, and appear nowhere', async () => {
  const env = { PASSWORD: 'not-the-password', TOKEN: 'not-the-token' };
  const { heard, actions } = await open(false, env);
  await eventually(() => {
    expect(heard.admins.get('hq')?.problem).toMatchObject({ stage: 'authentication', code: 401 });
    expect(heard.fortigates.get('edge')?.problem).toMatchObject({ stage: 'authentication', code: 401 });
  });
  expect(heard.admins.get('hq')?.nextTryAt).toBeNull();
  expect(heard.fortigates.get('edge')?.nextTryAt).toBeNull();
  await actions.refreshAdmin('hq');
  await actions.refreshFortigate('edge');
  expect(heard.events.filter(({ level }) => level === 'warning')).toHaveLength(2);
  for (const secret of Object.values(env)) expect(heard.all).not.toContain(secret);
});

test('no secret and no session is ever said, and stopping signs out', async () => {
  const { heard, admin, edge } = await open(true);
  await eventually(() => {
    expect(heard.admins.get('hq')?.lastSuccess).not.toBeNull();
    expect(heard.fortigates.has(entry)).toBe(true);
  });
  expect(fabric.ems.admin?.openSessions).toBe(1);
  await admin.stop();
  await edge.stop();
  expect(fabric.ems.admin?.openSessions).toBe(0);
  for (const secret of [adminPassword, fortigateToken, 'sessionid', 'csrftoken'])
    expect(heard.all).not.toContain(secret);
});

test('names that are not configured are told', async () => {
  const { actions } = await open(true);
  expect(await actions.authorizeDevice('none', 'F')).toMatchObject({ ok: false });
  expect(await actions.refreshFortigate('none')).toMatchObject({ ok: false });
  expect(await actions.verifyOnFortigate('edge|none', 'x')).toMatchObject({ ok: false });
});
