import { execFile } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { comparePin, type Pin, type PinnedFacts, pinnedFacts } from '../../src/ems/pin.ts';
import { TrustStore, TrustStoreError } from '../../src/ems/trust.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { derOf, OpensslCa } from '../support/openssl-ca.ts';

const openssl = new OpensslCa();
const root = openssl.authority('/O=T/CN=Root');
const leaf = openssl.issue({ subject: '/CN=ems.test', issuer: root });
afterAll(() => openssl.remove());

let directory = '';
let path = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'fabrictop-trust-'));
  path = join(directory, 'state', 'trust.json');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const open = (configured: Buffer[] = []) => TrustStore.open(path, systemClock, configured);
const shown = pinnedFacts([leaf.der, root.der]);
const nowhere = { server: null, serialNumber: null, tenantId: null };
const mode = (file: string) => (statSync(file).mode & 0o777).toString(8);

test('an accepted certificate is pinned, in a private file, and read back by the next process', async () => {
  const clock = new ManualClock();
  const store = TrustStore.open(path, clock);
  expect(store.matches('ems137', shown, 'ca-cn')).toBe('none');
  await store.accept('ems137', shown, 'ca-cn');
  expect(mode(path)).toBe('600');
  expect(mode(join(directory, 'state'))).toBe('700');
  expect(open().pin('ems137')).toEqual({
    connector: 'ems137',
    sha256: leaf.sha256,
    issuer: 'O = T, CN = Root',
    commonName: 'ems.test',
    issuerKey: expect.stringMatching(/^[0-9a-f]{64}$/),
    certificate: expect.stringMatching(/^-----BEGIN CERTIFICATE-----\n/),
    server: null,
    serialNumber: null,
    tenantId: null,
    acceptedAt: clock.now(),
    mode: 'ca-cn',
  });
  expect(open().matches('ems137', shown, 'ca-cn')).toBe('fits');
  expect(open().matches('other', shown, 'ca-cn')).toBe('none');
});

test('nothing is left beside the store after a change', async () => {
  await open().accept('one', shown, 'ca-cn');
  expect(readdirSync(join(directory, 'state'))).toEqual(['trust.json']);
});

test('a pin is replaced by the next one and removed by forget', async () => {
  const store = open();
  await store.accept('one', shown, 'ca-cn');
  await store.accept('one', pinnedFacts([root.der]), 'fingerprint');
  expect(open().pin('one')).toMatchObject({ sha256: root.sha256, mode: 'fingerprint' });
  expect(await store.forget('one')).toBe(true);
  expect(await store.forget('one')).toBe(false);
  expect(open().pin('one')).toBeNull();
});

test('a renewed certificate fits by CA and CN, and only so', () => {
  const pin = (mode: Pin['mode']): Pin => ({ ...shown, ...nowhere, connector: 'a', acceptedAt: 0, mode });
  const renewed = pinnedFacts([openssl.issue({ subject: '/CN=ems.test', issuer: root }).der, root.der]);
  expect(renewed.sha256).not.toBe(shown.sha256);
  expect(comparePin(pin('ca-cn'), renewed, 'ca-cn')).toBe('fits');
  expect(comparePin(pin('ca-cn'), renewed, 'fingerprint')).toBe('changed');
  expect(comparePin(pin('fingerprint'), renewed, 'ca-cn')).toBe('changed');
  expect(comparePin(pin('fingerprint'), shown, 'fingerprint')).toBe('fits');
  expect(comparePin(pin('fingerprint'), shown, 'ca-cn')).toBe('mode');

  const otherName = pinnedFacts([openssl.issue({ subject: '/CN=ems2.test', issuer: root }).der, root.der]);
  expect(comparePin(pin('ca-cn'), otherName, 'ca-cn')).toBe('changed');
  const twin = openssl.authority('/O=T/CN=Root');
  const sameNames = pinnedFacts([openssl.issue({ subject: '/CN=ems.test', issuer: twin }).der, twin.der]);
  expect(sameNames).toMatchObject({ issuer: shown.issuer, commonName: shown.commonName });
  expect(comparePin(pin('ca-cn'), sameNames, 'ca-cn')).toBe('changed');
});

test('a certificate without a CN is held to its fingerprint', () => {
  const nameless: PinnedFacts = { ...shown, commonName: null };
  const pin: Pin = { ...nameless, ...nowhere, connector: 'a', acceptedAt: 0, mode: 'ca-cn' };
  expect(comparePin(pin, nameless, 'ca-cn')).toBe('fits');
  expect(comparePin(pin, { ...nameless, sha256: root.sha256 }, 'ca-cn')).toBe('changed');
});

test.each([
  ['cut off', '{"version":1,"pins":[{"connector":"a","sha2'],
  ['empty', ''],
  ['something else', '["trust"]'],
  ['of a newer version', '{"version":3,"pins":[]}'],
  ['of no version that ever was', '{"version":0,"pins":[]}'],
  ['with a damaged pin', '{"version":1,"pins":[{"connector":"a","sha256":"AA","issuer":"x"}]}'],
])('a store that is %s is refused in one line and stays as it is', async (_name, text) => {
  const store = open();
  await store.accept('one', shown, 'ca-cn');
  writeFileSync(path, text);
  expect(() => open()).toThrow(TrustStoreError);
  // A process that had read it before does not write over it either.
  await expect(store.accept('two', shown, 'ca-cn')).rejects.toThrow(TrustStoreError);
  await expect(store.forget('one')).rejects.toThrow(TrustStoreError);
  expect(readFileSync(path, 'utf8')).toBe(text);
  try {
    open();
  } catch (error) {
    expect((error as Error).message).toMatch(/^Trust store .*trust\.json [^\n]+\.$/);
  }
});

test('a tenant is kept with a pin that has none, and with nothing else', async () => {
  const store = open();
  await store.keepTenant('one', 'A');
  expect(store.pin('one')).toBeNull();
  await store.accept('one', shown, 'ca-cn');
  await store.keepTenant('one', 'A');
  await store.keepTenant('one', 'B');
  expect(open().pin('one')).toMatchObject({ tenantId: 'A', sha256: leaf.sha256 });
  await store.accept('one', shown, 'ca-cn');
  expect(open().pin('one')?.tenantId).toBeNull();
});

test('a store of layout 1 is read, and becomes one of layout 2 with the next change', async () => {
  const store = open();
  await store.accept('one', shown, 'ca-cn', { server: 'ems.test:443', serialNumber: 'FCTEMS1' });
  expect(open().pin('one')).toMatchObject({
    server: 'ems.test:443',
    serialNumber: 'FCTEMS1',
    tenantId: null,
  });
  const written = JSON.parse(readFileSync(path, 'utf8'));
  expect(written.version).toBe(2);
  const { certificate, server, serialNumber, tenantId, ...first } = written.pins[0];
  expect(derOf(certificate)).toEqual(leaf.der);
  expect([server, serialNumber, tenantId]).toEqual(['ems.test:443', 'FCTEMS1', null]);
  writeFileSync(path, JSON.stringify({ version: 1, pins: [first] }));
  const old = open();
  expect(old.pin('one')).toMatchObject({ sha256: leaf.sha256, certificate: null, server: null });
  expect(old.matches('one', shown, 'ca-cn')).toBe('fits');
  await old.accept('two', shown, 'ca-cn');
  const again = JSON.parse(readFileSync(path, 'utf8'));
  expect(again.version).toBe(2);
  expect(again.pins).toMatchObject([
    { connector: 'one', certificate: null },
    { connector: 'two', certificate },
  ]);
});

test('a newer store says so, and a certificate that is not the accepted one is damage', async () => {
  const store = open();
  await store.accept('one', shown, 'ca-cn');
  const whole = readFileSync(path, 'utf8');
  writeFileSync(path, whole.replace('"version": 2', '"version": 3'));
  expect(() => open()).toThrow('was written by a newer fabrictop (layout 3, this one reads 2)');
  const data = JSON.parse(whole);
  for (const certificate of [root.certificate, 'no certificate', 7]) {
    writeFileSync(path, JSON.stringify({ ...data, pins: [{ ...data.pins[0], certificate }] }));
    expect(() => open()).toThrow('holds a damaged entry (number 1)');
  }
});

test('a store that others can change is not trusted', async () => {
  await open().accept('one', shown, 'ca-cn');
  chmodSync(path, 0o660);
  expect(() => open()).toThrow('can be changed by group or others');
});

test('pins that another process wrote meanwhile are kept and noticed', async () => {
  const [one, two] = [open(), open()];
  const noticed = vi.fn();
  one.onChange(noticed);
  await two.accept('two', shown, 'ca-cn');
  expect(one.pin('two')).toBeNull();
  await one.accept('one', shown, 'ca-cn');
  expect(open().pin('one')).not.toBeNull();
  expect(open().pin('two')).not.toBeNull();
  noticed.mockClear();
  one.refresh();
  expect(noticed).not.toHaveBeenCalled();
  await two.forget('two');
  one.refresh();
  expect(noticed).toHaveBeenCalledTimes(1);
  expect(one.pin('two')).toBeNull();
});

test('processes that write at once lose no pin', async () => {
  const script = join(directory, 'write.ts');
  const source = new URL('../../src/', import.meta.url).pathname;
  writeFileSync(
    script,
    `import { TrustStore } from '${source}ems/trust.ts'; import { systemClock } from '${source}clock.ts';
     const store = TrustStore.open(process.argv[2], systemClock);
     const facts = JSON.parse(process.argv[4]);
     for (let i = 0; i < 8; i += 1) await store.accept(process.argv[3] + i, facts, 'ca-cn');`,
  );
  const run = (name: string) =>
    promisify(execFile)(process.execPath, [script, path, name, JSON.stringify(shown)]);
  await Promise.all(['a', 'b', 'c'].map(run));
  const pins = (JSON.parse(readFileSync(path, 'utf8')) as { pins: Pin[] }).pins;
  expect(pins).toHaveLength(24);
  expect(readdirSync(join(directory, 'state'))).toEqual(['trust.json']);
}, 30_000);

test('a lock whose owner died is taken over; one whose owner lives is waited for and then named', async () => {
  await open().accept('one', shown, 'ca-cn');
  const { hostname } = await import('node:os');
  // The largest process id that Linux gives is 4194304.
  writeFileSync(`${path}.lock`, `4999999 ${hostname()} x`);
  await open().accept('two', shown, 'ca-cn');
  writeFileSync(`${path}.lock`, `${process.pid} ${hostname()} x`);
  const clock = new ManualClock();
  const work = expect(TrustStore.open(path, clock).accept('three', shown, 'ca-cn')).rejects.toThrow(
    'held by another process',
  );
  for (let waited = 0; waited < 300; waited += 1) {
    clock.advance(20);
    await Promise.resolve();
  }
  await work;
  expect(readFileSync(`${path}.lock`, 'utf8')).toContain(String(process.pid));
});

test('an imported CA is installed once, beside the store, and kept for the next process', () => {
  const store = open();
  expect(store.cas()).toEqual([]);
  const changed = vi.fn();
  store.onChange(changed);
  const first = store.importCa([root.der, leaf.der]);
  expect(first.installed.map((ca) => ca.sha256)).toEqual([root.sha256]);
  expect(first.refused.map((ca) => ca.sha256)).toEqual([leaf.sha256]);
  expect(changed).toHaveBeenCalledTimes(1);
  expect(store.importCa([root.der]).duplicates.map((ca) => ca.sha256)).toEqual([root.sha256]);
  expect(open().cas()).toEqual([root.der]);
  const [file] = readdirSync(join(directory, 'state', 'trust-ca'));
  expect(mode(join(directory, 'state', 'trust-ca', file ?? ''))).toBe('600');
});

test('installed CAs are listed with where they come from, and only imported ones can be removed', () => {
  const other = openssl.authority('/CN=Other');
  const store = open([other.der]);
  store.importCa([root.der]);
  expect(store.installedCas().map(({ details, ...where }) => [details.subject, where])).toEqual([
    ['CN = Other', { configured: true, imported: false }],
    ['O = T, CN = Root', { configured: false, imported: true }],
  ]);
  const changed = vi.fn();
  store.onChange(changed);
  expect(store.removeCa(other.sha256).outcome).toBe('configured');
  expect(store.removeCa(leaf.sha256).outcome).toBe('unknown');
  expect(store.removeCa('../../trust').outcome).toBe('unknown');
  expect(changed).not.toHaveBeenCalled();
  expect(open([root.der]).removeCa(root.sha256)).toMatchObject({ outcome: 'still-configured' });
  store.refresh();
  expect(changed).toHaveBeenCalledTimes(1);
  expect(store.cas()).toEqual([other.der]);
  store.importCa([root.der]);
  expect(store.removeCa(root.sha256.replaceAll(':', '').toLowerCase()).outcome).toBe('removed');
  expect(open().cas()).toEqual([]);
});

test('CAs of the configuration count as installed', () => {
  const store = open([root.der, root.der]);
  expect(store.cas()).toEqual([root.der]);
  expect(store.importCa([root.der]).duplicates).toHaveLength(1);
});

test.runIf(process.getuid?.() === 0)(
  'another user can neither read the store nor write to it',
  async () => {
    await open().accept('one', shown, 'ca-cn');
    chmodSync(directory, 0o755);
    const script = join(directory, 'try.ts');
    const source = new URL('../../src/', import.meta.url).pathname;
    writeFileSync(
      script,
      `import { TrustStore } from '${source}ems/trust.ts'; import { systemClock } from '${source}clock.ts';
     try { const store = TrustStore.open(process.argv[2], systemClock); console.log('opened');
       await store.accept('x', ${JSON.stringify(shown)}, 'ca-cn'); console.log('written'); }
     catch (error) { console.log(error.name, error.message); }`,
    );
    chmodSync(script, 0o644);
    const asNobody = async (file: string) => {
      const { stdout } = await promisify(execFile)('setpriv', [
        ...['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, script, file],
      ]);
      return stdout.trim();
    };
    expect(await asNobody(path)).toMatch(/^TrustStoreError .*cannot be read \(EACCES\)\.$/);
    chmodSync(join(directory, 'state'), 0o755);
    expect(await asNobody(path)).toMatch(/^TrustStoreError .*cannot be read \(EACCES\)\.$/);
    const own = join(directory, 'readable.json');
    writeFileSync(own, readFileSync(path));
    chownSync(own, 65534, 65534);
    expect(await asNobody(own)).toMatch(/^opened\nTrustStoreError .*cannot be written \(EACCES\)\.$/);
  },
  30_000,
);
