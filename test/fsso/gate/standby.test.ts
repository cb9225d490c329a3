import { expect, test } from 'vitest';
import type { ConnectorEvent, FssoChange } from '../../../src/fsso/gate/changes.ts';
import { FssoConnector, type FssoConnectorOptions } from '../../../src/fsso/gate/connector.ts';
import { FakeNetwork, logon } from '../../support/fake-network.ts';
import { ManualClock } from '../../support/manual-clock.ts';

function start(given: Partial<FssoConnectorOptions> = {}) {
  const clock = new ManualClock();
  const network = new FakeNetwork();
  const events: ConnectorEvent[] = [];
  const connector = new FssoConnector(
    {
      name: 'corp',
      identity: 'FGVM010000000001-root',
      collectors: ['c1', 'c2', 'c3'].map((host) => ({ host, port: 8000, password: 'secret' })),
      strategy: 'hmac-md5-serial-challenge',
      logonTimeoutMs: 300_000,
      probeIntervalMs: 60_000,
      random: () => 0.5,
      clock,
      connect: network.connect,
      ...given,
    },
    (change: FssoChange) => change.kind === 'event' && events.push(change.event),
  );
  connector.start();
  /** Time passes on a healthy link: the collector in use keeps saying something. */
  const pass = (seconds: number) => {
    const active = network.lines.find((line) => !line.isClosed && line.sent.length > 0);
    for (let second = 0; second < seconds; second++) {
      clock.advance(1000);
      if (second % 5 === 0) active?.keepalive();
    }
  };
  const probesOf = (host: string) =>
    network.lines.filter((line, index) => line.address.host === host && index > 0);
  const said = (name: ConnectorEvent['name']) => events.filter((event) => event.name === name);
  const link = (place: number) => connector.links[place - 1];
  return { clock, network, connector, events, pass, probesOf, said, link };
}

test('collectors that are not in use are probed soon, and again each minute, without ever logging in', () => {
  const { network, pass, probesOf, link } = start();
  network.last.accept();
  pass(5);
  expect(network.tried.toSorted()).toEqual(['c1', 'c2', 'c3']);
  for (const line of probesOf('c2')) line.open().hello('FSSO 5.0.0301');
  expect(probesOf('c2')[0]).toMatchObject({ isClosed: true, sent: [] });
  expect(link(2)).toMatchObject({
    state: 'standby',
    problem: null,
    version: 'FSSO 5.0.0301',
    handshake: null,
  });
  expect(link(2)?.probe?.stages.map(({ name, state }) => `${name} ${state}`)).toEqual([
    'TCP done',
    'hello done',
  ]);
  pass(59);
  expect(probesOf('c2')).toHaveLength(1);
  pass(2);
  expect(probesOf('c2')).toHaveLength(2);
  expect(link(2)?.probe?.nextAt).toBeNull();
  probesOf('c2')[1]?.open().hello();
  expect(link(2)?.probe?.nextAt).not.toBeNull();
});

test('a dead standby is seen before it is needed, said once, and said to answer again', () => {
  const { network, pass, probesOf, link, said, clock } = start();
  network.last.accept();
  pass(5);
  probesOf('c3')[0]?.end('ECONNREFUSED');
  expect(link(3)).toMatchObject({ state: 'failed', problem: { stage: 'tcp', code: 'ECONNREFUSED' } });
  expect(link(3)?.probe?.nextAt).toBe(clock.now() + 60_000);
  pass(61);
  probesOf('c3')[1]?.end('ECONNREFUSED');
  expect(
    said('standby-failed').filter((event) => 'server' in event && event.server === 'c3:8000'),
  ).toHaveLength(1);
  pass(61);
  probesOf('c3')[2]?.open().hello();
  expect(said('standby-answers')).toEqual([{ name: 'standby-answers', server: 'c3:8000' }]);
  expect(link(3)).toMatchObject({ state: 'standby', problem: null });
});

test('a standby that takes the connection and says nothing is given up after 10 s', () => {
  const { network, pass, probesOf, link } = start();
  network.last.accept();
  pass(5);
  probesOf('c2')[0]?.open();
  pass(11);
  expect(link(2)).toMatchObject({ state: 'stalled', problem: { stage: 'hello' } });
});

test('one that refused us is not even probed before its rest is over, and stays refused when it says hello', () => {
  const { network, pass, probesOf, link, clock } = start();
  network.last.open().hello().verdict(0);
  const refusedAt = clock.now();
  network.last.accept();
  expect(link(1)).toMatchObject({ state: 'refused', restsUntil: refusedAt + 30_000, nextTryAt: null });
  pass(29);
  expect(probesOf('c1')).toHaveLength(0);
  pass(40);
  expect(probesOf('c1')).toHaveLength(1);
  probesOf('c1')[0]?.open().hello();
  expect(link(1)).toMatchObject({ state: 'refused', problem: { stage: 'authentication' } });
  expect(link(1)?.probe).toMatchObject({ problem: null });
});

test('the moments of probes differ by a fifth of the interval at most', () => {
  for (const [random, seconds] of [
    [0, 48],
    [1, 72],
  ] as const) {
    const { network, pass, probesOf, link, clock } = start({ random: () => random });
    network.last.accept();
    pass(6);
    probesOf('c2')[0]?.open().hello();
    expect((link(2)?.probe?.nextAt ?? 0) - clock.now()).toBe(seconds * 1000);
  }
});

test('without probes nobody is connected to but the collector in use', () => {
  const { network, pass, link } = start({ probeIntervalMs: 0 });
  network.last.accept();
  pass(600);
  expect(network.tried).toEqual(['c1']);
  expect(link(2)?.probe).toBeNull();
});

test('a fail-over ends the probes, and the next collector is logged in to at once', () => {
  const { network, pass, probesOf, link, clock } = start();
  network.last.accept().event(logon());
  pass(5);
  const probe = probesOf('c2')[0];
  network.lines[0]?.end();
  expect(probe?.isClosed).toBe(true);
  expect(network.last.address.host).toBe('c2');
  expect(link(1)?.keptUntil).toBe(clock.now() + 300_000);
  network.last.accept();
  expect(link(2)).toMatchObject({ active: true, failedOverAt: clock.now() });
  expect(link(2)?.attempts).toEqual([clock.now()]);
});

test('stopping the connector closes a probe that is under way', async () => {
  const { network, pass, probesOf, connector } = start();
  network.last.accept();
  pass(5);
  await connector.stop();
  expect(probesOf('c2')[0]?.isClosed).toBe(true);
});

test('the time since the fail-over goes on over further hops, and ends at the first collector', () => {
  const { network, pass, connector, link, clock } = start({ probeIntervalMs: 0 });
  network.last.end('ECONNREFUSED');
  network.last.accept();
  const left = clock.now();
  pass(20);
  network.last.end();
  network.last.accept();
  expect(link(3)).toMatchObject({ active: true, failedOverAt: left });
  connector.failBack();
  network.last.accept();
  expect(link(1)).toMatchObject({ active: true, failedOverAt: null });
});

test('logons may be asked for right behind the hello, in one write, and are not asked for twice', () => {
  const { network } = start({ pipelined: true, groupFilter: ['CORP/SALES'], probeIntervalMs: 0 });
  network.last.open().hello();
  expect(network.last.sent.map(({ kind }) => kind)).toEqual(['hello', 'group-filter', 'send-all']);
  network.last.verdict().bulk(logon());
  expect(network.last.sent).toHaveLength(3);
});

test('a group filter goes out before the logons are asked for', () => {
  const { network } = start({ groupFilter: ['CORP/SALES', 'CORP/IT'], probeIntervalMs: 0 });
  network.last.accept();
  expect(network.last.sent.map(({ kind }) => kind)).toEqual(['hello', 'group-filter', 'send-all']);
  expect(network.last.sent[1]).toMatchObject({ groups: ['CORP/SALES', 'CORP/IT'] });
});

test('the stages say how long each took, and where a link came to a stop', () => {
  const { network, clock, link } = start({ probeIntervalMs: 0 });
  clock.advance(120);
  network.last.open();
  clock.advance(80);
  network.last.hello();
  clock.advance(30);
  network.last.verdict(0);
  expect(link(1)?.handshake).toMatchObject({
    stages: [
      { name: 'TCP', state: 'done', tookMs: 120 },
      { name: 'hello', state: 'done', tookMs: 80 },
      { name: 'authentication', state: 'stopped', tookMs: 30 },
      { name: 'first bulk', state: 'open', tookMs: null },
    ],
    challengeLength: 16,
    challengeIsEmpty: false,
    collectorIdentity: 'FSAE_SERVER_10001',
    strategy: 'hmac-md5-serial-challenge',
    verdict: 0,
  });
});
