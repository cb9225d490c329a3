import { connect as connectPlain, type Socket } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { afterAll, expect, onTestFinished, test, vi } from 'vitest';
import { AgentTlsFeed, type AgentTlsOptions } from '../../../../src/fsso/collector/feeds/agents-tls.ts';
import { encodeDatagram } from '../../../../src/fsso/wire/datagram.ts';
import { feedContext } from '../../../support/feed-context.ts';
import { OpensslCa } from '../../../support/openssl-ca.ts';

const patience = { timeout: 20_000, interval: 5 };
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

async function running(more: Partial<AgentTlsOptions> = {}) {
  const all = feedContext();
  const feed = new AgentTlsFeed(
    {
      listen: '127.0.0.1',
      port: 0,
      certificate: server.certificate,
      key: server.key,
      ca: authority.certificate,
      allowed: null,
      ...more,
    },
    all.context,
  );
  const [listening] = await feed.start();
  onTestFinished(() => feed.stop());
  const port = listening?.port ?? 0;
  const keep = <Kind extends Socket>(socket: Kind): Kind => {
    socket.on('error', () => {});
    // The collector's first words: unread, they would keep the connection from ending.
    socket.resume();
    onTestFinished(() => void socket.destroy());
    return socket;
  };
  return {
    ...all,
    feed,
    plain: () => keep(connectPlain(port, '127.0.0.1')),
    secure: (who: { certificate: string; key: string } | null = agent): TLSSocket =>
      keep(
        connect({
          port,
          host: '127.0.0.1',
          ca: authority.certificate,
          ...(who && { cert: who.certificate, key: who.key }),
        }),
      ),
  };
}

const closed = (socket: Socket) => new Promise<void>((done) => socket.once('close', () => done()));

function datagrams(now: number) {
  const time = Math.floor(now / 1000);
  const logon = (user: string) =>
    encodeDatagram({ kind: 'logon', time, ip: '10.0.0.1', workstation: 'PC1', domain: 'CORP', user });
  return { logon, keepalive: encodeDatagram({ kind: 'keepalive', time, domain: 'CORP', version: '1' }) };
}

test('an agent that shows a certificate of the authority reports logons one behind the other', async () => {
  const { secure, feed, order, events, clock } = await running();
  const { logon, keepalive } = datagrams(clock.now());
  const stream = Buffer.concat([keepalive, logon('anna'), logon('bert')]);
  const socket = secure();
  socket.write(stream.subarray(0, 50));
  await vi.waitFor(() => expect(feed.health.counts).toMatchObject({ keepalives: 1 }), patience);
  socket.write(stream.subarray(50));
  await vi.waitFor(() => expect(order).toEqual(['+anna@10.0.0.1', '+bert@10.0.0.1']), patience);
  expect(feed.health).toMatchObject({
    kind: 'agents over TLS',
    counts: { received: 3, connections: 1 },
    sources: [{ address: '127.0.0.1', domain: 'CORP', logons: 2 }],
  });
  socket.end();
  await closed(socket);
  await vi.waitFor(() => expect(feed.health.counts['connections']).toBe(0), patience);
  expect(events).toMatchObject([
    { msg: 'agent connected', agent: '127.0.0.1', certificate: 'DC01' },
    { msg: 'agent heard' },
    { msg: 'agent disconnected', why: 'the agent closed the connection' },
  ]);
});

test.each([
  ['of another authority', stranger],
  ['of nobody', null],
])('an agent with a certificate %s is refused, and nothing that it sent is read', async (_, who) => {
  const { secure, feed, order, events, clock } = await running();
  const socket = secure(who);
  socket.write(datagrams(clock.now()).logon('eve'));
  await closed(socket);
  await vi.waitFor(() => expect(feed.health.dropped).toEqual({ 'tls-handshake': 1 }), patience);
  expect(events).toMatchObject([{ detail: expect.stringContaining('not one of agent-ca') }]);
  expect(order).toEqual([]);
  expect(feed.health.sources).toEqual([]);
});

test('what speaks no TLS is refused, and so is what says nothing', async () => {
  const { plain, feed, events, clock } = await running();
  const talker = plain();
  talker.write('GET / HTTP/1.1\r\n\r\n');
  await closed(talker);
  const silent = plain();
  // The sweep and the limit of this handshake.
  await vi.waitFor(() => expect(clock.waiting).toBe(3), patience);
  clock.advance(10_000);
  await closed(silent);
  expect(feed.health.dropped).toEqual({ 'tls-handshake': 2 });
  expect(events).toMatchObject([
    { detail: expect.stringContaining('the TLS handshake failed') },
    { detail: 'no TLS handshake within 10 s of the connection' },
  ]);
});

test('an agent that goes silent is disconnected after half a minute', async () => {
  const { secure, feed, events, clock } = await running();
  const socket = secure();
  socket.write(datagrams(clock.now()).keepalive);
  await vi.waitFor(() => expect(feed.health.counts).toMatchObject({ keepalives: 1 }), patience);
  clock.advance(25_000);
  expect(feed.health.counts['connections']).toBe(1);
  clock.advance(5000);
  await closed(socket);
  expect(events.find(({ msg }) => msg === 'agent disconnected')).toMatchObject({
    why: 'it sent nothing for 30 s',
  });
});

test('a stream that is none of datagrams is ended', async () => {
  const { secure, feed, events } = await running();
  const socket = secure();
  socket.write(Buffer.from([0, 5, 1, 2, 3]));
  await closed(socket);
  await vi.waitFor(() => expect(feed.health.dropped).toEqual({ 'bad-length': 1 }), patience);
  expect(events.map(({ msg }) => msg)).toEqual(['agent connected', 'datagram dropped', 'agent disconnected']);
});

test('connections of addresses that are not allowed are closed', async () => {
  const { plain, feed } = await running({ allowed: ['10.0.0.0/8'] });
  await closed(plain());
  expect(feed.health.dropped).toEqual({ 'source-not-allowed': 1 });
});

test('certificates that are none are refused at the start', async () => {
  await expect(running({ ca: 'nonsense', key: 'nonsense' })).rejects.toThrow(
    'certificates cannot be used for agents over TLS',
  );
});
