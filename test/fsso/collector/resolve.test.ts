import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { expect, test, vi } from 'vitest';
import {
  namesToAsk,
  type Resolution,
  type ResolverOptions,
  WorkstationResolver,
} from '../../../src/fsso/collector/resolve.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { patience } from '../../support/raw-fortigate.ts';
import { scriptedDns } from '../../support/scripted-dns.ts';

function resolverOf(servers: readonly string[], more: Partial<ResolverOptions> = {}) {
  const clock = new ManualClock();
  const resolver = new WorkstationResolver({ servers, clock, ...more });
  const ask = (workstation: string, domain = 'CORP') =>
    new Promise<Resolution>((done) => resolver.resolve(workstation, domain, done));
  const recheck = (workstation: string, domain = 'CORP') =>
    new Promise<Resolution>((done) => resolver.recheck(workstation, domain, done));
  return { clock, resolver, ask, recheck };
}

test('a bare workstation is asked for within its DNS domain first, and never within a NetBIOS name', () => {
  expect(namesToAsk('PC1', 'corp.example')).toEqual(['PC1.corp.example', 'PC1']);
  expect(namesToAsk('PC1', 'CORP')).toEqual(['PC1']);
  expect(namesToAsk('pc1.corp.example', 'CORP.EXAMPLE')).toEqual(['pc1.corp.example']);
});

test('alternative suffixes come behind the domain, in their order, and not twice', () => {
  expect(namesToAsk('PC1', 'CORP', ['a.example', 'b.example'])).toEqual([
    'PC1.a.example',
    'PC1.b.example',
    'PC1',
  ]);
  expect(namesToAsk('PC1', 'a.example', ['b.example', 'a.example'])).toEqual([
    'PC1.a.example',
    'PC1.b.example',
    'PC1',
  ]);
  expect(namesToAsk('pc1.corp.example', 'CORP', ['a.example'])).toEqual(['pc1.corp.example']);
});

test('what cannot be a host name is not asked for', () => {
  for (const name of ['', '.', 'a b', '-x', 'x\u001b[2J', 'a..b', 'x'.repeat(64), `${'a.'.repeat(127)}a`])
    expect(namesToAsk(name, 'CORP'), JSON.stringify(name)).toEqual([]);
});

test('an address in place of the workstation is used as it is, without a server', async () => {
  const { ask } = resolverOf([]);
  expect(await ask('192.168.201.199')).toMatchObject({ ip: '192.168.201.199', failure: null });
  expect(await ask('2001:db8::1')).toMatchObject({ failure: 'not-a-name' });
});

test('without a server a name is not resolved', async () => {
  const { ask, resolver } = resolverOf([]);
  expect(await ask('PC1')).toMatchObject({ failure: 'no-dns-server' });
  expect(resolver.canAsk).toBe(false);
});

test('a server that is no address is refused', () => {
  expect(() => resolverOf(['10.0.0.1', 'dns.example'])).toThrow('dns.example');
});

test('logons that wait for one name ask once, and get one answer when the server says that it does not know', async () => {
  const dns = await scriptedDns(() => 'unknown-name');
  const { clock, resolver, ask } = resolverOf([dns.address]);
  const answers = Promise.all(['PC1', 'pc1', 'PC1'].map((name) => ask(name)));
  expect(resolver.waiting).toBe(3);
  clock.advance(70);
  expect(resolver.oldestWait).toBe(70);
  expect((await answers).map((answer) => answer.failure)).toEqual(Array(3).fill('not-found'));
  expect(resolver.waiting).toBe(0);
  expect(resolver.oldestWait).toBeNull();
  expect(dns.questions.sort()).toEqual(['pc1 A', 'pc1 AAAA']);
  // The failure is kept for 10 s.
  await ask('PC1');
  expect(dns.questions).toHaveLength(2);
  clock.advance(10_000);
  await ask('PC1');
  expect(dns.questions).toHaveLength(4);
});

test('IPv6 addresses are kept beside the IPv4 ones, and a workstation that has no other is named so', async () => {
  const { ask } = resolverOf([
    (
      await scriptedDns((name, type) => {
        if (type === 'AAAA') return ['2001:db8:0:0:0:0:0:7'];
        return name === 'six' ? [] : ['10.1.0.1', '10.1.0.2', '10.1.0.3'];
      })
    ).address,
  ]);
  const both = await ask('pc1');
  expect(both).toMatchObject({ ip6: '2001:db8::7', failure: null });
  expect(both.all).toHaveLength(3);
  expect(await ask('six')).toMatchObject({ ip: null, ip6: '2001:db8::7', failure: 'only-ipv6' });
});

test('IPv6 addresses that do not come are waited for 50 ms and no longer', async () => {
  const dns = await scriptedDns((_, type) => (type === 'A' ? ['10.1.0.1'] : 'silent'));
  const { clock, ask } = resolverOf([dns.address]);
  let answered: Resolution | null = null;
  void ask('pc1').then((resolution) => {
    answered = resolution;
  });
  await vi.waitFor(() => expect(clock.waiting).toBe(1), patience);
  clock.advance(49);
  await Promise.resolve();
  expect(answered).toBeNull();
  clock.advance(1);
  await vi.waitFor(() => expect(answered).toMatchObject({ ip: '10.1.0.1', ip6: null }), patience);
});

test('the names of the suffixes are asked for one after the other until one is known', async () => {
  const dns = await scriptedDns((name, type) =>
    name === 'pc1.b.example' && type === 'A' ? ['10.1.0.9'] : 'unknown-name',
  );
  const { ask } = resolverOf([dns.address], { suffixes: ['a.example', 'b.example', 'c.example'] });
  expect(await ask('PC1')).toMatchObject({ ip: '10.1.0.9' });
  expect(dns.questions.filter((question) => question.endsWith(' A'))).toEqual([
    'pc1.a.example A',
    'pc1.b.example A',
  ]);
});

test('a server that refuses is passed over, and one that knows the name is not doubted', async () => {
  const refusing = await scriptedDns(() => 'refused');
  const knowing = await scriptedDns((name, type) => (name === 'pc1' && type === 'A' ? ['10.1.0.1'] : []));
  const { resolver, ask } = resolverOf([refusing.address, knowing.address]);
  expect(await ask('pc1')).toMatchObject({ ip: '10.1.0.1' });
  expect(await ask('pc2')).toMatchObject({ failure: 'not-found' });
  expect(resolver.servers).toMatchObject([
    { address: refusing.address, asked: 4, failed: 4, error: 'EREFUSED', isResting: false, lastMs: null },
    { address: knowing.address, asked: 4, failed: 0, error: null, isResting: false, lastMs: 0 },
  ]);
  // A name that the first server says does not exist is not looked for at the second one.
  const denying = await scriptedDns(() => 'unknown-name');
  const other = resolverOf([denying.address, knowing.address]);
  expect(await other.ask('pc1')).toMatchObject({ failure: 'not-found' });
});

test('a server that does not answer comes last for 30 s, then one question finds out whether it is back', async () => {
  let isBack = false;
  const first = await scriptedDns(() => (isBack ? ['10.1.0.1'] : 'silent'));
  const second = await scriptedDns(() => ['10.1.0.2']);
  const { clock, resolver, recheck } = resolverOf([first.address, second.address]);
  expect(await recheck('pc1')).toMatchObject({ ip: '10.1.0.2' });
  expect(resolver.servers).toMatchObject([{ isResting: true, error: 'ETIMEOUT' }, { isResting: false }]);
  expect(await recheck('pc2')).toMatchObject({ ip: '10.1.0.2' });
  expect(first.questions).toEqual(['pc1 A']);
  isBack = true;
  clock.advance(30_000);
  const [probe, other] = await Promise.all([recheck('pc3'), recheck('pc4')]);
  expect(probe).toMatchObject({ ip: '10.1.0.1' });
  expect(other).toMatchObject({ ip: '10.1.0.2' });
  expect(await recheck('pc5')).toMatchObject({ ip: '10.1.0.1' });
});

test('where no server answers, further names of the workstation are not asked for', async () => {
  // A port that was just closed refuses at once, which a silent server would take seconds for.
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  await new Promise<void>((done) => socket.close(done));
  const { resolver, recheck } = resolverOf([`127.0.0.1:${port}`], { suffixes: ['a.example', 'b.example'] });
  expect(await recheck('PC1')).toMatchObject({ failure: 'no-answer' });
  expect(resolver.servers).toMatchObject([{ asked: 2, failed: 2, error: 'ECONNREFUSED', isResting: true }]);
});

test('names asked for at once are bounded, and a logon goes before the checks that wait', async () => {
  const dns = await scriptedDns(() => ['10.1.0.1']);
  const { ask, recheck } = resolverOf([dns.address], { lookups: 1 });
  const checks = ['pc1', 'pc2', 'pc3'].map((name) => recheck(name));
  await Promise.all([ask('pc9'), ...checks]);
  expect(dns.questions.filter((question) => question.endsWith(' A'))).toEqual([
    'pc1 A',
    'pc9 A',
    'pc2 A',
    'pc3 A',
  ]);
});

test('a check takes no answer that is half a minute old, and does not forget an IPv6 address', async () => {
  const dns = await scriptedDns((_, type) => (type === 'A' ? ['10.1.0.1'] : ['2001:db8:0:0:0:0:0:7']));
  const { clock, ask, recheck } = resolverOf([dns.address]);
  await ask('pc1');
  clock.advance(29_999);
  await recheck('pc1');
  expect(dns.questions).toHaveLength(2);
  clock.advance(1);
  await recheck('pc1');
  expect(dns.questions).toHaveLength(3);
  expect(await ask('pc1')).toMatchObject({ ip6: '2001:db8::7' });
  expect(dns.questions).toHaveLength(3);
});

test('after a stop nothing is answered any more, and nothing waits', async () => {
  const dns = await scriptedDns(() => 'silent');
  const { resolver } = resolverOf([dns.address]);
  let answered = false;
  resolver.resolve('PC1', 'CORP', () => {
    answered = true;
  });
  await vi.waitFor(() => expect(dns.questions).toHaveLength(2), patience);
  resolver.stop();
  await new Promise((done) => setImmediate(done));
  expect(answered).toBe(false);
  expect(resolver.waiting).toBe(0);
});
