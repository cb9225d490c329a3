import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CollectorProcess } from '../support/collector-process.ts';
import { LoopbackCapture } from '../support/loopback-capture.ts';
import { canRunSambaWindows, type SambaAd, startSambaAd } from '../support/samba-ad/samba-ad.ts';
import { runTool } from './tool.ts';

// The whole way with nothing of ours at its ends: curl asks, `fabrictop collector` challenges, Samba says who is right.

const run = promisify(execFile);

describe.runIf(canRunSambaWindows)('curl at the gates of a collector, before Samba', () => {
  let samba: SambaAd;
  let directory: string;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'fabrictop-ntlm-'));
    samba = await startSambaAd({ smb: true });
  });

  afterAll(async () => {
    await samba?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  const start = async (more = '') => {
    const file = join(directory, 'config.yaml');
    writeFileSync(
      file,
      `collector:
  listen: 127.0.0.1
  port: 0
  agent-port: 0
  password: { env: PASSWORD }
  logon-cache: disable
  ntlm:
    domains:
      - name: CORP
        dns-name: corp.example
        controllers: ["${samba.host}"]
        machine: ${samba.windows.machine.user}
        password: { env: MACHINE }
    gates:
      - { listen: 127.0.0.1, port: 0 }
      - { listen: 127.0.0.1, port: 0, mode: explicit-proxy }
${more}`,
    );
    const collector = await CollectorProcess.start(file, [], {
      PASSWORD: 'gate-secret',
      MACHINE: samba.windows.machine.password,
    });
    const line = await collector.logged('listening');
    return { collector, gate: `http://${line['ntlmGate']}/`, proxy: `http://${line['ntlmProxyGate']}` };
  };

  const curl = async (...parameters: string[]) => {
    const body = join(directory, 'body');
    const { stdout } = await run('curl', [
      ...['-s', '-o', body, '-w', '%{http_code} %{num_connects}', '--max-time', '60', ...parameters],
    ]);
    const [status, connections] = stdout.split(' ').map(Number);
    return { status, connections, text: readFileSync(body, 'utf8').trim() };
  };

  /** As from this address, which is whom the gate lets through. */
  const from = (address: string): string[] => ['--interface', address];

  const users = [
    ['user01', 'ok', 200],
    ['disabled1', 'disabled', 401],
    ['expired1', 'account-expired', 401],
    ['locked1', 'locked', 401],
    ['mustchange1', 'must-change-password', 401],
    ['nobody1', 'no-such-user', 401],
  ] as const;

  test('each gets the verdict that is due, through either gate, and no secret is in the log or in the clear', async () => {
    const capture = await LoopbackCapture.start(directory, `host ${samba.host} or net 127.99.0.0/16`);
    const { collector, gate, proxy } = await start();
    const password = samba.windows.userPassword;
    for (const [index, [user, verdict, status]] of users.entries()) {
      const address = `127.99.0.${index + 1}`;
      const login = `CORP\\${user}:${password}`;
      const plain = await curl(...from(address), '--ntlm', '-u', login, gate);
      // One connection carries the whole of a negotiation.
      expect({ user, ...plain }).toMatchObject({ user, status, connections: 1 });
      await collector.logged('ntlm answer checked', 2 * index + 1);
      const other = await curl(
        ...[...from(`127.99.1.${index + 1}`), '--proxy-ntlm', '-U', login],
        ...['-x', proxy, 'http://a.example/'],
      );
      expect({ user, ...other }).toMatchObject({ user, status: status === 401 ? 407 : 200 });
      const line = await collector.logged('ntlm answer checked', 2 * index + 2);
      expect(line).toMatchObject({ user, verdict, ip: `127.99.1.${index + 1}` });
    }
    expect(await curl(...from('127.99.2.1'), '--ntlm', '-u', 'CORP\\user01:wrong', gate)).toMatchObject({
      status: 401,
      text: 'name or password is wrong',
    });
    expect(await collector.logged('ntlm answer checked', 13)).toMatchObject({
      verdict: 'wrong-password',
      status: 'STATUS_WRONG_PASSWORD',
    });
    // Who is right is a logon, at the address that it came from.
    await collector.logged('logon', 2);
    const logons = collector.log.filter(({ msg }) => msg === 'logon');
    const who = { user: 'user01', domain: 'CORP', groups: expect.stringMatching(/CORP.Domain Users/i) };
    expect(logons).toMatchObject([
      { ...who, ip: '127.99.0.1' },
      { ...who, ip: '127.99.1.1' },
    ]);
    // Let through by address now, without a word of NTLM.
    expect(await curl(...from('127.99.0.1'), gate)).toMatchObject({ status: 200 });
    expect(await curl(...from('127.99.0.2'), gate)).toMatchObject({ status: 401 });

    collector.child.kill('SIGTERM');
    const { stderr } = await collector.ended;
    await capture.stop();
    const gates = [gate, proxy].map((at) => Number(new URL(at).port));
    const tshark = (...more: string[]) =>
      runTool('tshark', ['-r', capture.file, ...more], 'tshark')
        .toString()
        .trim();
    // Their ports and curl's are any, also those that tshark knows for something else: it is told what is spoken there.
    const ports = tshark('-Y', `tcp.port in {${gates.join(',')}}`, '-T', 'fields', '-e', 'tcp.port');
    const spoken = [...new Set(ports.split(/[\s,]+/))].flatMap((port) => ['-d', `tcp.port==${port},http`]);
    const dissected = (filter: string, ...more: string[]) => tshark(...spoken, '-Y', filter, ...more);
    expect(dissected('_ws.malformed')).toBe('');
    // tshark understands what was said: as many answers as there were, and Netlogon's calls.
    const answers = dissected('ntlmssp.messagetype == 3', '-T', 'fields', '-e', 'ntlmssp.auth.username');
    expect(answers.split('\n')).toHaveLength(13);
    expect(dissected('netlogon.opnum == 26').split('\n')).toHaveLength(2);
    expect(dissected('lsarpc.opnum == 76')).not.toBe('');
    const clear = readFileSync(capture.file);
    for (const secret of [samba.windows.machine.password, password, 'gate-secret']) {
      expect(stderr).not.toContain(secret);
      for (const encoding of ['utf8', 'utf16le'] as const)
        expect(clear.includes(Buffer.from(secret, encoding))).toBe(false);
    }
  });

  test('a stranger is a guest where guests are let through, and a wrong password makes none', async () => {
    const { collector, gate } = await start('    ntlm-guest: enable\n');
    const stranger = await curl(...from('127.99.3.1'), '--ntlm', '-u', 'CORP\\nobody1:x', gate);
    expect(stranger).toMatchObject({ status: 200, text: 'let through as a guest' });
    expect(await curl(...from('127.99.3.2'), '--ntlm', '-u', 'CORP\\user01:x', gate)).toMatchObject({
      status: 401,
    });
    await collector.logged('ntlm answer checked', 2);
    expect(collector.log.filter(({ msg }) => msg === 'logon')).toEqual([]);
  });
});
