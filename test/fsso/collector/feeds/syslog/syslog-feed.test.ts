import { connect } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import {
  SyslogFeed,
  type SyslogFeedOptions,
  type SyslogSource,
} from '../../../../../src/fsso/collector/feeds/syslog/syslog-feed.ts';
import { noRateLimit } from '../../../../../src/fsso/collector/feeds/token-bucket.ts';
import { feedContext } from '../../../../support/feed-context.ts';

const patience = { timeout: 20_000, interval: 5 };

const source: SyslogSource = {
  name: 'vpn',
  addresses: ['127.0.0.1', '10.1.0.0/16'],
  rules: ['plain', 'fortigate-ssl-vpn'],
  userType: 'remote-user',
  domain: 'CORP',
};

function feed(more: Partial<SyslogSource> = {}, options: Partial<SyslogFeedOptions> = {}) {
  const all = feedContext();
  const made = new SyslogFeed(
    {
      listen: '127.0.0.1',
      port: 0,
      transports: ['udp', 'tcp'],
      rules: [
        {
          name: 'plain',
          trigger: 'vpn:',
          logon: ' in ',
          logoff: ' out ',
          usernameField: 'user={{:username}} ',
          clientIpField: 'ip={{:client_ip}}',
          clientIpv6Field: 'ip6={{:client_ipv6}}',
          groupField: 'groups={{:group}};',
          groupSeparator: ',',
        },
      ],
      sources: [{ ...source, ...more }],
      rate: noRateLimit,
      ...options,
    },
    all.context,
  );
  const send = (text: string, from = '10.1.2.3') => made.receive(Buffer.from(text), from);
  return { ...all, feed: made, send };
}

async function running(options: Partial<SyslogFeedOptions> = {}) {
  const all = feed({}, options);
  const listening = await all.feed.start();
  onTestFinished(() => all.feed.stop());
  const tcp = listening.find(({ side }) => side === 'syslog over TCP')?.port ?? 0;
  const open = async () => {
    const socket = connect(tcp, '127.0.0.1');
    socket.on('error', () => {});
    onTestFinished(() => void socket.destroy());
    await new Promise((done) => socket.once('connect', done));
    return socket;
  };
  return { ...all, open };
}

test('a logon and a logoff are handed on, in the default domain and with the time of arrival', () => {
  const { send, logons, logoffs, clock } = feed();
  const time = Math.floor(clock.now() / 1000);
  send('<13>vpn: in user=anna ip=10.0.0.7 ip6=2001:db8::7 groups=a,b;');
  send('<13>vpn: out user=SALES\\anna ip=10.0.0.7');
  expect(logons).toEqual([
    {
      ip: '10.0.0.7',
      otherIp: null,
      ip6: '2001:db8::7',
      user: 'anna',
      domain: 'CORP',
      workstation: '10.0.0.7',
      logonTime: time,
      terminal: null,
      groups: null,
      feed: 'syslog',
      agent: '10.1.2.3',
    },
  ]);
  expect(logoffs).toEqual([
    { ip: '10.0.0.7', session: 0, user: 'anna', time, feed: 'syslog', agent: '10.1.2.3' },
  ]);
});

test('groups of the line count for external users, none of them too', () => {
  const { send, logons } = feed({ userType: 'external' });
  send('vpn: in user=anna ip=10.0.0.7 groups=a, b;');
  send('vpn: in user=bert ip=10.0.0.8');
  expect(logons.map(({ groups }) => groups)).toEqual([['a', 'b'], []]);
});

test('lines of others, too long ones and too many are dropped by reason, lines without a rule are passed over', () => {
  const { send, feed: made, events, order } = feed({}, { rate: { perSecond: 1, burst: 3 } });
  send('vpn: in user=anna ip=10.0.0.7', '192.0.2.1');
  send('something else');
  send(`vpn: in user=anna ip=10.0.0.7 ${'x'.repeat(20_000)}`);
  send('vpn: in user=anna ip=10.0.0.7');
  send('vpn: in user=bert ip=10.0.0.8');
  expect(order).toEqual(['+anna@10.0.0.7']);
  expect(made.health).toMatchObject({
    kind: 'syslog',
    counts: { received: 5, logons: 1, passedOver: 1, dropped: 3 },
    dropped: { 'source-not-allowed': 1, 'too-long': 1, rate: 1 },
    sources: [{ address: '10.1.2.3', domain: 'vpn', datagrams: 4, logons: 1, bad: 2 }],
  });
  expect(events.map((event) => 'why' in event && event.why)).toEqual([
    'source-not-allowed',
    'too-long',
    'rate',
  ]);
});

test('a logon without an IPv4 address makes no entry, and says so', () => {
  const { send, feed: made, events, order } = feed();
  send('vpn: in user=anna ip6=2001:db8::7');
  send('vpn: in ip=10.0.0.7');
  expect(order).toEqual([]);
  expect(made.health.counts['incomplete']).toBe(2);
  expect(events).toMatchObject([
    { msg: 'report incomplete', rule: 'plain', missing: 'IPv4 address', agent: '10.1.2.3' },
    { msg: 'report incomplete', rule: 'plain', missing: 'user' },
  ]);
});

test('over TCP, lines of both framings arrive, and the last one without its end', async () => {
  const { open, order } = await running();
  const socket = await open();
  const counted = '<13>vpn: in user=bert ip=10.0.0.2';
  socket.write(`<13>vpn: in user=anna ip=10.0.0.1\n${counted.length} ${counted}`);
  socket.end('<13>vpn: in user=carl ip=10.0.0.3');
  await vi.waitFor(() => expect(order).toHaveLength(3), patience);
  expect(order).toEqual(['+anna@10.0.0.1', '+bert@10.0.0.2', '+carl@10.0.0.3']);
});

test('over TCP a sender that is too fast waits, and nothing is lost', async () => {
  const { open, order, clock, feed: made } = await running({ rate: { perSecond: 10, burst: 5 } });
  const socket = await open();
  const line = (number: number) => `<13>vpn: in user=u${number} ip=10.0.0.${number}\n`;
  socket.write([1, 2, 3, 4, 5, 6].map(line).join(''));
  await vi.waitFor(() => expect(order).toHaveLength(6), patience);
  socket.write(line(7));
  // Only a clock that moves lets the rest in: the connection is not read meanwhile.
  await vi.waitFor(() => expect(clock.waiting).toBe(1), patience);
  // One line too many was taken with the others, and is owed.
  clock.advance(100);
  expect(clock.waiting).toBe(1);
  clock.advance(100);
  await vi.waitFor(() => expect(order).toHaveLength(7), patience);
  expect(made.health.dropped).toEqual({});
});

test('a connection of somebody who is no source is closed', async () => {
  const { feed: made } = feed({ addresses: ['192.0.2.1'] });
  const listening = await made.start();
  onTestFinished(() => made.stop());
  const socket = connect(listening.find(({ side }) => side === 'syslog over TCP')?.port ?? 0, '127.0.0.1');
  await new Promise((done) => socket.on('error', done).on('close', done));
  expect(made.health.dropped).toEqual({ 'source-not-allowed': 1 });
});

test('a port that is taken is a failure, and leaves none open', async () => {
  const first = await running({ transports: ['tcp'] });
  const port = Number(first.feed.health.listening[0]?.split(':')[1]);
  const { feed: second } = feed({}, { port });
  await expect(second.start()).rejects.toThrow(`cannot open TCP port ${port} of 127.0.0.1 for syslog`);
  expect(second.health.listening).toEqual([]);
});

test.each([
  [
    { rules: ['vpn'] },
    {},
    'syslog: source vpn: no rule is called vpn, expected one of fortigate-ssl-vpn, plain',
  ],
  [
    {},
    {
      rules: [{ name: 'a', trigger: '', logon: 'x', usernameField: 'u', clientIpField: 'ip={{:client_ip}}' }],
    },
    'syslog: rule a: username-field: expected a field such as {{:username}} in it',
  ],
])('a source or rule that cannot work is refused', (more, options, message) => {
  expect(() => feed(more, options)).toThrow(message);
});
