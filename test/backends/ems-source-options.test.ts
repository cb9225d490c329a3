import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { prepareEms } from '../../src/backends/ems-setup.ts';
import { type Clock, systemClock } from '../../src/clock.ts';
import { loadConfig } from '../../src/config/load.ts';
import { EmsConnector } from '../../src/ems/connector.ts';
import { examine } from '../../src/ems/examine.ts';
import { sourceAddress } from '../../src/ems/source-address.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { OpensslCa } from '../support/openssl-ca.ts';

// The options as they stand in a file, against a server that says where it was called from.
const openssl = new OpensslCa();
const leaf = openssl.issue({ subject: '/CN=ems.test', issuer: openssl.authority('/CN=Root') });
const directory = mkdtempSync(join(tmpdir(), 'fabrictop-source-'));
afterAll(() => {
  openssl.remove();
  rmSync(directory, { recursive: true });
});
const servers: Server[] = [];
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.on('connection', (socket: Socket) => sockets.push(socket));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return (server.address() as AddressInfo).port;
}

async function target(options: string, clock: Clock = systemClock) {
  const path = join(directory, 'config.yaml');
  writeFileSync(path, `ems: [{ name: ems137, server: 127.0.0.1, ${options} }]\n`);
  const env = { XDG_STATE_HOME: directory };
  const [only] = (await prepareEms(await loadConfig(path, env), env, clock)).targets;
  if (!only) throw new Error('nothing was configured');
  return only;
}

/** The address that a server is called from with these options. */
async function calledFrom(options: string): Promise<string | undefined> {
  const from: (string | undefined)[] = [];
  const server = createTlsServer({ cert: leaf.certificate, key: leaf.key });
  server.on('connection', (socket: Socket) => from.push(socket.remoteAddress));
  const port = await listen(server);
  const { outcome } = await examine(await target(`https-port: ${port}, ${options}`), { pins: 'respect' });
  expect(outcome).toBe('certificate-unknown-ca');
  return from[0];
}

test('https-port is the port that is called, and source-ip where the call comes from', async () => {
  expect(await calledFrom('source-ip: 127.0.0.2')).toBe('127.0.0.2');
  expect(await calledFrom('source-ip: 0.0.0.0')).toBe('127.0.0.1');
});

const addressed = Object.entries(networkInterfaces()).flatMap(([name, addresses]) => {
  const first = addresses?.find(({ family }) => family === 'IPv4');
  return first && name.length <= 15 ? [{ name, address: first.address }] : [];
});

// Every interface that this machine has: loopback everywhere, one with another address nearly everywhere.
test.each(addressed)('interface $name is bound to: calls come from $address', async ({ name, address }) => {
  expect(await calledFrom(`interface-select-method: specify, interface: ${name}`)).toBe(address);
});

test('source-ip chooses among the addresses of the interface', async () => {
  const loopback = addressed.find(({ address }) => address === '127.0.0.1')?.name;
  expect(
    await calledFrom(`interface-select-method: specify, interface: ${loopback}, source-ip: 127.0.0.3`),
  ).toBe('127.0.0.3');
});

test('a missing interface is a failure of that connector in one line, and is tried again', async () => {
  const clock = new ManualClock();
  const reports: string[] = [];
  const missing = await target('interface-select-method: specify, interface: nosuch0', clock);
  const connector = new EmsConnector(missing, '7.4', (report) => reports.push(report.kind));
  connector.start();
  await vi.waitFor(() => expect(connector.status.state).toBe('failed'), { timeout: 5000 });
  expect(connector.problem).toMatchObject({
    code: -1,
    message: 'EMS server was not reached (this machine has no interface nosuch0 that is up)',
  });
  await vi.waitFor(() => expect(connector.status.nextTryAt).not.toBeNull(), { timeout: 5000 });
  await connector.stop();
});

test('an interface with IPv6 alone is named as such', () => {
  const sixes = () => ({ eth9: [{ family: 'IPv6', address: 'fe80::1' }] }) as never;
  expect(() => sourceAddress({ sourceIp: '0.0.0.0', sourceInterface: 'eth9' }, 'ems:443', sixes)).toThrow(
    'eth9 has no IPv4 address',
  );
});

test('call-timeout ends a call that is never answered, and not before', async () => {
  const clock = new ManualClock();
  let asked = 0;
  const port = await listen(createServer(() => (asked += 1)));
  let ended = false;
  const examined = examine(await target(`https-port: ${port}, call-timeout: 7`, clock), {
    pins: 'respect',
  }).finally(() => {
    ended = true;
  });
  await vi.waitFor(() => expect(asked).toBe(1), { timeout: 5000 });
  clock.advance(6_999);
  await new Promise((turn) => setImmediate(turn));
  expect(ended).toBe(false);
  clock.advance(1);
  expect((await examined).failure).toMatchObject({ fault: 'tls-timeout' });
});
