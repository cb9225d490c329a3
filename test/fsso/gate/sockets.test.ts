import { networkInterfaces } from 'node:os';
import { expect, test, vi } from 'vitest';
import type { FssoChange } from '../../../src/fsso/gate/changes.ts';
import { FssoConnector, type FssoConnectorOptions } from '../../../src/fsso/gate/connector.ts';
import { logon } from '../../support/fake-network.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { type Behaviour, ScriptedCollector } from '../../support/scripted-collector.ts';

vi.setConfig({ testTimeout: 60_000 });
const patience = { timeout: 10_000, interval: 5 };

function start(ports: readonly number[], given: Partial<FssoConnectorOptions> = {}) {
  const clock = new ManualClock();
  const changes: FssoChange[] = [];
  const connector = new FssoConnector(
    {
      name: 'corp',
      identity: 'FGVM010000000001-root',
      collectors: ports.map((port) => ({ host: '127.0.0.1', port, password: 'secret' })),
      strategy: 'hmac-md5-serial-challenge',
      logonTimeoutMs: 300_000,
      clock,
      ...given,
    },
    (change) => changes.push(change),
  );
  connector.start();
  const first = () => connector.links[0];
  return {
    clock,
    changes,
    connector,
    first,
    users: () => [...connector.logons.values()].map((each) => each.record.user).sort(),
    until: (state: string) => vi.waitFor(() => expect(first()?.state).toBe(state), patience),
    [Symbol.asyncDispose]: () => connector.stop(),
  };
}

const anna = logon({ ip: '10.0.0.1', user: 'ANNA' });
const bob = logon({ ip: '10.0.0.2', user: 'BOB' });

test('a collector that wants the password is served the right one, however its bytes are split', async () => {
  await using collector = await ScriptedCollector.listen({
    password: 'secret',
    logons: [anna, bob],
    pieces: 7,
  });
  await using gate = start([collector.port]);
  await vi.waitFor(() => expect(gate.users()).toEqual(['ANNA', 'BOB']), patience);
  collector.event(logon({ ip: '10.0.0.3', user: 'CARL' }));
  await vi.waitFor(() => expect(gate.users()).toContain('CARL'), patience);
  expect(collector.identities).toEqual(['FGVM010000000001-root']);
  expect(gate.first()).toMatchObject({ state: 'online', active: true, version: 'FSSO 5.0.0278', gaps: 0 });
});

test('a wrong password is refused', async () => {
  await using collector = await ScriptedCollector.listen({ password: 'other' });
  await using gate = start([collector.port]);
  await gate.until('refused');
  expect(gate.first()?.problem?.stage).toBe('authentication');
});

const atOnce: [Behaviour, string, string][] = [
  ['slam', 'hello', 'closed the connection before its hello'],
  ['stranger', 'hello', 'it begins with "SSH-2.0-OpenSSH_9.6"'],
  ['garbage', 'hello', 'does not speak FSSO'],
  ['close-after-hello', 'authentication', 'without a verdict'],
];

test.each(atOnce)('a peer that plays %s fails at stage %s', async (behaviour, stage, message) => {
  await using collector = await ScriptedCollector.listen({ behaviour });
  await using gate = start([collector.port]);
  await gate.until('failed');
  expect(gate.first()?.problem?.stage).toBe(stage);
  expect(gate.first()?.problem?.message).toContain(message);
});

const inTime: [Behaviour, string, string][] = [
  ['silent', 'waiting-hello', 'hello'],
  ['half-hello', 'waiting-hello', 'hello'],
  ['no-verdict', 'hello-sent', 'authentication'],
];

test.each(inTime)(
  'a peer that plays %s hangs at %s and is left after 10 s',
  async (behaviour, state, stage) => {
    await using collector = await ScriptedCollector.listen({ behaviour });
    await using gate = start([collector.port]);
    await gate.until(state);
    gate.clock.advance(10_000);
    expect(gate.first()).toMatchObject({ state: 'stalled', problem: { stage } });
  },
);

test('a port where nobody listens is a refused connection', async () => {
  const gone = await ScriptedCollector.listen();
  const { port } = gone;
  await gone.stop();
  await using gate = start([port]);
  await gate.until('failed');
  expect(gate.first()?.problem).toMatchObject({ stage: 'tcp', code: 'ECONNREFUSED' });
});

test('a name that does not exist fails to resolve', async () => {
  await using gate = start([], { collectors: [{ host: 'nobody.invalid', port: 8000, password: null }] });
  await gate.until('failed');
  expect(gate.first()?.problem?.stage).toBe('resolve');
});

test('the connection comes from source-ip, and one that is not ours is named', async () => {
  await using collector = await ScriptedCollector.listen();
  await using gate = start([collector.port], { source: { ip4: '127.0.0.2', ip6: null, interface: null } });
  await gate.until('online');
  expect(collector.lastPeer).toBe('127.0.0.2');
  await using lost = start([collector.port], { source: { ip4: '192.0.2.1', ip6: null, interface: null } });
  await lost.until('failed');
  expect(lost.first()?.problem?.message).toContain('source-ip 192.0.2.1');
});

// The loopback interface has both families nearly everywhere; where it has not, there is nothing to connect over.
const ofLoopback = Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
  addresses.filter((each) => each.internal).map(({ address, family }) => ({ name, address, family })),
);

test.each(ofLoopback)(
  'interface-select-method specify: a collector at an address of $family is reached from $name',
  async ({ name, address }) => {
    await using collector = await ScriptedCollector.listen({ host: address, logons: [anna] });
    const collectors = [{ host: address, port: collector.port, password: null }];
    await using gate = start([], { collectors, source: { ip4: null, ip6: null, interface: name } });
    await vi.waitFor(() => expect(gate.users()).toEqual(['ANNA']), patience);
    expect(collector.lastPeer).toBe(address);
    const server = address.includes(':') ? `[${address}]:${collector.port}` : `${address}:${collector.port}`;
    expect(gate.first()?.server).toBe(server);
  },
);

test('a collector at an IPv6 address is reached from source-ip6', async (context) => {
  if (!ofLoopback.some(({ address }) => address === '::1')) return context.skip('this machine has no ::1');
  await using collector = await ScriptedCollector.listen({ host: '::1', logons: [anna] });
  const collectors = [{ host: '::1', port: collector.port, password: null }];
  await using gate = start([], { collectors, source: { ip4: '127.0.0.2', ip6: '::1', interface: null } });
  await vi.waitFor(() => expect(gate.users()).toEqual(['ANNA']), patience);
  expect(collector.lastPeer).toBe('::1');
});

test('an interface that this machine does not have is named, and so is one without an address of the family', async () => {
  const source = { ip4: null, ip6: null, interface: 'no-such-if0' };
  await using gate = start([], { collectors: [{ host: '127.0.0.1', port: 1, password: null }], source });
  await gate.until('failed');
  expect(gate.first()?.problem?.message).toContain('no-such-if0');
});

test.each(['end', 'reset'] as const)(
  'a link lost by %s is seen at once, its users stay and are stale',
  async (how) => {
    await using collector = await ScriptedCollector.listen({ logons: [anna] });
    await using standby = await ScriptedCollector.listen({ behaviour: 'silent' });
    await using gate = start([collector.port, standby.port]);
    await vi.waitFor(() => expect(gate.users()).toEqual(['ANNA']), patience);
    collector.drop(how);
    await gate.until('lost');
    expect(gate.first()?.problem?.stage).toBe('connection');
    expect(gate.connector.logons.get('10.0.0.1', 0)?.stale).toBe(true);
    await vi.waitFor(() => expect(standby.connections).toBe(1), patience);
  },
);

test('a collector that hangs after it was online is left within 30 s', async () => {
  await using collector = await ScriptedCollector.listen({ logons: [anna] });
  await using standby = await ScriptedCollector.listen({ logons: [anna] });
  await using gate = start([collector.port, standby.port]);
  await vi.waitFor(() => expect(gate.users()).toEqual(['ANNA']), patience);
  gate.clock.advance(30_000);
  expect(gate.first()).toMatchObject({ state: 'lost', problem: { stage: 'keepalive' } });
  expect(gate.connector.logons.get('10.0.0.1', 0)?.stale).toBe(true);
  await vi.waitFor(() => expect(gate.connector.logons.get('10.0.0.1', 0)?.stale).toBe(false), patience);
  expect(gate.connector.links.map((link) => link.active)).toEqual([false, true]);
});

test('garbage in the middle of a link that was online ends it', async () => {
  await using collector = await ScriptedCollector.listen({ logons: [anna] });
  await using gate = start([collector.port]);
  await vi.waitFor(() => expect(gate.users()).toEqual(['ANNA']), patience);
  collector.raw(Buffer.from('00000001ffff', 'hex'));
  await vi.waitFor(
    () =>
      expect(gate.changes).toContainEqual(
        expect.objectContaining({ kind: 'link', link: expect.objectContaining({ state: 'lost' }) }),
      ),
    patience,
  );
});

test('a list that stops in the middle of a frame is never taken for complete', async () => {
  await using collector = await ScriptedCollector.listen({ behaviour: 'half-list', logons: [anna, bob] });
  await using gate = start([collector.port]);
  await vi.waitFor(() => expect(gate.users()).toEqual(['ANNA']), patience);
  gate.clock.advance(29_000);
  expect(gate.changes.some((change) => change.kind === 'bulk-complete')).toBe(false);
  gate.clock.advance(1000);
  await vi.waitFor(() => expect(collector.connections).toBe(2), patience);
});

test('a collector that returns on its port is found again after the pause', async () => {
  const before = await ScriptedCollector.listen({ logons: [anna] });
  const { port } = before;
  await using gate = start([port]);
  await vi.waitFor(() => expect(gate.users()).toEqual(['ANNA']), patience);
  await before.stop();
  await gate.until('lost');
  await vi.waitFor(() => expect(gate.first()?.nextTryAt).not.toBeNull(), patience);
  await using _after = await ScriptedCollector.listen({ logons: [anna, bob] }, port);
  gate.clock.advance(1000);
  await vi.waitFor(() => expect(gate.users()).toEqual(['ANNA', 'BOB']), patience);
  expect(gate.connector.logons.get('10.0.0.1', 0)?.stale).toBe(false);
});

test('a long list comes through whole', async () => {
  const logons = Array.from({ length: 20_000 }, (_, index) =>
    logon({ ip: `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`, user: `U${index}` }),
  );
  await using collector = await ScriptedCollector.listen({ logons });
  await using gate = start([collector.port]);
  await vi.waitFor(() => expect(gate.connector.logons.size).toBe(20_000), patience);
  gate.clock.advance(500);
  expect(gate.changes).toContainEqual(
    expect.objectContaining({ kind: 'bulk-complete', records: 20_000, removed: 0 }),
  );
});
