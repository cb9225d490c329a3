import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { LoginTurns } from '../../../src/fsso/collector/login-turns.ts';
import type { Check } from '../../../src/fsso/doctor/check.ts';
import { type DirectorySubject, directoryChecks } from '../../../src/fsso/doctor/directory-checks.ts';
import { systemNames } from '../../../src/fsso/doctor/names.ts';
import { type LdapAnswer, ldap, startLdapServer } from '../../support/ldap-server.ts';

const base = 'DC=corp,DC=example';
const day = 86_400_000;

/** 100 ns since 1601, as Active Directory writes times of passwords. */
const fileTime = (ms: number) => String((BigInt(ms) + 11_644_473_600_000n) * 10_000n);
/** Generalized time. */
const generalized = (ms: number) => `${new Date(ms).toISOString().replace(/[-:T]/g, '').slice(0, 14)}.0Z`;

type Found = readonly [asked: string, dn: string, values: Record<string, string[]>];

/** A directory server that answers searches as `objects` says, by a text in the question. */
const serving =
  (
    objects: readonly (readonly [asked: string, dn: string, values: Record<string, string[]>])[],
  ): LdapAnswer =>
  ({ id, kind, bytes }, socket) => {
    if (kind === 'bind') socket.write(ldap.bound(id));
    if (kind !== 'search') return;
    const question = bytes.toString('latin1');
    const found = objects.find(([asked]) => question.includes(asked));
    if (found) socket.write(ldap.entry(id, found[1], found[2]));
    socket.write(ldap.done(id));
  };

const root = (now: number): Found => [
  'currentTime',
  '',
  { defaultNamingContext: [base], currentTime: [generalized(now)] },
];
const place: Found = ['objectClass', base, { objectClass: ['domain'] }];
const machine = (values: Record<string, string[]>): Found => ['COLLECTOR$', `CN=COLLECTOR,${base}`, values];

async function examine(answer: LdapAnswer, turns = new LoginTurns(systemClock), machines: string[] = []) {
  const server = await startLdapServer({ answer });
  onTestFinished(() => server.close());
  const subject: DirectorySubject = {
    ...{ names: systemNames, otherNames: null, base: null, machines },
    server: { host: '127.0.0.1', port: server.port, security: 'plain' },
    trust: { ca: [], checksName: true },
    login: { name: 'svc-ldap@corp.example', password: 'Svc-and-secret' },
    tryPort: async () => {},
  };
  const checks: Check[] = [];
  await directoryChecks(subject, turns, systemClock, new AbortController().signal, (...more) =>
    checks.push(...more),
  );
  const of = (name: string) => checks.find(({ check }) => check === name);
  return { checks, of, server };
}

test('a server is read, its clock compared, and a password in plain text warned of', async () => {
  const { checks } = await examine(serving([root(Date.now()), place]));
  expect(checks.map(({ check, verdict }) => `${check}: ${verdict}`)).toEqual([
    expect.stringMatching(/^port \d+\/tcp: ok$/),
    'LDAP login: ok',
    'LDAP TLS: warning',
    'LDAP read: ok',
    'clock: ok',
  ]);
  expect(JSON.stringify(checks)).not.toContain('Svc-and-secret');
});

test('a clock that is far off is a failure', async () => {
  const { of } = await examine(serving([root(Date.now() - 400_000), place]));
  expect(of('clock')).toMatchObject({
    verdict: 'failed',
    detail: expect.stringMatching(/^(399|40[01]) s behind ours$/),
  });
});

test('a place that cannot be read is said', async () => {
  const { of } = await examine(serving([root(Date.now())]));
  expect(of('LDAP read')).toMatchObject({ verdict: 'failed', detail: `nothing can be read at ${base}` });
});

test('a login that one server refuses is not tried at the next', async () => {
  const turns = new LoginTurns(systemClock);
  const refusing: LdapAnswer = ({ id, kind }, socket) => {
    if (kind === 'bind')
      socket.write(ldap.bound(id, 49, '80090308: LdapErr: DSID-0C09, comment: x, data 52e, v4563'));
  };
  const first = await examine(refusing, turns);
  expect(first.of('LDAP login')).toMatchObject({ verdict: 'failed', problem: { code: '52e' } });
  expect(first.of('LDAP login')?.run.at(-1)?.command).toContain("Set-ADAccountPassword -Identity 'svc-ldap'");
  const second = await examine(refusing, turns);
  expect(second.of('LDAP login')?.verdict).toBe('skipped');
  expect(second.server.requests).toEqual([]);
});

test.each([
  [
    'young',
    { pwdLastSet: [fileTime(Date.now() - 3 * day)], userAccountControl: ['4096'] },
    'ok',
    '3 days old',
  ],
  [
    'old',
    { pwdLastSet: [fileTime(Date.now() - 400 * day)], userAccountControl: ['4096'] },
    'warning',
    '400 days old',
  ],
  [
    'of a disabled account',
    { pwdLastSet: [fileTime(Date.now())], userAccountControl: ['4098'] },
    'warning',
    'disabled',
  ],
  ['not told', {}, 'unknown', 'may not be read'],
])('a password of a machine that is %s', async (_, values, verdict, detail) => {
  const { of } = await examine(
    serving([root(Date.now()), machine(values), place]),
    new LoginTurns(systemClock),
    ['COLLECTOR$'],
  );
  expect(of('machine account COLLECTOR$')).toMatchObject({
    verdict,
    detail: expect.stringContaining(detail),
  });
});
