import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, expect, onTestFinished, test, vi } from 'vitest';
import { FssoConnector, type FssoConnectorOptions } from '../../src/fsso/gate/connector.ts';
import type { TlsSettings } from '../../src/fsso/network/tls.ts';
import { encodeAuthResult, encodeBulk, encodeHello } from '../../src/fsso/wire/messages.ts';
import { logon } from '../support/fake-network.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { type Issued, OpensslCa } from '../support/openssl-ca.ts';
import { runningCollector } from '../support/running-collector.ts';
import { ScriptedCollector } from '../support/scripted-collector.ts';

vi.setConfig({ testTimeout: 60_000 });
const patience = { timeout: 30_000, interval: 10 };

const made = new OpensslCa();
const authority = made.authority('/CN=Corp Root');
const stranger = made.authority('/CN=Somebody Else');
const issue = (subject: string, names: string, more: { notBefore?: string; notAfter?: string } = {}) =>
  made.issue({ subject, issuer: authority, extensions: [['subjectAltName', names]], ...more });
const good = issue('/CN=dc01.corp.example', 'DNS:dc01.corp.example,IP:127.0.0.1');
const otherName = issue('/CN=other.corp.example', 'DNS:other.corp.example');
const expired = issue('/CN=dc01.corp.example', 'IP:127.0.0.1', { notAfter: '20210101000000Z' });
const early = issue('/CN=dc01.corp.example', 'IP:127.0.0.1', {
  notBefore: '20980101000000Z',
  notAfter: '20991231235959Z',
});
afterAll(() => made.remove());

const trusting = (issued: Issued, more: Partial<TlsSettings> = {}): TlsSettings => ({
  ca: [issued.certificate],
  sni: null,
  checksHost: false,
  ...more,
});

function gate(port: number, tls: TlsSettings | null, more: Partial<FssoConnectorOptions> = {}) {
  const clock = new ManualClock();
  const connector = new FssoConnector(
    {
      name: 'corp',
      identity: 'FGVM010000000001-root',
      collectors: [{ host: '127.0.0.1', port, password: null }],
      strategy: 'hmac-md5-serial-challenge',
      logonTimeoutMs: 300_000,
      tls,
      clock,
      ...more,
    },
    () => {},
  );
  onTestFinished(() => connector.stop());
  connector.start();
  const link = () => connector.links[0];
  return {
    clock,
    connector,
    link,
    until: (state: string) => vi.waitFor(() => expect(link()?.state).toBe(state), patience),
  };
}

/** `openssl s_server` with a certificate, which sends what stands in its input to whoever connects. */
async function sServer(issued: Issued, input: Buffer, options: readonly string[] = []) {
  const child: ChildProcess = spawn(
    'openssl',
    [
      ...['s_server', '-accept', '127.0.0.1:0', '-cert', issued.certificateFile, '-key', issued.keyFile],
      ...options,
    ],
    { stdio: ['pipe', 'pipe', 'pipe'] },
  );
  onTestFinished(async () => {
    if (child.exitCode !== null) return;
    child.kill();
    await once(child, 'close');
  });
  let said = '';
  const port = await new Promise<number>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`openssl s_server ended with ${code}`)));
    child.stdout?.on('data', (text: Buffer) => {
      said += text.toString('latin1');
      const accepted = /^ACCEPT .*:(\d+)$/m.exec(said);
      if (accepted) resolve(Number(accepted[1]));
    });
  });
  child.stdin?.write(input);
  return { port, said: () => said };
}

const proof = Buffer.alloc(16);
const words = Buffer.concat([
  encodeHello('collector', { sync: 100_001, name: 'FSSO 5.0.0301', identity: 'FSAE_SERVER_10001', proof }),
  encodeAuthResult(1, 1),
  encodeBulk(100_002, [logon({ ip: '10.0.0.1', user: 'ANNA' })]),
]);

test.each(['-tls1_2', '-tls1_3'])(
  'logons come from openssl s_server %s, and the certificate is told',
  async (version) => {
    const server = await sServer(good, words, [version]);
    const { connector, link } = gate(server.port, trusting(authority, { checksHost: true }));
    await vi.waitFor(() => expect([...connector.logons.values()][0]?.record.user).toBe('ANNA'), patience);
    expect(link()?.handshake).toMatchObject({
      verdict: 1,
      challengeIsEmpty: true,
      certificate: {
        subject: 'CN=dc01.corp.example',
        issuer: 'CN=Corp Root',
        sha256: good.sha256,
        protocol: version === '-tls1_2' ? 'TLSv1.2' : 'TLSv1.3',
        verdict: null,
      },
    });
    expect(
      link()
        ?.handshake?.stages.slice(0, 4)
        .map(({ name, state }) => `${name} ${state}`),
    ).toEqual(['TCP done', 'TLS done', 'hello done', 'authentication done']);
  },
);

test('sni is what openssl s_server is told', async () => {
  const server = await sServer(good, words, [
    '-servername',
    'fsso.corp.example',
    '-cert2',
    good.certificateFile,
    '-key2',
    good.keyFile,
  ]);
  const { until } = gate(server.port, trusting(authority, { sni: 'fsso.corp.example' }));
  await until('online');
  await vi.waitFor(
    () => expect(server.said()).toContain('Hostname in TLS extension: "fsso.corp.example"'),
    patience,
  );
});

test('the very certificate of the collector may be what it is trusted by', async () => {
  const server = await sServer(good, words);
  await gate(server.port, trusting(good)).until('online');
});

test.each([
  ['of an unknown CA', good, trusting(stranger), 'not trusted', 'Corp Root'],
  ['that expired', expired, trusting(authority), 'expired at 2021-01-01', 'ran out'],
  ['that is not valid yet', early, trusting(authority), 'not valid before 2098-01-01', 'ran out'],
  [
    'with another name, where the name is checked',
    otherName,
    trusting(authority, { checksHost: true }),
    'does not name 127.0.0.1',
    'DNS:other.corp.example',
  ],
])('nothing is said to a collector with a certificate %s', async (_, issued, tls, message, cause) => {
  const server = await sServer(issued, words);
  const { link, until, connector } = gate(server.port, tls);
  await until('failed');
  expect(link()?.problem).toMatchObject({
    stage: 'tls',
    message: expect.stringContaining(message),
    cause: expect.stringContaining(cause),
  });
  expect(link()?.handshake?.certificate).toMatchObject({
    sha256: issued.sha256,
    verdict: expect.any(String),
  });
  expect(link()?.handshake?.stages.find(({ state }) => state === 'stopped')?.name).toBe('TLS');
  expect(link()?.version).toBeNull();
  expect(connector.logons.size).toBe(0);
});

test('another name is taken where ssl-server-host-ip-check is off, as in FortiOS', async () => {
  const server = await sServer(otherName, words);
  await gate(server.port, trusting(authority)).until('online');
});

test('a plain collector on the TLS port is named as such', async () => {
  const collector = await runningCollector();
  const { link, until } = gate(collector.port, trusting(authority));
  await until('failed');
  expect(link()?.problem).toMatchObject({
    stage: 'tls',
    message: expect.stringContaining('does not speak TLS'),
  });
});

test('a TLS collector on the plain port gives no hello, and the text says why that may be', async () => {
  const server = await sServer(good, words);
  const { clock, link, until } = gate(server.port, null);
  await until('waiting-hello');
  clock.advance(10_000);
  expect(link()).toMatchObject({ state: 'stalled', problem: { stage: 'hello' } });
  expect(link()?.problem?.cause).toContain('expects TLS');
  expect(link()?.problem?.fix.join()).toContain('set ssl: enable');
});

test('a collector that hangs in the handshake is given up after 10 s', async () => {
  await using collector = await ScriptedCollector.listen({ behaviour: 'silent' });
  const { clock, link, until } = gate(collector.port, trusting(authority));
  await until('securing');
  clock.advance(10_000);
  expect(link()).toMatchObject({ state: 'stalled', problem: { stage: 'tls' } });
});

test('an old server that knows no TLS of today is told from one that is not trusted', async () => {
  const server = await sServer(good, words, ['-tls1_1', '-cipher', 'DEFAULT:@SECLEVEL=0']);
  const { link, until } = gate(server.port, trusting(authority));
  await until('failed');
  expect(link()?.problem).toMatchObject({
    stage: 'tls',
    fix: [expect.stringContaining('TLS 1.2 or 1.3'), expect.anything()],
  });
});

test('openssl s_client reads the hello of our own TLS port, and our gate logs in there', async () => {
  const collector = await runningCollector({
    password: 'secret',
    tls: { port: 0, certificate: good.certificate, key: good.key },
  });
  const port = collector.tlsPort ?? 0;
  const client = spawn(
    'openssl',
    [
      's_client',
      '-connect',
      `127.0.0.1:${port}`,
      '-CAfile',
      authority.certificateFile,
      '-verify_return_error',
      '-quiet',
    ],
    { stdio: ['pipe', 'pipe', 'ignore'] },
  );
  onTestFinished(async () => {
    if (client.exitCode !== null) return;
    client.kill();
    await once(client, 'close');
  });
  let said = '';
  client.stdout.on('data', (bytes: Buffer) => {
    said += bytes.toString('latin1');
  });
  await vi.waitFor(() => expect(said).toContain('FSSO 5.0.0278'), patience);
  await collector.logon();
  const { connector } = gate(port, trusting(authority, { checksHost: true }), {
    collectors: [{ host: '127.0.0.1', port, password: 'secret' }],
  });
  await vi.waitFor(() => expect(connector.logons.size).toBe(1), patience);
});

test('our collector gives up a TLS handshake that never begins', async () => {
  const collector = await runningCollector({
    tls: { port: 0, certificate: good.certificate, key: good.key },
  });
  const { until } = gate(collector.tlsPort ?? 0, null);
  await until('waiting-hello');
  await vi.waitFor(() => {
    collector.clock.advance(10_000);
    expect(collector.all('fortigate closed')).toMatchObject([
      { why: expect.stringContaining('no TLS handshake') },
    ]);
  }, patience);
});
