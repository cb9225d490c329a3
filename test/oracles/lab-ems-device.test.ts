import { execFile, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Agent, WebSocket as UndiciWebSocket } from 'undici';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { Authority, type Identity } from '../../src/lab/authority.ts';
import { LabEms } from '../../src/lab/ems/server.ts';
import { company } from '../../src/lab/people.ts';

// The device API of the lab's EMS as programs see it that nobody here wrote.

const run = promisify(execFile);
const serial = 'FGVM01LAB0000001';
let directory: string;
let ems: LabEms;
let server: Authority;
let identity: Identity;
let certificates: string[];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fabrictop-test-'));
  const [authority, devices] = await Promise.all([
    Authority.create('Lab EMS CA', Date.now()),
    Authority.create('Lab device CA', Date.now()),
  ]);
  server = authority;
  identity = await devices.issue({ commonName: serial, organizationalUnit: 'FortiGate' });
  ems = await LabEms.start({
    serialNumber: 'FCTEMS0000000137',
    authority,
    hostName: 'ems.corp.example',
    deviceRoots: [devices.certificate],
    people: company(25),
    clock: systemClock,
  });
  const files = { ca: authority.certificate, device: identity.certificate, key: identity.key };
  for (const [name, content] of Object.entries(files)) await writeFile(join(directory, name), content);
  certificates = ['--cert', join(directory, 'device'), '--key', join(directory, 'key')];
});
beforeEach(() => ems.authorize(serial));

afterAll(async () => {
  await ems.stop();
  await rm(directory, { recursive: true });
});

interface Page {
  updated_at: string;
  has_more: boolean;
  endpoints: { uid: string; host: string }[];
  tags: { name: string; uids: string[] }[];
  uid_tags: { uid: string; tags: string[] }[];
}

/** curl's view of one call: HTTP status and the `data` of the envelope. */
async function ask(path: string, ...args: string[]): Promise<{ status: number; data: Page }> {
  const { stdout } = await run('curl', [
    ...['--silent', '--noproxy', '*', '--cacert', join(directory, 'ca'), '--write-out', '\n%{http_code}'],
    ...certificates,
    ...args,
    `https://localhost:${ems.port}${path}`,
  ]);
  const at = stdout.lastIndexOf('\n');
  return { status: Number(stdout.slice(at + 1)), data: JSON.parse(stdout.slice(0, at)).data };
}

const post = (body: unknown) => [
  '--header',
  'content-type: application/json',
  '--data',
  JSON.stringify(body),
];

test('curl registers, and not as anybody else', async () => {
  const registered = await ask(
    '/api/v1/fabric_device_auth/fortigate',
    ...post({ sn: serial, hostname: 'x' }),
  );
  expect(registered).toEqual({
    status: 200,
    data: {
      authorized: true,
      auth_url: `https://ems.corp.example/fabric_device_auth/${serial}`,
      tenant_id: '0'.repeat(32),
      capabilities: ['fabric-auth', 'silent-approval', 'websocket', 'common-tags-api', 'tenant-id'],
    },
  });
  const other = await ask('/api/v1/fabric_device_auth/fortigate', ...post({ sn: 'FGVM01LAB0000009' }));
  expect(other.status).toBe(400);
});

test('curl goes through the pages of the endpoints and then gets what changed alone', async () => {
  ems.state.pageSize = 10;
  const hosts: string[] = [];
  let since = '';
  let pages = 0;
  for (let more = true; more; pages += 1) {
    const query = since === '' ? '' : `?updated_after=${since}`;
    const { data } = await ask(`/api/v1/report/fct/sysinfo${query}`);
    hosts.push(...data.endpoints.map(({ host }) => host));
    since = data.updated_at;
    more = data.has_more;
  }
  expect(pages).toBe(3);
  expect(new Set(hosts).size).toBe(25);
  const none = await ask(`/api/v1/report/fct/sysinfo?updated_after=${since}`);
  expect(none.data).toEqual({ updated_at: since, has_more: false, endpoints: [] });
  const [first] = ems.state.inventory.endpoints;
  if (!first) throw new Error('no endpoint');
  ems.state.inventory.alter(first, { quarantined: true });
  const one = await ask(`/api/v1/report/fct/sysinfo?updated_after=${since}`);
  expect(one.data.endpoints).toMatchObject([{ uid: first.uid, quarantined: true }]);
});

test('curl gets the tags from both sides, and they agree', async () => {
  ems.state.pageSize = 100;
  const { data: byTag } = await ask('/api/v1/report/fct/tags');
  const { data: byEndpoint } = await ask('/api/v1/report/fct/uid_tags');
  for (const { name, uids } of byTag.tags)
    expect(
      byEndpoint.uid_tags
        .filter(({ tags }) => tags.includes(name))
        .map(({ uid }) => uid)
        .sort(),
    ).toEqual(uids.sort());
  expect((await ask('/api/v1/report/fct/host_tags')).status).toBe(404);
});

test('a device that is not authorised gets 401 for every path, and no WebSocket', async () => {
  ems.state.devices.authorize(serial, false, Date.now());
  for (const path of ['/api/v1/report/fct/tags', '/api/v1/system/serial_number', '/api/v1/nothing'])
    expect((await ask(path)).status).toBe(401);
  const upgrade = ['--http1.1', '--header', 'Connection: Upgrade', '--header', 'Upgrade: websocket'];
  const { stdout } = await run('curl', [
    ...['--silent', '--noproxy', '*', '--cacert', join(directory, 'ca'), '--write-out', '%{http_code}'],
    ...certificates,
    ...upgrade,
    `https://localhost:${ems.port}/ws/notify`,
  ]);
  expect(stdout).toBe('401');
});

test('the WebSocket of another library hears which tables changed', async () => {
  const dispatcher = new Agent({
    connect: { ca: server.certificate, cert: identity.certificate, key: identity.key },
  });
  const socket = new UndiciWebSocket(`wss://localhost:${ems.port}/ws/notify`, { dispatcher });
  const heard: unknown[] = [];
  socket.addEventListener('message', ({ data }) => heard.push(JSON.parse(String(data))));
  const closed = new Promise<number>((resolve) =>
    socket.addEventListener('close', ({ code }) => resolve(code)),
  );
  await new Promise((resolve) => socket.addEventListener('open', resolve));
  await vi.waitFor(() => expect(ems.notifier.listeners).toEqual([serial]), { timeout: 5000 });
  const [first] = ems.state.inventory.endpoints;
  if (!first) throw new Error('no endpoint');
  ems.state.inventory.alter(first, { online: !first.online });
  await vi.waitFor(() => expect(heard).toEqual([{ type: 'notify', tables: ['sysinfo'] }]), { timeout: 5000 });
  ems.notifier.drop(1012, 'restart');
  expect(await closed).toBe(1012);
  await dispatcher.close();
});

test('a WebSocket spoken by hand through openssl: the handshake, a frame, and a pong to our ping', async () => {
  const client = spawn('openssl', [
    ...['s_client', '-quiet', '-connect', `127.0.0.1:${ems.port}`, '-CAfile', join(directory, 'ca')],
    ...['-cert', join(directory, 'device'), '-key', join(directory, 'key'), '-verify_return_error'],
  ]);
  let received = Buffer.alloc(0);
  client.stdout.on('data', (bytes: Buffer) => {
    received = Buffer.concat([received, bytes]);
  });
  const has = (what: string | Buffer) =>
    vi.waitFor(() => expect(received.includes(what)).toBe(true), { timeout: 10_000 });
  const key = randomBytes(16).toString('base64');
  client.stdin.write(
    `GET /ws/notify HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
  );
  // RFC 6455, section 4.2.2: the proof that the server understood the handshake.
  const proof = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  await has('HTTP/1.1 101');
  await has(proof);
  const [first] = ems.state.inventory.endpoints;
  if (!first) throw new Error('no endpoint');
  ems.state.inventory.alter(first, { online: !first.online });
  const text = Buffer.from('{"type":"notify","tables":["sysinfo"]}');
  await has(Buffer.concat([Buffer.from([0x81, text.length]), text]));
  // A masked ping of four octets, mask 0: the pong carries the same.
  client.stdin.write(Buffer.from([0x89, 0x84, 0, 0, 0, 0, 0x70, 0x69, 0x6e, 0x67]));
  await has(Buffer.from([0x8a, 0x04, 0x70, 0x69, 0x6e, 0x67]));
  const ended = new Promise((resolve) => client.on('exit', resolve));
  client.kill();
  await ended;
});
