import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createFortigateSource } from '../../../src/backends/fortigate/source.ts';
import { peerActions } from '../../../src/backends/peer-actions.ts';
import { systemClock } from '../../../src/clock.ts';
import { TrustStore } from '../../../src/ems/trust.ts';
import type { CollectorRow, LogonRow, NewEvent, StoreChange } from '../../../src/state/changes.ts';
import { fortigateToken } from '../../support/lab-fabric.ts';
import { eventually, labClient, usersLab } from '../../support/lab-users.ts';

vi.setConfig({ testTimeout: 120_000 });

async function running(options: Parameters<typeof usersLab>[0] = {}, write = true) {
  const lab = await usersLab(options);
  const directory = mkdtempSync(join(tmpdir(), 'fabrictop-test-'));
  const trust = TrustStore.open(join(directory, 'trust.json'), systemClock);
  const client = labClient(lab.fabric, { write, timeoutMs: 3_000 });
  const source = createFortigateSource({ name: 'edge', client, clock: systemClock, trust });
  const logons = new Map<string, LogonRow>();
  const collectors = new Map<string, CollectorRow>();
  const events: NewEvent[] = [];
  let all = '';
  let puts = 0;
  source.start((change: StoreChange) => {
    all += JSON.stringify(change);
    if (change.table === 'events') events.push(change.row);
    if (change.table !== 'logons' && change.table !== 'collectors') return;
    puts += 1;
    const table = (change.table === 'logons' ? logons : collectors) as Map<string, unknown>;
    if (change.op === 'put') table.set(change.row.id, change.row);
    else table.delete(change.id);
  });
  onTestFinished(async () => {
    await source.stop();
    rmSync(directory, { recursive: true, force: true });
  });
  await eventually(() => expect(collectors.size + events.length).toBeGreaterThan(0));
  return {
    ...lab,
    source,
    logons,
    collectors,
    events,
    said: () => all,
    puts: () => puts,
    actions: peerActions(new Map(), [source]),
    row: (user: string) => [...logons.values()].find((each) => each.user === user),
  };
}

test('users of a FortiGate stand among the logons, its FSSO entries among the collectors, each with its source', async () => {
  const { row, collectors, said } = await running();
  expect(row('alice')).toMatchObject({
    connector: 'edge/root',
    server: 'corp',
    ip: '10.0.0.1',
    groups: ['FSSO_Sales'],
    stale: false,
    reported: { fortigate: 'edge', vdom: 'root', method: 'fsso' },
  });
  expect([...collectors.values()]).toMatchObject([
    { connector: 'edge/root', server: 'corp', state: 'online', active: true, logons: 2, problem: null },
  ]);
  expect(said()).not.toContain(fortigateToken);
});

test('what did not change is not told again', async () => {
  const { source, puts } = await running();
  const before = puts();
  expect(await source.refresh()).toEqual({ ok: true, message: 'FortiGate edge was asked' });
  expect(puts()).toBe(before);
});

test('a user is logged off there, and gone here at once; only with --write', async () => {
  const { row, actions, entry, events, said } = await running();
  const alice = row('alice');
  expect(alice?.reported?.removal).toContain(
    'POST /api/v2/monitor/user/firewall/deauth?vdom=root {"user_type"',
  );
  expect(await actions.logOffOnFortigate(alice?.id ?? '')).toEqual({
    ok: true,
    message: 'alice at 10.0.0.1 was logged off on edge',
  });
  expect(row('alice')).toBeUndefined();
  expect(entry?.users).toHaveLength(1);
  expect(events.map(({ text }) => text)).toContain('alice at 10.0.0.1 was logged off on edge');
  expect(await actions.logOffOnFortigate(alice?.id ?? '')).toMatchObject({ ok: false });
  expect(said()).not.toContain(fortigateToken);
});

test('read-only, nobody is logged off', async () => {
  const { row, actions, entry } = await running({}, false);
  expect(await actions.logOffOnFortigate(row('alice')?.id ?? '')).toMatchObject({
    ok: false,
    problem: {
      message: 'It would log a user off on a FortiGate, and fabrictop is read-only without --write',
    },
  });
  expect(entry?.users).toHaveLength(2);
});

test('users that the FortiGate tells no more of are marked and kept, and the rest of it goes on', async () => {
  const { fabric, source, row, collectors, events } = await running();
  fabric.fortigate.troubles.set('user/firewall', 'inside');
  expect(await source.refresh()).toMatchObject({ ok: true });
  expect(row('alice')?.stale).toBe(true);
  expect(collectors.size).toBe(1);
  await source.refresh();
  expect(events.filter(({ text }) => text.includes('failed inside (500)'))).toHaveLength(1);
  fabric.fortigate.troubles.clear();
  await source.refresh();
  expect(row('alice')?.stale).toBe(false);
});

test('a FortiGate that goes away marks its users, and a token that lacks a permission leaves what it may see', async () => {
  const { fabric, source, row } = await running();
  await fabric.fortigate.stop();
  expect(await source.refresh()).toMatchObject({ ok: false, problem: { stage: 'connection' } });
  expect(row('bob')?.stale).toBe(true);

  const other = await running({ accessOf: { authgrp: 'none' } });
  expect(other.logons.size).toBe(0);
  expect(other.events.map(({ text }) => text).join()).toContain('no read access to authgrp');
  expect(await other.source.refresh()).toMatchObject({ ok: true });
});
