import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { EmsServer } from '../support/ems-server.ts';
import { OpensslCa } from '../support/openssl-ca.ts';
import { CommandHome } from '../support/run-command.ts';

vi.setConfig({ testTimeout: 120_000 });

const openssl = new OpensslCa();
const root = openssl.authority('/O=T/CN=Root');
const leaf = openssl.issue({
  subject: '/CN=ems.test',
  issuer: root,
  extensions: [['subjectAltName', 'DNS:ems.test,IP:127.0.0.1']],
});
const deviceRoot = openssl.authority('/CN=Device Root');
const device = openssl.issue({ subject: '/CN=FGVM010000000001', issuer: deviceRoot });
afterAll(() => openssl.remove());

const servers: EmsServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function start(): Promise<EmsServer> {
  const server = await EmsServer.start(leaf, [deviceRoot]);
  servers.push(server);
  return server;
}

/** A home with an identity and these connectors; the CA is installed unless `ca` says otherwise. */
async function homeOf(ports: Record<string, number>, ca = true): Promise<CommandHome> {
  const ems = Object.entries(ports).map(([name, port]) => ({
    name,
    server: '127.0.0.1',
    'https-port': port,
    'call-timeout': 60,
  }));
  const identity = { serial: 'FGVM010000000001', certificate: 'identity.pem', key: 'identity.key' };
  const trust = { ca: ca ? ['root.pem'] : [] };
  const home = await CommandHome.make(JSON.stringify({ identity, trust, ems }));
  cpSync(device.certificateFile, join(home.directory, 'identity.pem'));
  cpSync(device.keyFile, join(home.directory, 'identity.key'));
  chmodSync(join(home.directory, 'identity.key'), 0o600);
  cpSync(root.certificateFile, join(home.directory, 'root.pem'));
  return home;
}

const storeOf = (home: CommandHome) => join(home.directory, 'fabrictop', 'trust.json');
const closedPort = 1;

test('verify shows a certificate of an unknown CA, says what to do, and 1', async () => {
  const server = await start();
  await using home = await homeOf({ ems137: server.port }, false);
  const { status, output, diagnostics } = await home.run(['ems', 'verify', 'ems137']);
  expect(status).toBe(1);
  const lines = output.split('\n');
  expect(lines[0]).toBe('        Subject:     CN = ems.test');
  expect(lines.slice(-4)).toEqual([
    'Error in requesting EMS fabric connection: -4',
    'issue in getting capabilities. EMS server certificate is not signed by any known CA.',
    'Command fail. Return code -9999',
    '',
  ]);
  expect(diagnostics.join('\n')).toContain('fabrictop ems import-ca FILE');
  expect(diagnostics.every((line) => line.startsWith('fabrictop: '))).toBe(true);

  const old = await home.run(['ems', 'verify', 'ems137', '--fortios', '6.4']);
  // Releases before 7.0.8 print the old form, and the last of their branch the new one.
  expect((await home.run(['ems', 'verify', 'ems137', '--fortios', '7.0.5'])).output).toBe(old.output);
  expect((await home.run(['ems', 'verify', 'ems137', '--fortios', '7.0'])).output).toBe(output);
  expect((await home.run(['ems', 'verify', 'ems137', '--fortios', '5.6'])).diagnostics.join()).toContain(
    'expected 6.4, 7.0',
  );
  expect(old.output.split('\n').slice(-4)).toEqual([
    'certificate not configured/verified: 2',
    'Could not verify server certificate based on current certificate authorities.',
    'Error 1--92-60-0 in get SN call: EMS Certificate is not signed by a known CA.',
    '',
  ]);
  expect(server.asked).toEqual([]);
});

test('import-ca, --json, --accept, verify again and --reject, as a script does it', async () => {
  const server = await start();
  await using home = await homeOf({ ems137: server.port }, false);
  const imported = await home.run(['ems', 'import-ca', root.certificateFile]);
  expect(imported).toEqual({
    status: 0,
    output: `Installed: O = T, CN = Root (SHA-256 ${root.sha256})\n`,
    diagnostics: [],
  });
  expect((await home.run(['ems', 'import-ca', root.certificateFile])).output).toMatch(/^Already installed: /);

  const looked = await home.run(['ems', 'verify', 'ems137', '--json']);
  expect(looked.status).toBe(1);
  const document = JSON.parse(looked.output);
  expect(document).toMatchObject({ name: 'ems137', trusted: true, pinned: false, error: null });
  expect(document.chain).toHaveLength(2);
  expect(Object.keys(document.chain[0])).toEqual([
    ...['subject', 'issuer', 'validFrom', 'validTo', 'sha256', 'md5', 'isCa', 'version', 'serialNumber'],
    ...['keyType', 'keyBits', 'subjectAltNames', 'extensions'],
  ]);
  expect(document.chain[0]).toMatchObject({ sha256: leaf.sha256, subject: 'CN = ems.test', isCa: false });
  expect(existsSync(storeOf(home))).toBe(false);

  const other = await home.run(['ems', 'verify', 'ems137', '--accept', root.sha256]);
  expect(other.status).toBe(1);
  expect(existsSync(storeOf(home))).toBe(false);

  const accepted = await home.run(['ems', 'verify', 'ems137', '--accept', leaf.sha256, '--json']);
  expect(accepted.status).toBe(0);
  expect(JSON.parse(accepted.output)).toMatchObject({ trusted: true, pinned: true, error: null });
  expect((statSync(storeOf(home)).mode & 0o777).toString(8)).toBe('600');
  expect(JSON.parse(readFileSync(storeOf(home), 'utf8')).pins[0].sha256).toBe(leaf.sha256);

  const again = await home.run(['ems', 'verify', 'ems137']);
  expect(again.status).toBe(0);
  expect(again.output).toMatch(/^ {8}Subject: [\s\S]*\nEMS already verified\.\n$/);

  const rejected = await home.run(['ems', 'verify', 'ems137', '--reject']);
  expect(rejected.status).toBe(1);
  expect(rejected.output).toContain('Subject:     CN = ems.test');
  expect(JSON.parse(readFileSync(storeOf(home), 'utf8')).pins).toEqual([]);
});

test('without a terminal and without an option nothing is pinned, and the question stands there', async () => {
  const server = await start();
  await using home = await homeOf({ ems137: server.port });
  const { status, output, diagnostics } = await home.run(['ems', 'verify', 'ems137']);
  expect(status).toBe(1);
  expect(output).toMatch(/\nEMS configuration needs user to confirm server certificate\.\n$/);
  expect(diagnostics.at(-1)).toBe(
    'fabrictop: ems137: nothing was pinned: no terminal to ask at, and no --accept SHA256',
  );
  expect(existsSync(storeOf(home))).toBe(false);
});

test('a device that is not authorised cannot accept, and is told its serial number', async () => {
  const server = await start();
  server.status = 401;
  await using home = await homeOf({ ems137: server.port });
  const { status, output, diagnostics } = await home.run([
    'ems',
    'verify',
    'ems137',
    '--accept',
    leaf.sha256,
  ]);
  expect(status).toBe(1);
  expect(output).toContain('Error in requesting EMS fabric connection: -8\n');
  expect(diagnostics.join('\n')).toContain('FGVM010000000001');
  expect(existsSync(storeOf(home))).toBe(false);
  const old = await home.run(['ems', 'test-connectivity', 'ems137', '--fortios', '6.4']);
  expect(old.output).toBe(
    'Connection test had an error -8: Error 1--94-0-401 in get SN call: Authentication denied.\n',
  );
});

test('status has a block or a row for each connector, and 1 while one of them is down', async () => {
  const server = await start();
  await using home = await homeOf({ up: server.port, down: closedPort });
  expect((await home.run(['ems', 'verify', 'up', '--accept', leaf.sha256])).status).toBe(0);
  const text = await home.run(['ems', 'status']);
  expect(text.status).toBe(1);
  expect(text.output).toBe(
    [
      'EMS context status:',
      '',
      'FortiClient EMS number 1:',
      'name(id): up(1) confirmed: yes',
      'fetched-serial-number: FCTEMS0000000001',
      'fetched-tenant-id:',
      'verified capabilities: true',
      'verified identity: true',
      'Websocket status: not offered by EMS',
      'capabilities:',
      'connection: Successful',
      'certificate: Authorized',
      '',
      'FortiClient EMS number 2:',
      'name(id): down(2) confirmed: no',
      'fetched-serial-number:',
      'fetched-tenant-id:',
      'connection: Failed',
      'certificate:',
      'error: EMS server was not reached (connection refused)',
      '',
    ].join('\n'),
  );
  const { connectors } = JSON.parse((await home.run(['ems', 'status', '--json'])).output);
  expect(connectors[0]).toEqual({
    name: 'up',
    type: 'ems',
    server: `127.0.0.1:${server.port}`,
    state: 'connected',
    connection: 'Successful',
    certificate: 'Authorized',
    serialNumber: 'FCTEMS0000000001',
    tenantId: null,
    capabilities: [],
    websocket: 'not-offered',
    lastSuccess: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    latencyMs: expect.any(Number),
    error: null,
  });
  expect(connectors[1]).toMatchObject({
    state: 'failed',
    lastSuccess: null,
    error: { stage: 'TCP', code: -1 },
  });
  expect(await home.run(['ems', 'test-connectivity', 'up'])).toEqual({
    status: 0,
    output: 'Connection test was successful.\n',
    diagnostics: [],
  });
  const tested = await home.run(['ems', 'test-connectivity', 'down', '--json']);
  expect(tested.status).toBe(1);
  expect(JSON.parse(tested.output)).toMatchObject({ name: 'down', ok: false, error: { code: -1 } });
});

test.each<[string, string[], RegExp]>([
  [
    'an unknown connector',
    ['ems', 'verify', 'nope'],
    /there is no EMS connector "nope", expected one of ems137/,
  ],
  [
    'half a fingerprint',
    ['ems', 'verify', 'ems137', '--accept', 'AA:BB'],
    /--accept: expected a whole SHA-256/,
  ],
  ['two decisions', ['ems', 'verify', 'ems137', '--accept', leaf.sha256, '--reject'], /exclude each other/],
  ['another release', ['ems', 'status', '--fortios', '5.6'], /5\.6/],
  [
    'a file that is not there',
    ['ems', 'import-ca', '/nonexistent.pem'],
    /import-ca: \/nonexistent\.pem not found/,
  ],
  [
    'a file without a certificate',
    ['ems', 'import-ca', import.meta.filename],
    /holds no certificate that can be read/,
  ],
])('%s is one line and 2', async (_name, args, line) => {
  await using home = await homeOf({ ems137: closedPort });
  const { status, output, diagnostics } = await home.run(args);
  expect({ status, output, count: diagnostics.length }).toEqual({ status: 2, output: '', count: 1 });
  expect(diagnostics[0]).toMatch(line);
});

test('a key that others can read, a pair that does not match and a damaged store are one line and 2', async () => {
  await using home = await homeOf({ ems137: closedPort });
  const key = join(home.directory, 'identity.key');
  const fails = async (line: RegExp) => {
    const { status, diagnostics } = await home.run(['ems', 'status']);
    expect({ status, count: diagnostics.length }).toEqual({ status: 2, count: 1 });
    expect(diagnostics[0]).toMatch(line);
  };
  chmodSync(key, 0o640);
  await fails(/identity\.key: .*group or others can read or change it/);
  chmodSync(key, 0o600);
  writeFileSync(key, leaf.key);
  await fails(/identity: certificate and key do not belong together/);
  spawnSync('openssl', ['ec', '-in', device.keyFile, '-aes256', '-passout', 'pass:x', '-out', key]);
  await fails(/identity: the key is encrypted/);
  writeFileSync(key, device.key);
  await home.run(['ems', 'import-ca', root.certificateFile, deviceRoot.certificateFile]);
  writeFileSync(storeOf(home), '{"version":1,');
  await fails(/Trust store .*trust\.json is not JSON: it was cut off or damaged\. /);
  expect(readFileSync(storeOf(home), 'utf8')).toBe('{"version":1,');
});

test('tags prints every tag with its members, as text and as a document', async () => {
  const server = await start();
  const uid = '9A016B5A6E914B42AD4168C066EB04CA';
  server.session = {
    result: { retval: 1, message: null },
    data: {
      capabilities: ['common-tags-api'],
      endpoints: [{ uid, host: 'PC-1', ip: '10.0.1.2' }],
      tags: [{ name: 'High', type: 1, ips: ['10.0.1.2'], macs: [], uids: [uid] }, { name: 'Evil\u001b[31m' }],
      uid_tags: [{ uid, tags: ['High'] }],
    },
  };
  await using home = await homeOf({ ems137: server.port });
  const before = await home.run(['ems', 'tags', 'ems137']);
  expect(before.status).toBe(1);
  expect(before.diagnostics.join('\n')).toContain('EMS certificate not authorized');
  await home.run(['ems', 'verify', 'ems137', '--accept', leaf.sha256]);
  const { status, output } = await home.run(['ems', 'tags', 'ems137']);
  expect(status).toBe(0);
  expect(output).not.toContain('\u001b');
  expect(output.split('\n')[0]).toMatch(/^Tag +Type +Members$/);
  expect(output).toMatch(/^High +posture +1$/m);
  const { tags, error } = JSON.parse((await home.run(['ems', 'tags', 'ems137', '--json'])).output);
  expect(error).toBeNull();
  expect(tags).toContainEqual({
    name: 'High',
    type: 'posture',
    members: 1,
    ips: ['10.0.1.2'],
    macs: [],
    endpoints: [{ uid, host: 'PC-1' }],
  });
  server.session = { result: { retval: -1, message: 'Not now.' } };
  const refused = await home.run(['ems', 'tags', 'ems137']);
  expect(refused.status).toBe(1);
  expect(refused.diagnostics.join('\n')).toContain('Not now.');
});
