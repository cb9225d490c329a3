import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { accept, type FabricHome, FabricRun, fabricHome } from '../support/fabric-home.ts';
import { OpensslCa } from '../support/openssl-ca.ts';

// Two instances, each a process of its own with its own directory, over both transports.

const openssl = new OpensslCa();
const ca = openssl.authority('/O=Corp/CN=Corp CA');
const rootSerial = 'FGVM010000000001';
const memberSerial = 'FGVM010000000002';
const rootIdentity = openssl.issue({ subject: `/CN=${rootSerial}`, issuer: ca });
const memberIdentity = openssl.issue({ subject: `/CN=${memberSerial}`, issuer: ca });
const emsLeaf = openssl.issue({ subject: '/CN=ems.test', issuer: ca });
const emsCa = openssl.authority('/O=EMS/CN=EMS CA');
afterAll(() => openssl.remove());

const ems = [{ name: 'ems137', server: 'ems.example.com', 'call-timeout': 45, 'source-ip': '10.9.9.9' }];

async function keygen(root: FabricHome): Promise<string> {
  const { output, status } = await root.run(['fabric', 'keygen', join(root.directory, 'fabric.key')]);
  expect(status).toBe(0);
  return output.trim().replace('root-key: ', '');
}

/** A root with a signing key, and a member that is configured with it, which share a file. */
async function pair(more: Record<string, unknown> = {}) {
  const root = fabricHome(rootSerial, rootIdentity, ca);
  const member = fabricHome(memberSerial, memberIdentity, ca);
  const rootKey = await keygen(root);
  const file = join(root.directory, 'fabric.json');
  writeFileSync(join(root.directory, 'ems-ca.pem'), emsCa.certificate);
  const rootConfig = (entries: unknown[] = ems) => ({
    trust: { store: 'trust.json', ca: ['ca.pem', 'ems-ca.pem'] },
    ems: entries,
    fabric: {
      role: 'root',
      'signing-key': { file: 'fabric.key' },
      'fabric-ca': ['ems-ca.pem'],
      transport: { file },
    },
  });
  root.configure(rootConfig());
  const fabric = { role: 'downstream', 'root-key': rootKey, transport: { file }, ...more };
  member.configure({ fabric });
  return { root, member, rootKey, file, rootConfig, fabric };
}

test('a member takes settings, CA and pin that its root signed, through a file', async () => {
  const { root, member, file } = await pair();
  await accept(root, 'ems137', emsLeaf.der);
  expect(await root.json('publish')).toMatchObject({ revision: 1, isNew: true, root: rootSerial });
  expect(await root.json('publish')).toMatchObject({ revision: 1, isNew: false });
  expect(await root.json('status')).toMatchObject({ role: 'root', revision: 1, isCurrent: true });
  expect(statSync(file).mode & 0o777).toBe(0o644);
  // What is local to the root, and everything secret, stays there.
  const text = readFileSync(file, 'utf8');
  expect(text).not.toContain('10.9.9.9');
  expect(text).not.toContain('PRIVATE');

  expect(await member.json('status')).toMatchObject({
    revision: null,
    available: { revision: 1, isNewer: true },
  });
  expect(await member.json('receive')).toMatchObject({
    result: 'applied',
    revision: 1,
    acceptedPins: ['ems137'],
    conflicts: [],
  });
  expect(await member.json('receive')).toMatchObject({ result: 'unchanged', revision: 1 });
  expect(await member.json('status')).toMatchObject({
    revision: 1,
    verified: true,
    entries: ['ems137'],
    error: null,
  });
  expect(member.trust().pin('ems137')).toMatchObject({ sha256: emsLeaf.sha256, mode: 'ca-cn' });
  expect(member.trust().cas()).toEqual([emsCa.der]);

  // Every other command of the member has the entry from now on.
  const status = await member.run(['ems', 'status', '--json']);
  expect(JSON.parse(status.output)).toMatchObject({
    connectors: [{ name: 'ems137', server: 'ems.example.com:443' }],
  });
});

test('a member names what it has otherwise, and keeps what is local', async () => {
  const { root, member, fabric } = await pair();
  member.configure({
    ems: [
      { name: 'ems137', server: 'old.example.com', 'source-ip': '127.0.0.1' },
      { name: 'own', server: 'own.example.com' },
    ],
    fabric,
  });
  await root.json('publish');
  expect(await member.json('receive')).toMatchObject({
    conflicts: [
      {
        subject: 'ems137',
        text: 'server is "old.example.com" here and "ems.example.com" on the root, which counts',
      },
    ],
  });
  const { output } = await member.run(['ems', 'status', '--json']);
  expect(JSON.parse(output)).toMatchObject({
    connectors: [
      { name: 'ems137', server: 'ems.example.com:443' },
      { name: 'own', server: 'own.example.com:443' },
    ],
  });

  // With configuration-sync local its own file counts again, and nothing is taken.
  member.configure({
    ems: [{ name: 'ems137', server: 'old.example.com' }],
    fabric: { ...fabric, 'configuration-sync': 'local' },
  });
  const local = await member.run(['fabric', 'receive']);
  expect(local).toMatchObject({
    status: 1,
    diagnostics: [expect.stringContaining('configuration-sync is local')],
  });
  const own = await member.run(['ems', 'status', '--json']);
  expect(JSON.parse(own.output)).toMatchObject({ connectors: [{ server: 'old.example.com:443' }] });
});

test('a changed file, and one that is played back, are refused in one line', async () => {
  const { root, member, file, rootConfig } = await pair();
  await root.json('publish');
  const first = readFileSync(file);
  await member.json('receive');
  root.configure(rootConfig([{ name: 'ems137', server: 'new.example.com' }]));
  expect(await root.json('status')).toMatchObject({ isCurrent: false });
  expect(await root.json('publish')).toMatchObject({ revision: 2, isNew: true });
  const second = readFileSync(file, 'utf8');

  const refused = async (content: string | Buffer, code: string) => {
    writeFileSync(file, content);
    expect(await member.json('receive')).toMatchObject({ result: 'refused', error: { code } });
  };
  await refused(second.replace('new.example.com', 'evil.example.com'), 'wrong-signature');
  await refused(second.slice(0, -40), 'unreadable');
  await refused(Buffer.alloc(2_000_000, 0x20), 'oversized');
  writeFileSync(file, second);
  expect(await member.json('receive')).toMatchObject({ result: 'applied', revision: 2 });
  await refused(first, 'rolled-back');
  const { status, output, diagnostics } = await member.run(['fabric', 'receive']);
  expect({ status, output }).toEqual({ status: 1, output: '' });
  expect(diagnostics[0]).toBe(
    'fabrictop: The Fabric document is older than the one in force: revision 1, in force is 2',
  );
  expect(await member.json('status')).toMatchObject({ revision: 2, error: { code: 'rolled-back' } });

  // A root that lost its state is helped by the revision.
  expect(await root.json('publish', '--revision', '10')).toMatchObject({ revision: 10, isNew: true });
  expect(await member.json('receive')).toMatchObject({ result: 'applied', revision: 10 });
});

test('without the signature of the root no pin and no CA is taken', async () => {
  const { root, member, file, rootConfig, rootKey } = await pair();
  await accept(root, 'ems137', emsLeaf.der);
  const { fabric, ...rest } = rootConfig();
  root.configure({ ...rest, fabric: { role: 'root', 'fabric-ca': ['ems-ca.pem'], transport: { file } } });
  await root.json('publish');
  expect(await member.json('receive')).toMatchObject({ result: 'refused', error: { code: 'unsigned' } });

  member.configure({ fabric: { role: 'downstream', 'unsigned-settings': 'accept', transport: { file } } });
  expect(await member.json('receive')).toMatchObject({ result: 'applied', awaitingPerson: ['ems137'] });
  expect(member.trust().pin('ems137')).toBeNull();
  expect(member.trust().cas()).toEqual([]);

  // Signed by somebody else is not signed.
  const stranger = fabricHome('FGVM010000000003', rootIdentity, ca);
  await keygen(stranger);
  stranger.configure({ ems, fabric: { ...fabric, 'fabric-ca': [] } });
  await stranger.json('publish', '--revision', '50');
  member.configure({ fabric: { role: 'downstream', 'root-key': rootKey, transport: { file } } });
  expect(await member.json('receive')).toMatchObject({
    result: 'refused',
    error: { code: 'wrong-signature' },
  });
});

test('root and member that run follow each change of the file', async () => {
  const { root, member, rootConfig } = await pair();
  const publishing = new FabricRun(root);
  await publishing.says('Fabric revision 1 published');
  const following = new FabricRun(member);
  await following.says(`Fabric revision 1 of ${rootSerial} is in force, signed by the root: 1 EMS entry`);
  await accept(root, 'ems137', emsLeaf.der);
  await following.says('The certificate that the root accepted and signed is accepted: ems137');
  root.configure(rootConfig([...ems, { name: 'second', server: 'second.example.com' }]));
  await following.says('Fabric revision 3');
  expect(await following.stop()).toBe(0);
  expect(await publishing.stop()).toBe(0);
});

test('a member pulls from its root over mutual TLS', async () => {
  const { root, member, rootConfig, rootKey } = await pair();
  const served = rootConfig();
  root.configure({
    ...served,
    fabric: { ...served.fabric, members: [memberSerial], transport: { listen: '127.0.0.1', port: 0 } },
  });
  const publishing = new FabricRun(root);
  const url = (/https:\/\/[\d.:]+/.exec(await publishing.says('Fabric revision 1 published')) ?? [''])[0];
  const follow = (more: Record<string, unknown> = {}) => ({
    role: 'downstream',
    'root-key': rootKey,
    root: rootSerial,
    transport: { url, interval: 5 },
    ...more,
  });
  member.configure({ fabric: follow() });
  const following = new FabricRun(member);
  await following.says(`Fabric revision 1 of ${rootSerial} is in force`);
  await accept(root, 'ems137', emsLeaf.der);
  await following.says('accepted and signed is accepted: ems137');
  await following.stop();
  expect(await member.json('status')).toMatchObject({ revision: 2, error: null });

  // Neither the host nor the root is named by the certificate: nothing is asked for.
  member.configure({ fabric: follow({ root: 'FGVM010000000007' }) });
  expect(await member.json('receive')).toMatchObject({
    error: { message: expect.stringContaining(`its certificate is of ${rootSerial}, which is neither`) },
  });
  // A device of the same CA that is no member gets nothing.
  const stranger = fabricHome(
    'FGVM010000000003',
    openssl.issue({ subject: '/CN=FGVM010000000003', issuer: ca }),
    ca,
  );
  stranger.configure({ fabric: follow() });
  expect(await stranger.json('receive')).toMatchObject({ error: { code: 403 } });
  // One whose certificate no installed CA of the root signed is not let in.
  const other = openssl.authority('/CN=Other CA');
  const foreign = fabricHome(
    memberSerial,
    openssl.issue({ subject: `/CN=${memberSerial}`, issuer: other }),
    ca,
  );
  foreign.configure({ fabric: follow() });
  expect(await foreign.json('receive')).toMatchObject({
    result: 'refused',
    error: {
      fix: [expect.stringContaining('the installed CAs of the root: it may not take our certificate')],
    },
  });
});

test('what a role may not say is told with its place', async () => {
  const home = fabricHome(rootSerial);
  const lines = async (fabric: Record<string, unknown>) => {
    home.configure({ fabric });
    const { status, diagnostics } = await home.run(['fabric', 'status']);
    expect(status).toBe(2);
    return diagnostics.map((line) => line.replace(/^.*?: fabric\.?/, ''));
  };
  expect(await lines({ role: 'downstream', transport: { file: 'x' } })).toEqual([
    'root-key: missing, expected the key of the root, or "unsigned-settings: accept" to take settings without CAs and pins',
  ]);
  expect(await lines({ role: 'root', transport: { url: 'https://x' } })).toEqual([
    'transport.url: found "https://x", expected file or listen with role: root',
  ]);
});

test('keygen replaces no file, and leaves the private key to its owner', async () => {
  const home = fabricHome(rootSerial);
  const path = join(home.directory, 'fabric.key');
  expect(await keygen(home)).toMatch(/^ed25519:[A-Za-z0-9+/]{43}=$/);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const before = readFileSync(path);
  const again = await home.run(['fabric', 'keygen', path]);
  expect(again).toMatchObject({ status: 1, diagnostics: [expect.stringContaining('exists already')] });
  expect(readFileSync(path)).toEqual(before);
});
