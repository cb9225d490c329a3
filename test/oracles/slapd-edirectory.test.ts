// The agent of eDirectory, at OpenLDAP with eDirectory's schema, while the directory comes and goes.
import { expect, onTestFinished, test, vi } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { EdirectoryAgent } from '../../src/fsso/agents/edirectory/agent.ts';
import type { CollectorEvent } from '../../src/fsso/collector/events.ts';
import { DirectoryClient } from '../../src/fsso/directory/client.ts';
import {
  agentLogin,
  agentPassword,
  type EdirectoryServer,
  networkAddress,
} from '../support/edirectory-server.ts';
import { patience, RawFortigate } from '../support/raw-fortigate.ts';
import { runningEdirectory } from '../support/running-edirectory.ts';

const at = (address: string) => [networkAddress(9, address)];

/** The agent in this process, with pauses that a test can wait for. */
function agentOf(server: EdirectoryServer) {
  const events: CollectorEvent[] = [];
  const client = new DirectoryClient({
    servers: [{ host: '127.0.0.1', port: server.port, security: 'plain' }],
    trust: { ca: [], checksName: true },
    login: { name: agentLogin, password: agentPassword },
    clock: systemClock,
    limits: { retryMs: 20, longestRetryMs: 20 },
  });
  const agent = new EdirectoryAgent({
    listen: '127.0.0.1',
    port: 0,
    tls: null,
    password: null,
    fortigates: null,
    filters: {},
    isPlain: false,
    feed: {
      place: { client, bases: ['ou=users,o=acme'], nameAttribute: 'cn' },
      name: 'edir',
      domain: 'ACME',
      everyMs: 50,
      deadAfterMs: 0,
    },
    clock: systemClock,
    log: (event) => events.push(event),
  });
  onTestFinished(() => agent.stop());
  const logged = (msg: CollectorEvent['msg']) =>
    vi.waitFor(() => expect(events.map((event) => event.msg)).toContain(msg), patience);
  return { agent, events, logged };
}

test('a directory that is away for a while logs nobody off, and what changed meanwhile is told when it is back', async () => {
  const server = await runningEdirectory([
    { name: 'ed', addresses: at('10.0.0.1') },
    { name: 'al', addresses: at('10.0.0.2') },
  ]);
  const { agent, logged } = agentOf(server);
  const listening = await agent.start();
  const fortigate = await RawFortigate.online(listening?.fortigate.port ?? 0);
  onTestFinished(() => fortigate.close());
  expect(fortigate.bulk.map(({ user }) => user)).toEqual(['ed', 'al']);
  await server.stop();
  await logged('directory does not answer');
  expect(fortigate.events).toEqual([]);
  await server.run();
  await logged('directory answers again');
  server.change('al', 'networkAddress', at('10.0.0.3'));
  await fortigate.has('event', 2);
  expect(fortigate.events.map(({ loggedOn, user, ip }) => [loggedOn, user, ip])).toEqual([
    [false, 'al', '10.0.0.2'],
    [true, 'al', '10.0.0.3'],
  ]);
});

test('nothing is served before the directory has answered; then everybody is there at once', async () => {
  const server = await runningEdirectory([{ name: 'ed', addresses: at('10.0.0.1') }]);
  await server.stop();
  const { agent, events, logged } = agentOf(server);
  const started = agent.start();
  await logged('nothing is served before the directory answers');
  expect(events.map(({ msg }) => msg)).not.toContain('listening');
  await server.run();
  const listening = await started;
  const fortigate = await RawFortigate.online(listening?.fortigate.port ?? 0);
  onTestFinished(() => fortigate.close());
  expect(fortigate.bulk.map(({ user }) => user)).toEqual(['ed']);
});

test('an agent that is stopped while it waits for the directory ends', async () => {
  const server = await runningEdirectory([]);
  await server.stop();
  const { agent, logged } = agentOf(server);
  const started = agent.start();
  await logged('directory does not answer');
  await agent.stop();
  expect(await started).toBeNull();
});

test('a thousand users more are read page by page', async () => {
  const users = Array.from({ length: 1200 }, (_, index) => ({
    name: `user${index}`,
    addresses: at(`10.1.${index >> 8}.${index & 255}`),
  }));
  const server = await runningEdirectory(users);
  const { agent } = agentOf(server);
  const listening = await agent.start();
  const fortigate = await RawFortigate.online(listening?.fortigate.port ?? 0);
  onTestFinished(() => fortigate.close());
  expect(new Set(fortigate.bulk.map(({ user }) => user)).size).toBe(1200);
});
