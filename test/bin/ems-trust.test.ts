import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { EmsServer } from '../support/ems-server.ts';
import { OpensslCa } from '../support/openssl-ca.ts';
import { CommandHome } from '../support/run-command.ts';

vi.setConfig({ testTimeout: 120_000 });

const openssl = new OpensslCa();
const root = openssl.authority('/O=T/CN=Root');
const twin = openssl.authority('/O=T/CN=Root');
const leaf = openssl.issue({ subject: '/CN=ems.test', issuer: root });
const renewed = openssl.issue({ subject: '/CN=ems.test', issuer: root });
const other = openssl.issue({ subject: '/CN=other.test', issuer: root });
const impostor = openssl.issue({ subject: '/CN=ems.test', issuer: twin });
afterAll(() => openssl.remove());

/** A home whose trust store is `trust.json`, and whose CA is installed by the configuration. */
async function homeOf(port: number, more: object = {}, ca: string[] = [root.certificateFile]) {
  const ems = [{ name: 'ems137', server: '127.0.0.1', 'https-port': port, 'call-timeout': 60, ...more }];
  return CommandHome.make(JSON.stringify({ trust: { ca, store: 'trust.json' }, ems }));
}
const storeOf = (home: CommandHome) => join(home.directory, 'trust.json');
const verify = (home: CommandHome, sha256: string) =>
  home.run(['ems', 'verify', 'ems137', '--accept', sha256]);

test('is-verified and unverify tell and forget what was accepted, without the server', async () => {
  await using home = await homeOf(1);
  const not = await home.run(['ems', 'is-verified', 'ems137']);
  expect(not).toEqual({
    status: 1,
    output: 'EMS is not verified.\n',
    diagnostics: ['fabrictop: ems137: no certificate was accepted'],
  });
  expect(await home.run(['ems', 'unverify', 'ems137'])).toEqual({
    status: 0,
    output: 'EMS was not verified.\n',
    diagnostics: [],
  });
  expect(existsSync(storeOf(home))).toBe(false);

  const server = await EmsServer.start(leaf);
  writeFileSync(
    join(home.directory, 'config.yaml'),
    readFileSync(join(home.directory, 'config.yaml'), 'utf8').replace(
      '"https-port":1,',
      `"https-port":${server.port},`,
    ),
  );
  expect((await verify(home, leaf.sha256)).status).toBe(0);
  await server.close();

  expect(await home.run(['ems', 'is-verified', 'ems137'])).toEqual({
    status: 0,
    output: 'EMS is verified.\n',
    diagnostics: [],
  });
  const told = await home.run(['ems', 'is-verified', 'ems137', '--json']);
  expect(JSON.parse(told.output)).toEqual({
    name: 'ems137',
    verified: true,
    mode: 'ca-cn',
    accepted: {
      sha256: leaf.sha256,
      subject: 'CN = ems.test',
      issuer: 'O = T, CN = Root',
      commonName: 'ems.test',
      validTo: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      mode: 'ca-cn',
      acceptedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      server: `127.0.0.1:${server.port}`,
      serialNumber: 'FCTEMS0000000001',
      tenantId: null,
    },
  });

  const forgotten = await home.run(['ems', 'unverify', 'ems137', '--json']);
  expect(forgotten.status).toBe(0);
  expect(JSON.parse(forgotten.output)).toEqual({
    name: 'ems137',
    removed: true,
    sha256: leaf.sha256,
    error: null,
  });
  expect((await home.run(['ems', 'is-verified', 'ems137', '--json'])).status).toBe(1);
  expect(JSON.parse(readFileSync(storeOf(home), 'utf8')).pins).toEqual([]);
});

test('trust-ca-cn enable takes a renewal of the same CA and CN, and stops at another CN and at a namesake of the CA', async () => {
  const server = await EmsServer.start(leaf);
  await using home = await homeOf(server.port, {}, [root.certificateFile, twin.certificateFile]);
  expect((await verify(home, leaf.sha256)).status).toBe(0);
  server.show(renewed);
  expect((await home.run(['ems', 'test-connectivity', 'ems137'])).status).toBe(0);
  expect((await home.run(['ems', 'verify', 'ems137'])).output).toContain('EMS already verified.');
  for (const stranger of [other, impostor]) {
    server.show(stranger);
    const asked = server.asked.length;
    const tested = await home.run(['ems', 'test-connectivity', 'ems137', '--json']);
    expect(tested.status).toBe(1);
    expect(JSON.parse(tested.output).error).toMatchObject({ message: 'EMS certificate not authorized' });
    // Nothing was sent to it.
    expect(server.asked).toHaveLength(asked);
    const shown = await home.run(['ems', 'verify', 'ems137', '--json']);
    expect(shown.status).toBe(1);
    expect(JSON.parse(shown.output)).toMatchObject({ trusted: true, pinned: false });
    expect(shown.diagnostics).toContain(
      `fabrictop:   SHA-256: accepted ${leaf.sha256}, shown ${stranger.sha256}`,
    );
    const key = shown.diagnostics.some((line) => line.startsWith("fabrictop:   Issuer's key: accepted "));
    expect(key).toBe(stranger === impostor);
    const subject = 'fabrictop:   Subject: accepted CN = ems.test, shown CN = other.test';
    expect(shown.diagnostics.includes(subject)).toBe(stranger === other);
  }
  expect(JSON.parse(readFileSync(storeOf(home), 'utf8')).pins[0].sha256).toBe(leaf.sha256);
  await server.close();
});

test('trust-ca-cn disable stops at every other certificate; enabling it again needs a new acceptance', async () => {
  const server = await EmsServer.start(leaf);
  await using home = await homeOf(server.port, { 'trust-ca-cn': 'disable' });
  expect((await verify(home, leaf.sha256)).status).toBe(0);
  expect((await home.run(['ems', 'test-connectivity', 'ems137'])).status).toBe(0);
  server.show(renewed);
  const stopped = await home.run(['ems', 'test-connectivity', 'ems137', '--json']);
  expect(JSON.parse(stopped.output).error).toMatchObject({ message: 'EMS certificate not authorized' });
  expect((await home.run(['ems', 'is-verified', 'ems137'])).status).toBe(0);

  server.show(leaf);
  const file = join(home.directory, 'config.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replace('"disable"', '"enable"'));
  const enabled = await home.run(['ems', 'is-verified', 'ems137']);
  expect(enabled.status).toBe(1);
  expect(enabled.diagnostics.join()).toContain('accepted under trust-ca-cn disable');
  expect((await home.run(['ems', 'test-connectivity', 'ems137'])).status).toBe(1);
  expect((await verify(home, leaf.sha256)).status).toBe(0);
  expect((await home.run(['ems', 'test-connectivity', 'ems137'])).status).toBe(0);
  await server.close();
});

test('list-ca names the installed CAs and where they come from, and remove-ca takes imported ones away', async () => {
  await using home = await homeOf(1);
  const der = openssl.write('twin.der', twin.der);
  expect((await home.run(['ems', 'import-ca', der])).output).toBe(
    `Installed: O = T, CN = Root (SHA-256 ${twin.sha256})\n`,
  );
  const listed = await home.run(['ems', 'list-ca']);
  expect(listed.status).toBe(0);
  expect(listed.output).toContain(`SHA-256:     ${root.sha256}`);
  expect(listed.output).toMatch(/Valid to: {4}\d{4}-\S+ \(\d+ days left\)\nInstalled: {3}import-ca\n$/);
  const { cas } = JSON.parse((await home.run(['ems', 'list-ca', '--json'])).output);
  expect(cas).toMatchObject([
    { sha256: root.sha256, isCa: true, configured: true, imported: false },
    { sha256: twin.sha256, isCa: true, configured: false, imported: true },
  ]);
  expect(await home.run(['ems', 'remove-ca', twin.sha256.toLowerCase()])).toEqual({
    status: 0,
    output: `Removed: O = T, CN = Root (SHA-256 ${twin.sha256})\n`,
    diagnostics: [],
  });
  const configured = await home.run(['ems', 'remove-ca', root.sha256]);
  expect([configured.status, configured.diagnostics.join()]).toEqual([
    1,
    expect.stringContaining('is installed by trust.ca of the configuration'),
  ]);
  expect((await home.run(['ems', 'remove-ca', twin.sha256])).status).toBe(1);
  const half = await home.run(['ems', 'remove-ca', 'AA:BB']);
  expect([half.status, half.diagnostics]).toEqual([2, [expect.stringContaining('a whole SHA-256')]]);
});

test('a store of a newer version is refused in one line, and stays as it is', async () => {
  await using home = await homeOf(1);
  const newer = '{"version":3,"pins":[]}';
  writeFileSync(storeOf(home), newer, { mode: 0o600 });
  for (const args of [
    ['is-verified', 'ems137'],
    ['unverify', 'ems137'],
    ['list-ca'],
    ['remove-ca', root.sha256],
  ]) {
    const { status, output, diagnostics } = await home.run(['ems', ...args]);
    expect({ status, output, count: diagnostics.length }).toEqual({ status: 2, output: '', count: 1 });
    expect(diagnostics[0]).toContain('was written by a newer fabrictop (layout 3, this one reads 2)');
  }
  expect(readFileSync(storeOf(home), 'utf8')).toBe(newer);
});

test.each(['unverify', 'is-verified'])('%s of an unknown connector is one line and 2', async (command) => {
  await using home = await homeOf(1);
  expect(await home.run(['ems', command, 'nope'])).toEqual({
    status: 2,
    output: '',
    diagnostics: ['fabrictop: there is no EMS connector "nope", expected one of ems137'],
  });
});

test('verify of a connector that another EMS answers says so, until its serial number is accepted', async () => {
  const server = await EmsServer.start(leaf);
  await using home = await homeOf(server.port);
  expect((await verify(home, leaf.sha256)).status).toBe(0);
  server.body = { result: { retval: 1, message: null }, data: 'FCTEMS0000000999' };
  const other = await home.run(['ems', 'verify', 'ems137', '--json']);
  expect(other.status).toBe(1);
  expect(JSON.parse(other.output).error).toMatchObject({
    message: 'EMS serial number does not match (mismatched-ems-sn)',
    cause: expect.stringContaining('FCTEMS0000000999 answers'),
  });
  expect((await home.run(['ems', 'verify', 'ems137'])).output).not.toContain('already verified');
  expect((await verify(home, leaf.sha256)).status).toBe(0);
  expect((await home.run(['ems', 'verify', 'ems137'])).output).toContain('EMS already verified.');
  await server.close();
});
