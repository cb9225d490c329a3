import { expect, test } from 'vitest';
import type { FssoChange } from '../../../src/fsso/gate/changes.ts';
import { FssoConnector } from '../../../src/fsso/gate/connector.ts';
import { encodeElement } from '../../../src/fsso/wire/element.ts';
import { encodeBulk } from '../../../src/fsso/wire/messages.ts';
import { FakeNetwork, logon } from '../../support/fake-network.ts';
import { HurriedClock } from '../../support/hurried-clock.ts';
import { ManualClock } from '../../support/manual-clock.ts';

function start(count = 2, logonTimeoutMs = 300_000, clock = new ManualClock()) {
  const network = new FakeNetwork();
  const changes: FssoChange[] = [];
  const connector = new FssoConnector(
    {
      name: 'corp',
      identity: 'FGVM010000000001-root',
      collectors: Array.from({ length: count }, (_, index) => ({
        host: `c${index + 1}`,
        port: 8000,
        password: 'secret',
      })),
      strategy: 'hmac-md5-serial-challenge',
      logonTimeoutMs,
      clock,
      connect: network.connect,
    },
    (change) => changes.push(change),
  );
  connector.start();
  const events = () => changes.flatMap((change) => (change.kind === 'event' ? [change.event] : []));
  const names = () => events().map((event) => event.name);
  const states = () => connector.links.map((link) => link.state);
  const users = () => [...connector.logons.values()].map((logon) => logon.record.user).sort();
  const logonChanges = () =>
    changes.flatMap((change) =>
      change.kind === 'logon' ? [`${change.op} ${change.logon.record.user} ${change.why}`] : [],
    );
  const requests = () => network.last.sent.filter((message) => message.kind === 'send-all').length;
  return { clock, network, changes, connector, events, names, states, users, logonChanges, requests };
}

const anna = logon({ ip: '10.0.0.1', user: 'ANNA' });
const bob = logon({ ip: '10.0.0.2', user: 'BOB' });
const carl = logon({ ip: '10.0.0.3', user: 'CARL' });
const off = (record: typeof anna) => ({ ...record, loggedOn: false });

test('once online it asks for all logons and keeps them live', () => {
  const { network, requests, users, logonChanges, connector } = start();
  network.last.accept();
  expect(requests()).toBe(1);
  network.last
    .bulk(anna, bob)
    .event(carl)
    .event(off(anna))
    .event({ ...bob, user: 'EVE' });
  expect(users()).toEqual(['CARL', 'EVE']);
  expect(logonChanges()).toEqual([
    'put ANNA new',
    'put BOB new',
    'put CARL new',
    'remove ANNA logoff',
    'put EVE replaced',
  ]);
  expect(connector.links[0]).toMatchObject({ active: true, state: 'online', logons: 2, events: 3 });
});

test('a logoff that fits nobody and a logon without a user are counted, not applied', () => {
  const { network, connector, users } = start();
  network.last.accept().bulk(anna);
  network.last
    .event(off(bob))
    .event(off({ ...anna, user: 'OTHER' }))
    .event({ ...bob, user: '' });
  expect(users()).toEqual(['ANNA']);
  expect(connector.orphans).toBe(3);
});

test('what a collector lets us doubt is counted for it: orphans, and how far its clock is from ours', () => {
  const { network, connector, clock } = start();
  const seconds = clock.now() / 1_000;
  network.last.accept().bulk({ ...anna, logonTime: 5 });
  expect(connector.links[0]?.clockSkewMs).toBeNull();
  network.last.event({ ...bob, logonTime: seconds - 900 }).event({ ...carl, logonTime: seconds - 120 });
  network.last.event(off(logon({ ip: '10.9.9.9' })));
  expect(connector.links[0]).toMatchObject({ clockSkewMs: -120_000, orphans: 1, refused: 0 });
  expect(connector.links[1]).toMatchObject({ clockSkewMs: null, orphans: 0 });
});

test('sessions whose ports overlap are one event, and each of them is put again with its mark', () => {
  const { network, changes, events, logonChanges } = start();
  const session = (number: number, user: string) =>
    logon({ ip: '10.0.0.60', session: number, user, kind: 16, portRanges: [[1224, 1423]] });
  network.last.accept().event(session(1, 'ANNA')).event(session(2, 'BOB'));
  expect(logonChanges()).toEqual(['put ANNA new', 'put BOB new', 'put ANNA ports']);
  const puts = changes.flatMap((each) => (each.kind === 'logon' && each.op === 'put' ? [each.logon] : []));
  expect(puts.map((each) => each.overlaps)).toEqual([[], [1], [2]]);
  const overlap = events().find((event) => event.name === 'ports-overlap');
  expect(overlap).toMatchObject({
    logon: { record: { user: 'BOB' } },
    others: [{ record: { user: 'ANNA' } }],
  });
  network.last.event(off(session(2, 'BOB')));
  expect(logonChanges().slice(3)).toEqual(['remove BOB logoff', 'put ANNA ports']);
});

test('a logon with nothing but what may be an IPv6 address is kept under it', () => {
  const { network, connector } = start();
  const element = encodeElement({
    code: 0x50,
    type: 6,
    value: [
      { code: 0x51, type: 3, value: 1 },
      { code: 0x55, type: 5, value: 'ANNA' },
      { code: 0x5a, type: 1, value: Buffer.from('20010db8000000000000000000000005', 'hex') },
    ],
  });
  network.last.accept();
  network.last.send(encodeElement({ code: 0x85, type: 6, value: element }));
  expect([...connector.logons.values()].map((each) => [each.record.ip, each.record.user])).toEqual([
    ['2001:db8::5', 'ANNA'],
  ]);
  // What it means is a guess: the attribute stays counted among those that we do not know.
  expect(connector.links[0]?.unknown).toBe(1);
});

test('losing and clearing a large table is done in slices, and who comes meanwhile stays', async () => {
  const clock = new HurriedClock(1);
  const { network, connector, logonChanges } = start(1, 300_000, clock);
  network.last.accept().bulk(...Array.from({ length: 100 }, (_, each) => logon({ ip: `10.1.0.${each}` })));
  clock.advance(600);
  const cleared = connector.clearLogons();
  expect(connector.logons.size).toBeGreaterThan(50);
  network.last.event({ ...anna, ip: '10.1.0.99' });
  for (let slices = 0; slices < 50; slices += 1) clock.advance(1);
  expect([...connector.logons.values()].map((each) => each.record.user)).toEqual(['ANNA']);
  expect(logonChanges().filter((change) => change.endsWith('cleared'))).toHaveLength(99);
  expect(await cleared).toBe(99);
});

test('a list in several frames is complete when another kind of message follows, and drops who it did not name', () => {
  const { network, connector, changes, users } = start();
  network.last.accept().bulk(anna, bob).keepalive();
  connector.refreshLogons();
  network.last.keepalive();
  expect(users()).toEqual(['ANNA', 'BOB']);
  network.last.bulk(bob).bulk(carl);
  expect(users()).toEqual(['ANNA', 'BOB', 'CARL']);
  network.last.keepalive();
  expect(users()).toEqual(['BOB', 'CARL']);
  expect(changes.filter((change) => change.kind === 'bulk-complete')).toEqual([
    { kind: 'bulk-complete', server: 'c1:8000', records: 2, added: 2, removed: 0 },
    { kind: 'bulk-complete', server: 'c1:8000', records: 2, added: 1, removed: 1 },
  ]);
});

test('a list is complete after 500 ms without a further frame', () => {
  const { clock, network, connector, users } = start();
  network.last.accept().bulk(anna, bob).keepalive();
  connector.refreshLogons();
  network.last.bulk(anna);
  clock.advance(499);
  network.last.bulk(carl);
  clock.advance(499);
  expect(users()).toEqual(['ANNA', 'BOB', 'CARL']);
  clock.advance(1);
  expect(users()).toEqual(['ANNA', 'CARL']);
});

test('a list that nobody asked for follows the same rule', () => {
  const { clock, network, users } = start();
  network.last.accept().bulk(anna, bob).keepalive().bulk(carl);
  clock.advance(500);
  expect(users()).toEqual(['CARL']);
});

test('an empty list empties the table', () => {
  const { clock, network, connector, users } = start();
  network.last.accept().bulk(anna).keepalive();
  connector.refreshLogons();
  network.last.bulk();
  clock.advance(500);
  expect(users()).toEqual([]);
});

test('a list that never comes is asked for once more, then the table stays and it is said', () => {
  const { clock, network, connector, requests, users, names } = start();
  network.last.accept().bulk(anna).keepalive();
  connector.refreshLogons();
  for (let second = 0; second < 60; second += 10) {
    network.last.keepalive();
    clock.advance(10_000);
    if (second === 20) expect(requests()).toBe(3);
  }
  expect(requests()).toBe(3);
  expect(names().at(-1)).toBe('list-missing');
  expect(users()).toEqual(['ANNA']);
});

test('the next collector is tried at once when one is lost, and nobody goes back by himself', () => {
  const { clock, network, states, names } = start();
  network.last.accept().bulk(anna).keepalive();
  clock.advance(20_000);
  network.last.end();
  expect(network.tried).toEqual(['c1', 'c2']);
  network.last.accept();
  expect(states()).toEqual(['lost', 'online']);
  for (let second = 0; second < 3600; second += 10) {
    network.last.keepalive();
    clock.advance(10_000);
  }
  expect(network.tried).toEqual(['c1', 'c2']);
  expect(names()).toEqual(['connected', 'disconnected', 'connected', 'list-missing', 'expired']);
});

test('logons of a lost link stay, marked, until another link names them or logon-timeout runs out', () => {
  const { clock, network, connector, users, logonChanges } = start();
  network.last.accept().bulk(anna, bob, carl).keepalive();
  network.last.end();
  expect(users()).toEqual(['ANNA', 'BOB', 'CARL']);
  expect([...connector.logons.values()].every((logon) => logon.stale)).toBe(true);
  expect(connector.logons.get('10.0.0.1', 0)?.expiresAt).toBe(clock.now() + 300_000);
  network.last.accept().bulk(anna).event(off(carl));
  expect(users()).toEqual(['ANNA', 'BOB']);
  expect(connector.logons.get('10.0.0.1', 0)?.stale).toBe(false);
  for (let second = 0; second < 300; second += 10) {
    network.last.keepalive();
    clock.advance(10_000);
  }
  expect(users()).toEqual(['ANNA']);
  expect(logonChanges().slice(3)).toEqual([
    'put ANNA stale',
    'put BOB stale',
    'put CARL stale',
    'put ANNA updated',
    'remove CARL logoff',
    'remove BOB expired',
  ]);
});

test('when the same collector returns, its list ends the marks', () => {
  const { clock, network, connector, users } = start(1);
  network.last.accept().bulk(anna, bob).keepalive();
  clock.advance(20_000);
  network.last.end();
  expect(network.lines).toHaveLength(2);
  network.last.accept().bulk(anna).keepalive();
  expect(users()).toEqual(['ANNA']);
  expect(connector.logons.get('10.0.0.1', 0)).toMatchObject({ stale: false, expiresAt: null });
});

test('after a whole round without success the pauses grow, and the screen can tell when it goes on', () => {
  const { clock, network, connector, names } = start();
  network.last.end('ECONNREFUSED');
  network.last.end('ECONNREFUSED');
  expect(network.lines).toHaveLength(2);
  expect(connector.links.map((link) => link.nextTryAt)).toEqual([clock.now() + 1000, clock.now() + 1000]);
  clock.advance(999);
  expect(network.lines).toHaveLength(2);
  clock.advance(1);
  expect(network.tried).toEqual(['c1', 'c2', 'c1']);
  network.last.end('ECONNREFUSED');
  network.last.end('ECONNREFUSED');
  clock.advance(1999);
  expect(network.lines).toHaveLength(4);
  clock.advance(1);
  expect(network.lines).toHaveLength(5);
  expect(names()).toEqual(['attempt-failed', 'attempt-failed', 'round-failed', 'round-failed']);
});

test('a collector that refuses is left alone for 30 s', () => {
  const { clock, network, states, connector } = start();
  network.last.open().hello().verdict(0);
  expect(connector.links[0]?.nextTryAt).toBe(clock.now() + 30_000);
  expect(network.tried).toEqual(['c1', 'c2']);
  for (let second = 0; second < 29; second++) {
    if (!network.last.isClosed) network.last.end('ECONNREFUSED');
    clock.advance(1000);
  }
  expect(network.tried.filter((host) => host === 'c1')).toHaveLength(1);
  expect(states()[0]).toBe('refused');
  for (let second = 0; second < 31; second++) {
    if (network.last.address.host === 'c2' && !network.last.isClosed) network.last.end('ECONNREFUSED');
    clock.advance(1000);
  }
  expect(network.tried.filter((host) => host === 'c1')).toHaveLength(2);
});

test('a collector that accepts and drops us again and again does not make us hammer it', () => {
  const { clock, network } = start(1);
  for (let second = 0; second < 60; second++) {
    if (!network.last.isClosed) network.last.accept().end();
    clock.advance(1000);
  }
  expect(network.lines.length).toBeLessThan(8);
});

test('failing back begins at the first collector and keeps the logons meanwhile', () => {
  const { clock, network, connector, states, users } = start();
  network.last.end('ECONNREFUSED');
  network.last.accept().bulk(anna).keepalive();
  expect(connector.failBack()).toBe(true);
  expect(network.lines[1]?.isClosed).toBe(true);
  expect(states()).toEqual(['connecting', 'standby']);
  expect(users()).toEqual(['ANNA']);
  network.last.accept().bulk(anna).keepalive();
  expect(states()).toEqual(['online', 'standby']);
  expect(connector.failBack()).toBe(false);
  clock.advance(1000);
  expect(network.tried).toEqual(['c1', 'c2', 'c1']);
});

test('failing back while it waits tries at once, a refusal forgotten', () => {
  const { network, connector } = start(1);
  network.last.open().hello().verdict(0);
  expect(connector.failBack()).toBe(true);
  expect(network.tried).toEqual(['c1', 'c1']);
});

test('refreshing needs a link; clearing empties only our own table, or takes the chosen logons out', async () => {
  const { network, connector, users, requests, logonChanges } = start();
  expect(connector.refreshLogons()).toBe(false);
  network.last.accept().bulk(anna, bob).keepalive();
  expect(await connector.clearLogons(({ record }) => record.user === 'BOB')).toBe(1);
  expect(users()).toEqual(['ANNA']);
  network.last.event(bob);
  expect(await connector.clearLogons()).toBe(2);
  expect(users()).toEqual([]);
  expect(logonChanges().slice(-2)).toEqual(['remove ANNA cleared', 'remove BOB cleared']);
  expect(connector.refreshLogons()).toBe(true);
  expect(requests()).toBe(2);
  network.last.bulk(anna);
  expect(users()).toEqual(['ANNA']);
});

test('counters are reported at most four times a second, states at once', () => {
  const { clock, network, changes } = start();
  network.last.accept().bulk().keepalive();
  clock.advance(1000);
  changes.length = 0;
  for (let index = 0; index < 100; index++) network.last.event({ ...anna, user: `U${index}` });
  expect(changes.filter((change) => change.kind === 'link')).toHaveLength(0);
  clock.advance(250);
  const links = changes.flatMap((change) => (change.kind === 'link' ? [change.link] : []));
  expect(links).toHaveLength(1);
  expect(links[0]).toMatchObject({ events: 100, logons: 1, lastHeard: clock.now() - 250 });
  network.last.end();
  expect(changes.filter((change) => change.kind === 'link').length).toBeGreaterThan(1);
});

test('a stopped connector reports nothing and leaves no timer', async () => {
  const { clock, network, connector, changes } = start();
  network.last.accept().bulk(anna);
  network.last.end();
  network.last.accept().bulk(bob);
  await connector.stop();
  changes.length = 0;
  clock.advance(3_600_000);
  expect(changes).toEqual([]);
  expect(clock.waiting).toBe(0);
  expect(connector.failBack()).toBe(false);
});

test('the first bytes of a further frame keep a list open', () => {
  const { clock, network, connector, users } = start();
  network.last.accept().bulk(anna, bob).keepalive();
  connector.refreshLogons();
  network.last.bulk(anna);
  clock.advance(400);
  const frame = encodeBulk(network.last.sync + 1, [bob]);
  network.last.send(frame.subarray(0, 3));
  clock.advance(400);
  expect(users()).toEqual(['ANNA', 'BOB']);
  network.last.send(frame.subarray(3));
  clock.advance(500);
  expect(users()).toEqual(['ANNA', 'BOB']);
});

test('a program that was busy reads what came meanwhile before it takes a list for complete', () => {
  const { clock, network, connector, users } = start();
  network.last.accept().bulk(anna, bob).keepalive();
  connector.refreshLogons();
  network.last.bulk(anna);
  // As after a long pause: the timer is due, and the next frame is read only then.
  const frame = encodeBulk(network.last.sync + 1, [bob]);
  clock.after(500, () => network.last.send(frame.subarray(0, 3)));
  clock.advance(500);
  network.last.send(frame.subarray(3));
  clock.advance(500);
  expect(users()).toEqual(['ANNA', 'BOB']);
});
