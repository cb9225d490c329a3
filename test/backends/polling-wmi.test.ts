import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, onTestFinished, test, vi } from 'vitest';
import { collectorFeeds } from '../../src/backends/collector-feeds.ts';
import { systemClock } from '../../src/clock.ts';
import { configSchema } from '../../src/config/schema.ts';
import type { PolledController } from '../../src/fsso/collector/feeds/feed.ts';
import { OpensslCa } from '../support/openssl-ca.ts';
import { runningCollector } from '../support/running-collector.ts';
import { ticketStrings, wsmanPassword, wsmanServer } from '../support/wsman.ts';

// Events of the lab's domain controller, as a collector has them whose configuration says to poll it by WMI.

const openssl = new OpensslCa();
afterAll(() => openssl.remove());

const generous = { timeout: 20_000, interval: 20 };
const now = () => Math.floor(Date.now() / 1000);

function sectionOf(port: number, more: object, directory: string) {
  const section = configSchema.parse({
    collector: {
      'agent-port': 0,
      'cache-directory': directory,
      polling: {
        mode: 'wmi',
        user: 'CORP\\svc-fsso',
        password: { env: 'TEST_WMI_PASSWORD' },
        domain: 'CORP',
        period: 1,
        controllers: [{ server: '127.0.0.1', port }],
        ...more,
      },
    },
  }).collector;
  if (section === undefined) throw new Error('no collector');
  return section;
}

function temporary(): string {
  const directory = mkdtempSync(join(tmpdir(), 'fabrictop-wmi-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

async function polled(port: number, more: object = {}, directory = temporary()) {
  const env = { TEST_WMI_PASSWORD: wsmanPassword };
  const feeds = await collectorFeeds(sectionOf(port, more, directory), directory, env);
  const running = await runningCollector({ feeds, clock: systemClock });
  const controller = (): PolledController => {
    const found = running.collector.status.feeds.flatMap(({ polled: all = [] }) => all)[0];
    if (found === undefined) throw new Error('nobody is polled');
    return found;
  };
  const users = () => running.collector.entries().map(({ ip, domain, user }) => `${ip} ${domain}\\${user}`);
  await vi.waitFor(() => expect(controller().polls + controller().failures).toBeGreaterThan(0), generous);
  return { ...running, controller, users };
}

test('tickets at a domain controller are logons within a poll, and machine accounts are not', async () => {
  const { server, log } = await wsmanServer();
  log.write({ id: 4768, strings: ticketStrings('before', '10.0.0.1'), generated: now() - 60 });
  const { users, controller } = await polled(server.port);
  log.write({ id: 4768, strings: ticketStrings('anna', '10.0.0.7'), generated: now() });
  log.write({ id: 4768, strings: ticketStrings('PC-7$', '10.0.0.7'), generated: now() });
  log.write({ id: 4634, strings: [], generated: now() });
  await vi.waitFor(() => expect(users()).toHaveLength(1), generous);
  expect(users()).toEqual(['10.0.0.7 CORP\\anna']);
  expect(controller()).toMatchObject({
    ...{ mode: 'wmi', state: 'ok', means: 'WMI, HTTP, sealed by NTLM', logons: 1, lost: 0, problem: null },
  });
});

test('over HTTPS the certificate has to be of the configured authority', async () => {
  const directory = temporary();
  const authority = openssl.authority('/CN=Machines');
  const identity = openssl.issue({
    subject: '/CN=dc01',
    issuer: authority,
    extensions: [['subjectAltName', 'IP:127.0.0.1']],
  });
  const tls = { certificate: identity.certificate, key: identity.key, der: identity.der };
  const { server } = await wsmanServer({ tls });
  writeFileSync(join(directory, 'ca.pem'), authority.certificate);
  writeFileSync(join(directory, 'other.pem'), openssl.authority('/CN=Somebody').certificate);
  const good = await polled(server.port, { wmi: { secure: 'https', ca: 'ca.pem' } }, directory);
  expect(good.controller()).toMatchObject({ state: 'ok', means: 'WMI, HTTPS' });
  const bad = await polled(server.port, { wmi: { secure: 'https', ca: 'other.pem' } }, directory);
  expect(bad.controller()).toMatchObject({ state: 'failed', problem: { stage: 'tls' } });
});

test('an account without rights is told which ones it needs', async () => {
  const { server } = await wsmanServer();
  const { controller } = await polled(server.port, { user: 'CORP\\svc-ldap' });
  expect(controller().problem).toMatchObject({ code: '5', stage: 'wmi' });
  expect(controller().problem?.fix.join()).toContain('Event Log Readers');
});

test('a login that is refused is tried once', async () => {
  const { server } = await wsmanServer();
  const { controller } = await polled(server.port, { user: 'CORP\\nobody' });
  const { refusals } = server.counts;
  await vi.waitFor(() => expect(controller().failures).toBeGreaterThan(1), generous);
  expect(refusals).toBe(1);
  expect(server.counts.refusals).toBe(1);
  expect(controller().problem?.message).toContain('refused the login of CORP\\nobody');
});

test.each([
  [{ wmi: { secure: 'https' } }, 'authority of the servers'],
  [{ wmi: { authentication: 'basic' } }, 'needs secure: https'],
  [{ mode: 'dcom' }, 'expected netapi, event-log or wmi'],
])('a configuration of %j is refused', (more, message) => {
  expect(() => sectionOf(5985, more, '/tmp')).toThrow(message);
});
