import { expect, test } from 'vitest';
import { seenBy } from '../../src/backends/attached/seen-by.ts';
import type { LogonEvidence } from '../../src/logon-evidence.ts';
import type { StoreChange } from '../../src/state/changes.ts';
import { component, entry } from '../support/component-rows.ts';
import { keys, renderScreen } from '../support/render-screen.tsx';
import { start } from '../support/rows.ts';
import { testPictures } from '../support/screen-pictures.ts';

const collector = component({ kind: 'collector', name: 'main', state: 'connected', facts: [] });
const agent = 'dc1.corp.example';

function polledWith(evidence: LogonEvidence): StoreChange {
  const ways = seenBy({ feed: 'poller', agent, evidence }, new Map([[agent, [672, 680, 4768, 4776]]]));
  return entry({ feed: 'poller', agent, verifiedAt: null, nextCheckAt: null, evidence, ways });
}

const polled = polledWith({
  ...{ kind: 'event', id: 4768, record: 123_456, log: 'Security', by: 'event-log', logonType: null },
});
const notAsked = {
  ...{ stage: 'tcp', code: 'ETIMEDOUT', message: 'no answer from 10.20.30.1 port 445 within 10 s' },
  cause: 'A firewall drops the packets, or the host is down.',
  fix: ['allow TCP 445 from this machine', 'check that 10.20.30.1 is up'],
};
const doubted = entry({
  status: 'not-verified',
  doubt: 'workstation-unknown',
  verifiedAt: start - 900_000,
  expiresAt: start + 1_800_000,
  lastCheck: { at: start - 120_000, method: 'netapi', presence: 'unknown', problem: notAsked },
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

const cases = [
  { name: 'entry polled', changes: [collector, polled] },
  { name: 'entry of a session', changes: [collector, polledWith({ kind: 'session' })] },
  { name: 'entry in doubt', changes: [collector, doubted] },
  { name: 'entry of a terminal server', changes: [collector, ofTerminalServer] },
].map((each) => ({ ...each, keys: ['n', keys.enter] }));

testPictures(cases);

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

test('why its workstation could not be asked stands first, with what to do', async () => {
  const screen = await renderScreen({ changes: [collector, doubted], keys: ['n', keys.enter] });
  expect(screen.text()).toMatch(/^Doubt +its workstation could not be asked/m);
  expect(screen.text()).toMatch(/^Problem +no answer from 10\.20\.30\.1 port 445/m);
  expect(screen.text()).toMatch(/^What to do +1\. allow TCP 445/m);
  expect(screen.text()).toMatch(/^Asked +its workstation 2m ago over SMB.*nothing is\s+known of the user/ms);
});

test('an entry that was read from a log names the event and the record, and who else would have seen it', async () => {
  const screen = await renderScreen({ changes: [collector, polled], keys: ['n', keys.enter], rows: 40 });
  expect(screen.text()).toMatch(
    /Evidence +event 4768 \(Kerberos ticket\), record 123456, log Security,\s+read/,
  );
  expect(screen.text()).toMatch(/^event log, setting 0, as here +yes: It reads 4768/m);
  expect(screen.text()).toMatch(/^NetAPI +maybe:/m);
});

test('nothing is made up of an entry whose collector does not say what it was read from', async () => {
  const old = entry({ feed: 'poller', agent });
  const screen = await renderScreen({ changes: [collector, old], keys: ['n', keys.enter], rows: 40 });
  expect(screen.text()).toContain('Entry  CORP\\anna');
  expect(screen.text()).not.toMatch(/Evidence|would have seen/);
});
