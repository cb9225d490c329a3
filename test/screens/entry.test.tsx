import { describe, expect, test } from 'vitest';
import type { StoreChange } from '../../src/state/changes.ts';
import { component, entry } from '../support/component-rows.ts';
import { auditMisses, controller, polling } from '../support/controller-rows.ts';
import { keys, renderScreen, type ScreenOptions } from '../support/render-screen.tsx';
import { start } from '../support/rows.ts';

const collector = component({ kind: 'collector', name: 'main', state: 'connected', facts: [] });
const polled = entry({ feed: 'poller', agent: 'dc1.corp.example', verifiedAt: null, nextCheckAt: null });
const doubted = entry({
  status: 'not-verified',
  doubt: 'workstation-unknown',
  verifiedAt: start - 900_000,
  expiresAt: start + 1_800_000,
});
const ofTerminalServer = entry({
  session: 3,
  feed: 'ts-agent',
  agent: 'TS1',
  portRanges: [
    [1224, 1423],
    [1424, 1623],
  ],
});

const cases: (Required<Pick<ScreenOptions, 'changes'>> & { name: string })[] = [
  { name: 'entry polled', changes: [collector, controller(), polled] },
  { name: 'entry in doubt', changes: [collector, doubted] },
  { name: 'entry of a terminal server', changes: [collector, ofTerminalServer] },
];

describe.each(cases)('$name', ({ name, changes }) => {
  test.each([
    [80, 24],
    [120, 40],
  ])('%i by %i', async (columns, rows) => {
    const screen = await renderScreen({ changes, keys: ['n', keys.enter], columns, rows });
    const lines = screen.text().split('\n');
    expect(lines).toHaveLength(rows);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
    await expect(`${screen.text()}\n`).toMatchFileSnapshot(
      `pictures/${name.replaceAll(' ', '-')}-${columns}x${rows}.txt`,
    );
  });
});

test('the page of an entry says when the logon has ended', async () => {
  const screen = await renderScreen({ changes: [collector, polled], keys: ['n', keys.enter] });
  expect(screen.text()).toContain('Entry  CORP\\anna at 10.20.30.1');
  await screen.change({ table: 'entries', op: 'remove', id: 'main|10.20.30.1|0' });
  expect(screen.text()).toContain('The logon has ended, or its collector is away');
});

test('from its page an entry is ended, in write mode and after a question', async () => {
  const changes: StoreChange[] = [collector, polled];
  const readOnly = await renderScreen({ changes, keys: ['n', keys.enter, 'X'] });
  expect(readOnly.text()).toContain('start fabrictop with --write');
  const screen = await renderScreen({ changes, write: true, keys: ['n', keys.enter, 'X'] });
  expect(screen.text()).toContain('End the logon of anna on main?');
  await screen.press('y');
  expect(screen.calls).toEqual(['endEntry main|10.20.30.1|0']);
});

test('why asks about the user of the selected entry, and of that whose page is open', async () => {
  for (const keysBefore of [['n'], ['n', keys.enter]]) {
    const screen = await renderScreen({ changes: [collector, polled], keys: [...keysBefore, 'w'] });
    expect(screen.stores.ui.current).toMatchObject({ screen: 'why' });
    expect(screen.stores.ui.current.subject).toContain('anna');
  }
});

test('an entry that polling found says by which mode, and what the others would not have seen', async () => {
  const screen = await renderScreen({ changes: [controller(), polled], keys: ['n'], rows: 40 });
  expect(screen.text()).toMatch(/Seen by +polling, event log Security/);
  expect(screen.text()).toMatch(/By sessions +would not see: Users whose session/);
});

test('where a controller is polled in two ways, it is not made up which of them saw a logon', async () => {
  const sessions = controller({
    mode: 'netapi',
    polling: { ...polling, log: null },
    otherModes: [
      ['event-log', auditMisses],
      ['wmi', auditMisses],
    ],
  });
  const screen = await renderScreen({ changes: [controller(), sessions, polled], keys: ['n'], rows: 40 });
  expect(screen.text()).toMatch(
    /Seen by +polling, (event log Security or sessions|sessions or event log Security)/,
  );
  expect(screen.text()).not.toMatch(/By sessions|By event log/);
  expect(screen.text()).toMatch(/By WMI +would not see/);
});
