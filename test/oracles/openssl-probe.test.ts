import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { getSerialNumber } from '../../src/ems/api.ts';
import { EmsFailure } from '../../src/ems/diagnosis.ts';
import { type ProbeOptions, probe } from '../../src/ems/probe.ts';
import { emsProfile } from '../../src/ems/profile.ts';
import { type Issued, type IssueOptions, OpensslCa, openssl } from '../support/openssl-ca.ts';

// Servers that nobody here wrote: `openssl s_server`, in each way that a server may show, or hold back, its certificate.

const maker = new OpensslCa();
const root = maker.authority('/O=T/CN=Root');
const intermediate = maker.issue({ subject: '/O=T/CN=Intermediate', issuer: root, ca: true });
const altName = [['subjectAltName', 'DNS:localhost,IP:127.0.0.1']] as const;
const leafOf = (issuer: Issued, more: Partial<IssueOptions> = {}) =>
  maker.issue({ subject: '/CN=ems.test', issuer, extensions: altName, ...more });
const leaf = leafOf(intermediate);
const deviceRoot = maker.authority('/CN=Device Root');
const device = maker.issue({ subject: '/CN=FGVM010000000001', issuer: deviceRoot });
const directory = mkdtempSync(join(tmpdir(), 'fabrictop-s-server-'));
afterAll(() => {
  maker.remove();
  rmSync(directory, { recursive: true, force: true });
});

const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as { port: number };
  await new Promise((done) => server.close(done));
  return port;
}

/** `openssl s_server` with this certificate; resolves when it accepts. */
async function serve(certificate: Issued, parameters: readonly string[] = []): Promise<number> {
  const port = await freePort();
  const child = spawn(
    'openssl',
    [
      ...['s_server', '-accept', `127.0.0.1:${port}`, '-cert', certificate.certificateFile],
      ...['-key', certificate.keyFile, ...parameters],
    ],
    { stdio: ['pipe', 'pipe', 'pipe'] },
  );
  running.push(child);
  await new Promise<void>((accepts, failed) => {
    let output = '';
    child.stdout?.on('data', (text: Buffer) => {
      output += text;
      if (/ACCEPT/.test(output)) accepts();
    });
    child.once('exit', () => failed(new Error(`s_server ended: ${output}`)));
  });
  return port;
}

const bundle = (name: string, ...certificates: Issued[]) =>
  maker.write(name, certificates.map((each) => each.certificate).join(''));

function options(port: number, more: Partial<ProbeOptions> = {}): ProbeOptions {
  return { host: '127.0.0.1', port, timeoutMs: 20_000, ca: [root.der], clock: systemClock, ...more };
}

const demanding = ['-Verify', '4', '-verify_return_error', '-CAfile', deviceRoot.certificateFile] as const;

test.each([
  ['TLS 1.2', ['-tls1_2']],
  ['TLS 1.3', ['-tls1_3']],
])('the chain is obtained over %s, also when a client certificate is demanded', async (_name, version) => {
  const chainFile = bundle('chain.pem', intermediate);
  for (const demand of [[], demanding]) {
    const port = await serve(leaf, [...version, '-cert_chain', chainFile, ...demand]);
    const trusted = await probe(options(port));
    expect(trusted.chain).toEqual([leaf.der, intermediate.der, root.der]);
    expect(trusted).toMatchObject({ trusted: true, chainIncomplete: false, hostMatches: true });
    const stranger = await probe(options(port, { ca: [deviceRoot.der] }));
    expect(stranger.chain).toEqual([leaf.der, intermediate.der]);
    expect(stranger).toMatchObject({ trusted: false, chainIncomplete: true });
    expect(stranger.failure?.problem.code).toBe(-4);
    if (demand.length > 0 && version[0] === '-tls1_2') {
      expect(trusted.refusal?.fault).toBe('no-identity');
      expect(trusted.refusal?.problem).toMatchObject({ code: -8, stage: 'authentication' });
    }
  }
});

test('a missing intermediate ends the chain; an unrelated extra is left out; a root that is sent is no trust', async () => {
  const alone = await probe(options(await serve(leaf)));
  expect(alone.chain).toEqual([leaf.der]);
  expect(alone).toMatchObject({
    trusted: false,
    chainIncomplete: true,
    reason: 'its issuer is not installed',
  });

  const stray = await probe(
    options(await serve(leaf, ['-cert_chain', bundle('stray.pem', deviceRoot, intermediate)])),
  );
  expect(stray.chain).toEqual([leaf.der, intermediate.der, root.der]);

  const whole = await probe(
    options(await serve(leaf, ['-cert_chain', bundle('whole.pem', intermediate, root)]), { ca: [] }),
  );
  expect(whole.chain).toEqual([leaf.der, intermediate.der, root.der]);
  expect(whole).toMatchObject({
    trusted: false,
    chainIncomplete: false,
    reason: 'the root of its chain is not installed',
  });
});

test('an installed intermediate completes the chain that the server cut short', async () => {
  const result = await probe(options(await serve(leaf), { ca: [root.der, intermediate.der] }));
  expect(result).toMatchObject({ trusted: true, chainIncomplete: false });
  expect(result.chain).toEqual([leaf.der, intermediate.der, root.der]);
  // The intermediate alone is no root: the whole chain has to be installed.
  expect(await probe(options(await serve(leaf), { ca: [intermediate.der] }))).toMatchObject({
    trusted: false,
  });
});

test.each([
  ['RSA', ['-newkey', 'rsa:2048']],
  ['Ed25519', ['-newkey', 'ed25519']],
  ['EC P-384', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384']],
])(
  'a self-signed %s certificate is its own chain, trusted once it is installed',
  async (_name, keyArguments) => {
    const self = maker.issue({ subject: '/CN=self.test', keyArguments });
    const port = await serve(self);
    expect(await probe(options(port))).toMatchObject({
      chain: [self.der],
      trusted: false,
      chainIncomplete: false,
      reason: 'it is self-signed and not installed',
    });
    expect(await probe(options(port, { ca: [self.der] }))).toMatchObject({ trusted: true });
  },
);

test('our verdict is the one of openssl verify, for good and bad chains', async () => {
  const leaves = {
    good: leafOf(intermediate),
    expired: leafOf(intermediate, { notBefore: '20200101000000Z', notAfter: '20210101000000Z' }),
    early: leafOf(intermediate, { notBefore: '20900101000000Z', notAfter: '20910101000000Z' }),
    client: leafOf(intermediate, { extensions: [['extendedKeyUsage', 'clientAuth']] }),
    // Signed by a certificate that is no CA.
    byLeaf: leafOf(leaf),
  };
  const chainFile = bundle('verdict.pem', intermediate, leaf);
  for (const [name, certificate] of Object.entries(leaves)) {
    const result = await probe(options(await serve(certificate, ['-cert_chain', chainFile])));
    let verdict = true;
    try {
      openssl([
        ...['verify', '-purpose', 'sslserver', '-CAfile', root.certificateFile],
        ...['-untrusted', chainFile, certificate.certificateFile],
      ]);
    } catch {
      verdict = false;
    }
    expect({ name, trusted: result.trusted }).toEqual({ name, trusted: verdict });
    expect(verdict).toBe(name === 'good');
  }
}, 60_000);

test('a server that offers nothing we accept is told as a TLS failure', async () => {
  const port = await serve(leaf, ['-tls1_2', '-cipher', 'AES256-SHA256:@SECLEVEL=0']);
  const rsa = await probe(options(port)).catch((error: unknown) => error);
  expect(rsa).toBeInstanceOf(EmsFailure);
  expect((rsa as EmsFailure).problem).toMatchObject({ stage: 'TLS', code: -5 });
  expect((rsa as EmsFailure).problem.message).toContain('TLS alert 40, handshake failure');
});

test.each([
  ['TLS 1.2', ['-tls1_2']],
  ['TLS 1.3', ['-tls1_3']],
])(
  'over %s the identity certificate opens a server that demands one, and its absence is told',
  async (_name, version) => {
    const chainFile = bundle('api.pem', intermediate);
    const port = await serve(leaf, [...version, '-cert_chain', chainFile, ...demanding, '-www']);
    const call = {
      ...options(port),
      certificate: leaf.sha256,
      serial: 'FGVM010000000001',
      profile: emsProfile,
    };
    const identity = { certificate: device.certificate, key: device.key };
    // s_server answers any path with a page of its own: the call went through, and it is no EMS.
    await expect(getSerialNumber({ ...call, identity })).rejects.toMatchObject({ fault: 'reply-unreadable' });
    await expect(getSerialNumber(call)).rejects.toMatchObject({ fault: 'no-identity' });
    const stranger = maker.issue({ subject: '/CN=FGVM010000000002', issuer: root });
    await expect(
      getSerialNumber({ ...call, identity: { certificate: stranger.certificate, key: stranger.key } }),
    ).rejects.toMatchObject({ fault: 'identity-refused' });
  },
);
