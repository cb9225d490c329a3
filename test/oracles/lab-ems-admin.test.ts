import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Authority } from '../../src/lab/authority.ts';
import { LabEms } from '../../src/lab/ems/server.ts';
import { ManualClock } from '../support/manual-clock.ts';

const run = promisify(execFile);
const clock = new ManualClock(Date.now());
let directory: string;
let ems: LabEms;
let origin: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fabrictop-test-'));
  const authority = await Authority.create('Lab EMS CA', Date.now());
  ems = await LabEms.start({
    serialNumber: 'FCTEMS0000000137',
    authority,
    hostName: 'ems.corp.example',
    deviceRoots: [],
    admin: {
      name: 'admin',
      password: 'correct horse',
      sites: ['sitea'],
      endpoints: { total: 12, online: 7 },
    },
    clock,
  });
  origin = `https://localhost:${ems.port}`;
  await writeFile(join(directory, 'ca.pem'), authority.certificate);
});

beforeEach(async () => {
  ems.admin?.endSessions();
  await rm(join(directory, 'jar'), { force: true });
});

afterAll(async () => {
  await ems.stop();
  await rm(directory, { recursive: true });
});

/** curl's view, with a jar that keeps its cookies as a browser would. */
async function curl(path: string, ...args: string[]): Promise<{ status: number; body: unknown }> {
  const jar = join(directory, 'jar');
  const { stdout } = await run('curl', [
    ...['--silent', '--noproxy', '*', '--cacert', join(directory, 'ca.pem'), '--write-out', '\n%{http_code}'],
    ...['--cookie', jar, '--cookie-jar', jar, ...args, `${origin}/api/v1${path}`],
  ]);
  const [body, status] = stdout.split('\n');
  return { status: Number(status), body: JSON.parse(body ?? '') };
}

const signIn = (password = 'correct horse', ...more: string[]) =>
  curl('/auth/signin', '--json', JSON.stringify({ name: 'admin', password }), ...more);

async function csrfToken(): Promise<string> {
  const { stdout } = await run('cat', [join(directory, 'jar')]);
  return /\tcsrftoken\t(\w+)/.exec(stdout)?.[1] ?? '';
}

const gone = { result: { retval: -4, message: 'Session has expired or does not exist.' } };

test('curl signs in as JSON and as a form, and a wrong password does not', async () => {
  expect(await signIn()).toEqual({
    status: 200,
    body: { result: { retval: 1, message: 'Login successful.' } },
  });
  expect((await curl('/system/serial_number')).body).toMatchObject({ data: 'FCTEMS0000000137' });
  expect((await signIn('wrong')).status).toBe(401);
  const form = ['--data-urlencode', 'name=admin', '--data-urlencode', 'password=correct horse'];
  expect((await curl('/auth/signin', ...form, '--data', 'site=sitea')).status).toBe(200);
  expect((await curl('/auth/signin', ...form, '--data', 'site=siteb')).status).toBe(401);
});

test('nothing is told without a session, nor with one that is over', async () => {
  expect(await curl('/client_certificates/index')).toEqual({ status: 401, body: gone });
  await signIn();
  expect((await curl('/client_certificates/index')).status).toBe(200);
  clock.advance(31 * 60_000);
  expect(await curl('/client_certificates/index')).toEqual({ status: 401, body: gone });
});

test('a device is authorised with the token and the page it comes from, and not without one of them', async () => {
  ems.state.devices.seen('FGVM01LAB0000002', clock.now());
  await signIn();
  const change = ['--request', 'PATCH', '--json', '{"authorized":true}'];
  const set = '/client_certificates/1/set';
  const token = ['--header', `X-CSRFToken: ${await csrfToken()}`];
  const referer = ['--referer', origin];
  const refused = [change, [...change, ...token], [...change, ...referer]];
  for (const args of refused) expect((await curl(set, ...args)).status).toBe(403);
  expect((await curl(set, ...change, ...referer, '--header', 'X-CSRFToken: no')).status).toBe(403);
  expect((await curl(set, ...change, ...token, '--referer', 'https://evil.example')).status).toBe(403);
  expect(ems.pending.size).toBe(1);
  expect((await curl(set, ...change, ...token, ...referer)).status).toBe(200);
  expect((await curl('/client_certificates/index')).body).toMatchObject({
    data: [{ id: 1, cn: 'FGVM01LAB0000002', authorized: true }],
  });
});

test('what administrators see has the form that clients read', async () => {
  await signIn();
  expect((await curl('/system/consts/get?system_update_time=1')).body).toMatchObject({
    data: { System: { VERSION: ems.state.version } },
  });
  expect((await curl('/license/get')).body).toMatchObject({
    data: { sn: 'FCTEMS0000000137', licenses: [{ expiry_date: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) }] },
  });
  expect((await curl('/endpoints/index?offset=0&count=1')).body).toMatchObject({ data: { total: 12 } });
  expect((await curl('/nothing')).status).toBe(404);
  expect((await curl('/auth/signout')).status).toBe(200);
  expect((await curl('/license/get')).status).toBe(401);
});
