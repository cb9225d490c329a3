import { expect, test } from 'vitest';
import type { CollectorRow, ConnectorRow, EndpointRow, LogonRow, NewEvent } from '../../src/state/changes.ts';
import { longestEventLog } from '../../src/state/event-row.ts';
import { createStores } from '../../src/state/stores.ts';
import { ManualClock } from '../support/manual-clock.ts';

const logon: LogonRow = {
  id: 'corp|10.0.0.1|0',
  connector: 'corp',
  server: '10.0.0.9:8000',
  ip: '10.0.0.1',
  session: 0,
  user: 'ALICE',
  domain: 'CORP',
  workstation: 'PC1',
  groups: [],
  logonTime: 0,
  receivedAt: 0,
  portRanges: [],
  stale: false,
  expiresAt: null,
};
const collector = { id: 'corp|10.0.0.9:8000', connector: 'corp', state: 'online' } as CollectorRow;
const connector = { id: 'ems-1', name: 'ems-1', state: 'connected' } as ConnectorRow;
const event: NewEvent = { time: 1, level: 'info', source: 'corp', logId: 43014, text: 'logged on' };

test('each change reaches its own table at the flush', () => {
  const stores = createStores(new ManualClock());
  stores.apply({ table: 'logons', op: 'put', row: logon });
  stores.apply({ table: 'collectors', op: 'put', row: collector });
  stores.apply({ table: 'connectors', op: 'put', row: connector });
  stores.apply({ table: 'events', op: 'append', row: event });
  expect(stores.logons.size).toBe(0);
  expect(stores.flush()).toBe(true);
  expect(stores.logons.get(logon.id)).toEqual(logon);
  expect(stores.collectors.get(collector.id)).toEqual(collector);
  expect(stores.connectors.get(connector.id)).toEqual(connector);
  expect([...stores.events.values()]).toEqual([{ ...event, id: '1', number: 1 }]);
  stores.apply({ table: 'logons', op: 'remove', id: logon.id });
  stores.apply({ table: 'collectors', op: 'remove', id: collector.id });
  stores.apply({ table: 'connectors', op: 'remove', id: connector.id });
  stores.flush();
  expect([stores.logons.size, stores.collectors.size, stores.connectors.size]).toEqual([0, 0, 0]);
  expect(stores.flush()).toBe(false);
});

test('the event log keeps the last 10,000 and goes on counting', () => {
  const stores = createStores(new ManualClock());
  for (let each = 0; each < longestEventLog + 25; each += 1) {
    stores.apply({ table: 'events', op: 'append', row: event });
    if (each % 4_000 === 0) stores.flush();
  }
  stores.flush();
  const numbers = [...stores.events.values()].map((row) => row.number);
  expect(numbers).toHaveLength(longestEventLog);
  expect([numbers[0], numbers.at(-1)]).toEqual([26, longestEventLog + 25]);
});

test('a screen that is frozen for long holds no more events than the log is long', () => {
  const stores = createStores(new ManualClock());
  for (let each = 0; each < 3 * longestEventLog; each += 1) stores.events.append(event);
  expect(stores.events.pending).toBe(longestEventLog);
});

test('a toast is in the event log', () => {
  const stores = createStores(new ManualClock());
  stores.toasts.push('error', 'refused');
  stores.flush();
  expect([...stores.events.values()]).toMatchObject([{ level: 'error', text: 'refused' }]);
});

test('the time on the screen moves with a flush, once a second at most', () => {
  const clock = new ManualClock();
  const stores = createStores(clock);
  const start = clock.now();
  clock.advance(999);
  stores.flush();
  expect(stores.time.getState().now).toBe(start);
  clock.advance(1);
  expect(stores.time.getState().now).toBe(start);
  stores.flush();
  expect(stores.time.getState().now).toBe(start + 1_000);
});

test('whom a FortiGate tells of too stands in the row of our own collector, and counts once', () => {
  const stores = createStores(new ManualClock(0));
  const reported = { fortigate: 'edge', vdom: null, method: 'fsso', policyId: null, removal: null };
  const told = { ...logon, id: 'edge|10.0.0.1|0', connector: 'edge', reported };
  stores.apply({ table: 'logons', op: 'put', row: logon });
  stores.apply({ table: 'logons', op: 'put', row: told });
  stores.flush();
  expect([...stores.logons.values()]).toEqual([{ ...logon, also: [told] }]);
  stores.apply({ table: 'logons', op: 'remove', id: told.id });
  stores.flush();
  expect([...stores.logons.values()]).toEqual([logon]);
});

test('an endpoint is found by its identifier, whatever the letters', () => {
  const stores = createStores(new ManualClock(0));
  const reported = { fortigate: 'edge', emsSerial: null, interface: 'port1', outOfSync: false };
  const row = (patch: Partial<EndpointRow>) =>
    ({ id: `${patch.connector}|${patch.uid}`, host: '', ...patch }) as EndpointRow;
  const own = row({ connector: 'hq', uid: 'AB12' });
  const told = row({ connector: 'edge/root', uid: 'ab12', reported });
  const without = [row({ connector: 'hq', uid: '' }), row({ connector: 'edge/root', uid: '', reported })];
  for (const each of [told, own, ...without]) stores.apply({ table: 'endpoints', op: 'put', row: each });
  stores.flush();
  expect([...stores.endpoints.values()]).toEqual([{ ...own, also: [told] }, ...without]);
  stores.apply({ table: 'all', op: 'clear' });
  stores.apply({ table: 'endpoints', op: 'put', row: own });
  stores.flush();
  expect([...stores.endpoints.values()]).toEqual([own]);
});
