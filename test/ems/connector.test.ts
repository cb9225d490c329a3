import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { type ConnectorReport, type ConnectorState, EmsConnector } from '../../src/ems/connector.ts';
import { plainDevice } from '../../src/ems/device.ts';
import type { EmsTarget } from '../../src/ems/examine.ts';
import { TrustStore } from '../../src/ems/trust.ts';
import { EmsServer } from '../support/ems-server.ts';
import { expectAllowed } from '../support/ems-transitions.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { OpensslCa } from '../support/openssl-ca.ts';

const openssl = new OpensslCa();
const root = openssl.authority('/O=T/CN=Root');
const leaf = openssl.issue({ subject: '/CN=ems.test', issuer: root });
const renewed = openssl.issue({ subject: '/CN=ems.test', issuer: root });
const other = openssl.issue({ subject: '/CN=other.test', issuer: root });
const deviceRoot = openssl.authority('/CN=Device Root');
const device = openssl.issue({ subject: '/CN=FGVM010000000001', issuer: deviceRoot });
afterAll(() => openssl.remove());

let directory = '';
let clock: ManualClock;
let server: EmsServer;
let reports: ConnectorReport[];
/** The same of each connector by itself. */
const ofEach: ConnectorReport[][] = [];
const connectors: EmsConnector[] = [];
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'fabrictop-connector-'));
  clock = new ManualClock();
  reports = [];
  server = await EmsServer.start(leaf, [deviceRoot]);
});
afterEach(async () => {
  for (const each of ofEach.splice(0)) expectAllowed(each);
  await Promise.all(connectors.splice(0).map((each) => each.stop()));
  await server.close();
  rmSync(directory, { recursive: true, force: true });
});

const store = (of = clock) => TrustStore.open(join(directory, 'trust.json'), of);

function connect(more: Partial<EmsTarget> = {}, trust = store()): EmsConnector {
  const target: EmsTarget = {
    name: 'ems137',
    enabled: true,
    type: 'ems',
    server: '127.0.0.1',
    port: server.port,
    sourceIp: '0.0.0.0',
    callTimeoutMs: 30_000,
    pinMode: 'ca-cn',
    identity: { certificate: device.certificate, key: device.key },
    serial: 'FGVM010000000001',
    trust,
    clock,
    device: plainDevice,
    ...more,
  };
  const own: ConnectorReport[] = [];
  ofEach.push(own);
  const connector = new EmsConnector(target, '7.4', (report) => {
    reports.push(report);
    own.push(report);
  });
  connectors.push(connector);
  connector.start();
  return connector;
}

const reaches = (connector: EmsConnector, state: ConnectorState) =>
  vi.waitFor(() => expect(connector.status.state).toBe(state), { timeout: 5000, interval: 5 });
const nextTry = (connector: EmsConnector) =>
  vi.waitFor(
    () => {
      const { nextTryAt } = connector.status;
      if (nextTryAt === null) throw new Error('no try is planned');
      return nextTryAt - clock.now();
    },
    { timeout: 5000, interval: 5 },
  );
/** States in the order that they were reported, each once in a row. */
const states = () =>
  reports
    .flatMap((report) => (report.kind === 'status' ? [report.status.state] : []))
    .filter((state, index, all) => state !== all[index - 1]);
const serialPath = '/api/v1/system/serial_number';
const serialCalls = () => server.asked.filter((path) => path === serialPath).length;
const withCa = () => {
  const trust = store();
  trust.importCa([root.der]);
  return trust;
};

test('from an unknown CA to connected: import the CA, be authorised, accept the certificate', async () => {
  server.status = 401;
  const connector = connect();
  await reaches(connector, 'certificate-unknown-ca');
  expect(connector.problem).toMatchObject({ code: -4, stage: 'certificate' });
  expect(connector.status.chain[0]?.sha256).toBe(leaf.sha256);
  expect(connector.status).toMatchObject({ trusted: false, chainIncomplete: true, nextTryAt: null });
  expect(server.asked).toEqual([]);

  connector.target.trust.importCa([root.der]);
  await reaches(connector, 'pending-authorization');
  expect(connector.problem?.code).toBe(-8);
  expect(connector.status).toMatchObject({ trusted: true, pinned: false });
  expect(await nextTry(connector)).toBe(60_000);

  server.status = 200;
  clock.advance(60_000);
  await reaches(connector, 'certificate-not-accepted');
  expect(connector.status).toMatchObject({ serialNumber: 'FCTEMS0000000001', nextTryAt: null });
  expect(store().pin('ems137')).toBeNull();
  // Nothing but the one call before a person accepted, and none of it before the chain was trusted.
  expect(new Set(server.asked)).toEqual(new Set([serialPath]));

  expect(await connector.accept(leaf.sha256.toLowerCase().replaceAll(':', ''))).toBeNull();
  expect(connector.status).toMatchObject({ state: 'connected', pinned: true, lastSuccess: clock.now() });
  expect(store().pin('ems137')?.sha256).toBe(leaf.sha256);
  expect(connector.problem).toBeNull();
  expect(await nextTry(connector)).toBe(60_000);
  expect(reports).toContainEqual({ kind: 'verified', sha256: leaf.sha256 });
  expect(states()).toEqual([
    'resolving',
    'tls',
    'certificate-unknown-ca',
    'resolving',
    'tls',
    'registering',
    'pending-authorization',
    'certificate-not-accepted',
    'connected',
  ]);
});

test('the next run is connected at once, and checks again each minute without flicker', async () => {
  const trust = withCa();
  const first = connect({}, trust);
  await reaches(first, 'certificate-not-accepted');
  await first.accept(leaf.sha256);
  await first.stop();
  reports.length = 0;
  const second = connect({}, store());
  await reaches(second, 'connected');
  await nextTry(second);
  const calls = serialCalls();
  clock.advance(60_000);
  await vi.waitFor(() => expect(second.status.lastSuccess).toBe(clock.now()), { timeout: 5000 });
  expect(serialCalls()).toBe(calls + 1);
  expect(states()).toEqual(['resolving', 'tls', 'registering', 'connected']);
});

test('only exactly the certificate that was seen is accepted', async () => {
  const connector = connect({}, withCa());
  await reaches(connector, 'certificate-not-accepted');
  server.show(renewed);
  const problem = await connector.accept(leaf.sha256);
  expect(problem?.message).toBe('The server shows another certificate than the one to accept.');
  expect(problem?.cause).toContain(renewed.sha256);
  expect(connector.status.state).toBe('certificate-not-accepted');
  expect(connector.status.chain[0]?.sha256).toBe(renewed.sha256);
  expect(store().pin('ems137')).toBeNull();
});

test('a certificate of an unknown CA, or before EMS authorised us, cannot be accepted', async () => {
  const connector = connect();
  await reaches(connector, 'certificate-unknown-ca');
  expect((await connector.accept(leaf.sha256))?.code).toBe(-4);
  expect(connector.status.state).toBe('certificate-unknown-ca');
  server.status = 401;
  connector.target.trust.importCa([root.der]);
  await reaches(connector, 'pending-authorization');
  expect((await connector.accept(leaf.sha256))?.code).toBe(-8);
  expect(store().pin('ems137')).toBeNull();
});

async function connected(more: Partial<EmsTarget> = {}): Promise<EmsConnector> {
  const connector = connect(more, withCa());
  await reaches(connector, 'certificate-not-accepted');
  expect(await connector.accept(leaf.sha256)).toBeNull();
  await nextTry(connector);
  return connector;
}

test('a renewal under the same CA and CN passes with trust-ca-cn and stops the connector without', async () => {
  const byName = await connected();
  server.show(renewed);
  clock.advance(60_000);
  await vi.waitFor(() => expect(byName.status.chain[0]?.sha256).toBe(renewed.sha256), { timeout: 5000 });
  expect(byName.status).toMatchObject({ state: 'connected', pinned: true });
  await byName.stop();
  server.show(leaf);
  const byPrint = connect({ pinMode: 'fingerprint' }, store());
  await reaches(byPrint, 'connected');
  await nextTry(byPrint);
  server.show(renewed);
  clock.advance(60_000);
  await reaches(byPrint, 'certificate-changed');
});

test('a changed certificate stops the connector: nothing is sent, and it does not return by itself', async () => {
  const connector = await connected();
  const calls = server.asked.length;
  server.show(other);
  clock.advance(60_000);
  await reaches(connector, 'certificate-changed');
  expect(connector.problem?.message).toBe('EMS certificate not authorized');
  expect(connector.problem?.cause).toContain(other.sha256);
  expect(connector.status).toMatchObject({ pinned: false, nextTryAt: null });
  const { connections } = server;
  clock.advance(3_600_000);
  expect(connector.status.state).toBe('certificate-changed');
  expect(server.connections).toBe(connections);
  expect(server.asked).toHaveLength(calls);

  expect(await connector.accept(other.sha256)).toBeNull();
  await reaches(connector, 'connected');
});

test('an EMS that dies while its certificate waits for a person, or for its CA, is told as gone, and back', async () => {
  const waits = connect({ trust: withCa() });
  await reaches(waits, 'certificate-not-accepted');
  expect(waits.status.nextTryAt).toBeNull();
  const calls = serialCalls();
  clock.advance(60_000);
  await vi.waitFor(() => expect(serialCalls()).toBe(calls + 1), { timeout: 5000 });
  expect(waits.status.state).toBe('certificate-not-accepted');
  // Nothing new was to be told.
  expect(reports.filter(({ kind }) => kind === 'failure')).toHaveLength(1);
  await server.close();
  await vi.waitFor(
    () => {
      clock.advance(60_000);
      expect(waits.status.state).toBe('failed');
    },
    { timeout: 5000 },
  );
});

test('rejecting forgets the pin and stops a connected connector', async () => {
  const connector = await connected();
  expect(await connector.reject()).toBeNull();
  expect(connector.status).toMatchObject({
    state: 'certificate-not-accepted',
    pinned: false,
    nextTryAt: null,
  });
  expect(store().pin('ems137')).toBeNull();
  expect(reports).toContainEqual({ kind: 'unverified' });
  const { connections } = server;
  clock.advance(3_600_000);
  expect(server.connections).toBe(connections);
});

test('a pin that another process removes or adds is noticed', async () => {
  const connector = await connected();
  const elsewhere = store();
  await elsewhere.forget('ems137');
  clock.advance(2_000);
  await reaches(connector, 'certificate-not-accepted');
  const { status } = connector;
  if (!status.chain[0]) throw new Error('no chain');
  const { pinnedFacts } = await import('../../src/ems/pin.ts');
  await elsewhere.accept('ems137', pinnedFacts(status.chain.map((each) => each.der)), 'ca-cn');
  clock.advance(2_000);
  await reaches(connector, 'connected');
});

test('failures are retried after 1, 2, 5, 15 and then each 60 seconds, until it works again', async () => {
  const connector = await connected();
  await server.close();
  clock.advance(60_000);
  const waits: number[] = [];
  for (let round = 0; round < 6; round += 1) {
    const before = connector.status.nextTryAt;
    await vi.waitFor(() => expect(connector.status.nextTryAt).not.toBe(before), { timeout: 5000 });
    const wait = await nextTry(connector);
    expect(connector.status.state).toBe('failed');
    waits.push(wait);
    clock.advance(wait);
  }
  expect(waits).toEqual([1_000, 2_000, 5_000, 15_000, 60_000, 60_000]);
  expect(connector.problem?.message).toBe('EMS server was not reached (connection refused)');
  // Still pinned and shown, and told as an event once.
  expect(connector.status).toMatchObject({ pinned: true, serialNumber: 'FCTEMS0000000001' });
  expect(
    reports.filter((report) => report.kind === 'failure' && report.failure.problem.code === -1),
  ).toHaveLength(1);
  await server.listen();
  clock.advance(await nextTry(connector));
  await reaches(connector, 'connected');
});

test('refresh tries at once and tells how it went', async () => {
  server.status = 500;
  const connector = connect({}, withCa());
  await reaches(connector, 'failed');
  expect((await connector.refresh())?.message).toContain('received https code 500');
  server.status = 200;
  expect((await connector.refresh())?.message).toBe('EMS certificate not authorized');
  await connector.accept(leaf.sha256);
  expect(await connector.refresh()).toBeNull();
});

test('a server that says nothing ends in a timeout, and stop leaves neither socket nor timer', async () => {
  const silent = createServer();
  await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done));
  const closed = new Promise<void>((done) =>
    silent.on('connection', (socket) => {
      socket.on('error', () => {});
      socket.resume();
      socket.on('close', () => done());
    }),
  );
  const { port } = silent.address() as { port: number };
  const connector = connect({ port }, withCa());
  await reaches(connector, 'tls');
  clock.advance(30_000);
  await reaches(connector, 'failed');
  expect(connector.problem?.message).toBe('EMS server was not reached (timeout)');
  await closed;
  void connector.refresh();
  await connector.stop();
  expect(clock.waiting).toBe(0);
  const count = reports.length;
  clock.advance(600_000);
  expect(reports).toHaveLength(count);
  await new Promise((done) => silent.close(done));
});

test('a licence failure waits for a change or a person', async () => {
  server.body = { result: { retval: -1, message: 'License expired' } };
  const connector = connect({}, withCa());
  await reaches(connector, 'failed');
  expect(connector.problem?.code).toBe(-7);
  expect(connector.status.nextTryAt).toBeNull();
});

test('a connector that is disabled, or has nothing to connect to, does nothing', async () => {
  const disabled = connect({ enabled: false });
  expect(disabled.status.state).toBe('disabled');
  expect((await disabled.accept(leaf.sha256))?.message).toBe('The connector is disabled.');
  const nowhere = connect({ server: null });
  expect(nowhere.problem?.message).toBe('The connector has no server.');
  expect(clock.waiting).toBe(0);
  expect(server.connections).toBe(0);
});

test('a trust store that cannot be written refuses the acceptance in one line', async () => {
  const connector = connect({ clock: systemClock }, withCa());
  await reaches(connector, 'certificate-not-accepted');
  const { writeFileSync } = await import('node:fs');
  writeFileSync(join(directory, 'trust.json'), '{"version":1,"pi');
  const problem = await connector.accept(leaf.sha256);
  expect(problem?.stage).toBe('trust store');
  expect(connector.status.state).toBe('certificate-not-accepted');
});
