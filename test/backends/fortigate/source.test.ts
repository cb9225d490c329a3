import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createFortigateSource } from '../../../src/backends/fortigate/source.ts';
import { peerActions } from '../../../src/backends/peer-actions.ts';
import { systemClock } from '../../../src/clock.ts';
import { TrustStore } from '../../../src/ems/trust.ts';
import type { CollectorRow, GateRow, LogonRow, NewEvent, StoreChange } from '../../../src/state/changes.ts';
import { fortigateSerial, fortigateToken } from '../../support/lab-fabric.ts';
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
  const gates = new Map<string, GateRow>();
  let all = '';
  let puts = 0;
  source.start((change: StoreChange) => {
    all += JSON.stringify(change);
    if (change.table === 'events') events.push(change.row);
    if (change.table === 'gates' && change.op === 'put') gates.set(change.row.id, change.row);
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
    gate: () => gates.get('edge'),
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

test('the row of the FortiGate says what it is, how many users each VDOM has, and how every call ended', async () => {
  const { gate } = await running({
    accessOf: { utmgrp: 'none' },
    cluster: {
      mode: 'a-p',
      group: 'office',
      members: [
        { serial: fortigateSerial, hostName: 'edge', priority: 200, primary: false },
        { serial: 'FGVM01LAB0000003', hostName: 'edge-2', priority: 100, primary: true },
      ],
    },
  });
  await eventually(() => expect(gate()?.users).not.toEqual([]));
  expect(gate()).toMatchObject({
    hostName: 'edge.corp.example',
    version: 'v7.4.8',
    build: 2795,
    vdoms: ['root', 'branch'],
    cluster: { mode: 'a-p', group: 'office', role: 'secondary' },
    users: [{ vdom: 'root', method: 'fsso', count: 2 }],
    fsso: [{ vdom: 'root', name: 'corp', status: 'connected', users: 2 }],
    policies: null,
    problem: null,
  });
  const ended = (gate()?.calls ?? []).map(({ name, rows, problem }) => [name, rows, problem?.code ?? null]);
  expect(ended).toEqual([
    ['system', null, null],
    ['cluster', null, null],
    ['EMS connectors', null, 403],
    ['FSSO connectors', 1, null],
    ['users', 2, null],
    ['endpoints', 0, null],
  ]);
});

test('policies and groups are read for who looks at them, and what is refused is told call by call', async () => {
  const { gate, source, actions } = await running();
  expect(await actions.readPolicies('edge')).toEqual({ ok: true, message: 'edge told its policies' });
  expect(gate()?.policies?.policies.map(({ vdom, id, who }) => [vdom, id, who])).toEqual([
    ['root', 7, ['FSSO_Sales']],
    ['root', 2, ['CORP/SALES']],
  ]);
  expect(gate()?.policies?.groups.map(({ name, type }) => [name, type])).toEqual([
    ['FSSO_Sales', 'fsso-service'],
    ['CORP/DOMAIN USERS', 'directory'],
    ['CORP/SALES', 'directory'],
  ]);
  expect(await actions.readPolicies('none')).toMatchObject({ ok: false });
  const other = await running({ accessOf: { fwgrp: 'none' } });
  expect(await other.source.readPolicies()).toMatchObject({ ok: false, problem: { code: 403 } });
  const calls = other.gate()?.policies?.calls.map(({ name, problem }) => [name, problem?.code ?? null]);
  expect(calls).toEqual([
    ['policies', 403],
    ['user groups', null],
    ['directory groups', null],
  ]);
  expect(other.gate()?.policies?.groups).toHaveLength(3);
  await source.stop();
  expect(await source.readPolicies()).toMatchObject({ ok: true });
});
