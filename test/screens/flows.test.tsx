import { expect, test } from 'vitest';
import { createTheme } from '../../src/screens/theme/theme.ts';
import { ctrl, keys, renderScreen } from '../support/render-screen.tsx';
import { collector, connector, connectorToAccept, logon, normalDay, start } from '../support/rows.ts';

/** The row under the cursor. */
function cursorRow(text: string): string {
  return text.split('\n').find((line) => line.startsWith('> ')) ?? '';
}

function userColumn(text: string): string[] {
  return text.split('\n').flatMap((line) => /^[> ] (\S*USER\S*)/.exec(line)?.[1] ?? []);
}
test('keys that arrive joined in one chunk all count', async () => {
  const screen = await renderScreen({ changes: normalDay(), keys: ['u'] });
  await screen.press('jjj');
  expect(cursorRow(screen.text())).toContain('USER003');
  await screen.press('kkjG');
  expect(cursorRow(screen.text())).toContain('USER042');
});

test('every way to move moves', async () => {
  const screen = await renderScreen({ changes: normalDay(), keys: ['u'] });
  const moves: [string, string][] = [
    [keys.down, 'USER001'],
    [keys.pageDown, 'USER018'],
    [keys.up, 'USER017'],
    [ctrl('b'), 'USER000'],
    [' ', 'USER017'],
    [keys.end, 'USER042'],
    [keys.home, 'USER000'],
    ['G', 'USER042'],
    [keys.pageUp, 'USER024'],
    ['g', 'USER000'],
  ];
  for (const [key, user] of moves) {
    await screen.press(key);
    expect(cursorRow(screen.text())).toContain(user);
  }
});

test('the cursor stays on its row while others arrive above it, and at the top when it was never moved', async () => {
  const screen = await renderScreen({ changes: normalDay(), keys: ['u'] });
  await screen.change(logon(50, { user: 'NEWEST', logonTime: start }));
  expect(cursorRow(screen.text())).toContain('NEWEST');
  await screen.press('jj');
  await screen.change(logon(51, { user: 'NEWER', logonTime: start + 1 }));
  expect(cursorRow(screen.text())).toContain('USER001');
});

test('one logon is cleared by its row, and what a filter shows once it is confirmed with the number', async () => {
  const screen = await renderScreen({ changes: [logon(1), logon(2), collector()], keys: ['u', 'X'] });
  expect(screen.text()).toMatch(/Clear the logon of user00\d at /i);
  await screen.press('n');
  expect(screen.calls).toEqual([]);
  await screen.press('X', 'y');
  expect(screen.calls).toEqual([
    expect.stringMatching(
      /^clearLogons corp \{"logon":\{"ip":"[\d.]+","session":0,"user":"[^"]+","domain":"CORP"\}\}$/,
    ),
  ]);
  screen.calls.length = 0;
  screen.counts = {
    ok: true,
    counts: [
      ['corp', 1],
      ['branch', 1200],
    ],
  };
  await screen.press('/', 'u', 's', 'e', 'r', keys.enter, 'C');
  expect(screen.calls).toEqual(['countLogons {"filter":"user"}']);
  expect(screen.text()).toContain('Clear the 1,201 logons that pass the filter?');
  expect(screen.text()).toContain('1,200 logons of branch');
  await screen.press('y');
  expect(screen.calls.slice(1)).toEqual([
    'clearLogons corp {"filter":"user"}',
    'clearLogons branch {"filter":"user"}',
  ]);
  screen.counts = { ok: true, counts: [] };
  await screen.press('C');
  expect(screen.text()).toContain('No logon of our own tables passes the filter');
});

test('without a row, Ctrl+R asks the only FSSO connector', async () => {
  const screen = await renderScreen({ changes: [collector({ logons: 0 })], keys: ['u', ctrl('r')] });
  expect(screen.calls).toEqual(['refreshLogons corp']);
});

test('what an action could not do is shown', async () => {
  const screen = await renderScreen({ changes: [collector()], keys: ['l'] });
  screen.answer = {
    ok: false,
    problem: { stage: 'connection', code: null, message: 'no collector is connected', cause: '', fix: [] },
  };
  await screen.press(ctrl('r'));
  expect(screen.calls).toEqual(['refreshLogons corp']);
  expect(screen.text()).toContain('x no collector is connected');
});

test('a key that does nothing here says why, until the next key', async () => {
  const screen = await renderScreen({ changes: normalDay(), keys: ['a'] });
  expect(screen.text()).toContain('! a works on another screen (certificate)');
  await screen.press('j');
  expect(screen.text()).not.toContain('works on another screen');
  await screen.press('Z');
  expect(screen.text()).toContain('! Z does nothing here; ? lists the keys');
});

test('the filter narrows while it is typed, Enter keeps it, Esc takes it back', async () => {
  const screen = await renderScreen({ changes: normalDay(), keys: ['u', '/', 'r', '0', '1', '2'] });
  expect(userColumn(screen.text())).toEqual(['USER012']);
  await screen.press(keys.enter, 'o');
  expect(userColumn(screen.text())).toEqual(['USER012']);
  await screen.press('/', keys.backspace, keys.esc);
  expect(screen.text()).toContain('match r012');
  await screen.press(keys.esc);
  expect(screen.text()).toContain('42 rows');
});

test('a filter that is not understood says where, and leaves the rows', async () => {
  const screen = await renderScreen({ changes: normalDay(), keys: ['u', '/', 'c', 'o', 'r', 'p', ':', 'q'] });
  expect(screen.text()).toMatch(/\/corp:q_ +! character 1: there is no field "corp:"/);
  expect(screen.text()).toContain('USER000');
});

test('Tab after / completes fields, then their values, and filters by them at once', async () => {
  const screen = await renderScreen({ changes: normalDay(), keys: ['u', '/', 's', 't', keys.tab] });
  expect(screen.text()).toMatch(/\/status:_ +! character 8: a value is missing/);
  await screen.press(keys.tab);
  expect(screen.text()).toContain('/status:live_');
  expect(screen.text()).toContain('match status:live');
  await screen.press(keys.tab);
  expect(screen.text()).toContain('/status:stale_');
  await screen.press(keys.backspace, 'l', keys.tab);
  expect(screen.text()).toContain('/status:stall_');
  expect(screen.text()).toContain('status:" is one of live, stale');
});

test('the columns sort by place, by neighbour, by name, and turn round', async () => {
  const screen = await renderScreen({ changes: normalDay(), keys: ['u'] });
  await screen.press('1');
  expect(screen.text()).toContain('User↑');
  expect(userColumn(screen.text())[0]).toBe('TSUSER');
  await screen.press('1');
  expect(screen.text()).toContain('User↓');
  expect(userColumn(screen.text())[0]).toBe('USER042');
  await screen.press('>');
  expect(screen.text()).toContain('IP address↑');
  await screen.press('<', '<');
  expect(screen.text()).toContain('User↑');
  expect(screen.text()).toContain('This is the first column');
  await screen.press('o');
  expect(screen.text()).toContain('User↓');
  await screen.press(':', 's', 'o', 'r', 't', ' ', 'w', 'o', 'r', 'k', keys.tab, keys.enter);
  expect(screen.text()).toContain('Workstati');
  expect(screen.controller.services.views.users.sort.column).toBe('workstation');
  await screen.press('0');
  expect(screen.text()).toContain('Age↑');
});

test('screens are reached by their keys, by Tab, by name, and left by Esc and -', async () => {
  const screen = await renderScreen({ changes: normalDay() });
  const shown = (): string => screen.stores.ui.current.screen;
  const steps: [string, string][] = [
    ['u', 'users'],
    [keys.enter, 'logon'],
    [keys.esc, 'users'],
    [keys.tab, 'collectors'],
    [keys.enter, 'link'],
    [keys.esc, 'collectors'],
    [keys.shiftTab, 'users'],
    ['t', 'events'],
    ['-', 'users'],
    ['-', 'events'],
    ['c', 'connectors'],
    [keys.enter, 'certificate'],
    ['l', 'collectors'],
  ];
  for (const [key, expected] of steps) {
    await screen.press(key);
    expect([key, shown()]).toEqual([key, expected]);
  }
  await screen.press(':', 'c', 'e', 'r', 't', ' ', 'l', keys.tab, keys.enter);
  expect(screen.stores.ui.current).toMatchObject({ screen: 'certificate', subject: 'legacy' });
});

test('Enter on a collector shows its link, a second one its own logons; Esc leaves the users without a filter', async () => {
  const changes = [collector(), logon(1), logon(2, { server: '10.0.0.12:8000' })];
  const screen = await renderScreen({ changes, keys: ['l', keys.enter] });
  expect(screen.text()).toContain('Link  corp  10.0.0.11:8000');
  await screen.press(keys.enter);
  expect(userColumn(screen.text())).toEqual(['USER001']);
  await screen.press(keys.esc, keys.esc, 'u');
  expect(userColumn(screen.text())).toEqual(['USER001', 'USER002']);
});

test('the command bar completes, recalls, and says what it does not know', async () => {
  const screen = await renderScreen({ changes: normalDay(), keys: [':', 'e', 'v', keys.tab] });
  expect(screen.text()).toContain(':events_');
  await screen.press(keys.enter);
  expect(screen.stores.ui.current.screen).toBe('events');
  await screen.press(':', keys.up);
  expect(screen.text()).toContain(':events_');
  await screen.press(ctrl('u'), 'z', 'z', keys.enter);
  expect(screen.text()).toContain('! There is no command "zz"; Tab offers them');
});

test('help runs the selected key', async () => {
  const screen = await renderScreen({ changes: normalDay(), keys: ['?'] });
  for (let step = 0; step < 30 && !cursorRow(screen.text()).includes(':collectors'); step += 1)
    await screen.press('j');
  expect(cursorRow(screen.text())).toContain(':collectors');
  await screen.press(keys.enter);
  expect(screen.stores.ui.current.screen).toBe('collectors');
});

test('help says why the selected key does nothing now, and q closes it without quitting', async () => {
  const screen = await renderScreen({ keys: ['t', '?'] });
  expect(screen.text()).toContain('! Not now: The event log has nothing to refresh.');
  await screen.press('q');
  expect(screen.calls).toEqual([]);
  expect(screen.text()).toContain('Nothing has happened yet');
});

test('p freezes and says so, and goes on', async () => {
  const screen = await renderScreen({ changes: normalDay(), keys: ['p'] });
  expect(screen.text()).toContain('FROZEN (p goes on)');
  await screen.press('p');
  expect(screen.text()).not.toContain('FROZEN');
  expect(screen.calls).toEqual(['freeze true', 'freeze false']);
});

test('y copies the cell in the sorted column, Y the row, neither with anything a shell would take for more', async () => {
  const hostile = 'eve\x1b]0;x\x07\u202e';
  const screen = await renderScreen({ changes: [logon(1, { user: hostile })], keys: ['u', '1', 'y', 'Y'] });
  expect(screen.calls[0]).toBe('copy eve\\x1b]0;x\\x07\\u{202e}');
  expect(screen.calls[1]).toMatch(/^copy [ -~]+$/);
  expect(JSON.parse(screen.calls[1]?.slice(5) ?? '')).toMatchObject({ user: hostile, ip: '10.1.0.11' });
});

test('keys of the terminal reach it, from help as well', async () => {
  const screen = await renderScreen({ keys: [ctrl('l'), ctrl('z'), '?', ctrl('l'), ctrl('c')] });
  expect(screen.calls).toEqual(['repaint', 'suspend', 'repaint', 'quit 0']);
});

test('q quits', async () => {
  const screen = await renderScreen({ changes: normalDay(), keys: ['u', keys.enter, 'q'] });
  expect(screen.calls).toEqual(['quit 0']);
});

test('pasted text goes into a line and is never taken for keys', async () => {
  const screen = await renderScreen({ changes: normalDay(), keys: ['u'] });
  await screen.press('\x1b[200~qCy\x1b[201~');
  expect(screen.calls).toEqual([]);
  expect(screen.text()).toContain('Pasted text is taken after / and : only');
  await screen.press('/', '\x1b[200~USER012\r\n\x1b[201~');
  expect(userColumn(screen.text())).toEqual(['USER012']);
});

test('the text of a certificate scrolls, and stops at its end', async () => {
  const screen = await renderScreen({ changes: [connectorToAccept()], keys: [keys.enter, 'j'] });
  expect(screen.text()).toContain('lines 2-12 of 35');
  await screen.press('G', 'j');
  expect(screen.text()).toContain('lines 25-35 of 35');
  await screen.press(']');
  expect(screen.text()).toContain('Root CA:     Yes');
  await screen.press('g', keys.left);
  expect(screen.text()).toContain('lines 1-11 of 35');
});

test('colour is only added to what words and marks say already', async () => {
  const plain = await renderScreen({ changes: normalDay() });
  const ascii = await renderScreen({
    changes: normalDay(),
    theme: createTheme({ colour: false, ascii: true }),
    keys: ['j'],
  });
  expect(plain.text()).toMatch(
    /x CA not known[\s\S]*! not accepted yet|! not accepted yet[\s\S]*x CA not known/,
  );
  for (const key of [keys.enter, 'r', 'n', 'u', keys.enter, 'l', 't', '?', keys.esc, ':', keys.esc]) {
    await ascii.press(key);
    expect(ascii.text()).toMatch(/^[\n -~]+$/);
  }
  await ascii.resize(120, 45);
  await ascii.press('c', keys.enter);
  expect(ascii.text()).toMatch(/^[\n -~]+$/);
});

test('an idle screen is not painted again before something on it changes', async () => {
  const screen = await renderScreen({ changes: [connector({ name: 'ems137' })] });
  const before = screen.raw();
  screen.clock.advance(5_000);
  await screen.change();
  expect(screen.raw()).toBe(before);
});
