import { expect, test } from 'vitest';
import type { StoreChange } from '../../src/state/changes.ts';
import { component } from '../support/component-rows.ts';
import { auditMisses, controller, polling, sessionMisses } from '../support/controller-rows.ts';
import { keys, renderScreen } from '../support/render-screen.tsx';
import { start } from '../support/rows.ts';
import { expectToFit, type Picture, testPictures } from '../support/screen-pictures.ts';

const denied = {
  stage: 'log',
  code: 5,
  message: 'dc3.corp.example does not let svc-fsso read its Security log (access denied)',
  cause: 'The account may log in, and is in none of the groups that may read event logs.',
  fix: ['Put svc-fsso into the group Event Log Readers of the domain, and wait for its next login.'],
};
const all: StoreChange[] = [
  component({ kind: 'collector', name: 'main', id: 'main|collector|main', state: 'connected', facts: [] }),
  controller(),
  controller({
    name: 'dc2.corp.example',
    mode: 'netapi',
    state: 'slow',
    misses: sessionMisses,
    otherModes: [
      ['event-log', auditMisses],
      ['wmi', auditMisses],
    ],
    lastEvent: null,
    polling: {
      ...polling,
      log: null,
      bookmark: null,
      lag: null,
      sessions: 812,
      periodMs: 9_000,
      pollTimes: [9_000, 11_500],
    },
  }),
  controller({
    name: 'dc3.corp.example',
    state: 'failed',
    lastEvent: null,
    problem: denied,
    polling: {
      ...polling,
      ...{ means: null, polls: 0, failures: 7, lastPoll: null, pollTimes: [] },
      ...{ bookmark: null, lag: null, logons: 0, logonsPerMinute: 0 },
    },
  }),
  controller({
    name: 'dc4.corp.example',
    state: 'behind',
    polling: { ...polling, lag: { records: 12_345, seconds: 95 }, lost: 17 },
  }),
  controller({ name: 'dc5.corp.example', mode: 'agent', agent: '10.0.0.15', misses: '', polling: null }),
  controller({
    name: 'dc6.corp.example',
    mode: 'none',
    state: 'not-reported',
    lastEvent: null,
    misses: 'Every logon there: no agent reports for it, and nobody polls it.',
    polling: null,
  }),
];

const cases: Picture[] = [
  { name: 'controllers none', changes: all.slice(0, 1), keys: ['P'] },
  { name: 'controllers normal', changes: all, keys: ['P'] },
  { name: 'controllers failed', changes: all, keys: ['P', 'j', 'j'] },
  { name: 'controller event log', changes: all, keys: ['P', keys.enter] },
  { name: 'controller sessions', changes: all, keys: ['P', 'j', keys.enter] },
  { name: 'controller failed', changes: all, keys: ['P', 'j', 'j', keys.enter] },
];

testPictures(cases);

test('a controller opens from the list, and its logons from there', async () => {
  const screen = await renderScreen({ changes: all, keys: ['P', keys.enter] });
  expect(screen.text()).toContain('Domain controller  dc1.corp.example  event log');
  await screen.press(keys.enter);
  expect(screen.stores.ui.current).toMatchObject({
    screen: 'entries',
    filter: 'collector:="main" agent:="dc1.corp.example"',
  });
});

test('a filter finds controllers by mode, state and lag', async () => {
  const screen = await renderScreen({ changes: all, keys: ['P', '/', 'lag:>1000', keys.enter] });
  expect(screen.text()).toContain('dc4.corp.example');
  expect(screen.text()).not.toContain('dc1.corp.example');
  await screen.press('/', ctrlU, 'mode:sessions', keys.enter);
  expect(screen.text()).toContain('dc2.corp.example');
});

test('controllers are found by why they fail, how often they are polled and how they are reached', async () => {
  const screen = await renderScreen({ changes: all, keys: ['P', '/', 'error:denied', keys.enter] });
  expect(screen.text()).toMatch(/1 of 6 rows match error:denied/);
  expect(screen.text()).toContain('dc3.corp.example');
  await screen.press('/', ctrlU, 'every:>8s way:eventlog', keys.enter);
  expect(screen.text()).toMatch(/1 of 6 rows match/);
  expect(screen.text()).toContain('dc2.corp.example');
});

test('the worst come first in the order of their state', async () => {
  const screen = await renderScreen({ changes: all, keys: ['P', '1'] });
  const states = [...screen.text().matchAll(/^[> ] . (failed|not seen|behind|slow|ok) /gm)].map(
    ([, state]) => state,
  );
  expect(states).toEqual(['failed', 'not seen', 'behind', 'slow', 'ok', 'ok']);
});

test('of a controller that is not answered the lag is not known, and no number is made up', async () => {
  const away = controller({
    state: 'failed',
    problem: denied,
    polling: { ...polling, means: null, lastPoll: start - 180_000 },
  });
  const screen = await renderScreen({ changes: [all[0] as StoreChange, away], keys: ['P'] });
  expect(screen.text()).toMatch(/x failed .* unread 3m/);
  await screen.press(keys.enter);
  expect(screen.text()).toMatch(/Behind +unread 3m/);
  expect(screen.text()).toMatch(/Reached by +not connected now/);
  await screen.press(keys.esc, '/', 'lag:<1', keys.enter);
  expect(screen.text()).toContain('No row matches');
});

test('where the window has no room for the pane, the line of the title says what is wrong', async () => {
  const screen = await renderScreen({ changes: all, keys: ['P'], rows: 12 });
  expect(screen.text()).toMatch(/^Domain controllers {2}6 rows {2}1 failed/m);
  await screen.press('j', 'j');
  expect(screen.text()).toMatch(/^Domain controllers {2}6 rows {2}dc3\.corp\.example does not let/m);
});

test('the period of polling is changed in write mode, after a question, and given back to the configuration', async () => {
  const readOnly = await renderScreen({ changes: all, keys: ['P', 'E'] });
  expect(readOnly.text()).toContain('start fabrictop with --write');
  const screen = await renderScreen({ changes: all, write: true, keys: ['P', 'E'] });
  await screen.press('90', keys.enter);
  expect(screen.text()).toContain('90: 1 to 60 seconds, or "configured"');
  await screen.press('E', '3', keys.enter);
  expect(screen.text()).toContain('Poll all domain controllers of main every 3 s?');
  expect(screen.text()).toMatch(/Now +dc1\.corp\.example every 5s/);
  expect(screen.calls).toEqual([]);
  await screen.press('y');
  await screen.press(keys.enter, ':', 'poll-period configured', keys.enter, 'y');
  expect(screen.calls).toEqual(['setPollPeriod main 3', 'setPollPeriod main null']);
});

test('a period that a person set is told apart from a configured one', async () => {
  const chosen = controller({ polling: { ...polling, periodIsChosen: true } });
  const screen = await renderScreen({ changes: [...all.slice(0, 1), chosen], keys: ['P'] });
  expect(screen.text()).toMatch(/Every +5s, set by hand/);
});

test('a domain controller that nobody polls has no period', async () => {
  const screen = await renderScreen({ changes: all, write: true, keys: ['P', 'G', 'E'] });
  expect(screen.text()).toContain('Only a domain controller that is polled has a period');
});

test.each([
  [40, 10],
  [60, 15],
  [200, 50],
])('a hundred controllers with long and wide names fit a window of %ix%i', async (columns, rows) => {
  const many = Array.from({ length: 100 }, (_, at) =>
    controller({
      name:
        at % 2 === 0 ? `漢字漢字漢字漢字漢字-${at}.corp.example` : `dc${at}.${'far-away.'.repeat(9)}example`,
      ...(at % 7 === 0 ? { state: 'failed' as const, problem: denied } : {}),
      polling: { ...polling, lag: { records: 12_345_678, seconds: 400_000 }, lost: 99_999 },
    }),
  );
  const screen = await renderScreen({ changes: [...all.slice(0, 1), ...many], keys: ['P'], columns, rows });
  expectToFit(screen, columns, rows);
  if (columns > 40) expect(screen.text()).toContain('100 rows  15 failed');
  for (const key of ['G', keys.enter, keys.pageDown, keys.enter]) {
    await screen.press(key);
    expectToFit(screen, columns, rows);
  }
});

test('while its collector is away the list says so and why, and not that it never answered', async () => {
  const away = component({ kind: 'collector', name: 'main', state: 'away', facts: [], problem: denied });
  const screen = await renderScreen({
    changes: [away],
    configured: { ems: 0, fsso: 0, admins: 0, fortigates: 0, attached: 1 },
    keys: ['P'],
  });
  expect(screen.text()).toContain('main is away');
  expect(screen.text()).toContain(denied.message);
  expect(screen.text()).not.toContain('No attached collector has answered');
});

test('Ctrl+R tries the collector of the selected controller', async () => {
  const screen = await renderScreen({ changes: all, keys: ['P'] });
  await screen.press('\u0012');
  expect(screen.calls).toEqual(['refreshAttached main']);
});

const ctrlU = '\u0015';
