import { expect, onTestFinished, test, vi } from 'vitest';
import type { FssoChange } from '../../../src/fsso/gate/changes.ts';
import { FssoConnector, type FssoConnectorOptions } from '../../../src/fsso/gate/connector.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { runningCollector } from '../../support/running-collector.ts';

vi.setConfig({ testTimeout: 60_000 });
const patience = { timeout: 20_000, interval: 10 };

function gateTo(port: number, given: Partial<FssoConnectorOptions> = {}) {
  const clock = new ManualClock();
  const changes: FssoChange[] = [];
  const connector = new FssoConnector(
    {
      name: 'corp',
      identity: 'FGVM010000000001-root',
      collectors: [{ host: '127.0.0.1', port, password: 'secret' }],
      strategy: 'hmac-md5-serial-challenge',
      logonTimeoutMs: 300_000,
      clock,
      ...given,
    },
    (change) => changes.push(change),
  );
  onTestFinished(() => connector.stop());
  connector.start();
  const state = () => connector.links[0]?.state;
  return { clock, changes, connector, state };
}

test('a logon goes from the agent through our collector into our table, with its groups', async () => {
  const collector = await runningCollector({ password: 'secret', groups: { 'CORP\\alice': ['CORP/SALES'] } });
  const gate = gateTo(collector.port);
  await vi.waitFor(() => expect(gate.state()).toBe('online'), patience);
  await collector.logon();
  await vi.waitFor(() => expect(gate.connector.logons.size).toBe(1), patience);
  expect(gate.connector.logons.get('10.0.0.1', 0)?.record).toMatchObject({
    user: expect.stringMatching(/alice/i),
    groups: 'CORP/SALES',
  });
  await collector.logon({ user: 'bob' });
  await vi.waitFor(
    () => expect(gate.connector.logons.get('10.0.0.1', 0)?.record.user).toMatch(/bob/i),
    patience,
  );
  expect(gate.connector.links[0]).toMatchObject({ gaps: 0, unknown: 0 });
});

test.each([
  ['another password', { password: 'other' }],
  ['another serial number', { password: 'secret', fortigates: ['FGVM019999999999-root'] }],
])('our collector with %s refuses us, and we say so', async (_, options) => {
  const collector = await runningCollector(options);
  const gate = gateTo(collector.port);
  await vi.waitFor(() => expect(gate.state()).toBe('refused'), patience);
});

test('a list of several frames comes through whole, once and again', async () => {
  const collector = await runningCollector();
  const count = 12_000;
  for (let index = 0; index < count; index++) {
    await collector.logon({ ip: `10.1.${index >> 8}.${index & 255}`, user: `u${index}` });
    // A datagram socket drops what nobody reads in time.
    if (index % 100 === 99)
      await vi.waitFor(() => expect(collector.collector.status.entries).toBe(index + 1), patience);
  }
  const gate = gateTo(collector.port);
  for (let round = 1; round <= 2; round++) {
    await vi.waitFor(() => expect(collector.all('all logons sent')).toHaveLength(round), patience);
    // A keepalive behind the list ends it.
    collector.clock.advance(10_000);
    await vi.waitFor(
      () => expect(gate.changes.filter((change) => change.kind === 'bulk-complete')).toHaveLength(round),
      patience,
    );
    expect(gate.changes.findLast((change) => change.kind === 'bulk-complete')).toMatchObject({
      records: count,
      removed: 0,
      added: round === 1 ? count : 0,
    });
    gate.connector.refreshLogons();
  }
});

test('a collector that ends is seen at once', async () => {
  const collector = await runningCollector();
  const gate = gateTo(collector.port);
  await vi.waitFor(() => expect(gate.state()).toBe('online'), patience);
  await collector.stop();
  await vi.waitFor(() => expect(gate.state()).toBe('lost'), patience);
});
