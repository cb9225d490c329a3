import { createServer, type Server } from 'node:net';
import { afterAll, expect, onTestFinished, test, vi } from 'vitest';
import { DcAgent } from '../../../src/fsso/agents/dc.ts';
import type { AgentTls } from '../../../src/fsso/agents/open-tls.ts';
import { AgentTlsFeed } from '../../../src/fsso/collector/feeds/agents-tls.ts';
import { feedContext } from '../../support/feed-context.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { OpensslCa } from '../../support/openssl-ca.ts';

const patience = { timeout: 20_000, interval: 5 };
const openssl = new OpensslCa();
afterAll(() => openssl.remove());
const authority = openssl.authority('/CN=Agents');
const other = openssl.authority('/CN=Somebody');
const server = openssl.issue({
  subject: '/CN=collector',
  issuer: authority,
  extensions: [['subjectAltName', 'IP:127.0.0.1']],
});
const own = openssl.issue({ subject: '/CN=DC01', issuer: authority });
const strangers = openssl.issue({ subject: '/CN=Eve', issuer: other });

async function collector(port = 0) {
  const all = feedContext();
  const feed = new AgentTlsFeed(
    {
      listen: '127.0.0.1',
      port,
      certificate: server.certificate,
      key: server.key,
      ca: authority.certificate,
      allowed: null,
    },
    all.context,
  );
  const [listening] = await feed.start();
  onTestFinished(() => feed.stop());
  return { ...all, feed, port: listening?.port ?? 0 };
}

function agent(port: number, tls: Partial<AgentTls> = {}) {
  const clock = new ManualClock();
  const warnings: string[] = [];
  const dc = new DcAgent({
    collectors: [{ host: '127.0.0.1', port, tls: true }],
    domain: 'CORP',
    version: '1',
    keepaliveMs: 10_000,
    tls: { certificate: own.certificate, key: own.key, ca: authority.certificate, ...tls },
    warn: (text) => warnings.push(text),
    clock,
  });
  const logon = (user: string) => dc.logon({ workstation: 'PC1', domain: 'CORP', user, ip: '10.0.0.1' });
  return { dc, clock, warnings, logon };
}

test('an agent sends over TLS, all of it before it leaves', async () => {
  const { port, order, feed } = await collector();
  const { dc, logon, warnings } = agent(port);
  await dc.start();
  const users = Array.from({ length: 300 }, (_, number) => `user${number}`);
  for (const user of users) await logon(user);
  await dc.stop();
  await vi.waitFor(() => expect(order).toHaveLength(300), patience);
  expect(order).toEqual(users.map((user) => `+${user}@10.0.0.1`));
  expect(feed.health.sources).toMatchObject([{ domain: 'CORP', bad: 0 }]);
  expect(warnings).toEqual([]);
});

test('logons wait for a collector that is away, and go out when it is back', async () => {
  const first = await collector();
  const { dc, clock, warnings, logon } = agent(first.port);
  await dc.start();
  await first.feed.stop();
  await vi.waitFor(() => expect(warnings).toHaveLength(1), patience);
  await logon('anna');
  await logon('bert');
  const { order } = await collector(first.port);
  clock.advance(1000);
  await vi.waitFor(() => expect(order).toEqual(['+anna@10.0.0.1', '+bert@10.0.0.1']), patience);
  expect(warnings).toEqual([
    `tls://127.0.0.1:${first.port} closed the connection; it is tried again`,
    `tls://127.0.0.1:${first.port} is back`,
  ]);
  await dc.stop();
  expect(clock.waiting).toBe(0);
});

test('an agent that leaves while its collector is away says what was not sent', async () => {
  const gone = createServer();
  await new Promise<void>((done) => gone.listen(0, '127.0.0.1', done));
  const { port } = gone.address() as { port: number };
  await new Promise((done) => gone.close(done));
  const { dc, warnings, logon, clock } = agent(port);
  await dc.start();
  expect(warnings).toEqual([expect.stringMatching(/cannot be reached: .*ECONNREFUSED.*; it is tried again/)]);
  await logon('anna');
  await expect(dc.stop()).rejects.toThrow('1 datagrams were not sent: their collector was away');
  expect(clock.waiting).toBe(0);
});

test('a collector of another authority is told nothing', async () => {
  const { port, order, feed } = await collector();
  const { dc, clock } = agent(port, { ca: other.certificate });
  await expect(dc.start()).rejects.toThrow(/is not trusted: .*\(.*CERT|ISSUER/);
  expect(order).toEqual([]);
  expect(feed.health.counts).toMatchObject({ received: 0 });
  expect(clock.waiting).toBe(0);
});

test('an agent whose certificate is not accepted learns it, although TLS 1.3 let it in at first', async () => {
  const { port, order } = await collector();
  const { dc, clock } = agent(port, { certificate: strangers.certificate, key: strangers.key });
  await expect(dc.start()).rejects.toThrow(
    'did not accept our certificate: it has to be one of its agent-ca',
  );
  expect(order).toEqual([]);
  expect(clock.waiting).toBe(0);
});

test('a certificate that does not name the collector is not trusted', async () => {
  const { port } = await collector();
  const { dc } = agent(port);
  const wrongName = openssl.issue({
    subject: '/CN=collector',
    issuer: authority,
    extensions: [['subjectAltName', 'DNS:elsewhere.example']],
  });
  const impostor = new AgentTlsFeed(
    {
      listen: '127.0.0.1',
      port: 0,
      certificate: wrongName.certificate,
      key: wrongName.key,
      ca: authority.certificate,
      allowed: null,
    },
    feedContext().context,
  );
  const [listening] = await impostor.start();
  onTestFinished(() => impostor.stop());
  await expect(agent(listening?.port ?? 0).dc.start()).rejects.toThrow('is not trusted');
  await dc.stop();
});

test('a collector that says nothing is given up after ten seconds, and tried again', async () => {
  let connections = 0;
  const mute: Server = createServer((socket) => {
    connections += 1;
    socket.on('error', () => {});
  });
  await new Promise<void>((done) => mute.listen(0, '127.0.0.1', done));
  onTestFinished(() => void mute.close());
  const { dc, clock, warnings } = agent((mute.address() as { port: number }).port);
  const started = dc.start();
  await vi.waitFor(() => expect(connections).toBe(1), patience);
  clock.advance(10_000);
  await started;
  expect(warnings).toEqual([expect.stringContaining('no answer within 10 s; it is tried again')]);
  clock.advance(1000);
  await vi.waitFor(() => expect(connections).toBe(2), patience);
  await dc.stop();
});
