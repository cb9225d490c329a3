import { expect, test } from 'vitest';
import { openDemo } from '../support/dashboard.ts';
import type { PtyScreen } from '../support/pty-screen.ts';
import { sessionProcesses } from '../support/session-processes.ts';

const enter = '\r';
const esc = '\x1b';

/** Puts the cursor on the row of an EMS connector and opens its certificate. */
async function openCertificate(screen: PtyScreen, name: string): Promise<void> {
  screen.type(`:certificate ${name}${enter}`);
  await screen.waitFor(new RegExp(`^Certificate {2}${name} `, 'm'));
}

function usersOnline(text: string): number {
  return Number(/users (\d+)/.exec(text)?.[1] ?? Number.NaN);
}

/** The users on the screen, in order; as long as the screen shows other things, none. */
function usersShown(screen: PtyScreen): string[] {
  const lines = screen.lines();
  const titles = lines.findIndex((line) => line.startsWith('  User'));
  if (titles === -1) return [];
  const rows = lines.map((_, row) => screen.cells(row, 2, 14).trim()).slice(titles + 1, -2);
  return rows.filter((user) => user !== '');
}

const isSorted = (texts: string[]) =>
  texts.length > 15 && texts.every((text, place) => place === 0 || (texts[place - 1] ?? '') <= text);

test('it opens at 80x24 with one connector connected, one to accept and one of an unknown CA', async () => {
  const { screen } = await openDemo();
  const lines = screen.lines();
  expect(lines).toHaveLength(24);
  expect(lines[0]).toMatch(/^fabrictop demo: office .* \d\d:\d\d UTC$/);
  expect(lines.find((line) => / hq /.test(line))).toMatch(/\+ connected +Authorized/);
  expect(lines.find((line) => / branch /.test(line))).toMatch(/! not accepted yet +Not authorized/);
  expect(lines.find((line) => / acquired /.test(line))).toMatch(/x CA not known +Not trusted/);
  expect(lines.at(-1)).toMatch(/Enter Open .* \? Help {2}q Quit$/);
});

test('a certificate is read to its end, accepted after a question, and its connector connects', async () => {
  const { screen } = await openDemo();
  screen.type('j');
  await screen.waitFor(/^> branch/m);
  screen.type(enter);
  const first = await screen.waitFor(/lines 1-\d+ of \d+/);
  expect(first).toMatch(/Subject: +C = CA, O = Example Corp/);
  expect(first).not.toContain('TLS Web Server Authentication');
  screen.type('\x1b[6~');
  await screen.waitFor(/lines (?!1-)\d+-\d+ of \d+/);
  screen.type('G');
  await screen.waitFor(/TLS Web Server Authentication/);

  screen.type('a');
  const question = await screen.waitFor(/Accept the certificate of branch\?/);
  expect(question).toMatch(/SHA-256 +[0-9A-F]{2}(:[0-9A-F]{2}){15}:/);
  screen.type('y');
  await screen.waitFor(/branch .*accepted/i);
  screen.type(esc);
  await screen.waitFor(/branch .*\+ connected +Authorized/);
  expect(screen.lines()[0]).toMatch(/EMS 2.*3 up/);
});

test('no is an answer: nothing is accepted', async () => {
  const { screen } = await openDemo();
  await openCertificate(screen, 'branch');
  screen.type('a');
  await screen.waitFor(/Accept the certificate of branch\?/);
  screen.type(enter);
  await screen.waitFor(/Press y to go ahead or n to cancel/);
  screen.type('n');
  await screen.waitFor(/! Not accepted yet/);
});

test('a rejected certificate cuts its connector off, and can be accepted again', async () => {
  const { screen } = await openDemo();
  await openCertificate(screen, 'hq');
  screen.type('r');
  await screen.waitFor(/The earlier acceptance is forgotten/);
  screen.type('y');
  await screen.waitFor(/! Not accepted yet/);
  screen.type('a');
  await screen.waitFor(/Accept the certificate of hq\?/);
  screen.type('y');
  screen.type('c');
  await screen.waitFor(/hq .*\+ connected/);
});

test('a certificate of an unknown CA is not accepted, and the reason is on the screen', async () => {
  const { screen } = await openDemo();
  await openCertificate(screen, 'acquired');
  screen.type('a');
  const text = await screen.waitFor(/No installed CA signed it: import its CA with I first/);
  expect(text).not.toContain('Accept the certificate of');
});

test('users arrive while one looks on', async () => {
  const { screen } = await openDemo();
  screen.type('u');
  const before = usersOnline(await screen.waitFor(/^> .* CORP .* PC-/m));
  expect(before).toBeGreaterThan(0);
  await screen.waitFor((text) => usersOnline(text) > before + 3);
});

test('the filter narrows the users while it is typed, and Esc widens them again', async () => {
  const { screen } = await openDemo(['--scenario', 'quiet']);
  screen.type('u');
  await screen.waitFor(() => usersShown(screen).length > 15);
  screen.type('/anna');
  await screen.waitFor(/[1-9]\d* of \d+ rows match anna/);
  await screen.waitFor(() => usersShown(screen).every((user) => user.startsWith('anna')));
  screen.type(enter);
  await screen.waitFor((text) => !text.includes('/anna_'));
  expect(usersShown(screen).length).toBeLessThan(10);
  screen.type(esc);
  await screen.waitFor(() => usersShown(screen).length > 15);
});

test('whom the FortiGate of the demo tells of too stands in the row of our collector', async () => {
  const { screen } = await openDemo(['--scenario', 'quiet']);
  screen.type('m');
  await screen.waitFor(/^> edge /m);
  screen.type('\x12u/via:edge\r');
  await screen.waitFor(/\b(\d+) of \1 rows match via:edge/);
  await screen.waitFor(/CORP .* \+ edge/);
});

test('any column sorts the users, both ways', async () => {
  const { screen } = await openDemo(['--scenario', 'quiet']);
  screen.type('u1');
  await screen.waitFor(/^ {2}User↑/m);
  await screen.waitFor(() => isSorted(usersShown(screen)));
  screen.type('o');
  await screen.waitFor(/^ {2}User↓/m);
  await screen.waitFor(() => isSorted(usersShown(screen).toReversed()));
  screen.type('>');
  await screen.waitFor(/IP address↑/);
});

test('the command bar completes and runs, and says what it does not know', async () => {
  const { screen } = await openDemo();
  screen.type(':coll\t');
  await screen.waitFor(/^:collectors_/m);
  screen.type(enter);
  // Its own two, and the entry of the FortiGate once that has told of it.
  await screen.waitFor(/^Collectors {2}[23] rows/m);
  screen.type(`:coffee${enter}`);
  await screen.waitFor(/^! .*coffee/m);
});

const cursorLine = (text: string) => /^> .*/m.exec(text)?.[0];

test('help runs the entry under its cursor', async () => {
  const { screen } = await openDemo();
  screen.type('?');
  await screen.waitFor(/^> Ctrl\+R/m);
  const mostEntries = 100;
  for (let presses = 0; presses < mostEntries && !/^> u +:users/m.test(screen.text()); presses += 1) {
    // The line under the cursor, not the whole screen: the demo's own life repaints it too, and a press would be missed.
    const before = cursorLine(screen.text());
    screen.type('j');
    await screen.waitFor((text) => cursorLine(text) !== before);
  }
  screen.type(enter);
  await screen.waitFor(/^FSSO users {2}\d+ rows/m);
});

test('one collector refuses and says why, the other is in use', async () => {
  const { screen } = await openDemo();
  screen.type('l');
  const text = await screen.waitFor(/\+ online +yes/);
  expect(text).toMatch(/^> corp .*x refused/m);
  expect(text).toContain('server authentication failed');
  expect(text).toMatch(/Cause +The password differs/);
});

test('q leaves with 0 and leaves nothing behind: no screen, no process, no file', async () => {
  const { screen, temporary } = await openDemo();
  expect(screen.isRestored).toBe(false);
  expect(temporary()).toHaveLength(1);
  screen.type('q');
  expect(await screen.exit()).toMatchObject({ exitCode: 0, signal: 0 });
  expect(screen.isRestored).toBe(true);
  expect(screen.text().trim()).toBe('');
  expect(temporary()).toEqual([]);
  expect(sessionProcesses(screen.pid)).toEqual([]);
});
