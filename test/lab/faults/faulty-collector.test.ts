import { expect, onTestFinished, test, vi } from 'vitest';
import { createFssoSource } from '../../../src/backends/fsso-connector.ts';
import type { CollectorFaultName } from '../../../src/lab/faults/collector-faults.ts';
import { FaultyCollector } from '../../../src/lab/faults/faulty-collector.ts';
import type { CollectorRow } from '../../../src/state/changes.ts';
import { fssoEntry } from '../../support/fsso-entry.ts';
import { ManualClock } from '../../support/manual-clock.ts';

vi.setConfig({ testTimeout: 60_000 });
const patience = { timeout: 30_000, interval: 10 };

/** A connector to faulty collectors, as the dashboard has it: rows of its collectors, and the lines of the event log. */
async function watch(...faults: CollectorFaultName[]) {
  const clock = new ManualClock();
  const collectors = await Promise.all(faults.map((fault) => FaultyCollector.start(fault, clock)));
  const rows = new Map<string, CollectorRow>();
  const events: string[] = [];
  const users = new Set<string>();
  const source = createFssoSource(
    {
      config: fssoEntry({
        name: 'corp',
        servers: collectors.map(({ port }) => ({ server: '127.0.0.1', port })),
      }),
      identity: 'FGVM010000000001-root',
      passwords: collectors.map(() => null),
      ca: [],
    },
    clock,
  );
  onTestFinished(async () => {
    await source.stop();
    await Promise.all(collectors.map((collector) => collector.stop()));
  });
  source.start((change) => {
    if (change.table === 'collectors' && change.op === 'put') rows.set(change.row.server, { ...change.row });
    else if (change.table === 'events') events.push(change.row.text);
    else if (change.table === 'logons')
      change.op === 'put' ? users.add(change.row.id) : users.delete(change.id);
  });
  const row = (place: number) => rows.get(`127.0.0.1:${collectors[place - 1]?.port}`);
  const until = (place: number, state: string) =>
    vi.waitFor(() => expect(row(place)?.state).toBe(state), patience);
  /** Waits for a row, and lets the moment pass after which counters are reported. */
  const counted = (expected: Partial<CollectorRow>) =>
    vi.waitFor(() => {
      clock.advance(250);
      expect(row(1)).toMatchObject(expected);
    }, patience);
  return { clock, collectors, events, users, row, until, counted };
}

test.each([
  ['closed-at-once', 'failed', 'hello', 'closed the connection before its hello'],
  ['another-service', 'failed', 'hello', 'it begins with "SSH-2.0-OpenSSH_9.6"'],
  ['overlong-hello', 'failed', 'hello', 'does not speak FSSO'],
  ['refused-by-status', 'refused', 'authentication', 'server authentication failed'],
] as const)('%s: the row says %s at %s', async (fault, state, stage, message) => {
  const { row, until } = await watch(fault);
  await until(1, state);
  expect(row(1)?.problem).toMatchObject({ stage, message: expect.stringContaining(message) });
  expect(row(1)?.problem?.fix.length).toBeGreaterThan(0);
});

test.each([
  ['silent', 'waiting-hello', 'hello'],
  ['slow-drip', 'waiting-hello', 'hello'],
  ['no-verdict', 'hello-sent', 'authentication'],
] as const)('%s: given up after 10 s, stalled at its stage', async (fault, before, stage) => {
  const { clock, row, until } = await watch(fault);
  await until(1, before);
  clock.advance(10_000);
  expect(row(1)).toMatchObject({ state: 'stalled', problem: { stage } });
  const stopped = row(1)?.handshake?.stages.find((each) => each.state === 'stopped');
  expect(stopped).toMatchObject({ name: stage, tookMs: 10_000 });
});

test('a length that is a lie ends the link, names the protocol, and keeps the logons that were good', async () => {
  const { row, until, users, events } = await watch('wrong-length');
  await until(1, 'lost');
  expect(row(1)).toMatchObject({ problem: { stage: 'protocol' }, logons: 3, keptUntil: expect.any(Number) });
  expect(users.size).toBe(3);
  expect(events.join()).toContain('3 logons kept for now');
});

test('a restart in the middle of a list loses the link, and no logon is taken for gone', async () => {
  const { row, until, events } = await watch('restart-in-bulk');
  await until(1, 'lost');
  expect(row(1)?.problem).toMatchObject({ stage: 'connection' });
  expect(events.join()).not.toContain('is complete');
});

test('missed sequence numbers are counted as gaps', async () => {
  const { counted } = await watch('sequence-gaps');
  await counted({ state: 'online', logons: 4, gaps: 4 });
});

test('unknown messages and attributes are counted, and the logons between them are taken', async () => {
  const { row, counted } = await watch('unknown-messages');
  await counted({ state: 'online', logons: 4 });
  expect(row(1)?.unknown).toBeGreaterThanOrEqual(3);
});

test('a list without end is taken as it comes, and the connector can be stopped in the middle of it', async () => {
  const { row, users } = await watch('million-records');
  await vi.waitFor(() => expect(users.size).toBeGreaterThan(10_000), patience);
  expect(row(1)?.state).toBe('online');
});

test('a flapping link is not hammered: the pauses grow, and the tries of a minute are counted', async () => {
  const { clock, collectors, row, events } = await watch('flapping');
  const pauses: number[] = [];
  for (let round = 1; round <= 4; round++) {
    await vi.waitFor(() => expect(collectors[0]?.answered).toBe(round), patience);
    clock.advance(2000);
    await vi.waitFor(
      () => expect(row(1)).toMatchObject({ state: 'lost', nextTryAt: expect.any(Number) }),
      patience,
    );
    expect(collectors[0]?.connections).toBe(round);
    const pause = (row(1)?.nextTryAt ?? 0) - clock.now();
    pauses.push(pause);
    clock.advance(pause);
  }
  expect(pauses).toEqual([1000, 2000, 5000, 10_000]);
  expect(row(1)?.attempts).toHaveLength(5);
  expect(events.filter((text) => text.includes('disconnected'))).toHaveLength(4);
});

test('of five that each fail in their own way every one has its own stage, and the round is tried again later', async () => {
  const { clock, row, until } = await watch(
    'closed-at-once',
    'silent',
    'another-service',
    'refused-by-status',
    'no-verdict',
  );
  await until(2, 'waiting-hello');
  clock.advance(10_000);
  await until(5, 'hello-sent');
  clock.advance(10_000);
  const states = [1, 2, 3, 4, 5].map((place) => `${row(place)?.state} at ${row(place)?.problem?.stage}`);
  expect(states).toEqual([
    'failed at hello',
    'stalled at hello',
    'failed at hello',
    'refused at authentication',
    'stalled at authentication',
  ]);
  expect(row(1)?.nextTryAt).toBe(clock.now() + 1000);
  expect(row(4)?.nextTryAt).toBeGreaterThan(clock.now() + 1000);
});
