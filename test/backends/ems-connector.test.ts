import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createEmsSource, emsActions } from '../../src/backends/ems-connector.ts';
import { plainDevice } from '../../src/ems/device.ts';
import type { EmsTarget } from '../../src/ems/examine.ts';
import { TrustStore } from '../../src/ems/trust.ts';
import type { ConnectorRow, NewEvent, StoreChange } from '../../src/state/changes.ts';
import { EmsServer } from '../support/ems-server.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { OpensslCa } from '../support/openssl-ca.ts';

const openssl = new OpensslCa();
const root = openssl.authority('/O=T/CN=Root');
const leaf = openssl.issue({ subject: '/CN=ems.test', issuer: root });
const deviceRoot = openssl.authority('/CN=Device Root');
const device = openssl.issue({ subject: '/CN=FGVM010000000001', issuer: deviceRoot });
afterAll(() => openssl.remove());

let directory = '';
let server: EmsServer;
const clock = new ManualClock();
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'fabrictop-ems-source-'));
  server = await EmsServer.start(leaf, [deviceRoot]);
});
afterEach(async () => {
  await server.close();
  rmSync(directory, { recursive: true, force: true });
});

function begin(trusted = true) {
  const trust = TrustStore.open(join(directory, 'trust.json'), clock, trusted ? [root.der] : []);
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
  };
  const source = createEmsSource(target, '7.4');
  const rows: ConnectorRow[] = [];
  const events: NewEvent[] = [];
  source.start((change: StoreChange) => {
    if (change.table === 'connectors' && change.op === 'put') rows.push(change.row);
    if (change.table === 'events') events.push(change.row);
  });
  const reaches = (state: ConnectorRow['state']) =>
    vi.waitFor(() => expect(rows.at(-1)?.state).toBe(state), { timeout: 5000, interval: 5 });
  return { source, rows, events, reaches, last: () => rows.at(-1) };
}

test('a connector appears at once, and its row follows it to Successful and Authorized', async () => {
  const { source, rows, events, reaches, last } = begin();
  expect(rows[0]).toMatchObject({ id: 'ems137', state: 'resolving', connection: 'Connecting', chain: [] });
  await reaches('certificate-not-accepted');
  expect(last()).toMatchObject({ connection: 'Not verified', certificate: 'Not authorized', pinned: false });
  const [shown] = last()?.chain ?? [];
  expect(shown?.sha256).toBe(leaf.sha256);
  expect(shown?.text[0]).toBe('        Subject:     CN = ems.test');

  const actions = emsActions([source]);
  expect(await actions.acceptCertificate('ems137', leaf.sha256)).toEqual({
    ok: true,
    message: 'The certificate of ems137 was accepted',
  });
  expect(last()).toMatchObject({
    server: `127.0.0.1:${server.port}`,
    state: 'connected',
    connection: 'Successful',
    certificate: 'Authorized',
    serialNumber: 'FCTEMS0000000001',
    pinned: true,
    problem: null,
  });
  expect(await actions.refreshConnector('ems137')).toMatchObject({ ok: true });
  expect(await actions.rejectCertificate('ems137')).toMatchObject({ ok: true });
  expect(last()?.state).toBe('certificate-not-accepted');
  expect(events.map((event) => [event.logId, event.text])).toEqual([
    [null, 'EMS certificate not authorized. It waits for a person.'],
    [45129, `EMS certificate was accepted: SHA-256 ${leaf.sha256}`],
    [null, 'EMS FCTEMS0000000001 is connected'],
    [45131, 'EMS certificate is no longer accepted'],
  ]);
  await source.stop();
});

test('a refusal is logged in the words of FortiOS, once however often it is retried', async () => {
  server.status = 401;
  const { source, events, rows, reaches } = begin();
  await reaches('pending-authorization');
  const tries = server.asked.length;
  await vi.waitFor(() => expect(rows.at(-1)?.nextTryAt).not.toBeNull(), { timeout: 5000 });
  clock.advance(60_000);
  await vi.waitFor(() => expect(server.asked.length).toBe(tries + 1), { timeout: 5000 });
  await vi.waitFor(() => expect(rows.at(-1)?.nextTryAt).toBe(clock.now() + 60_000), { timeout: 5000 });
  expect(events.map(({ level, logId, text }) => [level, logId, text])).toEqual([
    [
      'warning',
      45122,
      'Issue in reply of REST API call to api/v1/system/serial_number HTTP Code: 401 (Unauthorized) cURL result: (0) No error',
    ],
    [
      'warning',
      45130,
      "EMS certificate can't be verified: issue in getting capabilities. EMS server connection failed. Authentication failed",
    ],
  ]);
  await source.stop();
});

test('an unknown CA shows the certificate, what to do, and cannot be accepted', async () => {
  const { source, reaches, last } = begin(false);
  await reaches('certificate-unknown-ca');
  expect(last()).toMatchObject({ connection: 'Failed', certificate: 'Not trusted', chainIncomplete: true });
  expect(last()?.problem?.fix.join(' ')).toContain('import-ca');
  const result = await emsActions([source]).acceptCertificate('ems137', leaf.sha256);
  expect(result).toMatchObject({ ok: false, problem: { code: -4 } });
  await source.stop();
});

test('a certificate that runs out is told of once a day while it is shown', async () => {
  const soon = (days: number) => new Date(Date.now() + days * 86_400_000);
  const stamp = (date: Date) => `${date.toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`;
  const short = openssl.issue({ subject: '/CN=short.test', issuer: root, notAfter: stamp(soon(20)) });
  server.show(short);
  // The manual clock has to agree with the certificate.
  clock.advance(Math.max(0, Date.now() - clock.now()));
  const { source, events, reaches } = begin();
  const warnings = () => events.filter((event) => event.text.startsWith('Certificate CN = short.test'));
  await reaches('certificate-not-accepted');
  expect(warnings()).toMatchObject([{ level: 'warning', source: 'ems137', logId: null }]);
  expect(warnings()[0]?.text).toMatch(/: (19|20) days left \(/);
  clock.advance(23 * 3_600_000);
  expect(warnings()).toHaveLength(1);
  clock.advance(2 * 3_600_000);
  expect(warnings()).toHaveLength(2);
  await source.stop();
  clock.advance(48 * 3_600_000);
  expect(warnings()).toHaveLength(2);
});

test('nothing is reported after stop, and an unknown name is told', async () => {
  const { source, rows, events, reaches } = begin();
  await reaches('certificate-not-accepted');
  await source.stop();
  const count = [rows.length, events.length];
  clock.advance(600_000);
  expect([rows.length, events.length]).toEqual(count);
  expect(await emsActions([source]).refreshConnector('nope')).toMatchObject({ ok: false });
});
