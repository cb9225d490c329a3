import { expect, test } from 'vitest';
import { keys, renderScreen } from '../support/render-screen.tsx';
import { connector, connectorUnknownCa, start } from '../support/rows.ts';
import { type Picture, testPictures } from '../support/screen-pictures.ts';
import { endpoint, session, tag } from '../support/session-rows.ts';

const working = connector({ name: 'ems137', tenantId: '0'.repeat(32), session: session() });
const tags = [
  tag('Domain-Users', { members: 1_204 }),
  tag('Outbreak\u001b[2J', { type: 'outbreak', members: 3 }),
];
const endpoints = Array.from({ length: 40 }, (_, place) => endpoint(place));

const pending = connector({
  name: 'ems137',
  state: 'pending-authorization',
  connection: 'Not authorized on EMS',
  certificate: '',
  serialNumber: null,
  latencyMs: null,
  session: session({
    stages: session().stages.map((stage, place) => ({
      ...stage,
      state: place < 3 ? 'done' : place === 3 ? 'stopped' : 'open',
    })),
    calls: [],
    latencies: [],
    registered: false,
    capabilities: null,
    ztnaCa: null,
    publicAddress: null,
    authUrl: 'https://ems137.example.com/fabric_device_auth/FGT',
    websocket: { state: 'off', since: start, code: null, reason: '' },
    endpointCount: 0,
    tagCount: 0,
  }),
  problem: {
    stage: 'authentication',
    code: -8,
    message: 'EMS server connection failed. Authentication failed',
    cause: 'This device is not authorised on EMS (FGVM010000000001).',
    fix: ['On EMS, open Administration > Fabric Devices.', 'Select the serial number and click Authorize.'],
  },
});

const outOfSync = connector({
  name: 'ems137',
  state: 'out-of-sync',
  connection: 'Out of sync',
  session: session({
    websocket: { state: 'down', since: start - 300_000, code: 1006, reason: 'no answer to a ping' },
    outOfSyncSince: start - 120_000,
  }),
});

const cases: Picture[] = [
  { name: 'connector normal', changes: [working, ...tags], keys: ['d'] },
  { name: 'connector pending', changes: [pending], keys: ['d'] },
  { name: 'connector out of sync', changes: [outOfSync, ...tags], keys: ['d'] },
  { name: 'connector before the first try', changes: [connectorUnknownCa('ems137')], keys: ['d'] },
  { name: 'endpoints empty', changes: [working], keys: ['e'] },
  { name: 'endpoints not connected', changes: [pending], keys: ['e'] },
  { name: 'endpoints normal', changes: [working, ...endpoints], keys: ['e', 'j'] },
  { name: 'endpoints out of sync', changes: [outOfSync, ...endpoints.slice(0, 3)], keys: ['e'] },
];

testPictures(cases);

test('the page of a connector scrolls to its calls and tags, and Enter shows its certificate', async () => {
  const screen = await renderScreen({ changes: [working, ...tags], columns: 80, rows: 24, keys: ['d', 'G'] });
  expect(screen.text()).toContain('Domain-Users');
  expect(screen.text()).toMatch(/x 404/);
  expect(screen.raw()).not.toContain('\u001b[2J');
  await screen.press(keys.enter);
  expect(screen.text()).toContain('Certificate  ems137');
});

test('e shows the endpoints of the selected connector, and they can be filtered and sorted', async () => {
  const other = connector({ name: 'other' });
  const screen = await renderScreen({
    changes: [working, other, ...endpoints, endpoint(41, { connector: 'other', host: 'ELSEWHERE' })],
    columns: 120,
    rows: 40,
    keys: ['d', 'e'],
  });
  expect(screen.text()).toContain('PC-SAL-000');
  expect(screen.text()).not.toContain('ELSEWHERE');
  // A different filter each time, in the way that a person pastes one.
  const filterBy = async (line: string) => {
    await screen.press(':');
    screen.controller.paste(line);
    await screen.press(keys.enter);
  };
  await filterBy('endpoints state:quarantined');
  expect(screen.text()).toContain('PC-SAL-004');
  expect(screen.text()).not.toContain('PC-SAL-005');
  await filterBy('filter tag:vulnerability');
  expect(screen.text()).toContain('PC-SAL-000');
  expect(screen.text()).not.toContain('PC-SAL-001');
  await screen.press('o');
  expect(screen.text()).toMatch(/Host↓[\s\S]*PC-SAL-038[\s\S]*PC-SAL-036/);
});
