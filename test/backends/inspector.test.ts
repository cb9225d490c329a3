import { expect, test, vi } from 'vitest';
import { createFssoSource } from '../../src/backends/fsso-connector.ts';
import { Inspector } from '../../src/backends/inspector.ts';
import { Player } from '../../src/backends/recording/player.ts';
import { LinkTraffic } from '../../src/fsso/gate/traffic.ts';
import { encodeAuthResult, encodeEvent, encodeHello } from '../../src/fsso/wire/messages.ts';
import { createStores, type Stores } from '../../src/state/stores.ts';
import { logon } from '../support/fake-network.ts';
import { fssoEntry } from '../support/fsso-entry.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { ScriptedCollector } from '../support/scripted-collector.ts';

vi.setConfig({ testTimeout: 60_000 });
const patience = { timeout: 20_000, interval: 5 };

function namesIn(stores: Stores): string[] {
  stores.flush();
  return [...stores.messages.values()].toSorted((a, b) => a.number - b.number).map((row) => row.name);
}

test('a link to a real collector is shown from its connection on, whenever somebody begins to look', async () => {
  await using server = await ScriptedCollector.listen({
    password: 'secret-1',
    logons: [logon({ user: 'ANNA' })],
  });
  const clock = new ManualClock();
  const traffic = new LinkTraffic();
  const inspector = new Inspector(traffic, clock);
  const stores = createStores(clock);
  inspector.start(stores.apply);
  const config = fssoEntry({ name: 'corp', servers: [{ server: '127.0.0.1', port: server.port }] });
  const source = createFssoSource({ config, identity: 'FG-root', passwords: ['secret-1'], ca: [] }, clock, {
    watch: { traffic, recorder: null },
  });
  source.start(stores.apply);
  const link = `corp|127.0.0.1:${server.port}`;
  await vi.waitFor(() => {
    stores.flush();
    expect(stores.logons.size).toBe(1);
  }, patience);
  // Nobody has looked, so nothing was decoded.
  expect(namesIn(stores)).toEqual([]);
  inspector.watch(link);
  expect(namesIn(stores)).toEqual([
    'connecting',
    'connected',
    'HELLO',
    'HELLO',
    'AUTH_RESULT',
    'SEND_ALL',
    'BULK',
  ]);
  server.event(logon({ user: 'BERT', ip: '10.0.0.9' }));
  await vi.waitFor(() => expect(namesIn(stores).at(-1)).toBe('EVENT'), patience);
  const event = [...stores.messages.values()].find((row) => row.name === 'EVENT');
  const detail = inspector.read(event?.id ?? '');
  expect(detail?.attributes.find((each) => each.name === 'user')?.value).toBe('BERT');
  expect(inspector.read(`${link}#99999`)).toBeNull();
  inspector.watch(null);
  expect(namesIn(stores)).toEqual([]);
  await source.stop();
  await inspector.stop();
});

test('a replay is inspected in the same way, with its own times, and anew when it goes back', async () => {
  const began = Date.UTC(2026, 0, 15, 9);
  const on = { link: 1 } as const;
  const received = (at: number, bytes: Buffer) => ({
    at: began + at,
    kind: 'received' as const,
    ...on,
    bytes,
  });
  const proof = Buffer.alloc(16);
  const { servers, ...config } = fssoEntry({ name: 'corp', servers: [{ server: '10.0.0.1', port: 8000 }] });
  const header = { fabrictop: 'recording', version: 1, program: 'x', began, namesRedacted: false } as const;
  const entries = [
    {
      at: began,
      kind: 'connector' as const,
      config: { ...config, servers },
      identity: 'FG-root',
      passwords: [false],
    },
    {
      at: began,
      kind: 'begun' as const,
      ...on,
      name: 'corp',
      server: '10.0.0.1:8000',
      purpose: 'login' as const,
    },
    { at: began, kind: 'opened' as const, ...on },
    received(10, encodeHello('collector', { sync: 1, name: 'FSSO', identity: 'C', proof })),
    received(20, encodeAuthResult(1, 1)),
    received(2_000, encodeEvent(2, logon({ user: 'CARL' }))),
    { at: began + 5_000, kind: 'end' as const, reason: 'enough' },
  ];
  const traffic = new LinkTraffic();
  const clock = new ManualClock(Date.UTC(2031, 0, 1));
  const player: Player = new Player({
    recording: { header, entries, ended: began + 5_000, problem: null },
    clock,
    traffic,
    speed: 1,
    rewound: () => inspector.clear(),
  });
  const inspector = new Inspector(traffic, player.clock);
  const stores = createStores(player.clock);
  inspector.start(stores.apply);
  player.start(stores.apply);
  inspector.watch('corp|10.0.0.1:8000');
  player.seek(began + 3_000);
  const all = ['connecting', 'connected', 'HELLO', 'HELLO', 'AUTH_RESULT', 'SEND_ALL', 'EVENT'];
  expect(namesIn(stores)).toEqual(all);
  expect([...stores.messages.values()].at(-1)?.at).toBe(began + 2_000);
  player.seek(began + 1_000);
  expect(namesIn(stores)).toEqual(all.slice(0, -1));
  await player.stop();
});
