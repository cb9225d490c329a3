import { expect, test } from 'vitest';
import type { StoreChange } from '../../src/state/changes.ts';
import { component, entry } from '../support/component-rows.ts';
import { ctrl, keys, renderScreen } from '../support/render-screen.tsx';
import { start } from '../support/rows.ts';
import { type Picture, testPictures } from '../support/screen-pictures.ts';

const away = {
  stage: 'control',
  code: 'ENOENT',
  message: '/run/fabrictop/collector.sock cannot be reached (ENOENT)',
  cause: 'There is no such socket: the collector does not run, or has another control socket.',
  fix: ['Start it with --control-socket, or name the socket that it has.'],
};
const collector = component({
  kind: 'collector',
  name: 'main',
  id: 'main|collector|main',
  state: 'connected',
  lastEvent: null,
  load: { amount: 1_234, unit: 'entries' },
  dropped: 3,
  facts: [
    ['Version', { kind: 'text', value: '0.1.0' }],
    ['Started', { kind: 'time', value: start - 86_400_000 }],
    ['Entries', { kind: 'count', value: 1_234 }],
    ['Silent agents', { kind: 'count', value: 1 }],
  ],
});
const all: StoreChange[] = [
  collector,
  component({
    kind: 'feed',
    name: 'agents',
    id: 'main|feed|agents',
    load: null,
    history: [0, 1, 2, 4, 8, 4, 2, 1, 0, 1],
    bytesPerSecond: 390,
    dropped: 3,
    facts: [
      ['Listens on', { kind: 'text', value: '0.0.0.0:8002' }],
      ['Dropped, bad length', { kind: 'count', value: 3 }],
    ],
  }),
  component({
    kind: 'agent',
    name: '10.0.0.11',
    id: 'main|agent|10.0.0.11',
    state: 'silent',
    load: null,
    history: [4, 4, 0, 0],
    bytesPerSecond: 9_000,
    dropped: 0,
    facts: [
      ['Domain', { kind: 'text', value: 'CORP-DC01' }],
      ['Last keepalive', { kind: 'time', value: start - 180_000 }],
      ['Clock', { kind: 'seconds', value: -7 }],
    ],
  }),
  component({
    kind: 'dc',
    name: 'DC03.corp.example',
    id: 'main|dc|3',
    state: 'not-reported',
    lastEvent: null,
    load: null,
    facts: [],
  }),
  component({
    kind: 'ldap',
    name: '10.0.0.10 CORP',
    id: 'main|ldap|1',
    state: 'slow',
    load: null,
    answerMs: 640,
    facts: [],
  }),
  component({ kind: 'dns', name: '10.0.0.10', id: 'main|dns|1', load: null, answerMs: 3, facts: [] }),
  component(),
  component({
    kind: 'queue',
    name: 'address',
    id: 'main|queue|address',
    lastEvent: null,
    load: { amount: 12, unit: 'waiting' },
    oldestMs: 4_000,
    facts: [['Waiting', { kind: 'count', value: 12 }]],
  }),
];
const entries: StoreChange[] = [
  collector,
  entry(),
  entry({
    ip: '10.20.30.2',
    user: 'bob',
    status: 'not-verified',
    doubt: 'its workstation does not answer',
    verifiedAt: start - 900_000,
    nextCheckAt: null,
    expiresAt: start + 1_800_000,
  }),
  entry({
    ip: '10.20.40.10',
    session: 3,
    user: 'carol',
    feed: 'ts-agent',
    agent: 'TS1',
    portRanges: [[1224, 1423]],
  }),
];

const cases: Picture[] = [
  { name: 'attached none', keys: ['s'] },
  {
    name: 'attached loading',
    configured: { ems: 0, fsso: 0, admins: 0, fortigates: 0, attached: 1 },
    keys: ['s'],
  },
  { name: 'attached normal', changes: all, keys: ['s'] },
  { name: 'attached agent', changes: all, keys: ['s', 'j', 'j'] },
  {
    name: 'attached away',
    changes: [
      component({
        kind: 'collector',
        name: 'main',
        state: 'away',
        lastEvent: null,
        load: null,
        facts: [],
        problem: away,
        nextTryAt: start + 8_000,
      }),
    ],
    keys: ['s'],
  },
  { name: 'component agent', changes: all, keys: ['s', 'j', 'j', keys.enter] },
  { name: 'entries normal', changes: entries, keys: ['n'] },
  { name: 'entries not verified', changes: entries, keys: ['n', '/', 'status:not-verified', keys.enter] },
  {
    name: 'entries away',
    changes: [component({ kind: 'collector', name: 'main', state: 'away', facts: [], problem: away })],
    keys: ['n'],
  },
  { name: 'entries end question', changes: entries, write: true, keys: ['n', 'X'] },
];

testPictures(cases);

test('a logon is ended, and a FortiGate disconnected, only with --write and after a question', async () => {
  const readOnly = await renderScreen({ changes: [...all, ...entries], keys: ['n', 'X'] });
  expect(readOnly.text()).toContain('start fabrictop with --write');
  const screen = await renderScreen({ changes: [...all, ...entries], write: true, keys: ['n', 'X'] });
  expect(screen.text()).toContain('End the logon of');
  await screen.press('y');
  await screen.press('s', 'X');
  expect(screen.text()).toContain('Only a FortiGate can be disconnected');
  await screen.press('/', 'kind:fortigate', keys.enter, 'X', 'y');
  expect(screen.calls).toEqual([
    expect.stringMatching(/^endEntry main\|10\.20\./),
    'disconnectFortigate main|fortigate|FGVM010000000001-root 10.0.0.1:51515',
  ]);
});

test('groups are forgotten and looked up again for the user of an entry, or for everybody, after a question', async () => {
  const screen = await renderScreen({ changes: [...all, ...entries], write: true });
  await screen.press('n', '/', 'user:anna', keys.enter, ':', 'clear-groups', keys.enter);
  expect(screen.text()).toContain('Forget the groups of CORP\\anna on main?');
  expect(screen.calls).toEqual([]);
  await screen.press('y');
  await screen.press('s', ':', 'look-up-groups', keys.enter, 'y');
  expect(screen.calls).toEqual(['clearGroups main CORP\\anna', 'renewGroups main ']);
});

test('Enter opens a component, of a collector its entries after that, and Ctrl+R tries the collector', async () => {
  const screen = await renderScreen({ changes: [...all, ...entries], keys: ['s', keys.enter] });
  expect(screen.text()).toContain('collector  main');
  await screen.press(keys.enter);
  expect(screen.text()).toContain('Entries of collectors');
  expect(screen.text()).toContain('carol');
  await screen.press(ctrl('r'));
  expect(screen.calls).toEqual(['refreshAttached main']);
});

test('hostile texts of a collector do not reach the terminal', async () => {
  const screen = await renderScreen({
    changes: [
      component({
        name: 'x\u001b[2J\u202ey',
        facts: [['Name', { kind: 'text', value: 'a\u001b]0;b\u0007' }]],
      }),
      entry({ user: 'e\u001b[31mvil', doubt: '\u009bK' }),
    ],
    keys: ['s'],
  });
  expect(screen.text()).toContain('x\\x1b[2J\\u{202e}y');
  await screen.press('n');
  expect(screen.text()).toContain('e\\x1b[31mvil');
  for (const hostile of ['\u001b[2J\u202e', '\u001b]0', '\u009b'])
    expect(screen.raw()).not.toContain(hostile);
});
