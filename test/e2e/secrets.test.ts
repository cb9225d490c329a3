import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { LabEms } from '../../src/lab/ems/server.ts';
import { FaultyEms, type LabFault } from '../../src/lab/faults/faulty-ems.ts';
import { makeCertificates, serial } from '../support/faulty-lab.ts';
import { fabrictop } from './fabrictop.ts';

vi.setConfig({ testTimeout: 120_000 });

// The built program against servers that repeat what they are sent, refuse it, or break off: nothing of a secret is in what
// it prints, in errors.log, or in any other file that it writes.
const secrets = {
  password: 'p4ss"w\\rd-of-the-admin-xyz',
  accessKey: 'FortiGate-key-0123456',
  apiKey: 'aK-of/the+account=0123456789',
  token: 'tOkEn-of-the-fortigate-0123456789',
};
let directory: string;
let ems: LabEms;
let faulty: FaultyEms;
let key: string;

beforeAll(async () => {
  const { authority, stranger, devices, identity } = await makeCertificates();
  key = identity.key;
  ems = await LabEms.start({
    serialNumber: 'FCTEMS0000000137',
    authority,
    hostName: 'localhost',
    deviceRoots: [devices.certificate],
    admin: { name: 'admin', password: secrets.password },
    clock: systemClock,
  });
  ems.authorize(serial);
  faulty = await FaultyEms.start(ems, stranger);
  directory = mkdtempSync(join(tmpdir(), 'fabrictop-secrets-'));
  const files = {
    'ca.pem': authority.certificate,
    'identity.pem': identity.certificate,
    'identity.key': identity.key,
    'profile.yaml': `cloud: { host: localhost, port: ${faulty.port} }`,
    'access.key': secrets.accessKey,
    'config.yaml': JSON.stringify({
      identity: { serial, certificate: 'identity.pem', key: 'identity.key' },
      trust: { ca: ['ca.pem'], store: 'trust.json' },
      profile: { ems: 'profile.yaml' },
      ems: [
        {
          name: 'hq',
          server: 'localhost',
          'https-port': faulty.port,
          'call-timeout': 5,
          admin: { name: 'admin', password: { env: 'ADMIN_PASSWORD' } },
        },
        {
          name: 'cloud',
          'call-timeout': 5,
          'fortinetone-cloud-authentication': 'enable',
          'cloud-authentication-access-key': { file: 'access.key' },
          admin: { 'account-email': 'a@example.com', 'access-key': { env: 'API_KEY' } },
        },
      ],
      fortigate: [{ name: 'edge', url: `https://localhost:${faulty.port}`, token: { env: 'TOKEN' } }],
    }),
  };
  for (const [name, content] of Object.entries(files))
    writeFileSync(join(directory, name), content, { mode: 0o600 });
}, 60_000);
afterAll(async () => {
  await faulty.stop();
  await ems.stop();
  rmSync(directory, { recursive: true, force: true });
});

/** Every way in which a piece of each secret may be written. */
function traces(): string[] {
  const written = Object.values(secrets).flatMap((secret) => [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    Buffer.from(secret).toString('base64'),
    secret.slice(0, 10),
    secret.slice(-10),
  ]);
  return [...written, ...key.split('\n').filter((line) => line.length > 40), 'PRIVATE KEY'];
}

/** What the program wrote: everything below its state directory. */
function written(state: string): string {
  if (!existsSync(state)) return '';
  return readdirSync(state, { recursive: true, encoding: 'utf8' })
    .map((name) => join(state, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => `${path}\n${readFileSync(path, 'latin1')}`)
    .join('\n');
}

/** Ends every command in a way that nobody expected, with what it was about to print in the error. */
function sabotage(): string {
  const path = join(directory, 'sabotage.mjs');
  const code = "process.stdout.write = (text) => { throw new TypeError('broken at ' + String(text)); };";
  writeFileSync(path, code);
  return `--import=${path}`;
}

const commands = [
  ['ems', 'status', '--json'],
  ['ems', 'test-connectivity', 'hq'],
  ['ems', 'verify', 'hq'],
  ['--write', 'ems', 'authorize', 'hq', 'FGVM01LAB0000002'],
  ['--write', 'ems', 'authorize', 'cloud', 'FGVM01LAB0000002'],
  ['fortigate', 'status', '--json'],
  ['config', 'check'],
];

// Each starts the built program eight times.
test.each<LabFault>(['echo', 'echo-refusal'])(
  'nothing of a secret is in what the built commands print or write after %s',
  async (fault) => {
    const state = mkdtempSync(join(directory, 'state-'));
    const env = {
      XDG_STATE_HOME: state,
      ADMIN_PASSWORD: secrets.password,
      API_KEY: secrets.apiKey,
      TOKEN: secrets.token,
    };
    const run = (arguments_: readonly string[], more: Record<string, string> = {}) =>
      fabrictop(['--config', join(directory, 'config.yaml'), ...arguments_], { env: { ...env, ...more } });
    faulty.play(fault);
    const ended = await Promise.all(commands.map((command) => run(command)));
    const said = ended.map(({ stdout, stderr }) => stdout + stderr).join('\n');
    expect(faulty.played).toBeGreaterThan(3);
    const { stderr } = await run(['ems', 'status', '--json'], { NODE_OPTIONS: sabotage() });
    expect(stderr).toContain('errors.log');
    const files = written(state);
    expect(files).toContain('TypeError: broken at ');
    expect(said).toContain('EMS');
    for (const trace of traces())
      expect((said + stderr + files).includes(trace), `${fault}: ${trace}`).toBe(false);
  },
);
