import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { Authority, type Identity } from '../../src/lab/authority.ts';
import { LabEms } from '../../src/lab/ems/server.ts';

const run = promisify(execFile);
const serial = 'FGVM01LAB0000001';
let directory: string;
let ems: LabEms;
let server: Authority;
let devices: Authority;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fabrictop-test-'));
  [server, devices] = await Promise.all([
    Authority.create('Lab EMS CA', Date.now()),
    Authority.create('Lab device CA', Date.now()),
  ]);
  ems = await LabEms.start({
    serialNumber: 'FCTEMS0000000137',
    authority: server,
    hostName: 'ems.corp.example',
    deviceRoots: [devices.certificate],
    clock: systemClock,
  });
  await writeFile(join(directory, 'ca.pem'), server.certificate);
});

afterAll(async () => {
  await ems.stop();
  await rm(directory, { recursive: true });
});

async function save(name: string, identity: Identity): Promise<string[]> {
  await writeFile(join(directory, `${name}.pem`), identity.certificate);
  await writeFile(join(directory, `${name}.key`), identity.key);
  return ['--cert', join(directory, `${name}.pem`), '--key', join(directory, `${name}.key`)];
}

/** curl's view: HTTP status and body. */
async function ask(...args: string[]): Promise<{ status: number; body: unknown }> {
  const url = `https://localhost:${ems.port}/api/v1/system/serial_number`;
  const { stdout } = await run('curl', [
    ...['--silent', '--noproxy', '*', '--cacert', join(directory, 'ca.pem'), '--write-out', '\n%{http_code}'],
    ...args,
    url,
  ]);
  const [body, status] = stdout.split('\n');
  return { status: Number(status), body: JSON.parse(body ?? '') };
}

test('curl without a client certificate is not authorised', async () => {
  const refused = { result: { retval: -4, message: 'Session has expired or does not exist.' } };
  expect(await ask()).toEqual({ status: 401, body: refused });
});

test('curl as a device is pending until the administrator authorises it', async () => {
  const device = await save(
    'device',
    await devices.issue({ commonName: serial, organizationalUnit: 'FortiGate' }),
  );
  expect((await ask(...device)).status).toBe(401);
  expect([...ems.pending]).toEqual([serial]);
  ems.authorize(serial);
  expect(await ask(...device)).toEqual({
    status: 200,
    body: { result: { retval: 1, message: null }, data: 'FCTEMS0000000137' },
  });
});

test('the right serial number in a certificate of another authority is worth nothing', async () => {
  const forged = await save(
    'forged',
    await server.issue({ commonName: serial, organizationalUnit: 'FortiGate' }),
  );
  expect((await ask(...forged)).status).toBe(401);
});

test('a certificate whose name is no serial number gets 400', async () => {
  const named = await save(
    'named',
    await devices.issue({ commonName: 'FortiGate', organizationalUnit: 'FortiGate' }),
  );
  expect((await ask(...named)).status).toBe(400);
});

test('openssl verifies what the authority signs, for its purpose and its name', async () => {
  const leaf = await server.issue({
    commonName: 'ems.corp.example',
    organizationalUnit: 'FortiClient EMS',
    altNames: [{ dns: 'ems.corp.example' }],
  });
  await save('leaf', leaf);
  const { stdout } = await run('openssl', [
    ...['verify', '-x509_strict', '-CAfile', join(directory, 'ca.pem'), '-purpose', 'sslserver'],
    ...['-verify_hostname', 'ems.corp.example', join(directory, 'leaf.pem')],
  ]);
  expect(stdout).toMatch(/leaf\.pem: OK/);
});
