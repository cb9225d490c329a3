import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fortigateSerial, fortigateToken, type LabFabric, startFabric } from '../support/lab-fabric.ts';
import { usersLab } from '../support/lab-users.ts';

const run = promisify(execFile);
let fabric: LabFabric;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fabrictop-test-'));
  fabric = await startFabric({ vdoms: ['root', 'branch'] });
  await writeFile(join(directory, 'ca.pem'), fabric.rootPem);
});
afterAll(async () => {
  await fabric.stop();
  await rm(directory, { recursive: true });
});

const curl = (path: string, ...args: string[]) => curlAt(fabric.fortigate.port, path, ...args);

async function curlAt(port: number, path: string, ...args: string[]) {
  const { stdout } = await run('curl', [
    ...['--silent', '--noproxy', '*', '--cacert', join(directory, 'ca.pem'), '--write-out', '\n%{http_code}'],
    ...args,
    `https://localhost:${port}/api/v2/${path}`,
  ]);
  const [body, status] = stdout.split('\n');
  return { status: Number(status), body: JSON.parse(body ?? '') };
}

const token = ['--header', `Authorization: Bearer ${fortigateToken}`];
const monitor = 'monitor/endpoint-control/ems';

test('curl without the token, or with it in the address, is not let in', async () => {
  expect((await curl(`${monitor}/status`)).status).toBe(401);
  expect((await curl(`${monitor}/status?access_token=${fortigateToken}`)).status).toBe(401);
  expect((await curl(`${monitor}/status`, '--header', 'Authorization: Bearer no')).status).toBe(401);
});

test('curl sees the envelope of FortiOS, once for each VDOM where it asks for all', async () => {
  const { body } = await curl(`${monitor}/status`, ...token);
  expect(body).toMatchObject({
    http_method: 'GET',
    status: 'success',
    vdom: 'root',
    path: 'endpoint-control',
    name: 'ems/status',
    serial: fortigateSerial,
    version: 'v7.4.8',
    results: [{ ems_id: 1, ems_name: 'ems137', ems_is_connected: false, ems_is_verified: false }],
  });
  const all = await curl(`${monitor}/status?vdom=*`, ...token);
  expect(all.body.map(({ vdom }: { vdom: string }) => vdom)).toEqual(['root', 'branch']);
  expect((await curl('monitor/none', ...token)).body).toMatchObject({ status: 'error', http_status: 404 });
});

test('curl plays the procedure: authorise on EMS, verify on the FortiGate, connected', async () => {
  const certificate = await curl(`${monitor}/cert-status?ems_id=1&with_cert=true`, ...token);
  const { fingerprint } = certificate.body.results.cert;
  const file = join(directory, 'ems.pem');
  await writeFile(file, fabric.ems.certificate);
  const { stdout } = await run('openssl', ['x509', '-noout', '-fingerprint', '-sha256', '-in', file]);
  expect(stdout.trim()).toMatch(new RegExp(`=${fingerprint}$`));
  expect([...fabric.ems.pending]).toEqual([fortigateSerial]);
  const verify = (value: string) =>
    curl(`${monitor}/verify-cert`, ...token, '--json', JSON.stringify({ ems_id: 1, fingerprint: value }));
  expect((await verify('00')).status).toBe(424);
  expect((await verify(fingerprint)).body).toMatchObject({ results: { status: 'verified' } });
  const status = async () => (await curl(`${monitor}/status`, ...token)).body.results[0];
  expect(await status()).toMatchObject({
    ems_is_verified: true,
    ems_is_connected: false,
    ems_status: 'not-authorized',
  });
  fabric.ems.authorize(fortigateSerial);
  expect(await status()).toMatchObject({ ems_is_connected: true, ems_serial: 'FCTEMS0000000137' });
  await curl(`${monitor}/unverify-cert`, ...token, '--json', '{"ems_id":1}');
  expect(await status()).toMatchObject({ ems_is_verified: false, ems_is_connected: false });
});

test('curl sees users by FSSO where it asks for them, and removes one for real', async () => {
  const { fabric: own, entry } = await usersLab();
  const port = own.fortigate.port;
  const ask = (path: string, ...args: string[]) => curlAt(port, path, ...token, ...args);
  expect((await ask('monitor/user/firewall')).body.results).toEqual([]);
  const { results } = (await ask('monitor/user/firewall?include_fsso=true')).body;
  expect(results.map(({ username, method }: Record<string, string>) => [username, method])).toEqual([
    ['alice', 'FSSO'],
    ['bob', 'FSSO'],
  ]);
  const only = await ask('monitor/user/firewall?include_fsso=true&ipv4=10.0.0.2');
  expect(only.body.results).toHaveLength(1);
  expect((await ask('monitor/user/fsso')).body.results[0]).toMatchObject({
    name: 'corp',
    status: 'connected',
  });
  const deauth = (body: object) => ask('monitor/user/firewall/deauth', '--json', JSON.stringify(body));
  const right = {
    user_type: 'firewall',
    id: results[0].id,
    ip: '10.0.0.1',
    ip_version: 'ip4',
    method: 'fsso',
  };
  expect((await deauth({ ...right, ip: '10.0.0.2' })).status).toBe(424);
  expect((await deauth({ ...right, method: 'wsso' })).status).toBe(424);
  expect(entry?.users).toHaveLength(2);
  expect((await deauth(right)).body).toMatchObject({ status: 'success' });
  expect(entry?.users.map(({ logon }) => logon.record.user)).toEqual(['bob']);
  expect((await ask('monitor/user/firewall?vdom=none')).body).toMatchObject({ http_status: 424, error: -3 });
  expect((await ask('monitor/user/device/query?vdom=*')).body).toHaveLength(2);
});

test('curl finds no query of devices on FortiOS 7.0, and is told which profile lacks a permission', async () => {
  const { fabric: own } = await usersLab({ release: '7.0', accessOf: { fwgrp: 'none' } });
  const ask = (path: string) => curlAt(own.fortigate.port, path, ...token);
  expect((await ask('monitor/user/device/query')).status).toBe(404);
  expect((await ask('cmdb/firewall/policy')).body).toMatchObject({
    http_status: 403,
    message: 'profile fabrictop_readers has no read access to fwgrp',
  });
});

test.each(['7.0', '7.2', '7.4', '7.6'] as const)(
  'curl finds who is primary where FortiOS %s says it',
  async (release) => {
    const members = [
      { serial: fortigateSerial, hostName: 'edge', priority: 200, primary: true },
      { serial: 'FGVM01LAB0000003', hostName: 'edge-2', priority: 100, primary: false },
    ];
    const own = await startFabric({ release, cluster: { mode: 'a-p', group: 'office', members } });
    try {
      const ask = async (path: string) => (await curlAt(own.fortigate.port, path, ...token)).body.results;
      expect(await ask('cmdb/system/ha')).toMatchObject({ mode: 'a-p', 'group-name': 'office' });
      const peers = await ask('monitor/system/ha-peer');
      const isNew = release === '7.4' || release === '7.6';
      expect(peers.map(({ primary }: Record<string, unknown>) => primary)).toEqual([
        isNew ? true : undefined,
        undefined,
      ]);
      const [first] = await ask('monitor/system/ha-checksums');
      expect(first[release === '7.0' ? 'is_manage_master' : 'is_manage_primary']).toBe(
        release === '7.0' ? 1 : true,
      );
    } finally {
      await own.stop();
    }
  },
);
