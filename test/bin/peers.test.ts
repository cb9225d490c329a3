import { X509Certificate } from 'node:crypto';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import {
  adminPassword,
  fortigateSerial,
  fortigateToken,
  type LabFabric,
  startFabric,
} from '../support/lab-fabric.ts';
import { OpensslCa } from '../support/openssl-ca.ts';
import { CommandHome, type Ended } from '../support/run-command.ts';

vi.setConfig({ testTimeout: 120_000 });

let fabric: LabFabric;
let home: CommandHome;
const secrets = { PASSWORD: adminPassword, TOKEN: fortigateToken };
const openssl = new OpensslCa();

beforeAll(async () => {
  fabric = await startFabric();
  const { ems, fortigate } = fabric;
  home = await CommandHome.make(
    JSON.stringify({
      trust: { ca: ['root.pem'] },
      ems: [
        {
          name: 'hq',
          server: '127.0.0.1',
          'https-port': ems.port,
          admin: { name: 'admin', password: { env: 'PASSWORD' } },
        },
        { name: 'plain', server: '127.0.0.1', 'https-port': ems.port },
      ],
      fortigate: [{ name: 'edge', url: `https://127.0.0.1:${fortigate.port}`, token: { env: 'TOKEN' } }],
    }),
  );
  writeFileSync(join(home.directory, 'root.pem'), fabric.rootPem);
  chmodSync(join(home.directory, 'root.pem'), 0o600);
}, 60_000);

afterAll(async () => {
  await fabric.stop();
  await home[Symbol.asyncDispose]();
  openssl.remove();
});

const run = (args: readonly string[], env: Record<string, string> = secrets) => home.run(args, env);

function expectNoSecret(...all: Ended[]): void {
  for (const secret of [...Object.values(secrets), 'wrong-secret'])
    expect(JSON.stringify(all)).not.toContain(secret);
}

test('authorize lists what waits, refuses without --write, and authorises with it', async () => {
  await fabric.fortigate.connect();
  const listed = await run(['ems', 'authorize', 'hq']);
  expect(listed).toEqual({ status: 0, output: `${fortigateSerial}\n`, diagnostics: [] });

  const refused = await run(['ems', 'authorize', 'hq', fortigateSerial]);
  expect(refused).toEqual({
    status: 2,
    output: '',
    diagnostics: [
      'fabrictop: It would authorise a device on EMS, and fabrictop is read-only without --write',
    ],
  });
  expect(fabric.ems.pending.size).toBe(1);

  const done = await run(['ems', 'authorize', 'hq', fortigateSerial, '--write', '--json']);
  expect(done.status).toBe(0);
  expect(JSON.parse(done.output)).toEqual({
    name: 'hq',
    authorized: fortigateSerial,
    devices: [{ serial: fortigateSerial, name: null, authorized: true }],
    error: null,
  });
  const none = await run(['ems', 'authorize', 'hq']);
  expect(none.output).toBe('No Fabric device waits to be authorised on the EMS of hq\n');
  expect(fabric.ems.admin?.openSessions).toBe(0);
  expectNoSecret(listed, refused, done, none);
});

test('authorize says why it cannot', async () => {
  const unknown = await run(['--write', 'ems', 'authorize', 'hq', 'FGVM000000000009']);
  expect(unknown.status).toBe(1);
  expect(unknown.diagnostics[0]).toContain('it lists no Fabric device FGVM000000000009');
  const wrong = await run(['ems', 'authorize', 'hq', '--json'], { ...secrets, PASSWORD: 'wrong-secret' });
  expect(wrong.status).toBe(1);
  expect(JSON.parse(wrong.output)).toMatchObject({ error: { stage: 'authentication', code: 401 } });
  const nobody = await run(['ems', 'authorize', 'plain']);
  expect(nobody).toMatchObject({
    status: 2,
    diagnostics: ['fabrictop: ems plain: no admin is configured, or the entry is disabled'],
  });
  expectNoSecret(unknown, wrong, nobody);
});

test('fortigate status prints the panel of a FortiGate, and 1 while it is not connected', async () => {
  const { status, output, diagnostics } = await run(['fortigate', 'status']);
  expect(status).toBe(1);
  expect(output.split('\n').slice(0, 5)).toEqual([
    `edge  ${fortigateSerial}  v7.4.8`,
    '  ems137',
    `    server: 127.0.0.1:${fabric.ems.port}`,
    '    connected: no',
    '    verified: no',
  ]);
  expect(diagnostics).toEqual(['fabrictop: edge: ems137 is not connected: not-verified']);
  const json = await run(['fortigate', 'status', 'edge', '--json']);
  expect(JSON.parse(json.output)).toMatchObject({
    fortigates: [
      { name: 'edge', serial: fortigateSerial, connectors: [{ name: 'ems137', id: 1 }], error: null },
    ],
  });
  const wrong = await run(['fortigate', 'status'], { ...secrets, TOKEN: 'wrong-secret' });
  expect(wrong.status).toBe(1);
  expect(wrong.diagnostics[0]).toContain('does not accept the sign-in (401)');
  const unknown = await run(['fortigate', 'status', 'none']);
  expect(unknown).toMatchObject({
    status: 2,
    diagnostics: ['fabrictop: there is no FortiGate "none", expected one of edge'],
  });
  expectNoSecret(json, wrong);
});

test('fortigate import-ca installs CAs only with --write, and nothing that is none', async () => {
  const ca = openssl.authority('/CN=New CA');
  const leaf = openssl.issue({ subject: '/CN=leaf', issuer: ca });
  const args = ['fortigate', 'import-ca', 'edge', ca.certificateFile, leaf.certificateFile];
  const refused = await run(args);
  expect(refused).toMatchObject({ status: 2, output: '' });
  expect(fabric.fortigate.cas).toHaveLength(1);
  const done = await run([...args, '--write']);
  expect(done.output).toBe(`Installed on edge: CN = New CA (SHA-256 ${ca.sha256})\n`);
  expect(done).toMatchObject({
    status: 1,
    diagnostics: ['fabrictop: not installed, because it is no CA: CN = leaf'],
  });
  expect(fabric.fortigate.cas).toHaveLength(2);
  expectNoSecret(refused, done);
});

test('fortigate verify-cert shows the certificate, and lets the FortiGate accept exactly the one that is named', async () => {
  const { fingerprint256 } = new X509Certificate(fabric.ems.certificate);
  const shown = await run(['fortigate', 'verify-cert', 'edge', 'ems137']);
  expect(shown.status).toBe(1);
  expect(shown.output).toContain(`Fingerprint: ${fingerprint256}`);
  expect(shown.diagnostics.at(-1)).toContain('nothing was sent: no terminal to ask at');
  const sure = ['fortigate', 'verify-cert', 'edge', 'ems137', '--accept', fingerprint256];
  expect(await run(sure)).toMatchObject({ status: 2, output: '' });
  const other = fingerprint256.replace(/^../, (octet) => (octet === '00' ? '01' : '00'));
  const wrong = await run(['--write', ...sure.slice(0, -1), other]);
  expect(wrong.status).toBe(1);
  expect(wrong.diagnostics.join()).toContain(
    `another certificate of ems137 than --accept names: ${fingerprint256}`,
  );
  expect(fabric.fortigate.accepted.size).toBe(0);
  const short = await run(['--write', ...sure.slice(0, -1), fingerprint256.slice(0, 20)]);
  expect(short.diagnostics).toEqual([
    'fabrictop: --accept: expected a whole SHA-256 fingerprint, 64 hexadecimal digits',
  ]);

  const done = await run(['--write', ...sure, '--json']);
  expect(done.status).toBe(0);
  expect(JSON.parse(done.output)).toMatchObject({
    name: 'edge',
    connector: 'ems137',
    certificate: { fingerprint: fingerprint256, validTo: expect.stringMatching(/^\d{4}-.*Z$/) },
    verified: true,
    error: null,
  });
  expect(fabric.fortigate.accepted.get(1)).toBe(fingerprint256);

  const unsure = await run(['--write', 'fortigate', 'unverify-cert', 'edge']);
  expect(unsure).toMatchObject({
    status: 1,
    diagnostics: ['fabrictop: edge: nothing was sent: no terminal to ask at, and no --yes'],
  });
  expect(await run(['fortigate', 'unverify-cert', 'edge', '--yes'])).toMatchObject({ status: 2 });
  expect(fabric.fortigate.accepted.size).toBe(1);
  const forgotten = await run(['--write', 'fortigate', 'unverify-cert', 'edge', '1', '--yes']);
  expect(forgotten).toEqual({
    status: 0,
    output: 'edge no longer accepts the certificate of ems137\n',
    diagnostics: [],
  });
  expect(fabric.fortigate.accepted.size).toBe(0);
  const none = await run(['fortigate', 'verify-cert', 'edge', 'other']);
  expect(none.diagnostics.join()).toContain('edge has no such EMS connector');
  expectNoSecret(shown, wrong, done, unsure, forgotten, none);
});

test('config check names FortiGates and resolves every secret without saying one', async () => {
  const right = await run(['config', 'check']);
  expect(right.status).toBe(0);
  expect(right.output).toContain(`fortigate  edge https://127.0.0.1:${fabric.fortigate.port}`);
  const missing = await run(['config', 'check'], { PASSWORD: adminPassword });
  expect(missing.status).toBe(2);
  expect(missing.diagnostics.join()).toContain(
    'fortigate[0].token: secret TOKEN: this environment variable is not set',
  );
  expectNoSecret(right, missing);
});
