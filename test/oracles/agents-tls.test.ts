import { spawn } from 'node:child_process';
import { afterAll, expect, onTestFinished, test, vi } from 'vitest';
import { AgentTlsFeed } from '../../src/fsso/collector/feeds/agents-tls.ts';
import { encodeDatagram } from '../../src/fsso/wire/datagram.ts';
import { feedContext } from '../support/feed-context.ts';
import { OpensslCa } from '../support/openssl-ca.ts';

// The TLS of a client that nobody here wrote: openssl s_client as an agent, in both versions of TLS.

const patience = { timeout: 30_000, interval: 20 };
const openssl = new OpensslCa();
afterAll(() => openssl.remove());
const authority = openssl.authority('/CN=Agents');
const server = openssl.issue({
  subject: '/CN=collector',
  issuer: authority,
  extensions: [['subjectAltName', 'IP:127.0.0.1']],
});
const agent = openssl.issue({ subject: '/CN=DC01', issuer: authority });
const stranger = openssl.issue({ subject: '/CN=Eve', issuer: openssl.authority('/CN=Somebody') });

async function running() {
  const all = feedContext();
  const feed = new AgentTlsFeed(
    {
      listen: '127.0.0.1',
      port: 0,
      certificate: server.certificate,
      key: server.key,
      ca: authority.certificate,
      allowed: null,
    },
    all.context,
  );
  const [listening] = await feed.start();
  onTestFinished(() => feed.stop());
  const client = (how: string, who: typeof agent) => {
    const child = spawn(
      'openssl',
      [
        ...['s_client', '-quiet', '-connect', `127.0.0.1:${listening?.port}`, how, '-verify_return_error'],
        ...['-CAfile', authority.certificateFile, '-cert', who.certificateFile, '-key', who.keyFile],
      ],
      { stdio: ['pipe', 'ignore', 'ignore'] },
    );
    child.stdin.on('error', () => {});
    const gone = new Promise((done) => child.on('close', done).on('error', done));
    onTestFinished(async () => {
      child.kill('SIGKILL');
      await gone;
    });
    return { input: child.stdin, gone };
  };
  const logon = (user: string) =>
    encodeDatagram({
      kind: 'logon',
      time: Math.floor(all.clock.now() / 1000),
      ip: '10.0.0.1',
      workstation: 'PC1',
      domain: 'CORP',
      user,
    });
  return { ...all, feed, client, logon };
}

test.each(['-tls1_2', '-tls1_3'])('openssl sends logons with %s and its certificate', async (version) => {
  const { client, logon, order, events } = await running();
  const { input } = client(version, agent);
  input.write(Buffer.concat([logon('anna'), logon('bert')]));
  await vi.waitFor(() => expect(order).toEqual(['+anna@10.0.0.1', '+bert@10.0.0.1']), patience);
  expect(events[0]).toMatchObject({ msg: 'agent connected', certificate: 'DC01' });
});

test.each(['-tls1_2', '-tls1_3'])(
  'openssl with %s and a certificate of another authority is refused',
  async (version) => {
    const { client, logon, order, feed } = await running();
    const { input, gone } = client(version, stranger);
    input.write(logon('eve'));
    await gone;
    await vi.waitFor(() => expect(feed.health.dropped).toEqual({ 'tls-handshake': 1 }), patience);
    expect(order).toEqual([]);
  },
);

test('openssl with TLS 1.1 is refused', async () => {
  const { client, order, feed } = await running();
  await client('-tls1_1', agent).gone;
  await vi.waitFor(() => expect(Object.keys(feed.health.dropped)).toEqual(['tls-handshake']), patience);
  expect(order).toEqual([]);
});
