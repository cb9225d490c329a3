import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { parseXml, type XmlElement } from '../../src/fsso/wsman/xml.ts';
import { LoopbackCapture } from '../support/loopback-capture.ts';
import { OpensslCa } from '../support/openssl-ca.ts';
import { writeTickets, wsmanClient, wsmanPassword, wsmanServer } from '../support/wsman.ts';
import { runTool } from './tool.ts';

// The lab's WS-Management asked by clients that nobody here wrote, pywinrm with its own NTLM and sealing and curl with the
// system's GSSAPI; and our client in front of a server whose login and seals are the system's GSSAPI's.

const directory = mkdtempSync(join(tmpdir(), 'fabrictop-wsman-'));
const openssl = new OpensslCa();
afterAll(() => {
  rmSync(directory, { recursive: true });
  openssl.remove();
});
const authority = openssl.authority('/CN=Machines');
const identity = openssl.issue({
  subject: '/CN=dc01',
  issuer: authority,
  extensions: [['subjectAltName', 'IP:127.0.0.1']],
});
const tls = { certificate: identity.certificate, key: identity.key, der: identity.der };

// ntlm-auth takes MD4 from OpenSSL, which has it in another provider.
const opensslSettings = join(directory, 'openssl.cnf');
writeFileSync(
  opensslSettings,
  'openssl_conf = a\n[a]\nproviders = b\n[b]\ndefault = c\nlegacy = c\n[c]\nactivate = 1\n',
);
const ntlmUsers = join(directory, 'users');
const environment = {
  ...process.env,
  OPENSSL_CONF: opensslSettings,
  NTLM_USER_FILE: ntlmUsers,
  REQUESTS_CA_BUNDLE: authority.certificateFile,
};

function run(program: string, args: readonly string[]): Promise<string> {
  return new Promise((done, failed) => {
    const child = spawn(program, args, {
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let errors = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      errors += chunk.toString();
    });
    child.on('error', failed);
    child.on('close', (status) =>
      status === 0
        ? done(output)
        : failed(new Error(`${program} left with ${status}: ${errors.slice(-500)}`)),
    );
  });
}

const script = new URL('wsman.py', import.meta.url).pathname;

/** The items that pywinrm pulls, part by part. */
async function pull(url: string, query: string, password = wsmanPassword): Promise<XmlElement[][]> {
  const output = await run('/usr/bin/python3', [script, url, 'CORP\\svc-fsso', password, query, '4']);
  const parts = JSON.parse(output) as string[];
  return parts.map((text) => {
    const envelope = parseXml(Buffer.from(text));
    const response = envelope.children.find(({ name }) => name === 'Body')?.children[0];
    return [...(response?.children.find(({ name }) => name === 'Items')?.children ?? [])];
  });
}

const numbersOf = (items: readonly XmlElement[]) =>
  items.map((item) => Number(item.children.find(({ name }) => name === 'RecordNumber')?.text));

const query =
  "SELECT * FROM Win32_NTLogEvent WHERE Logfile = 'Security' AND (EventCode = 4768 OR EventCode = 4769) AND RecordNumber > 10";

test('pywinrm logs in, seals its messages over HTTP, and pulls what the log has', {
  timeout: 60_000,
}, async () => {
  const { server, log } = await wsmanServer();
  writeTickets(log, 20);
  const parts = await pull(server.url, query);
  expect(parts.map(numbersOf)).toEqual([
    [20, 19, 18, 17],
    [16, 15, 14, 13],
    [12, 11],
  ]);
  const strings = parts[0]?.[0]?.children.filter(({ name }) => name === 'InsertionStrings');
  expect(strings?.map(({ text }) => text).slice(0, 2)).toEqual(['user20', 'CORP.EXAMPLE']);
});

test('pywinrm over HTTPS ties its login to the certificate', { timeout: 60_000 }, async () => {
  const { server, log } = await wsmanServer({ tls });
  writeTickets(log, 11);
  expect((await pull(server.url, query)).map(numbersOf)).toEqual([[11]]);
  // The same through another certificate than the one that the server has is refused.
  const { server: between } = await wsmanServer({ tls: { ...tls, der: authority.der } });
  await expect(pull(between.url, query)).rejects.toThrow('InvalidCredentialsError');
});

test('pywinrm with a wrong password is refused', { timeout: 60_000 }, async () => {
  const { server } = await wsmanServer();
  await expect(pull(server.url, query, 'wrong')).rejects.toThrow('InvalidCredentialsError');
});

test("the system's GSSAPI is content with our SPNEGO and its signature, and refused with a wrong password", {
  timeout: 60_000,
}, async () => {
  const { server } = await wsmanServer();
  const curl = () =>
    run('curl', [
      ...['-s', '-o', '/dev/null', '-w', '%{http_code}', '--negotiate', '-u', ':', '-X', 'POST', '-d', ''],
      server.url,
    ]);
  writeFileSync(ntlmUsers, `CORP:svc-fsso:${wsmanPassword}\n`);
  expect(await curl()).toBe('200');
  writeFileSync(ntlmUsers, 'CORP:svc-fsso:wrong\n');
  expect(await curl()).toBe('401');
});

/** Port of a service in Python whose login is GSSAPI's. */
async function gssapiServer(...options: readonly string[]): Promise<number> {
  const child = spawn(
    '/usr/bin/python3',
    [new URL('wsman-server.py', import.meta.url).pathname, ...options],
    {
      env: environment,
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  onTestFinished(() => void child.kill());
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return Number(line.toString());
}

test("the system's GSSAPI takes our login and opens what we seal, and we open what it seals, message by message", {
  timeout: 60_000,
}, async () => {
  writeFileSync(ntlmUsers, `CORP:svc-fsso:${wsmanPassword}\n`);
  const port = await gssapiServer();
  const client = wsmanClient(port);
  for (let message = 0; message < 5; message++)
    expect((await client.identify()).vendor).toMatch(/^CORP\\svc-fsso/);
  const { items } = await client.enumerate(query, 100);
  expect(numbersOf(items)).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
  expect(client.logins).toBe(1);
  await expect(wsmanClient(port, { password: 'wrong' }).identify()).rejects.toMatchObject({ scope: 'login' });
});

test("the system's GSSAPI takes our login over HTTPS only where it is tied to the certificate that is there", {
  timeout: 60_000,
}, async () => {
  writeFileSync(ntlmUsers, `CORP:svc-fsso:${wsmanPassword}\n`);
  const files = ['certificate', 'key'].map((name) => join(directory, name));
  writeFileSync(files[0] ?? '', identity.certificate);
  writeFileSync(files[1] ?? '', identity.key);
  const known = (der: Buffer) => createHash('sha256').update(der).digest('hex');
  const server = (port: number) => ({
    server: { host: '127.0.0.1', port, tls: { ca: [authority.certificate], checksName: true } },
  });
  const port = await gssapiServer(...files, known(identity.der));
  const client = wsmanClient(port, server(port));
  expect((await client.identify()).vendor).toMatch(/^CORP\\svc-fsso/);
  expect((await client.enumerate(query, 100)).items).toHaveLength(10);
  // As a service sees it whose TLS somebody else ends.
  const relayed = await gssapiServer(...files, known(authority.der));
  await expect(wsmanClient(relayed, server(relayed)).identify()).rejects.toMatchObject({ scope: 'login' });
});

test.runIf(process.getuid?.() === 0)(
  'tshark finds our login well formed and no word of what is sealed',
  { timeout: 60_000 },
  async () => {
    const { server, log } = await wsmanServer();
    writeTickets(log, 300);
    const captured = mkdtempSync(join(directory, 'capture-'));
    const capture = await LoopbackCapture.start(captured, `tcp port ${server.port}`);
    const client = wsmanClient(server.port);
    const { items } = await client.enumerate(query, 1000);
    expect(items).toHaveLength(290);
    client.close();
    await capture.stop();
    const dissected = (filter: string, ...more: string[]) =>
      runTool(
        'tshark',
        ['-r', capture.file, '-d', `tcp.port==${server.port},http`, '-Y', filter, ...more],
        'tshark',
      )
        .toString()
        .split('\n')
        .filter(Boolean);
    expect(dissected('_ws.malformed')).toEqual([]);
    const types = dissected('ntlmssp', '-T', 'fields', '-e', 'ntlmssp.messagetype');
    expect(types).toEqual(['0x00000001', '0x00000002', '0x00000003']);
    expect(dissected('ntlmssp.auth.username', '-T', 'fields', '-e', 'ntlmssp.auth.username')).toEqual([
      'svc-fsso',
    ]);
    // Two requests and two replies behind the login are sealed, and nothing of a query or an event is to be read.
    const sealed = dissected('http.content_type contains "HTTP-SPNEGO-session-encrypted"');
    expect(sealed).toHaveLength(4);
    const bytes = readFileSync(capture.file).toString('latin1');
    for (const word of ['Win32_NTLogEvent', 'InsertionStrings', 'user300', wsmanPassword])
      expect(bytes).not.toContain(word);
  },
);
