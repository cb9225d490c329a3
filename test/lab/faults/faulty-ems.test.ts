import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { examine, type Outcome } from '../../../src/ems/examine.ts';
import { type LabFault, labFaults } from '../../../src/lab/faults/faulty-ems.ts';
import { FaultyLab, makeCertificates, settles } from '../../support/faulty-lab.ts';

vi.setConfig({ testTimeout: 30_000 });

let lab: FaultyLab;
beforeAll(async () => {
  lab = await FaultyLab.start(await makeCertificates());
}, 60_000);
afterEach(() => lab.rest());
afterAll(() => lab.stop());

interface Expected {
  outcome?: Outcome;
  fault: string | null;
  stage: string | null;
  code: number | null;
  /** Part of the message. */
  says: string;
}

const unreadable = (says: string): Expected => ({
  fault: 'reply-unreadable',
  stage: 'reply',
  code: -5,
  says,
});
const refused = (status: number, fault = 'unexpected-status'): Expected => ({
  fault,
  stage: 'reply',
  code: -5,
  says: `received https code ${status}`,
});
const timeout = (stage: string, fault: string): Expected => ({
  fault,
  stage,
  code: -1,
  says: 'EMS server was not reached (timeout)',
});
const closed = (stage: string, fault: string): Expected => ({
  fault,
  stage,
  code: -1,
  says: 'EMS server was not reached (connection closed)',
});

const expectations: Record<LabFault, Expected> = {
  'half-open': timeout('TLS', 'tls-timeout'),
  'reset-in-handshake': closed('TLS', 'closed-in-handshake'),
  'tls-alert': {
    fault: 'tls-failed',
    stage: 'TLS',
    code: -5,
    says: 'server is not compatible. TLS alert 40',
  },
  'renegotiation-refused': {
    fault: 'tls-failed',
    stage: 'TLS',
    code: -5,
    says: 'unsafe legacy renegotiation disabled',
  },
  'no-tls': { fault: 'not-tls', stage: 'TLS', code: -5, says: 'The port does not speak TLS' },
  expired: {
    outcome: 'certificate-unknown-ca',
    fault: 'certificate-invalid',
    stage: 'certificate',
    code: -4,
    says: 'not signed by any known CA',
  },
  'other-ca': {
    outcome: 'certificate-unknown-ca',
    fault: 'unknown-ca',
    stage: 'certificate',
    code: -4,
    says: 'not signed by any known CA',
  },
  // The name is information: what holds a certificate is issuer and CN, which then are not those that were accepted.
  'wrong-host': {
    outcome: 'certificate-changed',
    fault: 'pin-changed',
    stage: 'certificate',
    code: null,
    says: 'EMS certificate not authorized',
  },
  'client-certificate-demanded': { outcome: 'connected', fault: null, stage: null, code: null, says: '' },
  slow: timeout('reply', 'reply-timeout'),
  silent: timeout('reply', 'reply-timeout'),
  'reset-in-body': closed('reply', 'closed-in-reply'),
  'closed-in-body': closed('reply', 'closed-in-reply'),
  'truncated-json': unreadable('not the JSON of EMS'),
  'ten-megabytes': unreadable('longer than 65536 octets'),
  'ten-megabytes-announced': unreadable('longer than 65536 octets'),
  'wrong-content-type': unreadable('text/html, not JSON'),
  'gzip-bomb': unreadable('unpacks to more than 65536 octets'),
  redirect: refused(302),
  'http-400': refused(400, 'serial-refused'),
  'http-401': {
    outcome: 'pending-authorization',
    fault: 'not-authorized',
    stage: 'authentication',
    code: -8,
    says: 'Authentication failed',
  },
  'http-403': refused(403),
  'http-404': refused(404),
  'http-429': refused(429, 'too-many-calls'),
  'http-500': refused(500, 'server-error'),
  // Without preserve-ssl-session no session is resumed, and nothing is wrong.
  'http-500-resumed': { outcome: 'connected', fault: null, stage: null, code: null, says: '' },
  'retval-5': {
    fault: 'global-site',
    stage: 'reply',
    code: -5,
    says: 'Certificate user does not have access to global.',
  },
  'license-expired': {
    fault: 'license-expired',
    stage: 'reply',
    code: -7,
    says: 'License expired.',
  },
  echo: refused(400, 'serial-refused'),
  'echo-refusal': { fault: 'call-refused', stage: 'reply', code: -5, says: 'server is not compatible' },
};

/** What has to end in a typed result, in the words of who asked for it, and the faults that play it below. */
const asked: readonly (readonly [words: string, ...faults: LabFault[]])[] = [
  ['slow', 'slow', 'silent'],
  ['half-open', 'half-open'],
  ['reset in mid-body', 'reset-in-body', 'closed-in-body'],
  ['truncated JSON', 'truncated-json'],
  ['10 MB body', 'ten-megabytes', 'ten-megabytes-announced'],
  ['wrong content type', 'wrong-content-type'],
  ['gzip bomb', 'gzip-bomb'],
  ['redirect', 'redirect'],
  ['TLS alert', 'tls-alert'],
  ['client certificate demanded', 'client-certificate-demanded'],
  ['expired', 'expired'],
  ['wrong host', 'wrong-host'],
  ['renegotiation refused', 'renegotiation-refused'],
  ['HTTP 400', 'http-400'],
  ['HTTP 401', 'http-401'],
  ['HTTP 403', 'http-403'],
  ['HTTP 404', 'http-404'],
  ['HTTP 429 with Retry-After', 'http-429'],
  ['HTTP 500', 'http-500'],
  ['retval -5', 'retval-5'],
];

test.each(asked)('%s is a fault that the lab plays', (_, ...faults) => {
  for (const fault of faults) expect(labFaults).toContain(fault);
});

test('every fault of the lab has its expectation', () => {
  expect(Object.keys(expectations).sort()).toEqual([...labFaults].sort());
});

test('an EMS in front of which nothing is wrong connects', async () => {
  const found = await examine(await lab.target({}, true), { pins: 'respect' });
  expect(found).toMatchObject({ outcome: 'connected', failure: null, serialNumber: 'FCTEMS0000000137' });
  expect(lab.faulty.played).toBe(0);
});

// Time stands still, so whatever ends without it being moved ends within call-timeout, however slow the machine is.
test.each(labFaults)('%s ends in a typed result within call-timeout, and leaves no timer', async (fault) => {
  const { outcome = 'failed', ...expected } = expectations[fault];
  const target = await lab.target({}, true);
  lab.faulty.play(fault);
  const timers = lab.clock.waiting;
  const work = examine(target, { pins: 'respect' });
  await lab.playOut(fault);
  const found = await work;
  const { failure } = found;
  if (fault !== 'http-500-resumed') expect(lab.faulty.played).toBeGreaterThan(0);
  expect(found.outcome).toBe(outcome);
  expect(failure?.fault ?? null).toBe(expected.fault);
  expect(failure?.problem.stage ?? null).toBe(expected.stage);
  expect(failure?.problem.code ?? null).toBe(expected.code);
  expect(failure?.message ?? '').toContain(expected.says);
  expect(failure === null || failure.problem.fix.length > 0).toBe(true);
  await settles(() => lab.clock.waiting <= timers, 'no timer is left');
  expect(lab.clock.waiting).toBe(timers);
});

test('a server that demands a client certificate and gets none is a typed result too', async () => {
  const target = await lab.target({ identity: null }, true);
  lab.faulty.play('client-certificate-demanded');
  const { failure } = await examine(target, { pins: 'respect' });
  expect(['no-identity', 'closed-in-handshake', 'closed-in-reply']).toContain(failure?.fault);
});

test('a certificate for another host is shown as such, before anybody has accepted it', async () => {
  lab.faulty.play('wrong-host');
  const found = await examine(await lab.target(), { pins: 'respect' });
  expect(found).toMatchObject({ outcome: 'certificate-not-accepted', hostMatches: false, trusted: true });
});

test('a connector waits as long as a 429 asks', async () => {
  lab.faulty.play('http-429');
  const connector = await lab.connect();
  await lab.reaches(connector, 'failed');
  await settles(() => connector.status.nextTryAt !== null, 'a try is planned');
  expect((connector.status.nextTryAt ?? 0) - lab.clock.now()).toBe(120_000);
});

// The same on the calls that follow once EMS is trusted: what was fetched stays, and the connector says what failed.
const replyFaults = labFaults
  .slice(labFaults.indexOf('slow'))
  .filter((fault) => fault !== 'http-500-resumed');

test.each(replyFaults)('%s in the middle of a session is told with the call that met it', async (fault) => {
  const connector = await lab.connect();
  await settles(() => connector.status.session.tagCount > 0 && connector.status.nextTryAt !== null, 'tags');
  const { tagCount, endpointCount } = connector.status.session;
  expect(connector.status.session.calls.filter((call) => !call.ok)).toEqual([]);
  lab.faulty.play(fault, /\/report\/fct\//);
  // Without notifications everything is fetched with each round.
  lab.ems.notifier.drop(1012, 'restart');
  await settles(() => connector.status.session.websocket.state === 'down', 'the notifications have ended');
  const refreshed = connector.refresh();
  await lab.playOut(fault);
  await refreshed;
  const failed = connector.status.session.calls.filter((call) => !call.ok);
  expect(failed.length).toBeGreaterThan(0);
  for (const call of failed) expect(call.problem?.stage).toBeTruthy();
  expect(connector.status.session).toMatchObject({ tagCount, endpointCount });
});

test('a check that falls due while a notified fetch is slow is made after it, and not forgotten', async () => {
  const connector = await lab.connect({ callTimeoutMs: 180_000 });
  await settles(() => connector.status.nextTryAt !== null, 'the first round');
  lab.faulty.play('slow', /\/report\/fct\/tags/);
  lab.ems.notifier.notify(['tags']);
  await settles(() => lab.faulty.played > 0, 'the slow fetch');
  const due = connector.status.nextTryAt ?? 0;
  lab.clock.advance(due - lab.clock.now());
  // Its timer is spent. The reply has 71 octets, one a second.
  lab.clock.advance(15_000);
  const checked = () => connector.status.session.calls.find(({ name }) => name === 'serialNumber')?.at ?? 0;
  await settles(() => checked() > due, 'the check');
});
