import { createSocket } from 'node:dgram';
import { appendFileSync, copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { radiusAttribute } from '../../../../../src/fsso/collector/feeds/radius/attributes.ts';
import {
  decodeRadius,
  encodeAccountingRequest,
  type RadiusAttribute,
} from '../../../../../src/fsso/collector/feeds/radius/packet.ts';
import { type RadiusClient, RadiusFeed } from '../../../../../src/fsso/collector/feeds/radius/radius-feed.ts';
import { noRateLimit, type RateLimit } from '../../../../../src/fsso/collector/feeds/token-bucket.ts';
import { feedContext } from '../../../../support/feed-context.ts';

const secret = 'radius secret';
const { userName, status, framedAddress, sessionId } = radiusAttribute;
const [start, stop, interim, on, off] = [1, 2, 3, 7, 8];

function feed(
  more: Partial<RadiusClient> = {},
  rate: RateLimit = noRateLimit,
  sessionFile: string | null = null,
) {
  const all = feedContext();
  const client: RadiusClient = {
    name: 'wifi',
    addresses: ['10.1.0.0/16', '127.0.0.1'],
    secret,
    userType: 'remote-user',
    groupAttribute: 'fortinet-group-name',
    domain: 'CORP',
    ...more,
  };
  const made = new RadiusFeed(
    { listen: '127.0.0.1', port: 0, clients: [client], rate, sessionFile },
    all.context,
  );
  let identifier = 0;
  const ask = (kind: number | undefined, attributes: RadiusAttribute[] = [], from = '10.1.0.1') => {
    identifier += 1;
    const all = [status(kind ?? 0), ...attributes];
    return made.answer(encodeAccountingRequest(identifier & 255, all, secret), from, 40_000);
  };
  const session = (id: string, user: string, ip: string) => [
    sessionId(id),
    userName(user),
    framedAddress(ip),
  ];
  return { ...all, feed: made, ask, session };
}

test('start, interim and stop are a logon, a renewal and a logoff, each answered', () => {
  const { ask, session, order, logons, clock } = feed();
  for (const kind of [start, interim, stop]) {
    const answer = ask(kind, session('1', 'anna@corp.example', '10.0.0.7'));
    expect(decodeRadius(answer as Buffer).code).toBe(5);
  }
  expect(order).toEqual(['+anna@10.0.0.7', '+anna@10.0.0.7', '-anna@10.0.0.7']);
  expect(logons[0]).toEqual({
    ip: '10.0.0.7',
    otherIp: null,
    ip6: null,
    user: 'anna',
    domain: 'corp.example',
    workstation: '10.0.0.7',
    logonTime: Math.floor(clock.now() / 1000),
    terminal: null,
    groups: null,
    feed: 'radius',
    agent: '10.1.0.1',
  });
});

test('a stop that leaves out user and address ends the session that it names', () => {
  const { ask, session, order } = feed();
  ask(start, session('1', 'anna', '10.0.0.7'));
  ask(stop, [sessionId('1')]);
  ask(stop, [sessionId('1')]);
  expect(order).toEqual(['+anna@10.0.0.7', '-anna@10.0.0.7']);
});

test('a session that gets another address leaves its first one', () => {
  const { ask, session, order } = feed();
  ask(start, session('1', 'anna', '10.0.0.7'));
  ask(interim, session('1', 'anna', '10.0.0.8'));
  expect(order).toEqual(['+anna@10.0.0.7', '-anna@10.0.0.7', '+anna@10.0.0.8']);
});

test.each([
  ['Accounting-On', on],
  ['Accounting-Off', off],
])('%s ends all sessions of that server and none of another', (_, kind) => {
  const { ask, session, order, feed: made } = feed();
  ask(start, session('1', 'anna', '10.0.0.1'));
  ask(start, session('2', 'bert', '10.0.0.2'));
  ask(start, session('1', 'carl', '10.0.0.3'), '10.1.0.2');
  order.length = 0;
  ask(kind);
  expect(order).toEqual(['-anna@10.0.0.1', '-bert@10.0.0.2']);
  expect(made.health.counts['sessions']).toBe(1);
});

test('a repeated request gets the same answer and does nothing', () => {
  const { feed: made, order, clock } = feed();
  const request = encodeAccountingRequest(
    9,
    [status(1), userName('anna'), framedAddress('10.0.0.7')],
    secret,
  );
  const first = made.answer(request, '10.1.0.1', 40_000);
  expect(made.answer(request, '10.1.0.1', 40_000)).toEqual(first);
  expect(order).toHaveLength(1);
  // From another port it is another server's, and after half a minute a new one that happens to be the same.
  made.answer(request, '10.1.0.1', 40_001);
  clock.advance(30_000);
  made.answer(request, '10.1.0.1', 40_000);
  expect(order).toHaveLength(3);
  expect(made.health.counts).toMatchObject({ received: 4, logons: 3, repeated: 1 });
});

test('who does not know the secret is not answered, and changes nothing', () => {
  const { feed: made, order, events } = feed();
  const wrong = encodeAccountingRequest(1, [status(1), userName('eve'), framedAddress('10.0.0.7')], 'guess');
  const access = Buffer.from(wrong);
  access[0] = 1;
  expect(made.answer(wrong, '10.1.0.1', 40_000)).toBeNull();
  expect(made.answer(access, '10.1.0.1', 40_000)).toBeNull();
  expect(made.answer(Buffer.from('GET / HTTP/1.1\r\n\r\n\r\n'), '10.1.0.1', 40_000)).toBeNull();
  expect(made.answer(wrong, '192.0.2.1', 40_000)).toBeNull();
  expect(order).toEqual([]);
  expect(made.health.dropped).toEqual({
    'bad-authenticator': 1,
    'not-accounting': 1,
    'bad-length': 1,
    'source-not-allowed': 1,
  });
  expect(events).toMatchObject([
    { why: 'bad-authenticator', detail: 'the shared secret of wifi is another one there' },
    { why: 'not-accounting' },
    { why: 'bad-length' },
    { why: 'source-not-allowed' },
  ]);
});

test('groups come with the report for external users', () => {
  const { ask, session, logons } = feed({ userType: 'external', groupAttribute: 'class' });
  ask(start, [...session('1', 'anna', '10.0.0.7'), { type: 25, value: Buffer.from('staff') }]);
  ask(start, session('2', 'bert', '10.0.0.8'));
  expect(logons.map(({ groups }) => groups)).toEqual([['staff'], []]);
});

test('a request without user or address is answered and makes no entry', () => {
  const { ask, order, feed: made } = feed();
  expect(ask(start, [userName('anna')])).not.toBeNull();
  expect(ask(start, [framedAddress('10.0.0.7')])).not.toBeNull();
  expect(ask(15)).not.toBeNull();
  expect(order).toEqual([]);
  expect(made.health.counts).toMatchObject({ incomplete: 2, other: 1 });
});

test('the logon began when the server says so: its delay and the time of the session count', () => {
  const { ask, session, logons, clock } = feed();
  const number = (type: number, value: number): RadiusAttribute => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return { type, value: bytes };
  };
  const now = Math.floor(clock.now() / 1000);
  ask(start, [...session('1', 'a', '10.0.0.1'), number(41, 20)]);
  ask(interim, [...session('2', 'b', '10.0.0.2'), number(55, now - 5), number(46, 600)]);
  ask(start, [...session('3', 'c', '10.0.0.3'), number(55, now - 90_000)]);
  expect(logons.map(({ logonTime }) => logonTime - now)).toEqual([-20, -605, 0]);
});

test('a server that asks too much is not answered for what is too much', () => {
  const { ask, session, feed: made } = feed({}, { perSecond: 1, burst: 2 });
  const answers = [1, 2, 3].map((id) => ask(start, session(String(id), 'anna', `10.0.0.${id}`)));
  expect(answers.map((answer) => answer !== null)).toEqual([true, true, false]);
  expect(made.health.dropped).toEqual({ rate: 1 });
});

test('over the network, a request is answered where it came from', async () => {
  const { feed: made, order } = feed();
  const [listening] = await made.start();
  onTestFinished(() => made.stop());
  const socket = createSocket('udp4');
  onTestFinished(() => void socket.close());
  const answer = new Promise<Buffer>((done) => socket.once('message', done));
  const request = encodeAccountingRequest(
    77,
    [status(1), userName('anna'), framedAddress('10.0.0.7')],
    secret,
  );
  socket.send(request, listening?.port ?? 0, '127.0.0.1');
  expect(decodeRadius(await answer)).toMatchObject({ code: 5, identifier: 77 });
  expect(order).toEqual(['+anna@10.0.0.7']);
});

function sessionFile(): string {
  const directory = mkdtempSync(join(tmpdir(), 'fabrictop-radius-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return join(directory, 'deep', 'radius-sessions.jsonl');
}

test('sessions are known after a restart: a stop that only names one, and a server that begins anew, end them', async () => {
  const file = sessionFile();
  const before = feed({}, noRateLimit, file);
  await before.feed.start();
  before.ask(start, before.session('1', 'anna', '10.0.0.7'));
  before.ask(start, before.session('2', 'bert', '10.0.0.8'));
  before.ask(start, before.session('3', 'carl', '10.0.0.9'));
  before.ask(stop, [sessionId('2')]);
  await before.feed.stop();
  const after = feed({}, noRateLimit, file);
  await after.feed.start();
  onTestFinished(() => after.feed.stop());
  expect(after.feed.health.counts['sessions']).toBe(2);
  after.ask(stop, [sessionId('1')]);
  after.ask(stop, [sessionId('2')]);
  after.ask(on);
  expect(after.order).toEqual(['-anna@10.0.0.7', '-carl@10.0.0.9']);
});

test('sessions are on disk a moment after they began, and updates that say the same add nothing', async () => {
  const file = sessionFile();
  const { feed: made, ask, session } = feed({}, noRateLimit, file);
  await made.start();
  onTestFinished(() => made.stop());
  ask(start, session('1', 'anna', '10.0.0.7'));
  for (let turns = 0; turns < 4; turns += 1) await new Promise((done) => setImmediate(done));
  const lines = readFileSync(file, 'utf8');
  expect(lines.trimEnd().split('\n')).toHaveLength(1);
  ask(interim, session('1', 'anna', '10.0.0.7'));
  for (let turns = 0; turns < 4; turns += 1) await new Promise((done) => setImmediate(done));
  expect(readFileSync(file, 'utf8')).toBe(lines);
  // As a crash leaves it: another one reads it, and a torn line is left out.
  const copy = sessionFile().replace('deep/', '');
  copyFileSync(file, copy);
  appendFileSync(copy, '{"server":"10.1.0.1 ","id":"2","ip":"10.');
  const after = feed({}, noRateLimit, copy);
  await after.feed.start();
  onTestFinished(() => after.feed.stop());
  expect(after.feed.health.counts['sessions']).toBe(1);
  after.ask(stop, [sessionId('1')]);
  expect(after.order).toEqual(['-anna@10.0.0.7']);
});

test('where the file cannot be written accounting goes on, and that is said', async () => {
  const {
    feed: made,
    ask,
    session,
    order,
    events,
  } = feed({}, noRateLimit, '/dev/null/radius-sessions.jsonl');
  await made.start();
  onTestFinished(() => made.stop());
  ask(start, session('1', 'anna', '10.0.0.7'));
  ask(stop, [sessionId('1')]);
  expect(order).toEqual(['+anna@10.0.0.7', '-anna@10.0.0.7']);
  expect(events.filter(({ msg }) => msg === 'RADIUS sessions not kept')).toHaveLength(1);
});
