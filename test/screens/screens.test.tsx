import { expect, test } from 'vitest';
import type { CaOffer } from '../../src/state/actions.ts';
import type { StoreChange } from '../../src/state/changes.ts';
import { noHistory, recordedDay } from '../support/history-rows.ts';
import { failedOver } from '../support/link-rows.ts';
import { keys, type RenderedScreen, renderScreen, type ScreenOptions } from '../support/render-screen.tsx';
import {
  accepted,
  alert,
  authority,
  certificate,
  collector,
  collectorRefused,
  connector,
  connectorChanged,
  connectorToAccept,
  connectorUnknownCa,
  event,
  logon,
  normalDay,
  pin,
  renewal,
  start,
} from '../support/rows.ts';

const sizes = [
  [80, 24],
  [120, 40],
] as const;

interface Case extends Pick<ScreenOptions, 'paths' | 'offer' | 'history'> {
  name: string;
  changes?: StoreChange[];
  keys?: string[];
  configured?: NonNullable<ScreenOptions['configured']>;
}

const tls = {
  stage: 'tcp',
  code: -1,
  message: 'EMS server was not reached (timeout)',
  cause: 'Routing, DNS, a closed port or a wrong source-ip.',
  fix: ['Test the path to the server.', 'Raise call-timeout (at most 180 s).'],
};

const unreachable = connector({
  name: 'ems137',
  state: 'failed',
  connection: 'Failed',
  certificate: '',
  serialNumber: null,
  tenantId: null,
  lastSuccess: start - 3_600_000,
  latencyMs: null,
  nextTryAt: start + 8_000,
  chain: [],
  trusted: false,
  pinned: false,
  problem: tls,
});

const loadingConnector = connector({
  name: 'ems137',
  state: 'resolving',
  connection: '',
  certificate: '',
  serialNumber: null,
  tenantId: null,
  lastSuccess: null,
  latencyMs: null,
  since: start,
  chain: [],
  trusted: false,
  pinned: false,
});

const connecting = collector({
  state: 'connecting',
  active: false,
  version: null,
  since: start,
  lastHeard: null,
  logons: 0,
  events: 0,
});

const day = 86_400_000;

const candidate = {
  subject: 'O = Example, CN = Example Root CA',
  issuer: 'O = Example, CN = Example Root CA',
  sha256: `${'3C:'.repeat(31)}3C`,
  validFrom: start - 100 * day,
  validTo: start + 20.5 * day,
  der: Buffer.from('root'),
} as const;
const importOffer: CaOffer = {
  ok: true,
  candidates: [
    { ...candidate, verdict: 'new' },
    { ...candidate, subject: 'CN = Server', verdict: 'no-ca' },
    { ...candidate, subject: 'CN = Known', verdict: 'installed' },
  ],
};

const none = { ems: 0, fsso: 0, admins: 0, fortigates: 0 };

const cases: Case[] = [
  { name: 'connectors empty', configured: none },
  { name: 'connectors loading', configured: { ems: 3, fsso: 1, admins: 0, fortigates: 0 } },
  { name: 'connectors normal', changes: normalDay() },
  { name: 'connectors error', changes: [unreachable, connectorUnknownCa()], keys: ['G'] },
  { name: 'certificate empty', changes: [unreachable], keys: [keys.enter] },
  { name: 'certificate loading', changes: [loadingConnector], keys: [keys.enter] },
  { name: 'certificate normal', changes: [connectorToAccept()], keys: [keys.enter] },
  { name: 'certificate error', changes: [connectorUnknownCa()], keys: [keys.enter] },
  { name: 'certificate changed', changes: [connectorChanged()], keys: [keys.enter] },
  {
    name: 'certificate changed below',
    changes: [connectorChanged()],
    keys: [keys.enter, keys.pageDown],
  },
  {
    name: 'certificate changed and only its hash was kept',
    changes: [
      connectorChanged({ accepted: accepted({ certificate: null, server: null, serialNumber: null }) }),
    ],
    keys: [keys.enter],
  },
  {
    name: 'certificate of another CA of the same name',
    changes: [connectorChanged({ accepted: accepted({ issuerKey: 'c4'.repeat(32) }) }, renewal)],
    keys: [keys.enter],
  },
  {
    name: 'certificate changed under fingerprint',
    changes: [connectorChanged({ mode: 'fingerprint' }, renewal)],
    keys: [keys.enter],
  },
  { name: 'certificate changed question', changes: [connectorChanged()], keys: [keys.enter, 'a'] },
  {
    name: 'certificate renewed',
    changes: [connector({ name: 'ems137', chain: [renewal, authority()] })],
    keys: [keys.enter],
  },
  {
    name: 'certificate accepted',
    changes: [connector({ name: 'ems137' })],
    keys: [keys.enter],
  },
  {
    name: 'certificate of the authority',
    changes: [connector({ name: 'ems137' })],
    keys: [keys.enter, ']'],
  },
  {
    name: 'certificate of another place',
    changes: [
      connector({
        name: 'ems137',
        tenantId: 'A'.repeat(32),
        pin: pin({
          mode: 'fingerprint',
          hostMatches: false,
          accepted: accepted({
            server: 'old.example.com:443',
            serialNumber: 'FCTEMS0000000001',
            tenantId: '0'.repeat(32),
          }),
        }),
      }),
    ],
    keys: [keys.enter],
  },
  {
    name: 'certificate runs out',
    changes: [
      connector({
        name: 'ems137',
        chain: [
          certificate({ validTo: start + 12.5 * day }),
          authority({ validTo: start + 5.2 * day }),
          authority({ subject: 'CN = Example Root CA', validTo: start - 3.1 * day }),
        ],
      }),
    ],
    keys: [keys.enter],
  },
  {
    name: 'certificate with hostile and many names',
    changes: [
      connector({
        name: 'ems137',
        chain: [
          certificate({
            names: [
              'DNS:\u001b[2Jevil\r\n',
              ...Array.from({ length: 199 }, (_, n) => `DNS:host-${n}.example.com`),
            ],
          }),
        ],
      }),
    ],
    keys: [keys.enter],
  },
  {
    name: 'connectors running out',
    changes: [
      connector({ name: 'far' }),
      connector({ name: 'soon', chain: [certificate({ validTo: start + 30.5 * day })] }),
      connector({ name: 'urgent', chain: [certificate({ validTo: start + 7.5 * day })] }),
      connector({ name: 'expired', chain: [certificate({ validTo: start - 1.5 * day })] }),
      connector({ name: 'early', chain: [certificate({ validFrom: start + day })] }),
    ],
    keys: ['G'],
  },
  {
    name: 'import question',
    changes: [connectorUnknownCa()],
    offer: importOffer,
    keys: [keys.enter, 'I', ...'/tmp/ca.pem', keys.enter],
  },
  {
    name: 'import completion',
    changes: [connectorUnknownCa()],
    paths: ['/tmp/ca.pem', '/tmp/ca.der', '/tmp/certs/'],
    keys: [keys.enter, 'I', ...'/tmp/c', keys.tab],
  },
  { name: 'users empty', changes: [collector({ logons: 0, events: 0 })], keys: ['u'] },
  { name: 'users not configured', configured: none, keys: ['u'] },
  { name: 'users loading', changes: [connecting], keys: ['u'] },
  { name: 'users normal', changes: normalDay(), keys: ['u', 'G'] },
  { name: 'users error', changes: [collectorRefused()], keys: ['u'] },
  {
    name: 'users stale',
    changes: [collectorRefused(), logon(1, { stale: true, expiresAt: start + 240_000 })],
    keys: ['u'],
  },
  {
    name: 'logon normal',
    changes: [
      logon(4, {
        session: 3,
        portRanges: [
          [1224, 1423],
          [1424, 1623],
        ],
      }),
    ],
    keys: ['u', keys.enter],
  },
  {
    name: 'logon stale',
    changes: [logon(4, { stale: true, expiresAt: start + 240_000, groups: [] })],
    keys: ['u', keys.enter],
  },
  { name: 'history empty', changes: [logon(0)], keys: ['u', 'h'] },
  { name: 'history normal', changes: [logon(0)], keys: ['u', 'h', 'j'], history: recordedDay() },
  { name: 'history error', changes: [logon(0)], keys: ['u', 'h'], history: noHistory },
  { name: 'collectors empty', configured: none, keys: ['l'] },
  { name: 'collectors loading', keys: ['l'] },
  { name: 'collectors normal', changes: normalDay(), keys: ['l'] },
  { name: 'collectors error', changes: normalDay(), keys: ['l', 'j'] },
  { name: 'collectors failed over', changes: failedOver(), keys: ['l', 'j', 'j'] },
  { name: 'collectors kept logons', changes: failedOver(), keys: ['l'] },
  { name: 'link normal', changes: failedOver(), keys: ['l', 'j', keys.enter] },
  { name: 'link wrong certificate', changes: failedOver(), keys: ['l', 'j', 'j', keys.enter] },
  { name: 'alerts not configured', keys: ['!'] },
  {
    name: 'alerts normal',
    changes: [
      alert({
        rule: 'links',
        kind: 'link-down',
        subject: 'corp',
        level: 'error',
        state: 'firing',
        firedAt: start - 60_000,
        text: 'corp has no link to a collector; 10.0.0.11:8000: connection refused',
      }),
      alert({
        rule: 'standby',
        kind: 'standby-unusable',
        subject: 'corp 10.0.0.12:8000',
        state: 'firing',
        firedAt: start - 60_000,
        acknowledgedAt: start - 30_000,
        text: 'standby 10.0.0.12:8000 of corp cannot be used: wrong password',
      }),
      alert({
        rule: 'expiry',
        kind: 'certificate-expires',
        subject: 'ems137 x',
        state: 'pending',
        text: 'certificate CN = ems137 of ems137: 9 days left',
      }),
      alert({
        rule: 'rate',
        kind: 'logon-rate',
        subject: 'corp',
        state: 'resolved',
        firedAt: start - 900_000,
        resolvedAt: start - 60_000,
        since: start - 1_000_000,
        text: 'corp: 500 logons a minute, usually 3 to 24',
      }),
    ],
    keys: ['!'],
  },
  { name: 'events empty', keys: ['t'] },
  { name: 'events normal', changes: normalDay(), keys: ['t'] },
  {
    name: 'events error',
    changes: [
      event(3, {
        text: `The collector refused the password. ${'It is tried again after a pause. '.repeat(4)}`,
      }),
    ],
    keys: ['t'],
  },
  {
    name: 'events fields',
    changes: [
      event(3, {
        source: 'ems137',
        level: 'warning',
        logId: 45122,
        text: 'Issue in reply of REST API call to api/v1/system/serial_number HTTP Code: 401 (Unauthorized) cURL result: (0) No error',
        fields: {
          fctemsname: 'ems137',
          fctemssn: 'FCTEMS0000000001',
          url: 'api/v1/system/serial_number',
          httpcode: 401,
        },
      }),
    ],
    keys: ['t'],
  },
  { name: 'help', changes: normalDay(), keys: ['?'] },
  { name: 'question', changes: [connectorToAccept()], keys: [keys.enter, 'a'] },
  { name: 'command line', changes: normalDay(), keys: [':', 'c', 'o'] },
  { name: 'filter', changes: normalDay(), keys: ['u', '/', 'u', 's', 'e', 'r', '0', '1'] },
  { name: 'filter nothing', changes: normalDay(), keys: ['u', '/', 'x', 'y', 'z', keys.enter] },
];

/** Every line fits, and the frame is as high as the window: more would make Ink repaint all of it. */
function expectToFit(screen: RenderedScreen, columns: number, rows: number): void {
  const lines = screen.text().split('\n');
  expect(lines).toHaveLength(rows);
  for (const line of lines) expect([...line].length).toBeLessThanOrEqual(columns);
}

for (const [columns, rows] of sizes) {
  test.each(cases)(`$name looks right at ${columns}x${rows}`, async ({ name, ...options }) => {
    const screen = await renderScreen({ ...options, columns, rows });
    expectToFit(screen, columns, rows);
    await expect(`${screen.text()}\n`).toMatchFileSnapshot(
      `./pictures/${name.replaceAll(' ', '-')}-${columns}x${rows}.txt`,
    );
  });
}

test.each([
  [40, 10],
  [60, 15],
  [200, 50],
])('every screen fits a window of %ix%i', async (columns, rows) => {
  const screen = await renderScreen({ changes: normalDay(), columns, rows });
  for (const key of ['c', keys.enter, 'u', keys.enter, 'l', 't', '?', keys.esc, ':', keys.esc, '/']) {
    await screen.press(key);
    expectToFit(screen, columns, rows);
  }
});

test('a question shows its answers in the smallest window', async () => {
  const screen = await renderScreen({
    changes: [connectorToAccept()],
    columns: 40,
    rows: 10,
    keys: [keys.enter, 'a'],
  });
  expect(screen.text()).toMatch(/y Accept\s+n Cancel[\s\S]*│/);
  expectToFit(screen, 40, 10);
});

test('a window that is too small says so and comes back when it grows', async () => {
  const screen = await renderScreen({ changes: normalDay() });
  await screen.resize(39, 24);
  expect(screen.text()).toBe('Needs 40x10, has 39x24');
  await screen.resize(80, 9);
  expect(screen.text()).toBe('Needs 40x10, has 80x9');
  await screen.resize(80, 24);
  expect(screen.text()).toContain('EMS connectors');
});

test('a megabyte that a terminal pastes without marking it runs no command, and a line takes the beginning', async () => {
  const screen = await renderScreen({ changes: [logon(1)], keys: ['u'] });
  for (let piece = 0; piece < 16; piece += 1) await screen.press('quit q\r'.repeat(8_192));
  expect(screen.calls).toEqual([]);
  expect(screen.text()).toContain('Pasted text is taken after / and : only');
  await screen.press('/', 'user '.repeat(1_000));
  expect(screen.text()).toMatch(/user user user _/);
});

test(':help filter tells how filters are written, with the fields of the table, and :help of a command finds it', async () => {
  const screen = await renderScreen({ rows: 40, changes: [logon(1)], keys: ['u'] });
  await screen.press(...':help filter', keys.enter);
  expect(screen.text()).toContain('Filters  FSSO users');
  expect(screen.text()).toMatch(/group:"VPN USERS" +quotes hold/);
  expect(screen.text()).toMatch(/ws workstation +workstation/);
  expect(screen.text()).toMatch(/status +stale while .*live\s+stale/s);
  await screen.press(keys.esc);
  expect(screen.text()).toContain('FSSO users  1 row');
  await screen.press(...':help suspend', keys.enter);
  expect(screen.text()).toMatch(/^> .*:suspend/m);
  await screen.press(keys.esc, ...':help nonsense', keys.enter);
  expect(screen.text()).toContain('There is no help about "nonsense": name a command, or filter');
});
