import { describe, expect, test } from 'vitest';
import type {
  ConnectorRow,
  EmsAdminRow,
  FortigateRow,
  LogonRow,
  StoreChange,
} from '../../src/state/changes.ts';
import { seenBy } from '../../src/state/seen-by.ts';
import { adminRow, deviceRow, fortigateRow, gateRow } from '../support/peer-rows.ts';
import { ctrl, keys, renderScreen } from '../support/render-screen.tsx';
import { connector, logon } from '../support/rows.ts';
import { type Picture, testPictures } from '../support/screen-pictures.ts';

const pending = deviceRow('FGVM010000000002', { authorized: false, name: 'edge' });
const devices = [
  connector({ name: 'ems137' }),
  adminRow({
    version: '7.4.5',
    advisories: [
      'FortiClient EMS 7.4.5 is reported as affected by CVE-2026-35616: an identity can be forged',
    ],
  }),
  pending,
  deviceRow('FGVM010000000001', { name: 'core' }),
  deviceRow('FGVM010000000003', { authorized: null }),
];
const refused = {
  stage: 'authentication',
  code: 401,
  message: 'EMS ems137.example.com:443 refused the sign-in: Invalid username or password.',
  cause: 'The name, the password or the site is wrong, or the administrator is locked.',
  fix: ['Check admin.name, admin.password and admin.site of the configuration.'],
};
const unreached = {
  stage: 'connection',
  code: null,
  message: 'FortiGate 10.0.0.1:443 was not reached: timeout',
  cause: 'No answer came from 10.0.0.1:443 within the time of one call.',
  fix: ['Check that this machine reaches 10.0.0.1:443: name, routing, firewalls.'],
};
const alone = { id: 'edge', name: null, number: null, server: null, connected: null, verified: null };
const blank = { status: null, connection: null, certificate: null, websocket: null, fingerprint: null };
const none = { ems: 0, fsso: 0, admins: 0, fortigates: 0 };

const cases: Picture[] = [
  { name: 'devices empty', configured: none, keys: ['f'] },
  { name: 'devices loading', changes: [adminRow({ lastSuccess: null })], keys: ['f'] },
  { name: 'devices normal', changes: devices, write: true, keys: ['f'] },
  { name: 'devices error', changes: [adminRow({ lastSuccess: null, problem: refused })], keys: ['f'] },
  { name: 'fortigates empty', configured: none, keys: ['m'] },
  {
    name: 'fortigates loading',
    changes: [fortigateRow({ ...alone, ...blank, lastSuccess: null, serial: null, version: null })],
    keys: ['m'],
  },
  { name: 'fortigates normal', changes: [fortigateRow()], write: true, keys: ['m'] },
  {
    name: 'fortigates error',
    changes: [fortigateRow({ ...alone, ...blank, lastSuccess: null, problem: unreached })],
    keys: ['m'],
  },
  { name: 'fortigate page', changes: [fortigateRow(), gateRow()], keys: ['m', keys.enter] },
  {
    name: 'fortigate page of one vdom',
    changes: [fortigateRow(), gateRow()],
    keys: ['m', keys.enter, keys.right, keys.right, 'G'],
  },
  {
    name: 'connectors seen by others',
    changes: [
      ...devices,
      fortigateRow({ emsSerial: 'FCTEMS8822004411', connected: true, verified: true, status: 'connected' }),
    ],
    keys: [],
  },
  { name: 'authorise question', changes: devices, write: true, keys: ['f', 'A'] },
];

testPictures(cases);

describe('what changes a peer', () => {
  test('is refused with a reason without --write, and nothing is asked', async () => {
    const screen = await renderScreen({ changes: devices, keys: ['f', 'A'] });
    expect(screen.text()).toContain('A: It changes a peer: start fabrictop with --write');
    await screen.press(keys.enter);
    expect(screen.calls).toEqual([]);
    const other = await renderScreen({ changes: [fortigateRow()], keys: ['m', 'V', 'U'] });
    expect(other.calls).toEqual([]);
    expect(other.text()).toContain('start fabrictop with --write');
  });

  test('asks first, names what it changes, and only then does it', async () => {
    const screen = await renderScreen({ changes: devices, write: true, keys: ['f', 'A'] });
    expect(screen.text()).toContain('Authorise FGVM010000000002 on the EMS of ems137?');
    await screen.press('n');
    expect(screen.calls).toEqual([]);
    await screen.press('A', 'y');
    expect(screen.calls).toEqual(['authorizeDevice ems137 FGVM010000000002']);
  });

  test('does nothing to a device that is authorised already', async () => {
    const screen = await renderScreen({
      changes: [adminRow(), deviceRow('FGVM010000000001')],
      write: true,
      keys: ['f', 'A'],
    });
    expect(screen.text()).toContain('A: It is authorised already');
  });

  test('lets a FortiGate accept exactly the fingerprint that was shown, and forget it', async () => {
    const screen = await renderScreen({ changes: [fortigateRow()], write: true, keys: ['m', 'U'] });
    expect(screen.text()).toContain('The FortiGate has accepted no certificate');
    await screen.press('V');
    expect(screen.text()).toContain('Let edge accept the certificate of ems-hq?');
    await screen.change(fortigateRow({ fingerprint: 'FF' }));
    await screen.press('y');
    expect(screen.calls).toEqual([`verifyOnFortigate edge|ems-hq|root ${'3D:BA:'.repeat(15)}3D:BA`]);
    await screen.change(fortigateRow({ verified: true, connected: true }));
    await screen.press('V');
    expect(screen.text()).toContain('The FortiGate has accepted it already');
    await screen.press('U', 'y');
    expect(screen.calls.at(-1)).toBe('unverifyOnFortigate edge|ems-hq|root');
  });
});

test('refresh asks whoever is shown, also an EMS that listed nothing yet', async () => {
  const screen = await renderScreen({
    changes: [adminRow({ lastSuccess: null, problem: refused })],
    keys: ['f', ctrl('r')],
  });
  expect(screen.calls).toEqual(['refreshAdmin ems137']);
  await screen.change(fortigateRow());
  await screen.press('m', ctrl('r'));
  expect(screen.calls.at(-1)).toBe('refreshFortigate edge');
});

test('the devices of the selected connector are shown, Esc goes back, and :devices shows all', async () => {
  const changes = [
    ...devices,
    connector({ name: 'branch' }),
    adminRow({ id: 'branch' }),
    deviceRow('FGVM0BRANCH00001', { connector: 'branch' }),
  ];
  const screen = await renderScreen({ changes, keys: ['f'] });
  expect(screen.text()).toContain('FGVM0BRANCH00001');
  expect(screen.text()).not.toContain('FGVM010000000002');
  await screen.press(keys.esc, ...':devices', keys.enter);
  expect(screen.text()).toContain('Fabric devices');
});

test('hostile names of peers reach the screen spelt out', async () => {
  const screen = await renderScreen({
    changes: [adminRow(), deviceRow('FG\x1b[2J', { name: 'a\u202eb' })],
    keys: ['f'],
  });
  expect(screen.text()).toContain('FG\\x1b[2J');
  expect(screen.raw()).not.toContain('\u202e');
});

describe('a connector from the other sides', () => {
  const row = <T,>(change: StoreChange): T => ('row' in change ? change.row : null) as T;
  const own = row<ConnectorRow>(connector({ name: 'ems137' }));
  const admin = row<EmsAdminRow>(adminRow());
  const fortigate = (patch: Partial<FortigateRow>) => row<FortigateRow>(fortigateRow(patch));

  test('is found by the serial number of its EMS, else by server and port', () => {
    const same = fortigate({ id: 'a', emsSerial: 'FCTEMS8822004411', server: '10.9.9.9:443' });
    const other = fortigate({ id: 'b', emsSerial: 'FCTEMS0000000001' });
    const unknown = fortigate({ id: 'c', emsSerial: null });
    const elsewhere = fortigate({ id: 'd', emsSerial: null, server: 'x:443' });
    expect(seenBy(own, [admin], [same, other, unknown, elsewhere])).toEqual({
      admin,
      fortigates: [same, unknown],
    });
    const silent = fortigate({ ...alone, ...blank });
    expect(seenBy({ ...own, id: 'z', server: '' }, [admin], [silent])).toEqual({
      admin: null,
      fortigates: [],
    });
  });
});

describe('a user that a FortiGate told of', () => {
  const removal = 'POST /api/v2/monitor/user/firewall/deauth?vdom=root {"id":4}';
  const reported = { fortigate: 'edge', vdom: 'root', method: 'fsso', policyId: 7, removal };
  const told = (patch: Partial<LogonRow['reported']> = {}) =>
    logon(1, { connector: 'edge/root', server: 'corp', user: 'alice', reported: { ...reported, ...patch } });

  test('is marked with the FortiGate, in the list and in full', async () => {
    const screen = await renderScreen({ changes: [told()], keys: ['u'] });
    expect(screen.text()).toContain('via edge');
    await screen.press(keys.enter);
    expect(screen.text()).toContain('FortiGate edge, VDOM root: fsso corp, last policy 7');
    expect(screen.text()).not.toContain('collector corp');
  });

  test('stands in the row of our own collector where that tells of him too, counts once, and can be logged off', async () => {
    const first = logon(1);
    if (first.table !== 'logons' || first.op !== 'put') throw new Error('no logon');
    const { user, ip } = first.row;
    const id = 'edge/root|4';
    const screen = await renderScreen({
      changes: [
        first,
        logon(2, { id, connector: 'edge/root', server: 'corp', user: user.toUpperCase(), ip, reported }),
      ],
      write: true,
      keys: ['u'],
    });
    expect(screen.text()).toContain('users 1');
    expect(screen.text()).toContain('+ edge');
    expect(screen.text()).not.toContain('via edge');
    await screen.press('/', ...'via:=edge/root/corp', keys.enter);
    expect(screen.text()).toContain('1 of 1 row match');
    await screen.press(keys.enter);
    expect(screen.text()).toContain('FortiGate edge, VDOM root: fsso corp, last policy 7');
    expect(screen.text()).toContain('collector ');
    await screen.press('L', 'y');
    expect(screen.calls).toEqual([`logOffOnFortigate ${id}`]);
  });

  test('is explained as that FortiGate has him', async () => {
    const screen = await renderScreen({ changes: [told()], keys: ['u', 'w'] });
    expect(JSON.parse(screen.calls[0]?.replace('askWhy ', '') ?? '')).toMatchObject({
      subject: { kind: 'user', value: expect.stringMatching(/alice$/) },
      seen: { fortigate: 'edge', vdom: 'root', ip: '10.1.0.11' },
    });
  });

  test('is logged off there after a question that shows what is sent', async () => {
    const screen = await renderScreen({ changes: [told()], write: true, keys: ['u', 'L'] });
    expect(screen.text()).toContain('Log alice off on edge?');
    expect(screen.text().replaceAll(/\s*[│|]?\s*\n\s*[│|]?\s*/g, '')).toContain(
      '/api/v2/monitor/user/firewall/deauth',
    );
    await screen.press('n');
    expect(screen.calls).toEqual([]);
    await screen.press('L', 'y');
    expect(screen.calls).toEqual([expect.stringMatching(/^logOffOnFortigate edge\/root\|/)]);
  });

  test('is not touched read-only, nor where he cannot be singled out, nor by what is for our own connectors', async () => {
    expect((await renderScreen({ changes: [told()], keys: ['u', 'L'] })).text()).toContain(
      'start fabrictop with --write',
    );
    const unclear = await renderScreen({ changes: [told({ removal: null })], write: true, keys: ['u', 'L'] });
    expect(unclear.text()).toContain('does not say enough of this user');
    const ours = await renderScreen({ changes: [logon(1)], write: true, keys: ['u', 'L'] });
    expect(ours.text()).toContain('Only a FortiGate can log a user off');
    const clear = await renderScreen({ changes: [told()], write: true, keys: ['u', 'C'] });
    expect(clear.text()).toContain('It is a connector of edge, not one of ours');
    await clear.press(ctrl('r'));
    expect(clear.calls).toEqual(['refreshFortigate edge']);
  });
});

describe('the page of a FortiGate', () => {
  test('reads policies when it is opened, once, and again where it is asked to', async () => {
    const screen = await renderScreen({ changes: [fortigateRow(), gateRow()], keys: ['m', keys.enter] });
    expect(screen.calls).toEqual(['readPolicies edge']);
    await screen.press('j', keys.right);
    expect(screen.calls).toHaveLength(1);
    await screen.press(ctrl('r'));
    expect(screen.calls.slice(1)).toEqual(['readPolicies edge', 'refreshFortigate edge']);
    await screen.press(keys.esc, keys.enter);
    expect(screen.calls.at(-1)).toBe('readPolicies edge');
  });

  test('names what the FortiGate does not tell with its access group', async () => {
    const screen = await renderScreen({
      changes: [fortigateRow(), gateRow()],
      columns: 120,
      keys: ['m', keys.enter],
    });
    expect(screen.text()).toContain('Not told: endpoints');
    expect(screen.text()).toContain('access group authgrp');
  });

  test('keeps policies with the same number in two VDOMs apart', async () => {
    const screen = await renderScreen({
      changes: [fortigateRow(), gateRow()],
      rows: 70,
      columns: 120,
      keys: ['m', keys.enter],
    });
    expect(screen.text()).toContain('Policies (4)');
    await screen.press(keys.right);
    expect(screen.text()).toContain('[root]');
    expect(screen.text()).toContain('sales to CRM');
    expect(screen.text()).not.toContain('visitors');
    await screen.press(keys.right, keys.right);
    expect(screen.text()).toContain('[guest]');
    expect(screen.text()).toMatch(/1 +guest +visitors/);
    expect(screen.text()).not.toContain('sales to CRM');
    expect(screen.text()).toContain('Users (3)');
  });

  test('has no other VDOM to show where the token sees one, and says when the FortiGate is gone', async () => {
    const screen = await renderScreen({
      changes: [fortigateRow(), gateRow({ vdoms: ['root'] })],
      keys: ['m', keys.enter, keys.right],
    });
    expect(screen.text()).toContain('The token sees no other VDOM');
    await screen.change({ table: 'gates', op: 'remove', id: 'edge' });
    expect(screen.text()).toContain('This FortiGate is gone');
  });
});
