import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { NtlmClient } from '../../src/fsso/ntlm/client.ts';
import { launcher, outcome } from '../e2e/fabrictop.ts';
import { CollectorProcess, type LogLine } from '../support/collector-process.ts';
import { LoopbackCapture } from '../support/loopback-capture.ts';
import { OpensslCa } from '../support/openssl-ca.ts';
import { patience } from '../support/raw-fortigate.ts';
import { canRunSambaWindows, type SambaAd, startSambaAd } from '../support/samba-ad/samba-ad.ts';

// curl asks, a gate in a process of its own asks the collector, the collector asks Samba.

const run = promisify(execFile);

/** `fabrictop agent ntlm-gate` as its own process. */
class GateProcess {
  readonly child: ChildProcess;
  readonly ended: ReturnType<typeof outcome>;
  text = '';

  constructor(argv: readonly string[]) {
    this.child = spawn(launcher, ['agent', 'ntlm-gate', ...argv], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'], HOME: '/nonexistent', LANG: 'C.UTF-8' },
    });
    this.ended = outcome(this.child);
    this.child.stderr?.on('data', (text: string) => {
      this.text += text;
    });
    onTestFinished(() => void this.child.kill('SIGKILL'));
  }

  async logged(msg: string): Promise<LogLine> {
    return await vi.waitFor(() => {
      const lines = this.text.split('\n').filter((line) => line.startsWith('{'));
      const found = lines.map((line) => JSON.parse(line) as LogLine).find((line) => line.msg === msg);
      if (!found) throw new Error(`no "${msg}" in ${this.text}`);
      return found;
    }, patience);
  }
}

describe.runIf(canRunSambaWindows)('curl at a gate elsewhere, before a collector and Samba', () => {
  const openssl = new OpensslCa();
  const authority = openssl.authority('/CN=Gates');
  const extensions: [string, string][] = [['subjectAltName', 'IP:127.0.0.1']];
  const server = openssl.issue({ subject: '/CN=collector', issuer: authority, extensions });
  const own = openssl.issue({ subject: '/CN=GATE01', issuer: authority });
  for (const { keyFile } of [server, own]) chmodSync(keyFile, 0o600);
  let samba: SambaAd;

  beforeAll(async () => {
    samba = await startSambaAd({ smb: true });
  });

  afterAll(async () => {
    await samba?.stop();
    openssl.remove();
  });

  const startCollector = async (port = 0) => {
    const file = join(openssl.directory, 'config.yaml');
    writeFileSync(
      file,
      `collector:
  listen: 127.0.0.1
  port: 0
  agent-port: 0
  password: { env: PASSWORD }
  logon-cache: disable
  certificate: ${server.certificateFile}
  key: ${server.keyFile}
  ntlm:
    domains:
      - name: CORP
        dns-name: corp.example
        controllers: ["${samba.host}"]
        machine: ${samba.windows.machine.user}
        password: { env: MACHINE }
    gate-link: { listen: 127.0.0.1, port: ${port}, ca: ${authority.certificateFile}, allowed: [127.0.0.0/8] }
`,
    );
    const collector = await CollectorProcess.start(file, [], {
      PASSWORD: 'gate-secret',
      MACHINE: samba.windows.machine.password,
    });
    const { gateLink } = await collector.logged('listening');
    return { collector, link: Number(String(gateLink).split(':').at(-1)) };
  };

  const startGate = async (link: number, ...more: string[]) => {
    const gate = new GateProcess([
      ...['--collector', `tls://127.0.0.1:${link}`, '--ca', authority.certificateFile],
      ...['--certificate', own.certificateFile, '--key', own.keyFile],
      ...['--listen', '127.0.0.1:0', '--proxy-listen', '127.0.0.1:0', ...more],
    ]);
    const line = await gate.logged('listening');
    return { gate, url: `http://${line['ntlmGate']}/`, proxy: `http://${line['ntlmProxyGate']}` };
  };

  const curl = async (address: string, ...parameters: string[]) => {
    const body = join(openssl.directory, 'body');
    const { stdout } = await run('curl', [
      ...['-s', '-o', body, '-w', '%{http_code}', '--max-time', '60', '--interface', address, ...parameters],
    ]);
    return { status: Number(stdout), text: readFileSync(body, 'utf8').trim() };
  };

  test('each gets the verdict that is due, is a logon of the collector, and no secret is in a log or in the clear', async () => {
    const { collector, link } = await startCollector();
    const ours = `net 127.98.0.0/16 or host ${samba.host} or tcp port ${link}`;
    const capture = await LoopbackCapture.start(openssl.directory, ours);
    const { gate, url, proxy } = await startGate(link);
    const password = samba.windows.userPassword;
    const login = (user: string) => `CORP\\${user}:${password}`;
    expect(await curl('127.98.0.1', '--ntlm', '-u', login('user01'), url)).toEqual({
      status: 200,
      text: 'let through as CORP\\user01',
    });
    const proxied = ['--proxy-ntlm', '-U', login('user02'), '-x', proxy, 'http://a.example/'];
    expect(await curl('127.98.0.2', ...proxied)).toMatchObject({ status: 200 });
    expect(await curl('127.98.0.3', '--ntlm', '-u', login('disabled1'), url)).toMatchObject({
      status: 401,
      text: 'the account is disabled',
    });
    expect(await curl('127.98.0.4', '--ntlm', '-u', 'CORP\\user01:wrong', url)).toMatchObject({
      status: 401,
    });
    expect(await collector.logged('ntlm answer checked', 4)).toMatchObject({
      ...{ verdict: 'wrong-password', ip: '127.98.0.4', gate: '127.0.0.1' },
    });
    await collector.logged('logon', 2);
    const who = { domain: 'CORP', groups: expect.stringMatching(/CORP.Domain Users/i) };
    expect(collector.log.filter(({ msg }) => msg === 'logon')).toMatchObject([
      { ...who, user: 'user01', ip: '127.98.0.1' },
      { ...who, user: 'user02', ip: '127.98.0.2' },
    ]);

    gate.child.kill('SIGTERM');
    expect(await gate.ended).toMatchObject({ status: 0 });
    await collector.logged('gate disconnected');
    collector.child.kill('SIGTERM');
    const { stderr } = await collector.ended;
    await capture.stop();
    const clear = readFileSync(capture.file);
    const tokens = [...clear.toString('latin1').matchAll(/NTLM ([A-Za-z0-9+/=]{8,})/g)];
    const said = Buffer.concat([clear, ...tokens.map(([, token = '']) => Buffer.from(token, 'base64'))]);
    // The capture does hold what was said to the gate, and what the gate passed on only within TLS.
    expect(said.includes(Buffer.from('user02', 'utf16le'))).toBe(true);
    expect(clear.includes('NTLMSSP\0')).toBe(false);
    for (const secret of [samba.windows.machine.password, password, 'gate-secret']) {
      expect(stderr + gate.text).not.toContain(secret);
      for (const encoding of ['utf8', 'utf16le'] as const)
        expect(said.includes(Buffer.from(secret, encoding))).toBe(false);
    }
  });

  test('a gate over HTTPS is a web server and a proxy for curl, and nothing is in the clear', async () => {
    const { collector, link } = await startCollector();
    const shown = ['--gate-certificate', server.certificateFile, '--gate-key', server.keyFile];
    const { url, proxy } = await startGate(link, ...shown);
    const capture = await LoopbackCapture.start(openssl.directory, 'net 127.98.3.0/24');
    const login = `CORP\\user01:${samba.windows.userPassword}`;
    const { certificateFile: ca } = authority;
    const page = url.replace('http:', 'https:');
    expect(await curl('127.98.3.1', '--ntlm', '-u', login, '--cacert', ca, page)).toEqual({
      status: 200,
      text: 'let through as CORP\\user01',
    });
    const through = [
      '-x',
      proxy.replace('http:', 'https:'),
      '--proxy-cacert',
      ca,
      '--proxy-ntlm',
      '-U',
      login,
    ];
    expect(await curl('127.98.3.2', ...through, 'http://a.example/')).toMatchObject({ status: 200 });
    const tunnel = ['-w', '%{http_connect}', 'https://a.example/'];
    await expect(curl('127.98.3.3', ...through, ...tunnel)).rejects.toMatchObject({ stdout: '501' });
    await collector.logged('logon', 3);
    await capture.stop();
    expect(readFileSync(capture.file).includes('NTLM')).toBe(false);
  });

  test('only who is in a group that is let through gets in', async () => {
    const { link } = await startCollector();
    const { url } = await startGate(link, '--group', 'CORP/Nobody');
    const { url: open } = await startGate(link, '--group', 'CORP/Nobody', '--group', 'corp/domain users');
    const login = ['--ntlm', '-u', `CORP\\user01:${samba.windows.userPassword}`];
    expect(await curl('127.98.1.1', ...login, url)).toEqual({
      status: 403,
      text: 'you are in no group that is let through here',
    });
    expect(await curl('127.98.1.1', ...login, open)).toMatchObject({ status: 200 });
  });

  test('a collector that dies in the middle of a negotiation is told as such, and found again', async () => {
    const { collector, link } = await startCollector();
    const { gate, url } = await startGate(link);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    const get = (message: Buffer) =>
      new Promise<{ status: number; challenge: string }>((done, failed) => {
        const headers = { authorization: `NTLM ${message.toString('base64')}` };
        request(url, { agent, headers }, (response) => {
          response.resume();
          const challenge = String(response.headers['www-authenticate'] ?? '').slice('NTLM '.length);
          response.once('end', () => done({ status: response.statusCode ?? 0, challenge }));
        })
          .once('error', failed)
          .end();
      });
    const user = { user: 'user01', domain: 'CORP', password: samba.windows.userPassword };
    const client = new NtlmClient(user, { clock: systemClock });
    const asked = await get(client.negotiate());
    expect(asked.status).toBe(401);
    collector.child.kill('SIGKILL');
    await collector.ended;
    await vi.waitFor(() => expect(gate.text).toContain('it is tried again'), patience);
    const { message } = client.authenticate(Buffer.from(asked.challenge, 'base64'));
    expect((await get(message)).status).toBe(503);
    await startCollector(link);
    await vi.waitFor(() => expect(gate.text).toContain('gives verdicts again'), patience);
    const login = `CORP\\user01:${samba.windows.userPassword}`;
    expect(await curl('127.98.2.1', '--ntlm', '-u', login, url)).toMatchObject({ status: 200 });
  });

  test('a gate that cannot ask says why, in one line', async () => {
    const wrong = new GateProcess(['--collector', '127.0.0.1:1', '--listen', '127.0.0.1:0']);
    expect(await wrong.ended).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^fabrictop: --collector: expected tls:\/\/HOST:PORT[^\n]*\n$/),
    });
    const other = new OpensslCa();
    onTestFinished(() => other.remove());
    const stranger = other.issue({ subject: '/CN=Eve', issuer: other.authority('/CN=Somebody') });
    chmodSync(stranger.keyFile, 0o600);
    const { collector, link } = await startCollector();
    const refused = new GateProcess([
      ...['--collector', `tls://127.0.0.1:${link}`, '--ca', authority.certificateFile],
      ...['--certificate', stranger.certificateFile, '--key', stranger.keyFile, '--listen', '127.0.0.1:0'],
    ]);
    expect(await refused.ended).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('did not accept our certificate: it has to be one of its gate-link.ca'),
    });
    expect(await collector.logged('datagram dropped')).toMatchObject({ why: 'tls-handshake' });
  });
});
