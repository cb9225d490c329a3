import { expect, test } from 'vitest';
import { openDemo } from '../support/dashboard.ts';

const enter = '\r';

test('domain controllers of the demo are polled in three ways, tell of people, and one denies its log and says what to do', async () => {
  const { screen } = await openDemo(['--scenario', 'polling']);
  screen.type('P');
  await screen.waitFor(/\+ ok +event log +dc01\.corp\.example/);
  await screen.waitFor(/\+ ok +sessions +dc02\.corp\.example/);
  await screen.waitFor(/\+ ok +WMI +dc03\.corp\.example/);
  expect(screen.lines().at(-1)).toMatch(/Enter Open .*n Entries/);
  await screen.waitFor(/^> . \w+ +event log +dc01/m);
  screen.type(enter);
  await screen.waitFor(/^Domain controller {2}dc01\.corp\.example {2}event log/m);
  await screen.waitFor(/Reached by +SMB 3\.1\.1, signed, MS-EVEN6/);

  screen.type('n');
  await screen.waitFor(/^Entries of collectors .*agent:/m);
  await screen.waitFor(/CORP\\\S+ +10\.\d+\.\d+\.\d+ +\+ OK +dc01\.corp/);
  await screen.waitFor(/Seen by +polling, event log Security/);

  screen.type('u');
  await screen.waitFor(/^> \S+ +10\./m);
  // At the desks there is no terminal server, whose agent tells of its sessions.
  screen.type(`/10.20.2${enter}`);
  await screen.waitFor(/^> \S+ +10\.20\.2\d\./m);
  screen.type('w');
  await screen.waitFor(/found the\s+logon\s+on\s+dc0\d\.corp\.example,\s+which\s+it\s+polls/);

  // The account has no right to the log from 20 s to 60 s after the start.
  screen.type('P');
  await screen.waitFor(/^> . \w+ +event log +dc01/m);
  screen.type(enter);
  const denied = await screen.waitFor(/^Problem +access denied: dc01\.corp\.example does not let/m, 60_000);
  expect(denied).toMatch(/What to do +put CORP\\svc-fsso into Event Log Readers/);
});
