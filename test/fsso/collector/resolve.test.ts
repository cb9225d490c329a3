import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { namesToAsk, type Resolution, WorkstationResolver } from '../../../src/fsso/collector/resolve.ts';
import { ManualClock } from '../../support/manual-clock.ts';

function ask(resolver: WorkstationResolver, workstation: string, domain = 'CORP'): Promise<Resolution> {
  return new Promise((done) => resolver.resolve(workstation, domain, done));
}

test('a bare workstation is asked for within its DNS domain first, and never within a NetBIOS name', () => {
  expect(namesToAsk('PC1', 'corp.example')).toEqual(['PC1.corp.example', 'PC1']);
  expect(namesToAsk('PC1', 'CORP')).toEqual(['PC1']);
  expect(namesToAsk('pc1.corp.example', 'CORP.EXAMPLE')).toEqual(['pc1.corp.example']);
});

test('what cannot be a host name is not asked for', () => {
  for (const name of ['', '.', 'a b', '-x', 'x\u001b[2J', 'a..b', 'x'.repeat(64), `${'a.'.repeat(127)}a`])
    expect(namesToAsk(name, 'CORP'), JSON.stringify(name)).toEqual([]);
});

test('an address in place of the workstation is used as it is, without a server', async () => {
  const resolver = new WorkstationResolver([], new ManualClock());
  expect(await ask(resolver, '192.168.201.199')).toMatchObject({ ip: '192.168.201.199', failure: null });
  expect(await ask(resolver, '2001:db8::1')).toMatchObject({ failure: 'not-a-name' });
});

test('without a server a name is not resolved', async () => {
  const resolver = new WorkstationResolver([], new ManualClock());
  expect(await ask(resolver, 'PC1')).toMatchObject({ failure: 'no-dns-server' });
});

test('a server that is no address is refused', () => {
  expect(() => new WorkstationResolver(['dns.example'], new ManualClock())).toThrow('dns.example');
});

test('logons that wait for one name ask once, and get one answer when the server says that it does not know', async () => {
  const server = createSocket('udp4');
  server.bind(0, '127.0.0.1');
  await once(server, 'listening');
  let questions = 0;
  server.on('message', (question, from) => {
    questions += 1;
    // The question itself, marked as an answer with the code for "no such name".
    question.writeUInt16BE(0x8183, 2);
    server.send(question, from.port, from.address);
  });
  const clock = new ManualClock();
  const resolver = new WorkstationResolver([`127.0.0.1:${server.address().port}`], clock);
  const answers = Promise.all(['PC1', 'pc1', 'PC1'].map((name) => ask(resolver, name)));
  expect(resolver.waiting).toBe(3);
  expect((await answers).map((answer) => answer.failure)).toEqual(Array(3).fill('not-found'));
  expect(resolver.waiting).toBe(0);
  expect(questions).toBe(1);
  // The failure is kept for 10 s.
  await ask(resolver, 'PC1');
  expect(questions).toBe(1);
  clock.advance(10_000);
  await ask(resolver, 'PC1');
  expect(questions).toBe(2);
  server.close();
});

test('after a stop nothing is answered any more, and nothing waits', async () => {
  const silent = createSocket('udp4');
  silent.bind(0, '127.0.0.1');
  await once(silent, 'listening');
  const resolver = new WorkstationResolver([`127.0.0.1:${silent.address().port}`], new ManualClock());
  let answered = false;
  resolver.resolve('PC1', 'CORP', () => {
    answered = true;
  });
  await once(silent, 'message');
  resolver.stop();
  await new Promise((done) => setImmediate(done));
  expect(answered).toBe(false);
  expect(resolver.waiting).toBe(0);
  silent.close();
});
