import { expect, test } from 'vitest';
import { createAlertsSource } from '../../../src/backends/alerts/source.ts';
import { alertsSchema } from '../../../src/config/alerts.ts';
import type { AlertRow } from '../../../src/state/alert-rows.ts';
import type { CollectorRow, NewEvent, StoreChange } from '../../../src/state/changes.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import * as rows from '../../support/rows.ts';

const minute = 60_000;
const refused = {
  stage: 'authentication',
  code: 0,
  message: 'The collector refused the password',
  cause: 'It is another one.',
  fix: ['set it'],
};

function watching(rules: object[], more: object = {}) {
  const clock = new ManualClock();
  const told: StoreChange[] = [];
  const source = createAlertsSource(alertsSchema.parse({ rules, ...more }), clock);
  source.start((change) => told.push(change));
  const alerts = () => {
    const shown = new Map<string, AlertRow>();
    for (const change of told)
      if (change.table === 'alerts' && change.op === 'put') shown.set(change.row.id, change.row);
      else if (change.table === 'alerts') shown.delete(change.id);
    return [...shown.values()].map(({ state, text }) => `${state}: ${text}`);
  };
  const collector = (more_: Partial<CollectorRow>) =>
    source.observe({ table: 'collectors', op: 'put', row: collectorRow(more_, clock.now()) });
  const event = (row: Partial<NewEvent>) =>
    source.observe({
      table: 'events',
      op: 'append',
      row: { time: clock.now(), level: 'notice', source: 'corp', logId: 43014, text: '', ...row },
    });
  return { clock, told, source, alerts, collector, event };
}

function collectorRow(more: Partial<CollectorRow>, now: number): CollectorRow {
  return {
    id: `corp|${more.server ?? '10.0.0.11:8000'}`,
    connector: 'corp',
    server: '10.0.0.11:8000',
    position: 1,
    active: true,
    state: 'online',
    version: null,
    since: now,
    lastHeard: now,
    nextTryAt: null,
    logons: 0,
    events: 0,
    gaps: 0,
    unknown: 0,
    problem: null,
    ...more,
  };
}

test('a connector without a link fires after its time, with a toast, a line and the reason, and is resolved', () => {
  const { clock, told, alerts, collector } = watching([{ name: 'links', when: 'link-down', for: 30 }], {
    signal: 'bell',
  });
  collector({});
  clock.advance(5 * minute);
  expect(told).toEqual([]);
  collector({ active: false, state: 'refused', problem: refused });
  clock.advance(29_000);
  const text = 'corp has no link to a collector; 10.0.0.11:8000: The collector refused the password';
  expect(alerts()).toEqual([`pending: ${text}`]);
  clock.advance(2_000);
  expect(alerts()).toEqual([`firing: ${text}`]);
  expect(told.slice(-2)).toEqual([
    {
      table: 'events',
      op: 'append',
      row: expect.objectContaining({
        level: 'error',
        source: 'alerts',
        text: `Alert links fires: ${text}`,
        alert: expect.objectContaining({ rule: 'links', subject: 'corp', state: 'firing' }),
      }),
    },
    {
      table: 'toasts',
      op: 'push',
      level: 'error',
      text: `Alert links: ${text}`,
      isLogged: false,
      signal: 'bell',
    },
  ]);
  collector({});
  clock.advance(61_000);
  expect(alerts()).toEqual([`resolved: ${text}`]);
});

test('a standby that was probed in vain is an alert while the connector works with another', () => {
  const { clock, alerts, collector } = watching([{ name: 'standby', when: 'standby-unusable', for: 0 }]);
  collector({});
  const standby = { server: '10.0.0.12:8000', position: 2, active: false, state: 'standby' } as const;
  collector({ ...standby, probe: { at: 0, stages: [], problem: refused, nextAt: null } });
  clock.advance(1_000);
  expect(alerts()).toEqual([
    'firing: standby 10.0.0.12:8000 of corp cannot be used: The collector refused the password',
  ]);
  collector({ ...standby, probe: { at: 0, stages: [], problem: null, nextAt: null } });
  clock.advance(62_000);
  expect(alerts()[0]).toMatch(/^resolved/);
});

test('a collector that is connected and brings nothing is an alert after its time, and each event begins anew', () => {
  const { clock, alerts, collector } = watching([{ name: 'quiet', when: 'no-events', for: 600 }]);
  collector({ events: 0 });
  clock.advance(9 * minute);
  collector({ events: 1 });
  clock.advance(9 * minute);
  expect(alerts()).toEqual([]);
  clock.advance(2 * minute);
  expect(alerts()).toEqual([
    'firing: 10.0.0.11:8000 of corp is connected and reports no logon and no logoff',
  ]);
  collector({ events: 2 });
  clock.advance(2 * minute);
  expect(alerts()[0]).toMatch(/^resolved/);
});

test('the certificates of collectors with TLS and installed CAs run out too, these of no single connector', () => {
  const { clock, source, alerts, collector } = watching([
    { name: 'soon', when: 'certificate-expires', days: 10 },
    { name: 'corp', when: 'certificate-expires', days: 10, connector: 'corp' },
  ]);
  const day = 24 * 60 * minute;
  const ends = (days: number) => ({ validFrom: 0, validTo: clock.now() + days * day + minute });
  const certificate = {
    subject: 'CN = dc1',
    issuer: '',
    sha256: '1',
    names: '',
    protocol: '',
    verdict: null,
  };
  const handshake = {
    ...{ stages: [], collectorIdentity: null, challengeLength: null, challengeIsEmpty: null },
    ...{ strategy: '', identity: '', verdict: null },
  };
  collector({ handshake: { ...handshake, certificate: { ...certificate, ...ends(9) } } });
  collector({
    server: '10.0.0.12:8000',
    handshake: { ...handshake, certificate: { ...certificate, ...ends(11) } },
  });
  const ca = { issuer: '', configured: true, imported: false };
  const put = (id: string, days: number) =>
    source.observe({
      table: 'cas',
      op: 'put',
      row: { ...ca, id, sha256: id, subject: `CN = CA ${id}`, ...ends(days) },
    });
  put('2', 3);
  put('3', 30);
  put('4', 1);
  source.observe({ table: 'cas', op: 'remove', id: '4' });
  clock.advance(1_000);
  const collectorText = 'certificate CN = dc1 of collector 10.0.0.11:8000 of corp: 9 days left';
  expect(alerts()).toEqual([
    `firing: ${collectorText}`,
    'firing: installed CA CN = CA 2: 3 days left',
    `firing: ${collectorText}`,
  ]);
});

test('certificates that run out are alerts in time, those of disabled rules are not', () => {
  const { clock, alerts, source } = watching([
    { name: 'soon', when: 'certificate-expires', days: 10 },
    { name: 'other', when: 'certificate-expires', days: 10, connector: 'ems999' },
  ]);
  const now = clock.now();
  const day = 24 * 60 * minute;
  const chain = [9, 11, -1].map((days) =>
    rows.certificate({ subject: `CN = ${days}`, sha256: `${days}`, validTo: now + days * day + minute }),
  );
  source.observe(rows.connector({ name: 'ems137', chain }));
  clock.advance(1_000);
  expect(alerts()).toEqual([
    'firing: certificate CN = 9 of ems137: 9 days left',
    expect.stringMatching(/^firing: certificate CN = -1 of ems137: expired/),
  ]);
});

test('a burst of logons is outside the band that an hour has taught', () => {
  const { clock, alerts, collector, event } = watching([{ name: 'rate', when: 'logon-rate', for: 0 }]);
  collector({});
  const pass = (minutes: number, logons: number) => {
    for (let each = 0; each < minutes; each += 1) {
      for (let logon = 0; logon < logons; logon += 1) event({});
      clock.advance(minute);
    }
  };
  pass(60, 10);
  expect(alerts()).toEqual([]);
  pass(2, 500);
  expect(alerts()).toEqual([expect.stringMatching(/^firing: corp: 500 logons a minute, usually 0 to 2\d$/)]);
});

test('who takes the place of a user is an alert when it is a service account', () => {
  const { clock, alerts, event } = watching([
    { name: 'svc', when: 'overwrite-by', users: ['svc-*', 'backup$'] },
  ]);
  const fields = { srcip: '10.0.0.9' };
  event({ replaced: 'CORP\\ANNA', fields: { ...fields, user: 'BOB' } });
  event({ fields: { ...fields, user: 'svc-scan' } });
  event({ replaced: 'CORP\\ANNA', fields: { ...fields, user: 'xsvc-scan' } });
  event({ replaced: 'CORP\\ANNA', fields: { ...fields, user: 'SVC-Scan' } });
  event({ replaced: 'CORP\\CARL', fields: { ...fields, user: 'backup$' } });
  clock.advance(1_000);
  expect(alerts()).toEqual([
    'firing: corp: SVC-Scan took the place of CORP\\ANNA at 10.0.0.9',
    'firing: corp: backup$ took the place of CORP\\CARL at 10.0.0.9',
  ]);
  clock.advance(62_000);
  expect(alerts().every((alert) => alert.startsWith('resolved'))).toBe(true);
});

test('acknowledging is told, and stopping leaves no timer', async () => {
  const { clock, source, collector, alerts, told } = watching([{ name: 'links', when: 'link-down', for: 0 }]);
  collector({ active: false, state: 'failed' });
  clock.advance(1_000);
  expect(alerts()).toHaveLength(1);
  expect(source.acknowledge('links|corp')).toMatchObject({ ok: true });
  expect(source.acknowledge('links|corp')).toMatchObject({ ok: false });
  expect(told.at(-1)).toMatchObject({ table: 'events', row: { alert: { state: 'acknowledged' } } });
  await source.stop();
  expect(clock.waiting).toBe(0);
});
