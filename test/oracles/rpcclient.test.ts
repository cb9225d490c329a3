// Workstations are asked by a program that nobody here wrote, Samba's rpcclient, of a server that nobody here wrote.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { CommandCheck } from '../../src/fsso/collector/checks/command-check.ts';
import type { Entry } from '../../src/fsso/collector/entry.ts';
import type { CollectorEvent } from '../../src/fsso/collector/events.ts';
import { collectorLogon } from '../support/collector-logon.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { patience } from '../support/raw-fortigate.ts';

const program = (name: string) =>
  ['/usr/sbin', '/usr/bin', '/usr/local/sbin', '/usr/local/bin', '/opt/homebrew/bin', '/opt/homebrew/sbin']
    .map((directory) => join(directory, name))
    .find(existsSync);
const account = userInfo().username;
// smbd takes the identity of whoever logs on to it.
const canRun = process.getuid?.() === 0;
let stopServer: () => Promise<void> = async () => {};
let port = 0;
let directory = '';

/** What a program prints; throws where it fails. */
function run(name: string, argv: string[], input = ''): void {
  const { status, stderr } = spawnSync(program(name) ?? name, argv, { input, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${name} ended with ${status}: ${stderr}`);
}

beforeAll(async () => {
  if (!canRun) return;
  for (const [name, from] of [
    ['smbd', 'samba'],
    ['rpcclient', 'smbclient'],
  ] as const)
    if (program(name) === undefined)
      throw new Error(
        `${name} is not installed: run "apt-get install ${from}" as root, then the tests again`,
      );
  const free = createServer().listen(0, '127.0.0.1');
  await once(free, 'listening');
  port = (free.address() as { port: number }).port;
  await new Promise((done) => free.close(done));
  directory = await mkdtemp(join(tmpdir(), 'fabrictop-smb-'));
  const config = join(directory, 'smb.conf');
  const places = [
    'private dir',
    'state directory',
    'cache directory',
    'lock directory',
    'pid directory',
    'ncalrpc dir',
  ];
  for (const place of places) await mkdir(join(directory, place.replaceAll(' ', '-')));
  await writeFile(
    config,
    `[global]
workgroup = CORP
netbios name = PC1
server role = standalone
smb ports = ${port}
interfaces = 127.0.0.1
bind interfaces only = yes
disable spoolss = yes
load printers = no
log file = ${directory}/log
${places.map((place) => `${place} = ${directory}/${place.replaceAll(' ', '-')}`).join('\n')}
`,
  );
  run('smbpasswd', ['-c', config, '-s', '-a', account], 'pw\npw\n');
  // Only administrators are told who is logged on.
  const argv = [
    'groupmap',
    'add',
    'sid=S-1-5-32-544',
    `unixgroup=${groupName()}`,
    'type=builtin',
    'ntgroup=Administrators',
  ];
  run('net', ['-s', config, ...argv]);
  // In a group of its own, which it cannot make itself: at its end it tells its whole group to end.
  const child = spawn(program('smbd') as string, ['-F', '--no-process-group', '-s', config], {
    stdio: 'ignore',
    detached: true,
  });
  const ended = once(child, 'exit');
  stopServer = async () => {
    child.kill();
    await ended;
    // smbd starts it in a session of its own, and leaves it behind.
    const left = join(directory, 'pid-directory', 'samba-dcerpcd.pid');
    const pid = Number(await readFile(left, 'utf8').catch(() => ''));
    if (pid > 1) process.kill(pid);
    await rm(directory, { recursive: true, force: true });
  };
  await vi.waitFor(async () => expect((await checkAs('pw'))['verdict']).not.toBe('unknown'), {
    ...patience,
    interval: 200,
  });
});
afterAll(() => stopServer());

function groupName(): string {
  const { stdout } = spawnSync('id', ['-gn'], { encoding: 'utf8' });
  return stdout.trim();
}

/** Asks the server whether alice is there. */
async function checkAs(password: string, at = port) {
  const events: CollectorEvent[] = [];
  const check = new CommandCheck({
    clock: new ManualClock(),
    command: [
      'rpcclient',
      '-p',
      String(at),
      '-U',
      `${account}%${password}`,
      '-s',
      join(directory, 'smb.conf'),
      '-c',
      'wkssvc_enumerateusers 1',
      '{ip}',
    ],
    timeoutMs: 60_000,
    verdict: 'users',
    env: { PATH: process.env['PATH'] },
    report: (event) => events.push(event),
  });
  const entry = { ...collectorLogon({ ip: '127.0.0.1' }), key: '127.0.0.1|0' } as Entry;
  const { presence: verdict } = await check.ask(entry, new AbortController().signal);
  return { verdict, events };
}

test.runIf(canRun)('a server on which nobody is logged on says that the user is absent', async () => {
  expect(await checkAs('pw')).toEqual({ verdict: 'absent', events: [] });
});

test.runIf(canRun)('a password that is refused, and a server that is not there, say nothing', async () => {
  expect(await checkAs('wrong')).toMatchObject({
    verdict: 'unknown',
    events: [{ why: 'status', status: 1 }],
  });
  const closed = createServer().listen(0, '127.0.0.1');
  await once(closed, 'listening');
  const { port: nowhere } = closed.address() as { port: number };
  await new Promise((done) => closed.close(done));
  expect(await checkAs('pw', nowhere)).toMatchObject({ verdict: 'unknown', events: [{ why: 'status' }] });
});
