import { expect, test, vi } from 'vitest';
import { interval, recordedDay } from '../../support/history-rows.ts';
import { ctrl, keys, renderScreen } from '../../support/render-screen.tsx';
import { logon } from '../../support/rows.ts';

vi.setConfig({ testTimeout: 60_000 });

const asked = (calls: readonly string[]) => calls.filter((call) => call.startsWith('askHistory'));

test('h asks about the user, then about the address and the workstation of the selected interval', async () => {
  const screen = await renderScreen({ changes: [logon(0)], history: recordedDay(), keys: ['u', 'h'] });
  expect(screen.text()).toContain('History of user CORP\\USER000');
  await screen.press('h');
  expect(screen.text()).toContain('History of address 10.1.0.0');
  await screen.press('h');
  expect(screen.text()).toContain('History of workstation PC-00');
  expect(asked(screen.calls)).toEqual([
    'askHistory {"user":"CORP\\\\USER000","limit":1000}',
    'askHistory {"ip":"10.1.0.0","limit":1000}',
    'askHistory {"workstation":"PC-00","limit":1000}',
  ]);
  await screen.press(keys.esc);
  expect(screen.text()).toContain('History of address 10.1.0.0');
});

test('the pane has the evidence of the selected interval, and hostile names are spelt out', async () => {
  const screen = await renderScreen({
    changes: [logon(0)],
    history: recordedDay(),
    keys: ['u', 'h', 'j'],
    columns: 140,
    rows: 40,
  });
  expect(screen.text()).toContain(
    'replaced by CORP\\SVC-BACKUP at the same address, reported by collector 10.0.0.12:8000',
  );
  await screen.press('G');
  expect(screen.text()).toContain('USER\\x1b[2J');
  expect(screen.text()).toContain('when it ended before that is not known');
});

test('the table is filtered and sorted as any other, and Ctrl+R asks again', async () => {
  const screen = await renderScreen({ changes: [logon(0)], history: recordedDay(), keys: ['u', 'h'] });
  await screen.press('/', ...'why:replaced', keys.enter);
  expect(screen.text()).toContain('1 of 6 rows match');
  await screen.press('>');
  screen.history = { ok: true, rows: [interval(1)] };
  await screen.press(keys.esc, 'h', ctrl('r'));
  expect(screen.text()).toContain('1 row');
});

test(':history takes an address, a user or a workstation', async () => {
  const screen = await renderScreen({ changes: [logon(0)], history: recordedDay(), keys: ['u'] });
  for (const typed of ['10.1.1.5', 'CORP\\alice', 'ws:PC-7', 'user:10.1.1.5'])
    await screen.press(':', ...`history ${typed}`, keys.enter);
  expect(asked(screen.calls)).toEqual([
    'askHistory {"ip":"10.1.1.5","limit":1000}',
    'askHistory {"user":"CORP\\\\alice","limit":1000}',
    'askHistory {"workstation":"PC-7","limit":1000}',
    'askHistory {"user":"10.1.1.5","limit":1000}',
  ]);
});

test('with no logon selected, h says what it needs', async () => {
  const screen = await renderScreen({ changes: [], keys: ['u', 'h'] });
  expect(screen.text()).toContain('Nothing is selected');
});
