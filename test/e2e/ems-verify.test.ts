import { chmodSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { EmsServer } from '../support/ems-server.ts';
import { OpensslCa } from '../support/openssl-ca.ts';
import { PtyScreen } from '../support/pty-screen.ts';
import { launcher } from './fabrictop.ts';

// The question of `ems verify`, asked in a real terminal.

const openssl = new OpensslCa();
const root = openssl.authority('/O=T/CN=Root');
const leaf = openssl.issue({ subject: '/CN=ems.test', issuer: root });
const device = openssl.issue({ subject: '/CN=FGVM010000000001', issuer: root });
afterAll(() => openssl.remove());

let directory = '';
let server: EmsServer;
let screen: PtyScreen | null = null;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'fabrictop-verify-'));
  server = await EmsServer.start(leaf);
  cpSync(device.certificateFile, join(directory, 'id.pem'));
  cpSync(device.keyFile, join(directory, 'id.key'));
  chmodSync(join(directory, 'id.key'), 0o600);
  cpSync(root.certificateFile, join(directory, 'root.pem'));
  writeFileSync(
    join(directory, 'config.yaml'),
    JSON.stringify({
      identity: { serial: 'FGVM010000000001', certificate: 'id.pem', key: 'id.key' },
      trust: { ca: ['root.pem'], store: 'trust.json' },
      ems: [{ name: 'ems137', server: '127.0.0.1', 'https-port': server.port }],
    }),
  );
});
afterEach(async () => {
  screen?.close();
  await server.close();
  rmSync(directory, { recursive: true, force: true });
});

const prompt = 'Do you wish to add the above certificate to trusted remote certificates? (y/n)';

async function verify(): Promise<PtyScreen> {
  screen?.close();
  screen = new PtyScreen(launcher, ['--config', join(directory, 'config.yaml'), 'ems', 'verify', 'ems137'], {
    columns: 120,
    rows: 50,
    env: { HOME: directory },
  });
  await screen.waitFor((text) => text.includes(prompt));
  return screen;
}

const pins = () => JSON.parse(readFileSync(join(directory, 'trust.json'), 'utf8')).pins as unknown[];

test('y pins the certificate that was shown, and n removes that pin when it is asked again', async () => {
  const asked = await verify();
  const lines = asked.lines();
  expect(lines[0]).toBe('        Subject:     CN = ems.test');
  const question = lines.indexOf('EMS configuration needs user to confirm server certificate.');
  expect(lines[question - 1]).toBe('');
  expect(lines[question + 1]).toBe(prompt);
  asked.type('y\r');
  expect((await asked.exit()).exitCode).toBe(0);
  expect(asked.text()).toContain(`${prompt}y`);
  expect(pins()).toMatchObject([{ connector: 'ems137', sha256: leaf.sha256, mode: 'ca-cn' }]);

  server.show(openssl.issue({ subject: '/CN=other.test', issuer: root }));
  const again = await verify();
  expect(again.text()).toContain('The server shows another certificate than the one that was accepted');
  again.type('n\r');
  expect((await again.exit()).exitCode).toBe(1);
  expect(pins()).toEqual([]);
});

test.each([
  ['another answer', 'maybe\r', 1],
  ['the end of input', '\u0004', 1],
  ['Ctrl+C', '\u0003', 130],
])('%s pins nothing', async (_name, keys, status) => {
  const asked = await verify();
  asked.type(keys);
  expect((await asked.exit()).exitCode).toBe(status);
  expect(existsSync(join(directory, 'trust.json'))).toBe(false);
});
