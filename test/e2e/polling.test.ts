import { expect, test } from 'vitest';
import { openDemo } from '../support/dashboard.ts';

const enter = '\r';

test('domain controllers of the demo are polled in three ways and tell of people; an entry says what it was read from, and so does why', async () => {
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
  await screen.waitFor(/^> CORP\\\S+ +10\.\d+\.\d+\.\d+ +\+ OK +dc01\.corp/m);
  screen.type(enter);
  await screen.waitFor(/^Entry {2}CORP\\\S+ at 10\.\d+\.\d+\.\d+/m);
  // Whoever logs on again may be seen at another controller meanwhile.
  await screen.waitFor(/^Evidence +(event \d+ \(.*, record \d+|a session in the list of dc02)/m);
  await screen.waitFor(/^Which ways of seeing logons would have seen this one:/m);
  await screen.waitFor(/^NetAPI +(yes|maybe|no): /m);
  screen.type('w');
  await screen.waitFor(/found the\s+logon\s+on\s+dc0\d\.corp\.example,\s+which\s+it\s+polls/);
  await screen.waitFor(/collector-1: (event \d+|a session)/);
});

test('in the demo the period of polling is changed, and a controller that denies its log says for how long it is not read and what to do', async () => {
  const { screen } = await openDemo(['--scenario', 'polling', '--write']);
  screen.type('P');
  await screen.waitFor(/^> \+ ok +event log +dc01/m);
  screen.type('E');
  await screen.waitFor(/^:poll-period /m);
  screen.type(`2${enter}`);
  await screen.waitFor(/Poll all domain controllers of collector-1 every 2 s\?/);
  screen.type('y');
  for (const name of ['dc01', 'dc02', 'dc03']) await screen.waitFor(new RegExp(`${name}.* m?s/2s `));

  // The account has no right to the log from 20 s to 60 s after the start.
  await screen.waitFor(/^Domain controllers {2}3 rows {2}1 failed/m, 60_000);
  await screen.waitFor(/^> x failed +event log +dc01.* unread <1m/m);
  screen.type(enter);
  await screen.waitFor(/^Domain controller {2}dc01\.corp\.example {2}event log/m);
  const denied = await screen.waitFor(/Reached by +not connected now/);
  expect(denied).toMatch(/^Problem +access denied: dc01\.corp\.example does not let/m);
  expect(denied).toMatch(/What to do +put CORP\\svc-fsso into Event Log Readers/);
});
