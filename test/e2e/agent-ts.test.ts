import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, onTestFinished, test, vi } from 'vitest';
import { dissect } from '../oracles/tshark.ts';
import { DcAgentProcess } from '../support/agent-process.ts';
import { CollectorProcess } from '../support/collector-process.ts';
import { patience, RawFortigate } from '../support/raw-fortigate.ts';
import { fabrictop, launcher, outcome } from './fabrictop.ts';

const directory = mkdtempSync(join(tmpdir(), 'fabrictop-agent-ts-'));
afterAll(() => rmSync(directory, { recursive: true }));

// Ports that no system gives to programs by itself, so that the blocks are the same on every machine.
const pool = ['--pool', '10000-11999'];

function agent(home: string, port: number, more: string[] = [], path = process.env['PATH']) {
  const child = spawn(
    launcher,
    ['agent', 'ts', '--collector', `127.0.0.1:${port}`, '--ip', '10.0.0.60', ...pool, ...more],
    {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { PATH: path, HOME: '/nonexistent', XDG_STATE_HOME: join(directory, home), LANG: 'C.UTF-8' },
    },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = outcome(child);
  return {
    child,
    ended,
    write: (...lines: object[]) =>
      child.stdin.write(lines.map((line) => `${JSON.stringify(line)}\n`).join('')),
  };
}

/** A search path on which a program of the system is this script. */
function programs(name: string, script: string): string {
  const bin = mkdtempSync(join(directory, 'bin-'));
  writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(bin, name), 0o755);
  return `${bin}:${process.env['PATH']}`;
}

async function collectorAndFortigate() {
  const config = join(directory, 'collector.yaml');
  writeFileSync(config, 'collector: { listen: 127.0.0.1, port: 0, agent-port: 0, agents: [127.0.0.1] }\n');
  const collector = await CollectorProcess.start(config);
  const fortigate = await RawFortigate.online(collector.port);
  onTestFinished(() => fortigate.close());
  return { collector, fortigate };
}

test('ports that the agent assigned reach a FortiGate, grow, outlive a restart, and win over a DC agent', async () => {
  const { collector, fortigate } = await collectorAndFortigate();
  const dc = new DcAgentProcess(collector.agentPort);
  dc.logon('administrator', '10.0.0.60', 'TERMSRV');
  await fortigate.has('event');
  const first = agent('whole', collector.agentPort);
  first.write({ session: 3, domain: 'CORP', user: 'bob' });
  await fortigate.has('event', 3);
  expect(fortigate.events.slice(1)).toMatchObject([
    { loggedOn: false, user: 'administrator', session: 0 },
    { loggedOn: true, user: 'bob', session: 3, ip: '10.0.0.60', portRanges: [[10_000, 10_199]] },
  ]);
  first.write({ session: 4, domain: 'CORP', user: 'eve' }, { session: 3, more: true });
  await fortigate.has('event', 5);
  expect(fortigate.events.slice(3)).toMatchObject([
    { user: 'eve', session: 4, portRanges: [[10_200, 10_399]] },
    {
      user: 'bob',
      session: 3,
      portRanges: [
        [10_000, 10_199],
        [10_400, 10_599],
      ],
    },
  ]);
  dc.logon('administrator', '10.0.0.60', 'TERMSRV');
  expect(await collector.logged('logon ignored')).toMatchObject({
    user: 'administrator',
    why: 'terminal-server',
  });
  const gate = join(directory, 'gate.yaml');
  writeFileSync(
    gate,
    `identity: { serial: FGVM010000000009 }\nfsso: [ { name: corp, servers: [ { server: 127.0.0.1, port: ${collector.port} } ] } ]\n`,
  );
  const list = await fabrictop(['--config', gate, 'fsso', 'list', '--json']);
  expect(JSON.parse(list.stdout)).toMatchObject({
    total: 2,
    logons: [
      {
        user: 'bob',
        session: 3,
        portRanges: [
          [10_000, 10_199],
          [10_400, 10_599],
        ],
      },
      { user: 'eve', session: 4, portRanges: [[10_200, 10_399]] },
    ],
  });
  first.child.kill('SIGKILL');
  await first.ended;
  const second = agent('whole', collector.agentPort);
  second.write({ session: 4, domain: 'CORP', user: 'eve' }, { session: 3, domain: 'CORP', user: 'bob' });
  second.child.stdin.end();
  const { status, stdout, stderr } = await second.ended;
  expect([status, stderr]).toEqual([0, '']);
  expect(
    stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual([
    { session: 4, domain: 'CORP', user: 'eve', uid: null, ports: [[10_200, 10_399]] },
    {
      session: 3,
      domain: 'CORP',
      user: 'bob',
      uid: null,
      ports: [
        [10_000, 10_199],
        [10_400, 10_599],
      ],
    },
  ]);
});

test('tshark reads session and ports in what the agent sends, again after its interval', async () => {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  onTestFinished(() => void socket.close());
  const payloads: Buffer[] = [];
  socket.on('message', (payload) => payloads.push(Buffer.from(payload)));
  const ts = agent('tshark', socket.address().port, ['--repeat', '0.1', '--block', '50']);
  ts.write({ session: 3, domain: 'CORP', user: 'bob' });
  const logons = () => payloads.filter((payload) => payload.includes('10.0.0.60/'));
  await vi.waitFor(() => expect(logons().length).toBeGreaterThanOrEqual(3), patience);
  for (const read of dissect(logons()))
    expect(read).toMatchObject({
      recognised: true,
      malformed: false,
      ip: '10.0.0.60',
      text: '10.0.0.60/CORP/bob',
      rangeCount: 1,
      portRanges: [[10_000, 10_049]],
    });
});

test('the users of the machine are sessions; who leaves is freed, and the rules follow', async () => {
  const users = join(directory, 'users');
  // Where tests run nobody is logged on.
  const path = programs('who', `cat ${users}`);
  writeFileSync(
    users,
    'nobody   pts/0        2026-11-22 14:00 (10.0.0.9)\nroot     tty1         2026-11-22 14:00\n',
  );
  const { collector, fortigate } = await collectorAndFortigate();
  const more = ['--sessions', 'utmp', '--look', '1', '--user-domain', 'CORP'];
  const ts = agent('utmp', collector.agentPort, more, path);
  await fortigate.has('event');
  expect(fortigate.events).toMatchObject([
    { user: 'nobody', domain: 'CORP', session: 65_534, portRanges: [[10_000, 10_199]] },
  ]);
  const rules = () =>
    fabrictop(['agent', 'ts', '--print-nftables'], { env: { XDG_STATE_HOME: join(directory, 'utmp') } });
  expect((await rules()).stdout).toContain(
    'meta skuid 65534 meta l4proto { tcp, udp } counter snat to 10.0.0.60:10000-10199',
  );
  writeFileSync(users, '');
  await vi.waitFor(async () => expect((await rules()).stdout).not.toContain('snat'), patience);
  ts.child.kill('SIGTERM');
  const { status, stdout, stderr } = await ts.ended;
  expect([status, stderr]).toEqual([0, '']);
  expect(
    stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).ports),
  ).toEqual([[[10_000, 10_199]], []]);
});

test.each([
  [['--pool', '1-2000'], /^fabrictop: --pool: found 1-2000, expected ports from 1024 to 65535/],
  [['--pool', '10000-10010'], /--pool: 10000-10010 holds no 200 ports in a row outside those of the system/],
  [['--block', '0'], /--block: found 0, expected a whole number from 1 to 20000/],
  [['--ip', '::1'], /--ip: found ::1, expected an IPv4 address/],
  [['--repeat', 'x'], /--repeat: found x, expected seconds, from 0 to 86400/],
  [['--sessions', 'x'], /--sessions.*Allowed choices are stdin, logind, utmp/],
])('%j is one line and status 2', async (more, message) => {
  const { status, stderr } = await fabrictop(['agent', 'ts', '--collector', '127.0.0.1', ...more]);
  expect(status).toBe(2);
  expect(stderr).toMatch(message);
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
});

test('rules are asked for before anything was assigned, or logind is not there: one line and status 1', async () => {
  const none = await fabrictop(['agent', 'ts', '--print-nftables'], {
    env: { XDG_STATE_HOME: '/nonexistent' },
  });
  expect([none.status, none.stdout, none.stderr]).toEqual([
    1,
    '',
    'fabrictop: /nonexistent/fabrictop/ts-agent.json: no ports have been assigned yet: the agent writes it\n',
  ]);
  const path = programs('busctl', 'echo "Failed to connect to bus: Host is down" >&2; exit 1');
  const ts = agent('no-logind', 9, ['--sessions', 'logind'], path);
  const { status, stderr } = await ts.ended;
  expect(status).toBe(1);
  expect(stderr).toMatch(/^fabrictop: busctl failed: Failed to connect to bus: Host is down\n$/);
});
