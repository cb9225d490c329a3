import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { EmsServer } from '../support/ems-server.ts';
import { OpensslCa } from '../support/openssl-ca.ts';
import { PtyScreen } from '../support/pty-screen.ts';
import { launcher } from './fabrictop.ts';

// A CA is imported in the dashboard, in a real terminal, against a real server: the chain is rebuilt and the connector goes on.

const openssl = new OpensslCa();
const root = openssl.authority('/O=T/CN=Root');
const leaf = openssl.issue({ subject: '/CN=ems.test', issuer: root });
const changed = openssl.issue({ subject: '/CN=other.test', issuer: root });
afterAll(() => openssl.remove());

let directory = '';
let server: EmsServer;
let screen: PtyScreen | null = null;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'fabrictop-import-'));
  server = await EmsServer.start(leaf);
  cpSync(root.certificateFile, join(directory, 'corp-ca.pem'));
  writeFileSync(
    join(directory, 'config.yaml'),
    JSON.stringify({
      trust: { store: 'trust.json' },
      ems: [{ name: 'ems137', server: '127.0.0.1', 'https-port': server.port }],
    }),
  );
});
afterEach(async () => {
  screen?.close();
  await server.close();
  rmSync(directory, { recursive: true, force: true });
});

test('from an unknown CA to connected, and a changed certificate beside the accepted one, by keys alone', async () => {
  const shown = new PtyScreen(launcher, ['--config', join(directory, 'config.yaml')], {
    columns: 80,
    rows: 24,
    env: { HOME: directory },
    cwd: directory,
  });
  screen = shown;
  await shown.waitFor((text) => text.includes('x CA not known'));
  shown.type('\r');
  await shown.waitFor((text) => text.includes('x Not trusted: no installed CA signed it'));
  shown.type('I');
  await shown.waitFor((text) => text.includes(':import-ca _'));
  shown.type('~/corp\t');
  await shown.waitFor((text) => text.includes('~/corp-ca.pem_'));
  shown.type('\r');
  await shown.waitFor((text) => text.includes('Install this CA certificate?'));
  expect(shown.text()).toContain(root.sha256.slice(0, 47));
  expect(readdirSync(directory)).not.toContain('trust-ca');
  shown.type('y');
  await shown.waitFor((text) => text.includes('+ Trusted: the chain leads to an installed CA'));
  await shown.waitFor((text) => text.includes('! It does not name 127.0.0.1'));
  shown.type('a');
  await shown.waitFor((text) => text.includes('Accept the certificate of ems137?'));
  shown.type('y');
  await shown.waitFor((text) => text.includes('+ Accepted on '));
  const { pins, version } = JSON.parse(readFileSync(join(directory, 'trust.json'), 'utf8'));
  expect(version).toBe(2);
  expect(pins).toMatchObject([{ connector: 'ems137', sha256: leaf.sha256 }]);

  server.show(changed);
  shown.type('\u0012');
  await shown.waitFor((text) => text.includes('! Changed: not the one accepted on '));
  expect(shown.text()).toMatch(/Differs\s+Subject, /);
  expect(shown.text()).toMatch(/! Subject\n\s+accepted\s+CN = ems\.test\n\s+shown\s+CN = other\.test/);
  expect(JSON.parse(readFileSync(join(directory, 'trust.json'), 'utf8')).pins[0].sha256).toBe(leaf.sha256);
  shown.type('q');
  expect((await shown.exit()).exitCode).toBe(0);
});
