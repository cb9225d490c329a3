import { spawn } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { CollectorProcess } from '../support/collector-process.ts';
import { OpensslCa } from '../support/openssl-ca.ts';
import { RawFortigate } from '../support/raw-fortigate.ts';
import { launcher, outcome } from './fabrictop.ts';

const openssl = new OpensslCa();
afterAll(() => openssl.remove());
const authority = openssl.authority('/CN=Agents');
const server = openssl.issue({
  subject: '/CN=collector',
  issuer: authority,
  extensions: [['subjectAltName', 'IP:127.0.0.1']],
});
const own = openssl.issue({ subject: '/CN=DC01', issuer: authority });
const stranger = openssl.issue({ subject: '/CN=Eve', issuer: openssl.authority('/CN=Somebody') });
for (const { keyFile } of [server, own, stranger]) chmodSync(keyFile, 0o600);

function agent(port: number, who: typeof own, user: string) {
  const child = spawn(
    launcher,
    [
      ...['agent', 'dc', '--collector', `tls://127.0.0.1:${port}`, '--ca', authority.certificateFile],
      ...['--certificate', who.certificateFile, '--key', who.keyFile],
    ],
    { env: { PATH: process.env['PATH'], HOME: '/nonexistent', LANG: 'C.UTF-8' } },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = outcome(child);
  child.stdin.on('error', () => {});
  child.stdin.end(`${JSON.stringify({ workstation: 'PC-1', domain: 'CORP', user, ip: '10.0.0.21' })}\n`);
  return ended;
}

test('a logon of an agent over TLS reaches a FortiGate, and an agent of another authority is told why not', async () => {
  const config = join(openssl.directory, 'collector.yaml');
  const files = `certificate: ${server.certificateFile}, key: ${server.keyFile}, agent-ca: ${authority.certificateFile}`;
  writeFileSync(
    config,
    `collector: { listen: 127.0.0.1, port: 0, agent-port: 0, agent-ssl-port: 0, agents: [127.0.0.1], ${files} }\n`,
  );
  const collector = await CollectorProcess.start(config);
  const { agentsTls } = await collector.logged('listening');
  const port = Number(String(agentsTls).split(':').at(-1));
  const fortigate = await RawFortigate.online(collector.port);
  onTestFinished(() => fortigate.close());

  expect(await agent(port, own, 'anna')).toEqual({ status: 0, stdout: '', stderr: '' });
  expect(await fortigate.has('event')).toMatchObject({ record: { user: 'anna', ip: '10.0.0.21' } });

  const refused = await agent(port, stranger, 'eve');
  expect(refused.status).toBe(1);
  expect(refused.stderr).toContain('did not accept our certificate: it has to be one of its agent-ca');
  expect(await collector.logged('datagram dropped')).toMatchObject({
    why: 'tls-handshake',
    detail: expect.stringContaining('not one of agent-ca'),
  });
});
