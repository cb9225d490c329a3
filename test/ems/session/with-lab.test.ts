import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { readCertificateFile } from '../../../src/ems/certificate.ts';
import { type ConnectorReport, type ConnectorState, EmsConnector } from '../../../src/ems/connector.ts';
import { type Device, plainDevice } from '../../../src/ems/device.ts';
import { pinnedFacts } from '../../../src/ems/pin.ts';
import { emsProfile } from '../../../src/ems/profile.ts';
import { TrustStore } from '../../../src/ems/trust.ts';
import { Authority, type Identity } from '../../../src/lab/authority.ts';
import { LabEms, type LabEmsOptions } from '../../../src/lab/ems/server.ts';
import { company } from '../../../src/lab/people.ts';
import { expectAllowed } from '../../support/ems-transitions.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const serial = 'FGVM01LAB0000001';
const soon = { timeout: 20_000, interval: 5 };
vi.setConfig({ testTimeout: 60_000 });
let authority: Authority;
let devices: Authority;
let identity: Identity;
beforeAll(async () => {
  [authority, devices] = await Promise.all([
    Authority.create('Lab EMS CA', Date.now()),
    Authority.create('Lab device CA', Date.now()),
  ]);
  identity = await devices.issue({ commonName: serial, organizationalUnit: 'FortiGate' });
}, 30_000);

let directory = '';
let clock: ManualClock;
let reports: ConnectorReport[];
/** The same of each connector by itself. */
const ofEach: ConnectorReport[][] = [];
const running: { stop(): Promise<void> }[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'fabrictop-session-'));
  clock = new ManualClock(Date.now());
  reports = [];
});
afterEach(async () => {
  for (const each of ofEach.splice(0)) expectAllowed(each);
  for (const each of running.splice(0).reverse()) await each.stop();
  expect(clock.waiting).toBe(0);
  rmSync(directory, { recursive: true, force: true });
});
async function startEms(more: Partial<LabEmsOptions> = {}): Promise<LabEms> {
  const ems = await LabEms.start({
    serialNumber: 'FCTEMS0000000137',
    authority,
    hostName: 'ems.corp.example',
    deviceRoots: [devices.certificate],
    people: company(30),
    clock,
    ...more,
  });
  ems.authorize(serial);
  running.push(ems);
  return ems;
}

/** Connects to an EMS whose certificate was accepted before. */
async function connect(ems: LabEms, device: Partial<Device> = {}): Promise<EmsConnector> {
  const trust = TrustStore.open(join(directory, 'trust.json'), clock);
  const chain = [ems.certificate, authority.certificate].flatMap((pem) =>
    readCertificateFile(Buffer.from(pem)),
  );
  trust.importCa(chain.slice(1));
  await trust.accept('hq', pinnedFacts(chain), 'ca-cn', { serialNumber: 'FCTEMS0000000137' });
  const own: ConnectorReport[] = [];
  ofEach.push(own);
  const connector = new EmsConnector(
    {
      name: 'hq',
      enabled: true,
      type: 'ems',
      server: '127.0.0.1',
      port: ems.port,
      sourceIp: '0.0.0.0',
      callTimeoutMs: 30_000,
      pinMode: 'ca-cn',
      identity,
      serial,
      trust,
      clock,
      device: { ...plainDevice, hostname: 'edge-1', version: '1.0.0', ...device },
    },
    '7.4',
    (report) => {
      reports.push(report);
      own.push(report);
    },
  );
  running.push(connector);
  connector.start();
  return connector;
}

const reaches = (connector: EmsConnector, state: ConnectorState) =>
  vi.waitFor(() => expect(connector.status.state).toBe(state), soon);
/** A whole round has ended, and the next one is planned. */
const settled = (connector: EmsConnector) =>
  vi.waitFor(() => expect(connector.status.nextTryAt).not.toBeNull(), soon);
const endpoints = () => {
  const found = new Map<string, { ip: string; tags: readonly string[] }>();
  for (const report of reports)
    if (report.kind === 'inventory') {
      for (const each of report.change.endpoints.put) found.set(each.uid, each);
      for (const uid of report.change.endpoints.removed) found.delete(uid);
    }
  return found;
};
const tags = () => {
  const found = new Map<string, readonly string[]>();
  for (const report of reports)
    if (report.kind === 'inventory') {
      for (const each of report.change.tags.put) found.set(each.name, each.uids);
      for (const name of report.change.tags.removed) found.delete(name);
    }
  return found;
};
const callNames = (connector: EmsConnector) => connector.status.session.calls.map((call) => call.name);

test('the sequence after the acceptance: address, registration, CA, interfaces, endpoints, tags, notifications', async () => {
  const ems = await startEms();
  ems.state.pageSize = 7;
  const gateways = [{ interface: 'eth0', ip: '10.0.1.1', mac: '02:09:0f:00:01:01' }];
  const connector = await connect(ems, { gateways: () => gateways });
  await settled(connector);
  expect(connector.status.state).toBe('connected');
  const { session, stages } = connector.status;
  expect(callNames(connector)).toEqual([
    ...['serialNumber', 'publicAddress', 'register', 'ztnaCa', 'gateways', 'sysinfo', 'tags', 'uidTags'],
  ]);
  expect(session.calls.every((call) => call.ok && call.status === 200)).toBe(true);
  expect(session).toMatchObject({
    registered: true,
    tenantId: '0'.repeat(32),
    publicAddress: 'ems.corp.example:443',
    capabilities: ['fabric-auth', 'silent-approval', 'websocket', 'common-tags-api', 'tenant-id'],
    websocket: { state: 'connected' },
    outOfSyncSince: null,
    endpointCount: 30,
  });
  expect(session.ztnaCa?.subject).toContain('Lab EMS CA');
  expect(stages.map((stage) => stage.state)).toEqual(new Array(7).fill('done'));
  expect(ems.state.devices.get(serial)).toMatchObject({
    hostname: 'edge-1',
    version: '1.0.0',
    gateways: [{ interface: 'eth0', vdom: 'root', ip: '10.0.1.1', mac: '02:09:0f:00:01:01' }],
  });
  // Every page was fetched, and each endpoint has the tags that EMS gave it.
  for (const each of ems.state.inventory.endpoints)
    expect([...(endpoints().get(each.uid)?.tags ?? [])].sort()).toEqual([...each.tags].sort());
  const tagged = ems.state.inventory.endpoints.filter((each) => each.tags.has('AV-Running'));
  expect([...(tags().get('AV-Running') ?? [])].sort()).toEqual(tagged.map((each) => each.uid).sort());
  expect(ems.notifier.listeners).toEqual([serial]);
});

test('what EMS notifies is fetched at once, and only that', async () => {
  const ems = await startEms();
  const connector = await connect(ems);
  await settled(connector);
  const [first] = ems.state.inventory.endpoints;
  if (!first) throw new Error('no endpoint');
  const sysinfoAt = () => connector.status.session.calls.find((call) => call.name === 'sysinfo')?.at;
  const fetched = sysinfoAt();
  clock.advance(1_000);
  ems.state.inventory.tag(first, 'Outbreak-Log4j', !first.tags.has('Outbreak-Log4j'));
  await vi.waitFor(
    () =>
      expect(endpoints().get(first.uid)?.tags.includes('Outbreak-Log4j')).toBe(
        first.tags.has('Outbreak-Log4j'),
      ),
    soon,
  );
  expect(sysinfoAt()).toBe(fetched);
  expect(reports).toContainEqual({ kind: 'notification', tables: ['tags', 'uid_tags'] });
});

test('a flood of notifications is fetched once a second, and told no more often', async () => {
  const ems = await startEms();
  const connector = await connect(ems);
  await settled(connector);
  const told = () => reports.filter((report) => report.kind === 'notification').length;
  ems.notifier.notify(['tags']);
  await vi.waitFor(() => expect(told()).toBe(1), soon);
  const before = connector.status.session.latencies.length;
  await vi.waitFor(() => expect(connector.status.session.latencies.length).toBe(before + 1), soon);
  for (let message = 0; message < 500; message += 1) ems.notifier.notify(['tags']);
  await vi.waitFor(() => expect(told()).toBe(2), soon);
  await new Promise((done) => setImmediate(done));
  expect(connector.status.session.latencies.length).toBe(before + 1);
  clock.advance(1_000);
  await vi.waitFor(() => expect(connector.status.session.latencies.length).toBe(before + 2), soon);
  expect(told()).toBe(2);
});

test('without the WebSocket everything is polled each minute, in increments', async () => {
  const ems = await startEms({ capabilities: ['fabric-auth', 'common-tags-api'] });
  const connector = await connect(ems);
  await settled(connector);
  expect(connector.status.session.websocket.state).toBe('not-offered');
  const [first] = ems.state.inventory.endpoints;
  if (!first) throw new Error('no endpoint');
  reports.length = 0;
  ems.state.inventory.alter(first, { ip: '10.99.0.1' });
  clock.advance(60_000);
  await vi.waitFor(() => expect(endpoints().get(first.uid)?.ip).toBe('10.99.0.1'), soon);
  expect([...endpoints().keys()]).toEqual([first.uid]);
});

test('websocket-override polls although EMS offers notifications', async () => {
  const ems = await startEms();
  const connector = await connect(ems, { websocketOverride: true });
  await settled(connector);
  expect(connector.status.session.websocket.state).toBe('overridden');
  expect(ems.notifier.listeners).toEqual([]);
});

test('an EMS without common-tags-api tells the tags by endpoint', async () => {
  const ems = await startEms({ capabilities: ['websocket'] });
  const connector = await connect(ems);
  await settled(connector);
  expect(callNames(connector)).toContain('hostTags');
  expect(callNames(connector)).not.toContain('tags');
  const tagged = ems.state.inventory.endpoints.filter((each) => each.tags.has('AV-Running'));
  expect([...(tags().get('AV-Running') ?? [])].sort()).toEqual(tagged.map((each) => each.uid).sort());
  // Its "uid_tags" are those tables by another name.
  const [first] = ems.state.inventory.endpoints;
  if (!first) throw new Error('no endpoint');
  ems.state.inventory.tag(first, 'Contractor', !first.tags.has('Contractor'));
  ems.notifier.notify(['host_tags' as 'tags']);
  await vi.waitFor(
    () => expect(tags().get('Contractor')?.includes(first.uid) ?? false).toBe(first.tags.has('Contractor')),
    soon,
  );
});

test('a WebSocket that closes is reported with its code, polls stand in, and the next round opens it again', async () => {
  const ems = await startEms();
  const connector = await connect(ems);
  await settled(connector);
  ems.notifier.drop(1012, 'restart');
  await vi.waitFor(() => expect(connector.status.session.websocket.state).toBe('down'), soon);
  expect(connector.status.session.websocket).toMatchObject({ code: 1012, reason: 'restart' });
  expect(reports).toContainEqual({
    kind: 'socket-closed',
    code: 1012,
    reason: 'restart',
    path: emsProfile.websocket.path,
  });
  expect(connector.status.state).toBe('connected');
  clock.advance(60_000);
  await vi.waitFor(() => expect(connector.status.session.websocket.state).toBe('connected'), soon);
});

test('an EMS that goes away is not called connected until the next check: the end of its WebSocket tells', async () => {
  const ems = await startEms();
  const connector = await connect(ems);
  await settled(connector);
  clock.advance(emsProfile.timers.heldSocket);
  ems.notifier.drop(1012, 'restart');
  // Nothing of the clock is needed for it.
  await vi.waitFor(() => expect(connector.status.session.websocket.state).toBe('connected'), soon);
  clock.advance(emsProfile.timers.heldSocket);
  await ems.stop();
  await reaches(connector, 'failed');
});

test('an EMS that takes the authorisation back ends it all until it is given again', async () => {
  const ems = await startEms();
  const connector = await connect(ems);
  await settled(connector);
  ems.state.devices.authorize(serial, false, clock.now());
  clock.advance(60_000);
  await reaches(connector, 'pending-authorization');
  expect(ems.notifier.listeners).toEqual([]);
  expect(connector.status.session.registered).toBe(false);
  ems.authorize(serial);
  await settled(connector);
  clock.advance(60_000);
  await reaches(connector, 'connected');
  await vi.waitFor(() => expect(connector.status.session.websocket.state).toBe('connected'), soon);
});

test('another serial number stops the connector as dirty, and nothing of the old EMS is kept', async () => {
  const ems = await startEms();
  const connector = await connect(ems);
  await settled(connector);
  expect(endpoints().size).toBe(30);
  ems.state.serialNumber = 'FCTEMS0000000999';
  clock.advance(60_000);
  await reaches(connector, 'dirty');
  expect(connector.status).toMatchObject({ dirtyReason: 'mismatched-ems-sn', nextTryAt: null });
  expect(connector.problem?.cause).toContain('FCTEMS0000000137 was expected, FCTEMS0000000999 answers');
  expect(endpoints().size).toBe(0);
  expect(tags().size).toBe(0);
  clock.advance(3_600_000);
  expect(connector.status.state).toBe('dirty');
  // Unverify, verify again: the new one is accepted.
  expect(await connector.reject()).toBeNull();
  expect(connector.status.state).toBe('certificate-not-accepted');
  expect(await connector.accept(connector.status.chain[0]?.sha256 ?? '')).toBeNull();
  await reaches(connector, 'connected');
  expect(connector.status.dirtyReason).toBeNull();
});

test('data older than out-of-sync-threshold are marked, and no longer once they are fetched again', async () => {
  const ems = await startEms({ capabilities: [] });
  const profile = structuredClone(emsProfile);
  const connector = await connect(ems, { profile, pullTags: false });
  await settled(connector);
  // The endpoints can no longer be had, though EMS answers.
  profile.calls.sysinfo.path = '/api/v1/gone';
  for (let minute = 0; minute < 4 && connector.status.state === 'connected'; minute += 1) {
    await settled(connector);
    clock.advance(60_000);
    await vi.waitFor(
      () =>
        expect(connector.status.session.calls.find((call) => call.name === 'sysinfo')?.at).toBe(clock.now()),
      soon,
    );
  }
  await reaches(connector, 'out-of-sync');
  expect(connector.problem?.message).toBe('The endpoints and tags of EMS are out of sync');
  expect(connector.problem?.cause).toContain('received https code 404');
  profile.calls.sysinfo.path = emsProfile.calls.sysinfo.path;
  await settled(connector);
  clock.advance(60_000);
  await reaches(connector, 'connected');
  expect(connector.problem).toBeNull();
});

test('the entries of Fabric members behind us are kept alive each five minutes', async () => {
  const ems = await startEms();
  const member = 'FGVM01LAB0000002';
  const connector = await connect(ems, { downstream: [member] });
  await settled(connector);
  const seen = () => ems.state.devices.get(member)?.lastSeen;
  const first = seen();
  expect(first).toBe(clock.now());
  for (let minute = 0; minute < 4; minute += 1) {
    await settled(connector);
    clock.advance(60_000);
  }
  await settled(connector);
  expect(seen()).toBe(first);
  clock.advance(60_000);
  await vi.waitFor(() => expect(seen()).toBe(clock.now()), soon);
});

test('a path that EMS does not know leaves the other calls alone and says which one it is', async () => {
  const ems = await startEms();
  const profile = structuredClone(emsProfile);
  profile.calls.ztnaCa.path = '/api/v1/elsewhere';
  const connector = await connect(ems, { profile });
  await settled(connector);
  expect(connector.status.state).toBe('connected');
  expect(connector.status.session.calls.find((call) => call.name === 'ztnaCa')).toMatchObject({
    ok: false,
    status: 404,
    path: '/api/v1/elsewhere',
  });
  expect(reports.filter((report) => report.kind === 'call-failed')).toHaveLength(1);
  expect(endpoints().size).toBe(30);
});
