// Names are resolved at a real DNS server that nobody here wrote: dnsmasq, on a port of loopback that was free.
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Resolution, WorkstationResolver } from '../../src/fsso/collector/resolve.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { patience } from '../support/raw-fortigate.ts';
import { runningCollector } from '../support/running-collector.ts';

const program = ['/usr/sbin/dnsmasq', '/usr/bin/dnsmasq', '/opt/homebrew/sbin/dnsmasq'].find(existsSync);
let stopServer: () => Promise<void> = async () => {};
let server = '';
let questions = '';

async function freePort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  await new Promise<void>((done) => socket.close(() => done()));
  return port;
}

function asked(name: string): number {
  return questions.split('\n').filter((line) => line.includes('query[A]') && line.includes(` ${name} `))
    .length;
}

beforeAll(async () => {
  if (program === undefined)
    throw new Error(
      'dnsmasq is not installed: run "apt-get install dnsmasq-base" as root, then the tests again',
    );
  const port = await freePort();
  server = `127.0.0.1:${port}`;
  const child = spawn(
    program,
    [
      '--keep-in-foreground',
      '--conf-file=/dev/null',
      '--no-resolv',
      '--no-hosts',
      '--no-daemon',
      '--log-queries',
      '--log-facility=-',
      '--bind-interfaces',
      '--listen-address=127.0.0.1',
      `--port=${port}`,
      '--pid-file=',
      '--local-ttl=30',
      '--local=/corp.example/',
      '--host-record=pc1.corp.example,10.1.0.1',
      '--host-record=docked.corp.example,10.1.0.2',
      '--host-record=docked.corp.example,10.1.0.3',
      '--host-record=docked.corp.example,10.1.0.4',
      '--host-record=both.corp.example,10.1.0.6,2001:db8::6',
      '--host-record=six.corp.example,2001:db8::1',
      '--host-record=short,10.1.0.5',
      '--cname=alias.corp.example,pc1.corp.example',
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const ended = once(child, 'exit');
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      questions += text;
    });
  stopServer = async () => {
    child.kill();
    await ended;
  };
  await vi.waitFor(() => expect(questions).toContain('started'), patience);
});
afterAll(() => stopServer());

function ask(resolver: WorkstationResolver, workstation: string, domain = 'corp.example') {
  return new Promise<Resolution>((done) => resolver.resolve(workstation, domain, done));
}

test('a workstation is found within its DNS domain, by its full name, and by an alias', async () => {
  const resolver = new WorkstationResolver({ servers: [server], clock: new ManualClock() });
  for (const name of ['PC1', 'pc1.corp.example', 'alias'])
    expect(await ask(resolver, name), name).toMatchObject({ ip: '10.1.0.1', otherIp: null, failure: null });
  expect(await ask(resolver, 'SHORT', 'CORP')).toMatchObject({ ip: '10.1.0.5' });
  expect(await ask(resolver, 'SHORT')).toMatchObject({ ip: '10.1.0.5' });
});

test('of a workstation with three addresses two are kept', async () => {
  const { ip, otherIp } = await ask(
    new WorkstationResolver({ servers: [server], clock: new ManualClock() }),
    'docked',
  );
  const known = ['10.1.0.2', '10.1.0.3', '10.1.0.4'];
  expect(known).toContain(ip);
  expect(known).toContain(otherIp);
  expect(otherIp).not.toBe(ip);
});

test('a name that is unknown is not found, and one that has only an IPv6 address is named so', async () => {
  const resolver = new WorkstationResolver({ servers: [server], clock: new ManualClock() });
  expect(await ask(resolver, 'nobody')).toMatchObject({
    failure: expect.stringMatching(/not-found|refused/),
  });
  expect(await ask(resolver, 'nobody.corp.example')).toMatchObject({ failure: 'not-found' });
  expect(await ask(resolver, 'six.corp.example')).toMatchObject({ failure: 'only-ipv6', ip6: '2001:db8::1' });
  expect(await ask(resolver, 'both.corp.example')).toMatchObject({ ip: '10.1.0.6', ip6: '2001:db8::6' });
});

test('a bare name is found within an alternative suffix', async () => {
  const clock = new ManualClock();
  const resolver = new WorkstationResolver({
    servers: [server],
    clock,
    suffixes: ['else.example', 'corp.example'],
  });
  expect(await ask(resolver, 'PC1', 'CORP')).toMatchObject({ ip: '10.1.0.1', failure: null });
});

test('many questions for one name are one, and an answer is kept for its time to live', async () => {
  const clock = new ManualClock();
  const resolver = new WorkstationResolver({ servers: [server], clock });
  const before = asked('pc1.corp.example');
  await Promise.all(Array.from({ length: 50 }, () => ask(resolver, 'pc1.corp.example')));
  await vi.waitFor(() => expect(asked('pc1.corp.example') - before).toBe(1), patience);
  clock.advance(29_000);
  await ask(resolver, 'pc1.corp.example');
  clock.advance(1000);
  await ask(resolver, 'pc1.corp.example');
  await vi.waitFor(() => expect(asked('pc1.corp.example') - before).toBe(2), patience);
});

test('a server that refuses is passed over for the next one', async () => {
  const dead = `127.0.0.1:${await freePort()}`;
  const resolver = new WorkstationResolver({ servers: [dead, server], clock: new ManualClock() });
  expect(await ask(resolver, 'pc1.corp.example')).toMatchObject({ ip: '10.1.0.1' });
});

test('a logon without address reaches a FortiGate with the address that DNS has, one for each', async () => {
  const { online, logon, all } = await runningCollector({ dns: [server] });
  const fortigate = await online();
  await logon({ ip: null, domain: 'corp.example' });
  await logon({ ip: null, domain: 'corp.example', workstation: 'docked', user: 'bob' });
  await logon({ ip: null, domain: 'corp.example', workstation: 'nobody.corp.example', user: 'carol' });
  await fortigate.has('event', 3);
  expect(fortigate.events.find((record) => record.user === 'alice')?.ip).toBe('10.1.0.1');
  expect(fortigate.events.filter((record) => record.user === 'bob')).toHaveLength(2);
  await vi.waitFor(
    () => expect(all('name not resolved')).toMatchObject([{ user: 'carol', why: 'not-found' }]),
    patience,
  );
});

test('a workstation whose address DNS does not have is logged off there and on where it is', async () => {
  const { collector, clock, online, logon } = await runningCollector({
    dns: [server],
    addressCheckMs: 60_000,
  });
  const fortigate = await online();
  await logon({ ip: '10.9.9.9', workstation: 'pc1', domain: 'corp.example' });
  await fortigate.has('event', 1);
  clock.advance(60_000);
  await fortigate.has('event', 3);
  expect(fortigate.events.map(({ loggedOn, ip }) => ({ loggedOn, ip }))).toEqual([
    { loggedOn: true, ip: '10.9.9.9' },
    { loggedOn: false, ip: '10.9.9.9' },
    { loggedOn: true, ip: '10.1.0.1' },
  ]);
  clock.advance(60_000);
  await vi.waitFor(
    () => expect(collector.status.checks.address).toMatchObject({ checked: 2, moved: 1 }),
    patience,
  );
});
