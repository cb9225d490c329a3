import { expect, onTestFinished, test, vi } from 'vitest';
import { openLab } from '../../bin/demo-lab.ts';
import { systemClock } from '../../src/clock.ts';
import type { ScenarioName } from '../../src/lab/scenario.ts';
import type { ConnectorRow, StoreChange } from '../../src/state/changes.ts';
import { WriteGuard } from '../../src/verbs.ts';

// Real servers: their keys alone take seconds on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

/** State and code of each connector, once all of them are as they shall be. */
async function settled(scenario: ScenarioName, wanted: Readonly<Record<string, string>>) {
  const lab = await openLab(scenario, systemClock, new WriteGuard(false));
  const rows = new Map<string, ConnectorRow>();
  onTestFinished(async () => {
    await Promise.all(lab.targets.sources.map((source) => source.stop()));
    await lab.close();
  });
  const take = (change: StoreChange): void => {
    if (change.table === 'connectors' && change.op === 'put') rows.set(change.row.id, change.row);
  };
  for (const source of lab.targets.sources) source.start(take);
  const now = () =>
    Object.fromEntries(
      [...rows.values()].map(({ id, state, problem }) => [id, `${state} ${problem?.code ?? ''}`.trim()]),
    );
  await vi.waitFor(() => expect(now()).toEqual(wanted), { timeout: 60_000, interval: 100 });
  for (const { problem } of rows.values()) if (problem) expect(problem.fix.length).toBeGreaterThan(0);
  return rows;
}

test('the demo of common faults shows each of them by its state and code', async () => {
  await settled('faults', {
    'unknown-ca': 'certificate-unknown-ca -4',
    expired: 'certificate-unknown-ca -4',
    changed: 'certificate-changed',
    'not-authorised': 'pending-authorization -8',
    'no-answer': 'failed -1',
    'http-500': 'failed -5',
    licence: 'failed -7',
  });
});

test('the demo of rare faults shows each of them by its state and code', async () => {
  await settled('more-faults', {
    'multi-tenant': 'failed -5',
    'vm-certificate': 'failed -5',
    replaced: 'dirty',
    'old-tls': 'failed -5',
    throttled: 'failed -5',
    'sign-in-page': 'failed -5',
    'tags-refused': 'connected',
  });
});

test('the demo of EMS Cloud connects by the account of the device, and stops at the front desk without a contract', async () => {
  const rows = await settled('cloud', {
    cloud: 'connected',
    'no-contract': 'failed -7',
    'key-refused': 'failed -8',
  });
  const stopped = (name: string) =>
    rows.get(name)?.session.stages.find(({ state }) => state === 'stopped')?.name ?? null;
  expect([stopped('cloud'), stopped('no-contract'), stopped('key-refused')]).toEqual([
    null,
    'entitlement',
    'entitlement',
  ]);
  expect(rows.get('no-contract')?.problem?.cause).toContain('contract');
});
