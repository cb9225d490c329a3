import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';
import { caActions } from '../../src/backends/ems-ca.ts';
import { createEmsSource, type EmsSource } from '../../src/backends/ems-connector.ts';
import { plainDevice } from '../../src/ems/device.ts';
import type { EmsTarget } from '../../src/ems/examine.ts';
import { TrustStore } from '../../src/ems/trust.ts';
import type { ConnectorRow, NewEvent, StoreChange } from '../../src/state/changes.ts';
import { EmsServer } from '../support/ems-server.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { OpensslCa } from '../support/openssl-ca.ts';

// Certificates that openssl made, a real TLS server, and what the screens get to show of them.

const openssl = new OpensslCa();
const root = openssl.authority('/O=T/CN=Root');
const twin = openssl.authority('/O=T/CN=Root');
const names = [['subjectAltName', 'DNS:ems.test,DNS:localhost']] as const;
const leaf = openssl.issue({ subject: '/CN=ems.test', issuer: root, extensions: names });
const renewed = openssl.issue({ subject: '/CN=ems.test', issuer: root, extensions: names });
const impostor = openssl.issue({ subject: '/CN=ems.test', issuer: twin, extensions: names });
afterAll(() => openssl.remove());

let directory = '';
let clock: ManualClock;
let server: EmsServer;
const sources: EmsSource[] = [];
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'fabrictop-ems-certificate-'));
  clock = new ManualClock();
  server = await EmsServer.start(leaf);
});
afterEach(async () => {
  await Promise.all(sources.splice(0).map((source) => source.stop()));
  await server.close();
  rmSync(directory, { recursive: true, force: true });
});

const openStore = (configured: Buffer[] = []) =>
  TrustStore.open(join(directory, 'trust.json'), clock, configured);

function begin(trust: TrustStore, more: Partial<EmsTarget> = {}) {
  const target: EmsTarget = {
    name: 'ems137',
    enabled: true,
    type: 'ems',
    server: 'localhost',
    port: server.port,
    sourceIp: '0.0.0.0',
    callTimeoutMs: 30_000,
    pinMode: 'ca-cn',
    identity: null,
    serial: 'FGVM010000000001',
    trust,
    clock,
    device: plainDevice,
    ...more,
  };
  const source = createEmsSource(target, '7.4');
  sources.push(source);
  const rows: ConnectorRow[] = [];
  const events: NewEvent[] = [];
  source.start((change: StoreChange) => {
    if (change.table === 'connectors' && change.op === 'put') rows.push(change.row);
    if (change.table === 'events') events.push(change.row);
  });
  const last = () => rows.at(-1) as ConnectorRow;
  const becomes = (check: (row: ConnectorRow) => void) =>
    vi.waitFor(() => check(last()), { timeout: 5000, interval: 5 });
  const reaches = (state: ConnectorRow['state']) => becomes((row) => expect(row.state).toBe(state));
  return { source, last, reaches, becomes, events };
}

/** Accepted, and free of work. */
async function accepted(trust: TrustStore, more: Partial<EmsTarget> = {}) {
  const begun = begin(trust, more);
  await begun.reaches('certificate-not-accepted');
  expect(await begun.source.acceptCertificate(leaf.sha256)).toMatchObject({ ok: true });
  await begun.becomes((row) => expect(row.nextTryAt).not.toBeNull());
  return begun;
}

test('a CA that is imported from a file is used at once: the chain is rebuilt and the connector goes on', async () => {
  const trust = openStore();
  const { last, reaches } = begin(trust);
  await reaches('certificate-unknown-ca');
  expect(last()).toMatchObject({ trusted: false, chainIncomplete: true });
  expect(last().chain).toHaveLength(1);

  const actions = caActions(trust);
  const bundle = join(directory, 'bundle.pem');
  writeFileSync(bundle, leaf.certificate + root.certificate + root.certificate);
  const offer = await actions.readCaFile(bundle);
  if (!offer.ok) throw new Error(offer.problem.message);
  expect(offer.candidates.map(({ sha256, verdict }) => [sha256, verdict])).toEqual([
    [leaf.sha256, 'no-ca'],
    [root.sha256, 'new'],
  ]);
  // Reading a file installs nothing.
  expect(trust.cas()).toEqual([]);

  expect(await actions.importCa([root.der])).toEqual({
    ok: true,
    message: 'Installed the CA O = T, CN = Root; chains are judged anew',
  });
  await reaches('certificate-not-accepted');
  expect(last()).toMatchObject({ trusted: true, chainIncomplete: false });
  expect(last().chain.map(({ sha256 }) => sha256)).toEqual([leaf.sha256, root.sha256]);

  const der = join(directory, 'root.der');
  writeFileSync(der, root.der);
  expect(await actions.readCaFile(der)).toMatchObject({ ok: true, candidates: [{ verdict: 'installed' }] });
});

test('a file that holds no certificate, or is not there, is one problem and nothing is installed', async () => {
  const trust = openStore();
  const actions = caActions(trust);
  for (const [file, reason] of [
    [leaf.keyFile, /holds no certificate that can be read: .*a private key/],
    [join(directory, 'nothing.pem'), /nothing\.pem not found/],
    [directory, /cannot be read \(EISDIR\)/],
  ] as const) {
    const offer = await actions.readCaFile(file);
    expect(offer).toMatchObject({ ok: false, problem: { stage: 'CA import' } });
    if (!offer.ok) expect(offer.problem.message).toMatch(reason);
  }
  expect(await actions.importCa([Buffer.from('nonsense')])).toMatchObject({ ok: false });
  expect(trust.cas()).toEqual([]);
  expect(await caActions(null).readCaFile(root.certificateFile)).toMatchObject({ ok: false });
});

test('a changed certificate stands beside the one that was accepted, whole', async () => {
  const trust = openStore([root.der, twin.der]);
  const { source, last, reaches, becomes } = await accepted(trust);
  expect(last().pin).toMatchObject({ mode: 'ca-cn', commonName: 'ems.test', hostMatches: true });
  expect(last().pin.accepted).toMatchObject({
    sha256: leaf.sha256,
    issuer: 'O = T, CN = Root',
    server: `localhost:${server.port}`,
    serialNumber: 'FCTEMS0000000001',
    certificate: { sha256: leaf.sha256, keyType: 'EC P-256', names: ['DNS:ems.test', 'DNS:localhost'] },
  });

  // Renewed under the same CA and CN: it goes on, and what was accepted stays what is compared with.
  server.show(renewed);
  clock.advance(60_000);
  await becomes((row) => expect(row.chain[0]?.sha256).toBe(renewed.sha256));
  expect(last()).toMatchObject({ state: 'connected', pinned: true });
  expect(last().pin.accepted?.sha256).toBe(leaf.sha256);
  await becomes((row) => expect(row.nextTryAt).not.toBeNull());

  // The same names, signed by another installed CA that is called the same.
  server.show(impostor);
  const asked = server.asked.length;
  clock.advance(60_000);
  await reaches('certificate-changed');
  expect(server.asked).toHaveLength(asked);
  const { pin, chain } = last();
  expect(chain[0]?.sha256).toBe(impostor.sha256);
  expect([chain[0]?.subject, chain[0]?.issuer]).toEqual([
    pin.accepted?.certificate?.subject,
    pin.accepted?.certificate?.issuer,
  ]);
  expect(pin.issuerKey).not.toBe(pin.accepted?.issuerKey);
  clock.advance(3_600_000);
  expect(last().state).toBe('certificate-changed');

  expect(await source.acceptCertificate(impostor.sha256)).toMatchObject({ ok: true });
  await becomes((row) => expect(row.pin.accepted?.certificate?.sha256).toBe(impostor.sha256));
});

test('with trust-ca-cn disable a renewal stops the connector too', async () => {
  const { last, reaches } = await accepted(openStore([root.der]), { pinMode: 'fingerprint' });
  expect(last().pin.accepted?.mode).toBe('fingerprint');
  server.show(renewed);
  clock.advance(60_000);
  await reaches('certificate-changed');
  expect(last().pin).toMatchObject({ mode: 'fingerprint', accepted: { sha256: leaf.sha256 } });
});

test('another server is told of, and a certificate that does not name it is information', async () => {
  const first = await accepted(openStore([root.der]));
  await first.source.stop();
  const { last, reaches, events } = begin(openStore([root.der]), { server: '127.0.0.1' });
  await reaches('connected');
  expect(last().pin).toMatchObject({ hostMatches: false, accepted: { server: `localhost:${server.port}` } });
  const moved = () => events.filter((event) => event.text.includes('was accepted for localhost:'));
  expect(moved()).toHaveLength(1);
  expect(moved()[0]).toMatchObject({ level: 'warning', source: 'ems137' });
  clock.advance(120_000);
  expect(moved()).toHaveLength(1);
});

test('the first tenant that answers is kept with the acceptance, and another one is told of', async () => {
  const tenant = (id: string) => {
    const data = {
      authorized: true,
      tenant_id: id,
      capabilities: [],
      endpoints: [],
      tags: [],
      host_tags: [],
    };
    server.session = { result: { retval: 1, message: null }, data };
  };
  tenant('A'.repeat(32));
  const trust = openStore([root.der]);
  const first = await accepted(trust);
  await vi.waitFor(() => expect(trust.pin('ems137')?.tenantId).toBe('A'.repeat(32)), { timeout: 5000 });
  await first.source.stop();

  tenant('B'.repeat(32));
  const { becomes, events } = begin(openStore([root.der]));
  await becomes((row) => expect(row.tenantId).toBe('B'.repeat(32)));
  expect(events.map((event) => event.text)).toContain(
    `EMS answers for tenant ${'B'.repeat(32)}, accepted was tenant ${'A'.repeat(32)}`,
  );
  expect(openStore().pin('ems137')?.tenantId).toBe('A'.repeat(32));
});
