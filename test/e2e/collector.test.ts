import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, onTestFinished, test, vi } from 'vitest';
import { CollectorProcess } from '../support/collector-process.ts';
import { patience, RawFortigate } from '../support/raw-fortigate.ts';
import { fabrictop, launcher, outcome } from './fabrictop.ts';

const directory = mkdtempSync(join(tmpdir(), 'fabrictop-collector-'));
afterAll(() => rmSync(directory, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

const common = 'listen: 127.0.0.1, port: 0, agent-port: 0, agents: [127.0.0.1]';
const open = file('open.yaml', `collector: { ${common} }\n`);

function agent(kind: 'dc' | 'ts', collector: string, more: string[] = []) {
  const child = spawn(launcher, ['agent', kind, '--collector', collector, ...more], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], HOME: '/nonexistent', LANG: 'C.UTF-8' },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = outcome(child);
  return {
    child,
    ended,
    write: (...lines: object[]) =>
      child.stdin.write(lines.map((line) => `${JSON.stringify(line)}\n`).join('')),
  };
}

const line = (index: number) => ({
  workstation: `PC${index}`,
  domain: 'CORP',
  user: `user${index}`,
  ip: `10.0.${index >> 8}.${index & 255}`,
});

async function fortigate(port: number, password?: string): Promise<RawFortigate> {
  const online = await RawFortigate.online(port, password === undefined ? {} : { password });
  onTestFinished(() => online.close());
  return online;
}

test('a logon goes from the agent command through the collector command to a FortiGate', async () => {
  const config = file(
    'whole.yaml',
    `collector:
  ${common.replaceAll(', ', '\n  ').replace('agents: [127.0.0.1]', 'agents: [ 127.0.0.0/8 ]')}
  password: { env: COLLECTOR_PASSWORD }
  fortigates: [ FGVM010000000001-root ]
  groups: { static: { "CORP\\\\user1": [ CORP/SALES ], "*": [ CORP/DOMAIN USERS ] } }
`,
  );
  const collector = await CollectorProcess.start(config, [], { COLLECTOR_PASSWORD: 'secret' });
  const refused = await RawFortigate.connect(collector.port);
  expect(await refused.hello({ password: 'wrong' })).not.toBe(1);
  const one = await fortigate(collector.port, 'secret');

  const dc = agent('dc', `127.0.0.1:${collector.agentPort}`, ['--domain', 'CORP']);
  dc.write(line(1));
  await one.has('event');
  expect(one.events).toMatchObject([
    {
      loggedOn: true,
      ip: '10.0.0.1',
      user: 'user1',
      workstation: 'PC1',
      groups: 'CORP/SALES+CORP/DOMAIN USERS',
    },
  ]);
  dc.child.stdin.end();
  expect(await dc.ended).toEqual({ status: 0, stdout: '', stderr: '' });

  const ts = agent('ts', `127.0.0.1:${collector.agentPort}`);
  ts.write({ session: 3, domain: 'CORP', user: 'bob', ip: '10.0.0.60', ports: [[1224, 1423]], on: true });
  ts.child.stdin.end();
  expect(await ts.ended).toMatchObject({ status: 0 });
  await one.has('event', 2);
  expect(one.events[1]).toMatchObject({ user: 'bob', session: 3, portRanges: [[1224, 1423]] });

  expect(await collector.logged('agent heard')).toMatchObject({ agent: '127.0.0.1' });
  expect(collector.log.find((entry) => entry.msg === 'agent heard')).toMatchObject({ domain: 'CORP' });
  expect(await collector.logged('fortigate refused')).toMatchObject({ level: 'warn', why: 'password' });
  expect(await collector.logged('logon', 2)).toMatchObject({ level: 'info', user: 'bob', action: 'added' });
  const { time } = await collector.logged('listening');
  expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
});

test.each(['SIGTERM', 'SIGINT'] as const)('%s drains the connections and ends with 0', async (signal) => {
  const collector = await CollectorProcess.start(open);
  const one = await fortigate(collector.port);
  const dc = agent('dc', `127.0.0.1:${collector.agentPort}`);
  one.socket.pause();
  dc.write(...Array.from({ length: 300 }, (_, index) => line(index)));
  await collector.logged('logon', 300);
  collector.child.kill(signal);
  await collector.logged('stopping');
  one.socket.resume();
  expect(await collector.ended).toMatchObject({ status: 0, stdout: '' });
  await one.closed();
  expect(one.error).toBeNull();
  expect(one.events).toHaveLength(300);
  expect(collector.log.at(-1)).toMatchObject({ msg: 'stopped', entries: 300 });
  dc.child.stdin.end();
  // Its datagrams go nowhere now, which it cannot know.
  expect(await dc.ended).toMatchObject({ status: 0 });
});

test('ten thousand lines at once arrive, every one', async () => {
  const collector = await CollectorProcess.start(open);
  const one = await fortigate(collector.port);
  const dc = agent('dc', `127.0.0.1:${collector.agentPort}`);
  dc.write(...Array.from({ length: 10_000 }, (_, index) => line(index)));
  dc.child.stdin.end();
  expect(await dc.ended).toEqual({ status: 0, stdout: '', stderr: '' });
  await one.has('event', 10_000);
  expect(new Set(one.events.map((event) => event.user)).size).toBe(10_000);
});

test('a name that would move the cursor reaches the log spelt out', async () => {
  const collector = await CollectorProcess.start(open);
  const dc = agent('dc', `127.0.0.1:${collector.agentPort}`);
  dc.write({ ...line(1), user: 'al\u001b[2Jice\u202e' });
  expect(await collector.logged('logon')).toMatchObject({ user: 'al\\x1b[2Jice\\u{202e}' });
});

test('with --log-file the log is in the file, behind what was there, and standard error stays empty', async () => {
  const path = file('collector.log', '{"msg":"before"}\n');
  const child = spawn(launcher, ['--config', open, 'collector', '--log-file', path, '--log-level', 'warn'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], HOME: '/nonexistent', XDG_STATE_HOME: directory },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = outcome(child);
  await vi.waitFor(() => expect(readFileSync(path, 'utf8')).toContain('no password'), patience);
  child.kill('SIGTERM');
  expect(await ended).toEqual({ status: 0, stdout: '', stderr: '' });
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  expect(lines.map((text) => JSON.parse(text).msg)).toEqual(['before', 'no password is asked of FortiGates']);
});

test('a log that nobody reads any more does not end the collector', async () => {
  const collector = await CollectorProcess.start(open);
  const one = await fortigate(collector.port);
  collector.child.stderr?.destroy();
  const dc = agent('dc', `127.0.0.1:${collector.agentPort}`);
  for (let index = 0; index < 3; index++) {
    dc.write(line(index));
    await one.has('event', index + 1);
  }
  collector.child.kill('SIGTERM');
  expect((await collector.ended).status).toBe(0);
});

test('what is wrong at the start is one line and a status', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await vi.waitFor(() => expect(server.listening).toBe(true), patience);
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  const start = async (section: string, more: string[] = []) => {
    const { status, stderr } = await fabrictop(
      ['--config', file('bad.yaml', section), 'collector', ...more],
      { env: { XDG_STATE_HOME: directory } },
    );
    return [status, stderr.replaceAll(directory, 'DIR')];
  };
  expect(await start(`collector: { ${common.replace('port: 0', `port: ${port}`)} }`)).toEqual([
    1,
    `fabrictop: cannot open TCP port ${port} of 127.0.0.1 for FortiGates: another program uses it: end that program, or configure another port\n`,
  ]);
  expect(await start('collector: { listen: 192.0.2.1 }')).toEqual([
    2,
    'fabrictop: cannot open TCP port 8000 of 192.0.2.1 for FortiGates: the address is not one of this machine: configure listen\n',
  ]);
  expect(await start('fsso: []')).toEqual([
    2,
    "fabrictop: DIR/bad.yaml: collector: missing, expected the collector's settings (docs/cli.md, Configuration)\n",
  ]);
  expect(await start(`collector: { ${common}, password: { env: NOT_SET } }`)).toMatchObject([2, /NOT_SET/]);
  expect(await start(`collector: { ${common} }`, ['--log-file', join(directory, 'no/such/file')])).toEqual([
    2,
    'fabrictop: --log-file: DIR/no/such/file cannot be opened (ENOENT)\n',
  ]);
});

test('a bad line is told with its number, the others are sent, and the status is 1', async () => {
  const collector = await CollectorProcess.start(open);
  const dc = agent('dc', `127.0.0.1:${collector.agentPort}`);
  dc.child.stdin.end(`${JSON.stringify(line(1))}\nnonsense\n{"user":"x"}\n${JSON.stringify(line(2))}`);
  expect(await dc.ended).toEqual({
    status: 1,
    stdout: '',
    stderr: [
      'fabrictop: line 2: is not JSON',
      'fabrictop: line 3: workstation: missing, expected the workstation as text',
      'fabrictop: 2 of 4 lines were not sent',
      '',
    ].join('\n'),
  });
  await collector.logged('logon', 2);
});

test('an agent sends keepalives while it waits for lines, and a signal ends it with 0', async () => {
  const collector = await CollectorProcess.start(open);
  const dc = agent('dc', `127.0.0.1:${collector.agentPort}`, ['--interval', '0.1', '--domain', 'CORP-DC1']);
  expect(await collector.logged('agent heard')).toMatchObject({ domain: 'CORP-DC1' });
  dc.child.kill('SIGTERM');
  expect(await dc.ended).toEqual({ status: 0, stdout: '', stderr: '' });
  collector.child.kill('SIGTERM');
  await collector.ended;
  expect((await collector.logged('stopped'))['datagrams']).toBeGreaterThan(0);
});

test.each([
  [['agent', 'dc'], /required option '--collector/],
  [['agent', 'dc', '--collector', '10.0.0.1:x'], /--collector: found 10\.0\.0\.1:x, expected HOST:PORT/],
  [['agent', 'ts', '--collector', '10.0.0.1', '--interval', '0'], /--interval: found 0, expected seconds/],
  [
    ['agent', 'dc', '--collector', '10.0.0.1', '--domain', 'a/b'],
    /--domain: expected a name without a slash/,
  ],
  [['agent'], /agent needs a command: dc, ts/],
])('%j is one line and status 2', async (argv, message) => {
  const { status, stderr } = await fabrictop(argv as string[]);
  expect(status).toBe(2);
  expect(stderr).toMatch(message);
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
});

test('a collector whose name has no address is one line and status 1', async () => {
  const { status, stderr } = await fabrictop(['agent', 'dc', '--collector', 'collector.invalid:8002']);
  expect(status).toBe(1);
  expect(stderr).toMatch(/^fabrictop: --collector: collector\.invalid has no address \(\w+\)\n$/);
});

test('SIGHUP takes up other filters, names what needs a restart, and a wrong configuration changes nothing', async () => {
  const section = (rest: string) => `collector: { ${common}, ${rest} }\n`;
  const config = file('hangup.yaml', section('filters: { default: [CORP/SALES] }'));
  const collector = await CollectorProcess.start(config);
  const one = await fortigate(collector.port);
  const dc = agent('dc', `127.0.0.1:${collector.agentPort}`);
  dc.write(line(1));
  await collector.logged('logon');
  file('hangup.yaml', section('filters: {}, dead-entry-timeout: 5, log-level: debug, dns: [127.0.0.1]'));
  collector.child.kill('SIGHUP');
  await one.has('bulk-record');
  expect(one.bulk).toMatchObject([{ user: 'user1' }]);
  expect(await collector.logged('configuration read again')).toMatchObject({
    taken: ['filters', 'dead-entry-timeout', 'log-level'],
    restart: ['dns'],
  });
  file('hangup.yaml', section('filter: {}'));
  collector.child.kill('SIGHUP');
  expect(await collector.logged('configuration not read')).toMatchObject({
    why: expect.stringMatching(/collector\.filter/),
  });
  expect(one.ended).toBe(false);
});
