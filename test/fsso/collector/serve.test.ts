import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { expect, test, vi } from 'vitest';
import { DcAgent } from '../../../src/fsso/agents/dc.ts';
import { encodeHello, encodeKeepalive, encodeSendAll } from '../../../src/fsso/wire/messages.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { patience, RawFortigate } from '../../support/raw-fortigate.ts';
import { runningCollector } from '../../support/running-collector.ts';

// The limits inside are shorter, so that a failure says what did not come.
vi.setConfig({ testTimeout: 30_000 });

const sales = { 'CORP\\alice': ['CORP/Sales'], '*': ['CORP/Domain Users'] };

test('the collector speaks first: a hello with its banner, identity and sequence number 100001', async () => {
  const { connect } = await runningCollector({ password: 'secret' });
  const hello = await (await connect()).has('hello');
  expect(hello).toMatchObject({ sync: 100_001, capability: 2, identity: 'FSAE_SERVER_10001' });
  expect(hello.name).toMatch(/^FSSO /);
  expect(hello.proof).toHaveLength(16);
});

test('each connection gets a challenge of its own, and zeros where no password is asked', async () => {
  const { connect } = await runningCollector({ password: 'secret' });
  const one = await (await connect()).has('hello');
  const other = await (await connect()).has('hello');
  expect(one.proof.equals(other.proof)).toBe(false);
  const open = await runningCollector();
  expect((await (await open.connect()).has('hello')).proof.equals(Buffer.alloc(16))).toBe(true);
});

test('a FortiGate that knows the password is accepted, with the number of its own hello', async () => {
  for (const strategy of ['hmac-md5-serial-challenge', 'md5-challenge-password'] as const) {
    const { connect, all } = await runningCollector({ password: 'secret' });
    const fortigate = await connect();
    expect(await fortigate.hello({ password: 'secret', strategy })).toBe(1);
    expect(fortigate.all('auth-result')[0]?.sync).toBe(1);
    expect(all('fortigate accepted')).toMatchObject([{ identity: 'FGVM010000000001-root', strategy }]);
  }
});

test('a wrong password gets its verdict and then an orderly close', async () => {
  const { connect, all } = await runningCollector({ password: 'secret' });
  const fortigate = await connect();
  expect(await fortigate.hello({ password: 'wrong' })).not.toBe(1);
  await fortigate.closed();
  expect(fortigate.error).toBeNull();
  expect(all('fortigate refused')).toMatchObject([{ why: 'password', identity: 'FGVM010000000001-root' }]);
});

test('sixteen zeros are no answer where a password is asked', async () => {
  const { connect } = await runningCollector({ password: 'secret' });
  expect(await (await connect()).hello({ strategy: 'none' })).not.toBe(1);
});

test('a strategy that is not enabled is not accepted', async () => {
  const { connect } = await runningCollector({ password: 'secret', strategies: ['hmac-md5-challenge'] });
  expect(await (await connect()).hello({ password: 'secret' })).not.toBe(1);
});

test('a refused FortiGate that pipelined its request is told nothing', async () => {
  const { connect, logon, all } = await runningCollector({ password: 'secret' });
  await logon();
  await vi.waitFor(() => expect(all('logon')).toHaveLength(1), patience);
  const fortigate = await connect();
  const hello = await fortigate.helloBytes({ password: 'wrong' });
  fortigate.socket.write(Buffer.concat([hello, encodeSendAll(2)]));
  await fortigate.closed();
  expect(fortigate.messages.map((message) => message.kind)).toEqual(['hello', 'auth-result']);
});

test('only the FortiGates of the list are accepted; a serial number stands for all its VDOMs', async () => {
  const fortigates = ['FGVM010000000001-root', 'FGVM020000000002'];
  const { connect, all } = await runningCollector({ fortigates });
  const verdict = async (identity: string) => await (await connect()).hello({ identity });
  expect(await verdict('fgvm010000000001-ROOT')).toBe(1);
  expect(await verdict('FGVM010000000001-guest')).not.toBe(1);
  expect(await verdict('FGVM020000000002-guest')).toBe(1);
  expect(await verdict('FGVM03-root')).not.toBe(1);
  expect(all('fortigate refused')).toMatchObject([
    { why: 'identity-not-allowed' },
    { why: 'identity-not-allowed' },
  ]);
});

test('hello and request in one write, and a hello in pieces of one byte, are both answered', async () => {
  const { connect, logon, all } = await runningCollector({ password: 'secret' });
  await logon();
  await vi.waitFor(() => expect(all('logon')).toHaveLength(1), patience);
  const pipelined = await connect();
  const bytes = Buffer.concat([await pipelined.helloBytes({ password: 'secret' }), encodeSendAll(2)]);
  pipelined.socket.write(bytes);
  await pipelined.has('bulk-end');
  expect(pipelined.bulk).toMatchObject([{ user: 'alice', ip: '10.0.0.1', loggedOn: true }]);

  const slow = await connect();
  slow.socket.setNoDelay(true);
  for (const byte of await slow.helloBytes({ password: 'secret' }))
    await new Promise<void>((done) => slow.socket.write(Buffer.of(byte), () => setImmediate(done)));
  expect((await slow.has('auth-result')).status).toBe(1);
});

test('a FortiGate that says nothing for 10 s is disconnected, one that answered is not', async () => {
  const { connect, clock, all } = await runningCollector();
  const silent = await connect();
  const answered = await connect();
  await answered.hello();
  await silent.has('hello');
  clock.advance(10_000);
  await silent.closed();
  expect(answered.ended).toBe(false);
  await vi.waitFor(() => expect(all('fortigate closed')).toHaveLength(1), patience);
  expect(all('fortigate closed')).toMatchObject([
    { identity: null, why: 'no hello within 10 s of the connection' },
  ]);
});

test('garbage and over-long hellos end their own connection only', async () => {
  const { connect, online, logon, all } = await runningCollector();
  const good = await online();
  const shapes = {
    http: Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
    'length 0': Buffer.from('000000008006', 'hex'),
    // The shape of CVE-2015-2281: a hello that announces far more than a hello has.
    'hello of 2 GiB': Buffer.concat([Buffer.from('7fffffff8006', 'hex'), Buffer.alloc(4000, 0x41)]),
    'child that overruns': Buffer.from('00000010800600ffffff010300000001', 'hex'),
    'hello of 5000 bytes': encodeHello('fortigate', {
      sync: 1,
      name: 'x'.repeat(5000),
      identity: 'FG',
      proof: Buffer.alloc(16),
    }),
    'request before the hello': encodeSendAll(1),
  };
  for (const [shape, bytes] of Object.entries(shapes)) {
    const bad = await connect();
    bad.socket.write(bytes);
    await bad.closed();
    expect(bad.all('auth-result'), shape).toEqual([]);
  }
  await vi.waitFor(() => expect(all('fortigate closed')).toHaveLength(6), patience);
  await logon();
  await good.has('event');
});

test('garbage after the hello ends the connection, an unknown message does not', async () => {
  const { online, all, logon } = await runningCollector();
  const fortigate = await online();
  fortigate.socket.write(Buffer.from('00000010880600000000010300000005', 'hex'));
  await vi.waitFor(() => expect(all('message not understood')).toMatchObject([{ code: 0x88 }]), patience);
  await logon();
  await fortigate.has('event');
  fortigate.socket.write(Buffer.from('00000001', 'hex'));
  fortigate.socket.write(Buffer.alloc(10));
  await fortigate.closed();
});

test('the 65th FortiGate is refused, and there is room again when one has left', async () => {
  const { connect, all, collector } = await runningCollector();
  const peers = await Promise.all(Array.from({ length: 64 }, connect));
  await Promise.all(peers.map((peer) => peer.has('hello')));
  const refused = await connect();
  await refused.closed();
  expect(refused.messages).toEqual([]);
  expect(all('fortigate refused')).toMatchObject([{ why: 'too-many-fortigates' }]);
  peers[0]?.close();
  await vi.waitFor(() => expect(collector.status.fortigates).toHaveLength(63), patience);
  await (await connect()).has('hello');
});

test('logons are pushed as events, each with the next sequence number', async () => {
  const { online, logon } = await runningCollector({ groups: sales });
  const fortigate = await online();
  await logon();
  await fortigate.has('event', 1);
  await logon({ ip: '10.0.0.2', user: 'bob', workstation: 'PC2' });
  await fortigate.has('event', 2);
  expect(fortigate.events).toMatchObject([
    {
      loggedOn: true,
      ip: '10.0.0.1',
      user: 'alice',
      groups: 'CORP/Sales+CORP/Domain Users',
      kind: 1,
      session: 0,
    },
    { loggedOn: true, ip: '10.0.0.2', user: 'bob', groups: 'CORP/Domain Users' },
  ]);
  // 100001 the hello, 100002 the bulk.
  expect(fortigate.all('event').map((event) => event.sync)).toEqual([100_003, 100_004]);
});

test('a logon with two addresses is told once for each of them', async () => {
  const { online, logon } = await runningCollector();
  const fortigate = await online();
  await logon({ ip2: '10.0.1.1' });
  await fortigate.has('event', 2);
  expect(fortigate.events.map((record) => record.ip)).toEqual(['10.0.0.1', '10.0.1.1']);
});

test('a session of a terminal server is told with its ports, after the logoff of a plain entry there', async () => {
  const { online, logon } = await runningCollector();
  const fortigate = await online();
  await logon({ ip: '10.0.0.60', workstation: '10.0.0.60' });
  await logon({
    ip: '10.0.0.60',
    workstation: '10.0.0.60',
    user: 'BOB',
    terminal: {
      session: 30,
      portRanges: [
        [1224, 1423],
        [1424, 1623],
      ],
    },
  });
  await fortigate.has('event', 3);
  expect(fortigate.events.slice(1)).toMatchObject([
    { loggedOn: false, user: 'alice', ip: '10.0.0.60', session: 0 },
    {
      loggedOn: true,
      user: 'BOB',
      session: 30,
      kind: 16,
      workstation: '10.0.0.60!1e',
      portRanges: [
        [1224, 1423],
        [1424, 1623],
      ],
    },
  ]);
});

test('a dead entry is told as a logoff', async () => {
  const { online, logon, clock } = await runningCollector({ deadEntryTimeoutMs: 60_000 });
  const fortigate = await online();
  await logon();
  await fortigate.has('event');
  clock.advance(60_000);
  await fortigate.has('event', 2);
  expect(fortigate.events[1]).toMatchObject({ loggedOn: false, user: 'alice', ip: '10.0.0.1' });
});

test('keepalives go out each 10 s, and a FortiGate that is silent for 180 s is disconnected', async () => {
  const { online, clock, all } = await runningCollector();
  const talking = await online();
  const silent = await online();
  for (let second = 10; second < 180; second += 10) {
    clock.advance(10_000);
    talking.keepalive();
    await talking.has('keepalive', second / 10);
  }
  await silent.has('keepalive', 17);
  expect(silent.ended).toBe(false);
  clock.advance(10_000);
  await silent.closed();
  await talking.has('keepalive', 18);
  expect(talking.ended).toBe(false);
  expect(all('sequence numbers missed')).toEqual([]);
});

test('a missed sequence number of a FortiGate is noted and changes nothing', async () => {
  const { online, all } = await runningCollector();
  const fortigate = await online();
  fortigate.socket.write(encodeKeepalive(9));
  await vi.waitFor(() => expect(all('sequence numbers missed')).toMatchObject([{ missed: 6 }]), patience);
  fortigate.sync = 9;
  fortigate.sendAll();
  await fortigate.has('bulk-end', 2);
});

test('a stop sends what is due, closes in order, and loses nothing that was written', async () => {
  const { online, logon, stop, all } = await runningCollector();
  const fortigate = await online();
  fortigate.socket.pause();
  for (let index = 0; index < 500; index++) await logon({ ip: `10.0.1.${index & 255}`, user: `u${index}` });
  const stopped = stop();
  fortigate.socket.resume();
  await stopped;
  await fortigate.closed();
  expect(fortigate.error).toBeNull();
  await fortigate.has('event', 500);
  expect(all('stopped')).toHaveLength(1);
  expect(all('fortigate closed')).toMatchObject([{ why: 'the collector stops', events: 500 }]);
});

test('a FortiGate that never closes its side cannot hold up the stop', async () => {
  const { connect, stop, clock } = await runningCollector();
  const fortigate = await connect();
  await fortigate.hello();
  fortigate.socket.pause();
  let stopped = false;
  const stopping = stop().then(() => {
    stopped = true;
  });
  await vi.waitFor(() => {
    clock.advance(1000);
    expect(stopped).toBe(true);
  }, patience);
  await stopping;
  expect(clock.waiting).toBe(0);
});

test('a port in use and an address of another machine are one clear line, and leave nothing open', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await vi.waitFor(() => expect(server.listening).toBe(true), patience);
  const { port } = server.address() as { port: number };
  await expect(runningCollector({ port })).rejects.toThrow(
    `cannot open TCP port ${port} of 127.0.0.1 for FortiGates: another program uses it`,
  );
  await new Promise((done) => server.close(done));
  await expect(runningCollector({ listen: '192.0.2.1' })).rejects.toThrow('not one of this machine');
  // The TCP port that was opened before UDP failed is closed again.
  const { agentPort } = await runningCollector();
  await expect(runningCollector({ port, agentPort })).rejects.toThrow(`UDP port ${agentPort}`);
  await expect(RawFortigate.connect(port)).rejects.toThrow('ECONNREFUSED');
});

test.runIf(
  Object.values(networkInterfaces())
    .flat()
    .some((entry) => entry?.address === '::1'),
)('over IPv6 an agent and a FortiGate are heard and served alike', async () => {
  const { collector, agentPort, port, all } = await runningCollector({ listen: '::1', agents: ['::1/128'] });
  const agent = new DcAgent({
    collectors: [{ host: '::1', port: agentPort }],
    domain: 'CORP',
    version: '1',
    keepaliveMs: 10_000,
    clock: new ManualClock(),
  });
  await agent.start();
  await agent.logon({ workstation: 'PC1', domain: 'CORP', user: 'alice', ip: '10.0.0.1' });
  await vi.waitFor(() => expect(collector.status.entries).toBe(1), patience);
  await agent.stop();
  expect(all('listening')).toMatchObject([{ fortigate: `[::1]:${port}` }]);
  expect(collector.status.feeds[0]?.sources).toMatchObject([{ address: '::1', domain: 'CORP' }]);
  const fortigate = connect({ port, host: '::1' });
  await once(fortigate, 'data');
  expect(collector.status.fortigates[0]?.peer).toMatch(/^\[::1\]:\d+$/);
  fortigate.destroy();
});

test('the warnings of a collector that anybody may use are given once, at the start', async () => {
  const open = await runningCollector();
  expect(open.events.map((event) => event.msg)).toEqual([
    'datagrams from any address are taken',
    'no password is asked of FortiGates',
    'listening',
  ]);
  const strict = await runningCollector({
    agents: ['127.0.0.1'],
    password: 'sixteen letters!',
    groups: { alice: ['A/B'] },
  });
  expect(strict.events.map((event) => event.msg)).toEqual([
    'password is longer than FortiGates and collectors agree on',
    'static groups name a user without a domain',
    'listening',
  ]);
  expect(strict.events.at(-1)).toMatchObject({
    fortigate: `127.0.0.1:${strict.port}`,
    agents: `127.0.0.1:${strict.agentPort}`,
  });
});

test('a logon without address is entered where its workstation is one, and reported where it cannot be resolved', async () => {
  const { online, logon, all, collector } = await runningCollector();
  const fortigate = await online();
  await logon({ ip: null });
  await logon({ ip: null, workstation: '192.168.201.199' });
  await fortigate.has('event');
  expect(fortigate.events).toMatchObject([{ ip: '192.168.201.199', user: 'alice' }]);
  expect(all('name not resolved')).toMatchObject([{ workstation: 'PC1', why: 'no-dns-server' }]);
  expect(collector.status.notResolved).toBe(1);
});

test('each of several FortiGates gets the same event under a number of its own', async () => {
  const { logon, online } = await runningCollector();
  const one = await online();
  await logon({ ip: '10.0.0.9' });
  await one.has('event');
  const two = await online({ identity: 'FG2-root' });
  await logon();
  await Promise.all([one.has('event', 2), two.has('event')]);
  for (const fortigate of [one, two]) {
    const numbers = fortigate.messages.flatMap((message) =>
      'sync' in message && message.kind !== 'auth-result' ? [message.sync] : [],
    );
    expect(numbers).toEqual(numbers.map((_, index) => 100_001 + index));
  }
  expect(two.events).toEqual([one.events[1]]);
});
