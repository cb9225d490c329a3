import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkConfig } from '../../src/config/check.ts';
import { loadConfig } from '../../src/config/load.ts';
import { ManualClock } from '../support/manual-clock.ts';

const directory = mkdtempSync(join(tmpdir(), 'fabrictop-check-'));
const file = join(directory, 'config.yaml');
afterAll(() => rmSync(directory, { recursive: true }));

function certificate(name: string, ...options: string[]): void {
  const parameters = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-noenc',
    '-days',
    '30',
  ];
  const names = ['-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.pem`];
  execFileSync('openssl', [...parameters, ...names, ...options], { cwd: directory, stdio: 'pipe' });
}

beforeAll(() => {
  certificate('own', '-addext', 'basicConstraints=critical,CA:FALSE');
  certificate('other', '-addext', 'basicConstraints=critical,CA:FALSE');
  certificate('root');
  execFileSync('openssl', ['x509', '-in', 'root.pem', '-outform', 'DER', '-out', 'root.der'], {
    cwd: directory,
  });
  writeFileSync(
    join(directory, 'garbage.pem'),
    '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
  );
  for (const name of ['own.key', 'other.key']) chmodSync(join(directory, name), 0o600);
});

const agents = 'agents: [10.0.0.0/8]';

async function check(text: string, env: NodeJS.ProcessEnv = {}, clock = new ManualClock(Date.now())) {
  writeFileSync(file, text);
  const loaded = await loadConfig(file, env);
  const { problems, warnings } = await checkConfig(loaded, { HOME: directory, ...env }, clock);
  const short = (line: string) => line.replaceAll(`${file}: `, '').replaceAll(`${directory}/`, '');
  return { problems: problems.map(short), warnings: warnings.map(short) };
}

test('a configuration whose files and secrets are all there has nothing to say', async () => {
  const text = `identity: { serial: F, certificate: own.pem, key: own.key }
trust: { ca: [root.pem, root.der], store: trust.json }
ems: [{ name: a, server: b }]
collector: { ${agents}, password: { env: WORD } }`;
  expect(await check(text, { WORD: 'hunter2' })).toEqual({ problems: [], warnings: [] });
});

test('each file and each secret that cannot be used is a problem of its own', async () => {
  const text = `identity: { serial: F, certificate: own.pem, key: other.key }
trust: { ca: [missing.pem, garbage.pem, own.pem] }
fsso: [{ name: a, servers: [{ server: b }, { server: c, password: { env: WORD } }] }]
collector: { ${agents}, password: { file: missing } }`;
  expect(await check(text)).toEqual({
    problems: [
      'identity.key: does not belong to identity.certificate',
      'trust.ca[0]: missing.pem not found',
      'trust.ca[1]: holds no certificate, expected PEM or DER',
      'trust.ca[2]: holds a certificate that is no CA',
      'fsso[0].servers[1].password: secret WORD: this environment variable is not set',
      'collector.password: secret file missing: not found',
    ],
    warnings: [],
  });
});

test('what a collector names beside is looked for as well', async () => {
  const text = `collector:
  ${agents}
  certificate: own.pem
  key: own.key
  workstation-check-password: { env: CHECKS }
  ntlm:
    domains: [{ name: CORP, controllers: [dc], machine: C$, password: { env: MACHINE } }]
    gates:
      - { listen: 127.0.0.1, port: 1, certificate: own.pem, key: other.key }
      - { listen: 127.0.0.1, port: 2, mode: explicit-proxy, certificate: missing.pem, key: own.key }
    gate-link: { listen: 127.0.0.1, port: 3, ca: missing.pem }
  windows-events: { http: { ca: garbage.pem, secret: { env: EVENTS } } }
  radius-accounting: { clients: [{ name: a, ip: 10.0.0.1, secret: { env: RADIUS } }] }
  polling:
    user: a
    password: { env: POLLER }
    controllers: [{ server: a }, { server: b, user: b, password: { env: OTHER } }]
    wmi: { secure: https, ca: missing.pem }
    exchange-servers: [{ server: a, user: b, password: { env: MAIL } }]
fsso-polling: [{ id: 1, server: b, user: c, password: { env: GATE } }]`;
  const unset = (key: string, name: string) => `${key}: secret ${name}: this environment variable is not set`;
  expect((await check(text)).problems.toSorted()).toEqual(
    [
      'collector.ntlm.gates[0].key: does not belong to collector.ntlm.gates[0].certificate',
      'collector.ntlm.gates[1].certificate: missing.pem not found',
      'collector.ntlm.gate-link.ca: missing.pem not found',
      'collector.windows-events.http.ca: holds no certificate, expected PEM or DER',
      'collector.polling.wmi.ca: missing.pem not found',
      unset('collector.workstation-check-password', 'CHECKS'),
      unset('collector.ntlm.domains[0].password', 'MACHINE'),
      unset('collector.windows-events.http.secret', 'EVENTS'),
      unset('collector.radius-accounting.clients[0].secret', 'RADIUS'),
      unset('collector.polling.password', 'POLLER'),
      unset('collector.polling.controllers[1].password', 'OTHER'),
      unset('collector.polling.exchange-servers[0].password', 'MAIL'),
      unset('fsso-polling[0].password', 'GATE'),
    ].toSorted(),
  );
});

test('a key file that holds no key is a problem', async () => {
  chmodSync(join(directory, 'own.pem'), 0o600);
  expect(
    await check(`identity: { serial: F, certificate: own.pem, key: own.pem }\ncollector: { ${agents} }`),
  ).toEqual({
    problems: ['identity.key: holds no private key without a passphrase, expected PEM'],
    warnings: [],
  });
});

test('the secret of a machine account is looked for', async () => {
  const domain = '{ name: CORP, controllers: [ dc1 ], machine: M$, password: { env: WORD } }';
  const text = `collector: { ${agents}, ntlm: { domains: [ ${domain} ], gates: [ { listen: 127.0.0.1, port: 0 } ] } }`;
  expect((await check(text)).problems).toEqual([
    'collector.ntlm.domains[0].password: secret WORD: this environment variable is not set',
  ]);
});

test('a password longer than FSSO takes is a warning', async () => {
  const text = `collector: { ${agents}, password: { env: WORD } }`;
  expect((await check(text, { WORD: 'x'.repeat(15) })).warnings).toEqual([]);
  expect((await check(text, { WORD: 'x'.repeat(16) })).warnings).toEqual([
    'collector.password: has 16 characters; collectors and FortiGates take at most 15',
  ]);
});

test('administrators and tokens are resolved too, however long they are', async () => {
  const text = `ems: [{ name: a, server: b, admin: { name: n, password: { env: WORD } } }]
fortigate: [{ name: f, url: https://f, token: { file: none } }]
identity: { serial: F }`;
  expect(await check(text, { WORD: 'x'.repeat(40) })).toEqual({
    problems: ['fortigate[0].token: secret file none: not found'],
    warnings: [],
  });
});

test('what works but is worth a thought is a warning', async () => {
  expect((await check('')).warnings).toEqual([
    'nothing is configured: ems, fsso, fsso-polling, fortigate, collector, collector-control, edirectory are all absent',
  ]);
  const polling = '{ id: 1, server: dc1, user: svc, password: { env: SVC } }';
  expect((await check(`fsso-polling: [${polling}]`, { SVC: 'x' })).warnings).toEqual([]);
  expect((await check('collector-control: [{ name: own, socket: c.sock }]')).warnings).toEqual([]);
  expect((await check('ems: [{ name: a, server: b }]\ncollector: {}')).warnings).toEqual([
    'identity: missing, so EMS and collectors are not told a serial number of ours',
    'collector.agents: missing, so logons are taken from any address',
  ]);
  chmodSync(join(directory, 'other.key'), 0o644);
  const later = new ManualClock(Date.now() + 40 * 86_400_000);
  const text = `identity: { serial: F, certificate: other.pem, key: other.key }\ncollector: { ${agents} }`;
  expect((await check(text, {}, later)).warnings).toEqual([
    'identity.key: group or others can read or change other.key: run chmod 600 on it',
    expect.stringMatching(/^identity\.certificate: expired at 20..-/),
  ]);
});
