import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { readCertificateFile } from '../../src/ems/certificate.ts';
import { CloudDesk } from '../../src/ems/cloud-desk.ts';
import { type ConnectorReport, EmsConnector } from '../../src/ems/connector.ts';
import { plainDevice } from '../../src/ems/device.ts';
import type { EmsTarget } from '../../src/ems/examine.ts';
import { emsProfile } from '../../src/ems/profile.ts';
import { TrustStore } from '../../src/ems/trust.ts';
import type { Authority } from '../../src/lab/authority.ts';
import type { LabCloud } from '../../src/lab/ems/cloud.ts';
import { LabEms } from '../../src/lab/ems/server.ts';
import { FaultyEms } from '../../src/lab/faults/faulty-ems.ts';
import { expectAllowed } from '../support/ems-transitions.ts';
import { type Certificates, makeCertificates, serial, settles } from '../support/faulty-lab.ts';
import { ManualClock } from '../support/manual-clock.ts';

vi.setConfig({ testTimeout: 60_000 });

// A connector of the type EMS Cloud against the lab's one: its front desk and its instance, over real TLS.
const accessKey = 'aK-of-the-instance-0';
let certificates: Certificates;
let cloudServer: LabEms;
const cloud: LabCloud = { accounts: new Map(), accessKeys: new Map(), instance: null };
const clock = new ManualClock(Date.now());
let directory: string;
let reports: ConnectorReport[];
const running: EmsConnector[] = [];

beforeAll(async () => {
  certificates = await makeCertificates();
  cloudServer = await LabEms.start({
    serialNumber: 'FCTEMS0000000911',
    authority: certificates.authority,
    hostName: 'localhost',
    deviceRoots: [certificates.devices.certificate],
    cloud,
    clock,
  });
  cloudServer.authorize(serial);
}, 60_000);
afterAll(() => cloudServer.stop());
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'fabrictop-cloud-'));
  reports = [];
  cloud.accounts.clear();
  cloud.accounts.set(serial, 'valid');
  cloud.accessKeys.clear();
  cloud.instance = null;
});
afterEach(async () => {
  for (const each of running.splice(0)) await each.stop();
  expectAllowed(reports);
  expect(clock.waiting).toBe(0);
  rmSync(directory, { recursive: true });
});

const der = (authority: Authority) => readCertificateFile(Buffer.from(authority.certificate));

interface Settings {
  port?: number;
  key?: string;
  contractNeeded?: boolean;
}

function target(
  { port = cloudServer.port, key, contractNeeded = true }: Settings = {},
  more: Partial<EmsTarget> = {},
): EmsTarget {
  const trust = TrustStore.open(join(directory, 'trust.json'), clock, der(certificates.authority));
  const profile = structuredClone(emsProfile);
  Object.assign(profile.cloud, { host: 'localhost', port });
  return {
    name: 'cloud',
    enabled: true,
    type: 'ems-cloud',
    server: null,
    port: 443,
    cloud: new CloudDesk({ accessKey: key ?? null, contractNeeded }),
    sourceIp: '0.0.0.0',
    callTimeoutMs: 30_000,
    pinMode: 'ca-cn',
    identity: certificates.identity,
    serial,
    trust,
    clock,
    device: { ...plainDevice, profile },
    ...more,
  };
}

function connect(given = target()): EmsConnector {
  const connector = new EmsConnector(given, '7.4', (report) => reports.push(report));
  running.push(connector);
  connector.start();
  return connector;
}

const reaches = (connector: EmsConnector, state: string) =>
  settles(() => connector.status.state === state, `${state}, not ${connector.status.state}`);

/** It failed, and there is no way on but a change or a person. */
async function fails(connector: EmsConnector): Promise<EmsConnector['problem']> {
  await reaches(connector, 'failed');
  return connector.problem;
}

test('an entitled account is led to its instance, and from there on it is an EMS like any other', async () => {
  const connector = connect();
  await reaches(connector, 'certificate-not-accepted');
  expect(connector.target.cloud?.instance).toEqual({ host: 'localhost', port: cloudServer.port });
  expect(connector.status.serialNumber).toBe('FCTEMS0000000911');
  expect(await connector.accept(connector.status.chain[0]?.sha256 ?? '')).toBeNull();
  await settles(
    () => connector.status.session.registered && connector.status.nextTryAt !== null,
    'a session',
  );
  expect(connector.status.stages[0]).toMatchObject({ name: 'entitlement', state: 'done' });
  expect(connector.status.session.calls).toContainEqual(
    expect.objectContaining({ name: 'entitlement', ok: true }),
  );
});

test.each([
  ['missing', 'the account has no FCEM contract'],
  ['lost', 'the FCEM contract of the account is over'],
] as const)('a contract that is %s is -7, and nothing is tried again by itself', async (state, reason) => {
  cloud.accounts.set(serial, state);
  const connector = connect();
  expect(await fails(connector)).toMatchObject({ stage: 'reply', code: -7, message: 'License expired.' });
  expect(connector.problem?.cause).toContain(reason);
  expect(connector.status.failure?.diagnosis?.row).toBe(10);
  expect(connector.status.nextTryAt).toBeNull();
  expect(connector.status.stages[0]).toMatchObject({ name: 'entitlement', state: 'stopped' });
  // Renewed: a person asks again, and it goes on.
  cloud.accounts.set(serial, 'valid');
  await connector.refresh();
  expect(connector.status.state).toBe('certificate-not-accepted');
});

test('a contract that ends while the connector stands is noticed with the next check', async () => {
  const connector = connect();
  await reaches(connector, 'certificate-not-accepted');
  await connector.accept(connector.status.chain[0]?.sha256 ?? '');
  await settles(
    () => connector.status.session.registered && connector.status.nextTryAt !== null,
    'a session',
  );
  cloud.accounts.set(serial, 'lost');
  clock.advance(emsProfile.timers.checkEvery);
  expect(await fails(connector)).toMatchObject({ code: -7, message: 'License expired.' });
});

test('a device that no account has is told to be registered', async () => {
  cloud.accounts.clear();
  const problem = await fails(connect());
  expect(problem).toMatchObject({ stage: 'authentication', code: -8 });
  expect(problem?.fix[0]).toContain('FortiCloud account');
});

test('an access key leads to the instance of another account', async () => {
  cloud.accounts.clear();
  cloud.accessKeys.set(accessKey, 'valid');
  await reaches(connect(target({ key: accessKey })), 'certificate-not-accepted');
});

test('a wrong access key is refused by name, and is in no report', async () => {
  const problem = await fails(connect(target({ key: 'wrong-access-key-123' })));
  expect(problem).toMatchObject({ stage: 'authentication', code: -8 });
  expect(problem?.cause).toContain('cloud-authentication-access-key');
  expect(JSON.stringify(reports)).not.toContain('wrong-access');
});

test('a desk that repeats the access key does not get it into any report', async () => {
  const front = await FaultyEms.start(cloudServer, certificates.stranger);
  front.play('echo-refusal');
  const connector = connect(target({ port: front.port, key: accessKey }));
  expect(await fails(connector)).toMatchObject({ stage: 'reply', code: -5 });
  expect(JSON.stringify(reports)).not.toContain(accessKey.slice(0, 8));
  await connector.stop();
  await front.stop();
});

test('with an access key the contract is asked for until FortiOS 7.6.4, and not from then on', async () => {
  cloud.accessKeys.set(accessKey, 'missing');
  expect(await fails(connect(target({ key: accessKey })))).toMatchObject({ code: -7 });
  await reaches(connect(target({ key: accessKey, contractNeeded: false })), 'certificate-not-accepted');
});

test('without an identity nothing is asked', async () => {
  expect(await fails(connect(target({}, { identity: null })))).toMatchObject({ code: -8 });
});

test.each([
  ['other-ca', 'its issuer is not installed'],
  ['wrong-host', 'it names another host'],
  ['expired', 'has expired'],
] as const)('a desk with the certificate fault %s is row 11, and is told nothing', async (fault, says) => {
  const front = await FaultyEms.start(cloudServer, certificates.stranger);
  front.play(fault);
  const connector = connect(target({ port: front.port }));
  const problem = await fails(connector);
  expect(problem).toMatchObject({
    stage: 'certificate',
    code: -4,
    message: 'Server certificate or configured certificate is not recognized',
  });
  expect(problem?.cause).toContain(says);
  expect(connector.status.failure?.diagnosis?.row).toBe(11);
  // Until the installed CAs or the configuration change, or on request.
  expect(connector.status.nextTryAt).toBeNull();
  expect(connector.status.session.calls).toMatchObject([{ name: 'entitlement', ok: false, status: 0 }]);
  await connector.stop();
  await front.stop();
});

test('an instance that shows a certificate for another name is row 11 too, and cannot be accepted', async () => {
  const other = await LabEms.start({
    serialNumber: 'FCTEMS0000000912',
    authority: certificates.stranger,
    hostName: 'elsewhere.example',
    deviceRoots: [],
    clock,
  });
  cloud.instance = { host: 'localhost', port: other.port };
  const connector = connect();
  await reaches(connector, 'certificate-unknown-ca');
  expect(connector.status.failure?.diagnosis?.row).toBe(11);
  expect((await connector.accept(connector.status.chain[0]?.sha256 ?? ''))?.code).toBe(-4);
  expect(connector.status.pinned).toBe(false);
  await other.stop();
});

test.each([['https://evil'], [''], ['a b'], [7], [null]])(
  'an instance called %j is not gone to',
  async (host) => {
    cloud.instance = { host: host as string, port: 443 };
    expect(await fails(connect())).toMatchObject({ code: -5, stage: 'reply' });
  },
);
