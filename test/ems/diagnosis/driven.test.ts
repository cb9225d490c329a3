import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { createEmsAdminSource } from '../../../src/backends/ems-admin.ts';
import { createEmsSource } from '../../../src/backends/ems-connector.ts';
import { EmsAdmin } from '../../../src/ems/admin.ts';
import { EmsAdminSession } from '../../../src/ems/admin-session.ts';
import { readCertificateFile } from '../../../src/ems/certificate.ts';
import { CloudDesk } from '../../../src/ems/cloud-desk.ts';
import type { EmsConnector } from '../../../src/ems/connector.ts';
import { plainDevice } from '../../../src/ems/device.ts';
import { diagnose, diagnosisRows } from '../../../src/ems/diagnosis/diagnose.ts';
import type { DiagnosisRow } from '../../../src/ems/diagnosis/row.ts';
import type { EmsTarget } from '../../../src/ems/examine.ts';
import { verifyFailureText } from '../../../src/ems/fortios.ts';
import { pinnedFacts } from '../../../src/ems/pin.ts';
import { emsProfile } from '../../../src/ems/profile.ts';
import { TlsSessions } from '../../../src/ems/tls-sessions.ts';
import { editRefusal, type SyncedFrom } from '../../../src/fabric-sync.ts';
import type { ConnectorRow } from '../../../src/state/changes.ts';
import { WriteGuard } from '../../../src/verbs.ts';
import { FaultyLab, makeCertificates, serial, settles } from '../../support/faulty-lab.ts';

vi.setConfig({ testTimeout: 30_000 });

// Each row of docs/protocol/ems.md, Diagnosis, that the lab's EMS can be brought into: its stage, its code, its text.
const password = 'of-the-lab';
const sources: { stop(): Promise<void> | void }[] = [];
let lab: FaultyLab;
beforeAll(async () => {
  lab = await FaultyLab.start(await makeCertificates(), { admin: { name: 'admin', password } });
}, 60_000);
let known: { capabilities: readonly string[] };
beforeEach(() => {
  known = { capabilities: lab.ems.state.capabilities };
});
afterEach(async () => {
  await Promise.all(sources.splice(0).map((source) => source.stop()));
  await lab.rest();
  Object.assign(lab.ems.state, known, { ztna: true, serialNumber: 'FCTEMS0000000137' });
  Object.assign(lab.ems.state.sharing, { endpoints: true, tagTypes: [1, 2, 3, 4] });
});
afterAll(() => lab.stop());

/** The rows that a lab has been in, each by a test of its own. */
const driven = new Set<number>();
const rowOf = (row: number) => diagnosisRows[row - 1];

/** The connector came to rest in a failure of this row, and says what the row says. */
async function failsAs(connector: EmsConnector, row: number): Promise<void> {
  await settles(() => connector.status.failure?.diagnosis?.row === row, `row ${row}`);
  driven.add(row);
  const { failure } = connector.status;
  const expected = rowOf(row);
  expect(failure?.problem.stage).toBe(expected?.stage);
  expect(failure?.problem.code).toBe(expected?.code);
  expect(failure?.diagnosis?.message).toBe(expected?.message);
  expect(failure?.message).toBe(expected?.message);
  const role = failure?.diagnosis?.role;
  expect(failure?.problem.fix).toEqual(
    (role === 'downstream' ? (expected?.downstream ?? expected?.steps) : expected?.steps)?.({
      server: `127.0.0.1:${connector.target.port}`,
      serial,
    }),
  );
}

const stranger = async (commonName: string) => ({
  identity: await lab.certificates.stranger.issue({ commonName, organizationalUnit: 'FortiGate' }),
});

test('row 1: the certificate of EMS leads to no installed CA', async () => {
  lab.faulty.play('other-ca');
  const connector = await lab.connect();
  await failsAs(connector, 1);
  expect(connector.status.failure?.problemFor('6.4').message).toContain('1--92-60-0');
});

test('row 1, downstream: the steps begin at the root', async () => {
  lab.faulty.play('other-ca');
  const connector = await lab.connect({ surroundings: { fabricRole: 'downstream' } });
  await failsAs(connector, 1);
  expect(connector.status.failure?.problem.fix[0]).toMatch(/^On the root of the Fabric/);
});

test('row 2: EMS has not authorised the device', async () => {
  const other = 'FGVM01LAB0000002';
  const identity = await lab.certificates.devices.issue({
    commonName: other,
    organizationalUnit: 'FortiGate',
  });
  const connector = await lab.connect({ identity, serial });
  await failsAs(connector, 2);
  expect(lab.ems.pending.has(other)).toBe(true);
  expect(connector.status.failure?.oldForm).toContain('1--94-0-401');
});

test('row 3: EMS never lists a device whose certificate it does not take, as its administrator sees', async () => {
  const unknown = 'FGVM01LAB0000009';
  const target = await lab.target({ ...(await stranger(unknown)), serial: unknown }, true);
  const facts = { peer: 'EMS', server: '127.0.0.1' };
  const session = new EmsAdminSession(
    {
      ...facts,
      host: '127.0.0.1',
      port: lab.faulty.port,
      timeoutMs: 30_000,
      cas: () => target.trust.cas(),
      judge: ({ verdict }) => (verdict === null ? null : { fault: 'not-trusted' }),
      clock: lab.clock,
    },
    { name: 'admin', password, site: null },
  );
  const guard = new WriteGuard(false);
  const admin = createEmsAdminSource({
    ...facts,
    target,
    session,
    admin: new EmsAdmin(session, guard, facts),
  });
  sources.push(admin);
  admin.start(() => undefined);
  await settles(() => target.surroundings?.serialListed !== undefined, 'the list of Fabric devices');
  const connector = await lab.connect(target, false);
  await settles(() => connector.status.failure?.diagnosis?.row === 3, 'row 3');
  driven.add(3);
  expect(connector.status.failure?.problem).toMatchObject({
    stage: 'authentication',
    code: -8,
    message: rowOf(3)?.message,
    cause: rowOf(3)?.cause,
    fix: rowOf(3)?.steps({}),
  });
  expect(lab.ems.state.devices.get(unknown)).toBeNull();
});

test('row 9: what is synchronised from the root is not edited on a member', () => {
  const refusal = editRefusal({ synced: { root: serial, revision: 7 } as SyncedFrom }, 'server');
  const { stage, code, message } = rowOf(9) as DiagnosisRow;
  expect(refusal).toMatchObject({ stage, code, message });
  expect(diagnose({ text: refusal?.message ?? '' })?.row).toBe(9);
  driven.add(9);
});

test('row 4: the CN of the identity is not the serial number', async () => {
  const identity = await lab.certificates.devices.issue({
    commonName: 'FortiGate',
    organizationalUnit: 'FortiGate',
  });
  const connector = await lab.connect({ identity });
  await failsAs(connector, 4);
  const { failure } = connector.status;
  expect(failure && verifyFailureText(failure, '7.4')).toEqual([
    'Error in requesting EMS fabric connection: -5',
    `Issue in sending initial FortiGate Serial Number. ${rowOf(4)?.message}`,
    'Command fail. Return code -9999',
  ]);
});

test('row 5: EMS answers 500 to a resumed TLS session, while everything else looks well', async () => {
  lab.faulty.play('http-500-resumed');
  const connector = await lab.connect({ sessions: new TlsSessions() });
  // Nothing to resume with the first call: the connector stands, and the calls after it fail.
  await settles(() => connector.status.nextTryAt !== null, 'the first round');
  expect(connector.status.state).toBe('connected');
  expect(connector.status.session.calls.filter(({ ok }) => !ok).length).toBeGreaterThan(0);
  await connector.refresh();
  await failsAs(connector, 5);
  expect(connector.status).toMatchObject({ trusted: true, pinned: true, serialNumber: 'FCTEMS0000000137' });
});

test('an EMS that stumbles over resumed sessions is well where none is resumed', async () => {
  lab.faulty.play('http-500-resumed');
  const connector = await lab.connect();
  await lab.reaches(connector, 'connected');
  expect(connector.status.session.calls.every(({ ok }) => ok)).toBe(true);
});

test('a 500 without a resumed session is not row 5, and says so', async () => {
  lab.faulty.play('http-500');
  const connector = await lab.connect();
  await lab.reaches(connector, 'failed');
  expect(connector.status.failure?.diagnosis).toBeNull();
  expect(connector.status.failure?.message).toBe(rowOf(5)?.message);
  expect(connector.status.failure?.problem.cause).toContain('no TLS session was resumed');
});

test('row 7: verifying-ca names a CA that is not installed', async () => {
  const connector = await lab.connect({ verifyingCa: 'Nobody CA' });
  await settles(() => connector.status.failure?.diagnosis?.row === 7, 'row 7');
  driven.add(7);
  const { failure } = connector.status;
  expect(failure?.problem).toMatchObject({ stage: 'certificate', code: null, message: rowOf(7)?.message });
  expect(failure?.problem.cause).toContain('Nobody CA');
  expect(connector.status).toMatchObject({ state: 'certificate-unknown-ca', trusted: false });
  expect((await connector.accept(connector.status.chain[0]?.sha256 ?? ''))?.message).toBe(rowOf(7)?.message);
});

test('row 7: only the CN was kept, and the certificate was renewed', async () => {
  const target = await lab.target();
  const chain = [lab.ems.certificate, lab.certificates.authority.certificate];
  const facts = pinnedFacts(chain.flatMap((pem) => readCertificateFile(Buffer.from(pem))));
  await target.trust.accept('hq', { ...facts, issuerKey: null }, 'ca-cn');
  await failsAs(await lab.connect({ trust: target.trust }, false), 7);
  // The name of the lowest installed CA of the chain, which is the way that the row recommends.
  const mended = await lab.connect({ trust: target.trust, verifyingCa: 'Lab EMS CA' }, false);
  await lab.reaches(mended, 'connected');
});

test('row 8: the root is connected, and the CA that it verifies EMS with has not reached the member', async () => {
  const verifyingCa = 'CSF_Lab_EMS_CA_0a1b2c_1';
  const connector = await lab.connect({ verifyingCa, surroundings: { fabricRole: 'downstream' } });
  await settles(() => connector.status.failure?.diagnosis?.row === 8, 'row 8');
  driven.add(8);
  expect(connector.status.failure?.problem).toMatchObject({
    stage: rowOf(8)?.stage,
    code: rowOf(8)?.code,
    message: rowOf(8)?.message,
    cause: rowOf(8)?.cause,
    fix: rowOf(8)?.steps({}),
  });
});

test('the chain has to lead to the CA that verifying-ca names, and to no other that is installed', async () => {
  const target = await lab.target({}, true);
  target.trust.importCa(readCertificateFile(Buffer.from(lab.certificates.devices.certificate)));
  const connector = await lab.connect({ trust: target.trust, verifyingCa: 'Lab device CA' }, false);
  await settles(() => connector.status.failure?.fault === 'verifying-ca-other', 'a refusal');
  const played = lab.faulty.played;
  expect(connector.status.session.calls).toEqual([]);
  expect(lab.faulty.played).toBe(played);
});

test('a CA that verifying-ca waits for is noticed when it is installed', async () => {
  const target = await lab.target({}, true);
  const connector = await lab.connect({ trust: target.trust, verifyingCa: 'Lab device CA' }, false);
  await settles(() => connector.status.failure?.fault === 'verifying-ca-missing', 'row 7');
  target.trust.importCa(readCertificateFile(Buffer.from(lab.certificates.devices.certificate)));
  await settles(() => connector.status.failure?.fault === 'verifying-ca-other', 'another answer');
});

test('row 6: a multi-tenant EMS was reached by its global name', async () => {
  lab.faulty.play('retval-5');
  const connector = await lab.connect();
  await settles(() => connector.status.failure?.diagnosis?.row === 6, 'row 6');
  driven.add(6);
  expect(connector.status.failure?.problem).toMatchObject({ stage: 'reply', code: -5 });
  expect(connector.status.failure?.message).toContain(rowOf(6)?.message);
});

test('row 10: there is no licence, and it is not tried again by itself', async () => {
  lab.faulty.play('license-expired');
  const connector = await lab.connect();
  await failsAs(connector, 10);
  expect(connector.status.nextTryAt).toBeNull();
});

test('row 12: the passive unit of a cluster does not reach EMS, by design', async () => {
  lab.faulty.play('half-open');
  const connector = await lab.connect({ surroundings: { haRole: 'secondary' } });
  await lab.playOut('half-open');
  await settles(() => connector.status.failure?.diagnosis?.row === 12, 'row 12');
  driven.add(12);
  expect(connector.status.failure?.problem).toMatchObject({
    code: -1,
    message: rowOf(12)?.message,
    cause: rowOf(12)?.cause,
  });
});

test('row 13: there is no way to EMS', async () => {
  lab.faulty.play('half-open');
  const connector = await lab.connect();
  await lab.playOut('half-open');
  await settles(() => connector.status.failure?.diagnosis?.row === 13, 'row 13');
  driven.add(13);
  expect(connector.status.failure?.problem).toMatchObject({ code: -1, message: rowOf(13)?.message });
});

test('row 14: a fingerprint is held, and the certificate was renewed', async () => {
  const target = await lab.target({ pinMode: 'fingerprint' }, true);
  lab.faulty.play('wrong-host');
  const connector = await lab.connect({ pinMode: 'fingerprint', trust: target.trust }, false);
  await failsAs(connector, 14);
  expect(connector.status.state).toBe('certificate-changed');
});

test('row 20: EMS has another serial number than the one that was accepted', async () => {
  lab.ems.state.serialNumber = 'FCTEMS0000000999';
  const connector = await lab.connect();
  await lab.reaches(connector, 'dirty');
  driven.add(20);
  const { failure, dirtyReason } = connector.status;
  expect(`dirty-reason ${dirtyReason}`).toBe(rowOf(20)?.message);
  expect(failure?.diagnosis?.row).toBe(20);
  expect(failure?.problem.fix).toEqual(rowOf(20)?.steps({}));
});

// The rows of an EMS that is connected, as the page of its connector shows them.

async function rowsOf(more: Partial<EmsTarget> = {}): Promise<() => ConnectorRow | undefined> {
  let last: ConnectorRow | undefined;
  const source = createEmsSource(await lab.target(more, true), '7.4');
  sources.push(source);
  source.start((change) => {
    if (change.table === 'connectors' && change.op === 'put') last = change.row;
  });
  return () => last;
}

async function advisedAs(
  row: number,
  more: Partial<EmsTarget> = {},
): Promise<() => ConnectorRow | undefined> {
  const last = await rowsOf(more);
  const message = rowOf(row)?.message;
  await settles(() => last()?.advice?.some((each) => each.message === message) === true, `row ${row}`);
  const advice = last()?.advice?.find((each) => each.message === message);
  expect(advice).toMatchObject({
    stage: rowOf(row)?.stage,
    code: rowOf(row)?.code,
    cause: rowOf(row)?.cause,
  });
  expect(advice?.fix).toEqual(rowOf(row)?.steps({}));
  driven.add(row);
  return last;
}

test('a connector that lacks nothing is advised nothing', async () => {
  const last = await rowsOf();
  await settles(
    () => last()?.session?.websocket.state === 'connected' && last()?.nextTryAt !== null,
    'connected',
  );
  expect(last()).toMatchObject({ state: 'connected' });
  expect(last()?.advice).toBeUndefined();
});

test('row 15: EMS shares no endpoints with this device', async () => {
  lab.ems.state.sharing.endpoints = false;
  await advisedAs(15);
});

test('row 16: only posture tags are shared', async () => {
  lab.ems.state.sharing.tagTypes = [1];
  await advisedAs(16);
});

test('row 17: EMS offers no WebSocket, or it ends', async () => {
  lab.ems.state.capabilities = known.capabilities.filter((each) => each !== 'websocket');
  await advisedAs(17);
});

test('row 17: the WebSocket is overridden', async () => {
  await advisedAs(17, {
    device: { ...plainDevice, hostname: 'edge-1', version: '1.0.0', websocketOverride: true },
  });
});

test('row 18: EMS has signed no certificates for its endpoints', async () => {
  lab.ems.state.ztna = false;
  await advisedAs(18);
});

test('row 19: the root does not keep its members alive', async () => {
  lab.faulty.play('http-404', /keep_alive/);
  await advisedAs(19, {
    device: { ...plainDevice, hostname: 'edge-1', version: '1.0.0', downstream: ['FGVM01LAB0000003'] },
  });
});

test('row 21: there are more tags than two addresses each are enough for', async () => {
  const limits = { ...emsProfile.limits, mostTagAddresses: 8 };
  const profile = { ...emsProfile, limits };
  const last = await advisedAs(21, {
    device: { ...plainDevice, hostname: 'edge-1', version: '1.0.0', profile },
  });
  expect(last()).toMatchObject({ state: 'connected', session: { tagCount: 4, tagsFull: true } });
});

test('row 11: the certificate of EMS Cloud leads to no CA that is trusted here', async () => {
  lab.faulty.play('other-ca');
  const profile = structuredClone(emsProfile);
  Object.assign(profile.cloud, { host: 'localhost', port: lab.faulty.port });
  const connector = await lab.connect({
    type: 'ems-cloud',
    server: null,
    cloud: new CloudDesk({ accessKey: null, contractNeeded: true }),
    device: { ...plainDevice, profile },
  });
  await settles(() => connector.status.failure?.diagnosis?.row === 11, 'row 11');
  driven.add(11);
  expect(connector.status.failure?.problem).toMatchObject({
    stage: rowOf(11)?.stage,
    code: rowOf(11)?.code,
    message: rowOf(11)?.message,
    fix: rowOf(11)?.steps({}),
  });
});

test('every row of the table was driven', () => {
  expect([...driven].sort((one, other) => one - other)).toEqual(diagnosisRows.map(({ row }) => row));
});
