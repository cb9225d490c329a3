import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { prepareAdmins } from '../../src/backends/ems-admin-setup.ts';
import { emsStatusOnce } from '../../src/backends/ems-once.ts';
import { prepareEms } from '../../src/backends/ems-setup.ts';
import { verifyOnce } from '../../src/backends/ems-verify.ts';
import { systemClock } from '../../src/clock.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { LabCloud } from '../../src/lab/ems/cloud.ts';
import { LabEms } from '../../src/lab/ems/server.ts';
import { WriteGuard } from '../../src/verbs.ts';
import { makeCertificates, serial } from '../support/faulty-lab.ts';

vi.setConfig({ testTimeout: 60_000 });

// EMS Cloud as a person configures it: a connector with an access key, and the public API beside it.
const accessKey = 'FortiGate-key-012345';
const apiKey = 'key-of-the-public-api';
let directory: string;
let server: LabEms;
let cloud: LabCloud;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'fabrictop-cloud-'));
  const { authority, devices, identity } = await makeCertificates();
  cloud = { accounts: new Map(), accessKeys: new Map([[accessKey, 'valid']]), instance: null };
  server = await LabEms.start({
    serialNumber: 'FCTEMS0000000911',
    authority,
    hostName: 'forticlient.cloud.example',
    deviceRoots: [devices.certificate],
    cloud,
    admin: {
      name: 'unused',
      password: 'unused',
      cloud: { accountEmail: 'it@corp.example', accessKey: apiKey },
    },
    clock: systemClock,
  });
  server.authorize(serial);
  for (const [name, content] of Object.entries({
    'ca.pem': authority.certificate,
    'identity.pem': identity.certificate,
    'identity.key': identity.key,
    'access.key': accessKey,
    'profile.yaml': `cloud: { host: localhost, port: ${server.port} }`,
  }))
    writeFileSync(join(directory, name), content, { mode: 0o600 });
}, 60_000);
afterEach(async () => {
  await server.stop();
  rmSync(directory, { recursive: true });
});

const env = { API_KEY: apiKey };

async function open(release = '7.4', key = 'access.key') {
  const path = join(directory, 'config.yaml');
  writeFileSync(
    path,
    `
identity: { serial: ${serial}, certificate: identity.pem, key: identity.key }
release: "${release}"
trust: { ca: [ca.pem], store: trust.json }
profile: { ems: profile.yaml }
ems:
  - name: cloud
    fortinetone-cloud-authentication: enable
    cloud-authentication-access-key: { file: ${key} }
    admin: { account-email: it@corp.example, access-key: { env: API_KEY } }
`,
  );
  const loaded = await loadConfig(path, env);
  return { loaded, setup: await prepareEms(loaded, env, systemClock) };
}

test('a connector of EMS Cloud is verified, and its status is that of its instance', async () => {
  const { setup } = await open();
  const first = await verifyOnce(setup, { kind: 'none' }, { json: true });
  const { chain, error } = JSON.parse(first.output);
  expect(error).toBeNull();
  const { isHealthy } = await verifyOnce(setup, { kind: 'accept', sha256: chain[0].sha256 }, { json: true });
  expect(isHealthy).toBe(true);
  const status = await emsStatusOnce((await open()).setup, true, systemClock);
  expect(JSON.parse(status.output).connectors).toMatchObject([
    {
      type: 'ems-cloud',
      server: `localhost:${server.port}`,
      state: 'connected',
      connection: 'Successful',
      serialNumber: 'FCTEMS0000000911',
    },
  ]);
});

test.each([
  ['7.4', 'failed', -7],
  ['7.6.3', 'failed', -7],
  ['7.6.4', 'certificate-not-accepted', null],
  ['7.6', 'certificate-not-accepted', null],
] as const)(
  'with release %s a key of an account without a contract ends in %s',
  async (release, state, code) => {
    cloud.accessKeys.set(accessKey, 'missing');
    const { output } = await emsStatusOnce((await open(release)).setup, true, systemClock);
    const [row] = JSON.parse(output).connectors;
    expect(row.state).toBe(state);
    expect(row.error?.code ?? null).toBe(code);
  },
);

test('an access key that cannot be had is one line with its key', async () => {
  await expect(open('7.4', 'nowhere.key')).rejects.toThrow(/ems\[0\]\.cloud-authentication-access-key: /);
});

test("the administrator's side of EMS Cloud is read through its public API, as configured", async () => {
  server.state.devices.seen('FGVM01LAB0000002', systemClock.now());
  const { loaded, setup } = await open();
  const [admin] = await prepareAdmins(loaded, env, setup.targets, new WriteGuard(true));
  expect(admin?.server).toBe(`localhost:${server.port}`);
  expect(await admin?.admin.overview()).toMatchObject({ serialNumber: 'FCTEMS0000000911', failures: [] });
  expect(await admin?.admin.authorize('FGVM01LAB0000002')).toMatchObject({ authorized: true });
  await admin?.session.signOut();
  expect(server.admin?.openSessions).toBe(0);
});
