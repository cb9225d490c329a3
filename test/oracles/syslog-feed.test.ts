import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { SyslogFeed } from '../../src/fsso/collector/feeds/syslog/syslog-feed.ts';
import { noRateLimit } from '../../src/fsso/collector/feeds/token-bucket.ts';
import { feedContext } from '../support/feed-context.ts';
import { runTool } from './tool.ts';

// Senders that nobody here wrote: logger of util-linux, and rsyslogd that forwards what it was sent.

const patience = { timeout: 30_000, interval: 20 };
let all: ReturnType<typeof feedContext>;
let feed: SyslogFeed;
let udp = '';
let tcp = '';

beforeEach(async () => {
  all = feedContext();
  feed = new SyslogFeed(
    {
      listen: '127.0.0.1',
      port: 0,
      transports: ['udp', 'tcp'],
      rules: [],
      sources: [
        {
          name: 'edge',
          addresses: ['127.0.0.0/8'],
          rules: ['fortigate-ssl-vpn'],
          userType: 'external',
          domain: 'CORP',
        },
      ],
      rate: noRateLimit,
    },
    all.context,
  );
  const listening = await feed.start();
  udp = String(listening.find(({ side }) => side === 'syslog over UDP')?.port);
  tcp = String(listening.find(({ side }) => side === 'syslog over TCP')?.port);
});

afterEach(() => feed.stop());

const line = (logid: string, user: string) =>
  `date=2026-01-15 logid="${logid}" subtype="vpn" tunnelip=10.212.134.200 user="${user}" group="vpn users" msg="SSL tunnel"`;
const up = (user: string) => line('0101039947', user);
const down = (user: string) => line('0101039948', user);
const logger = (...args: string[]) => runTool('logger', ['-n', '127.0.0.1', ...args], 'bsdutils');

test.each(['--rfc3164', '--rfc5424'])(
  'logger reports a logon and a logoff over UDP, in the form %s',
  async (form) => {
    logger('-P', udp, '--udp', form, up('jürgen'));
    await vi.waitFor(() => expect(all.order).toEqual(['+jürgen@10.212.134.200']), patience);
    logger('-P', udp, '--udp', form, down('jürgen'));
    await vi.waitFor(() => expect(all.order).toHaveLength(2), patience);
    expect(all.order[1]).toBe('-jürgen@10.212.134.200');
    expect(all.logons).toMatchObject([{ domain: 'CORP', groups: ['vpn users'], agent: '127.0.0.1' }]);
  },
);

test.each([
  ['lines', []],
  ['counted messages', ['--octet-count']],
])('logger reports logons over TCP, as %s', async (_, how) => {
  logger('-P', tcp, '--tcp', ...how, up('anna'));
  logger('-P', tcp, '--tcp', ...how, up('bert'));
  await vi.waitFor(() => expect(all.order).toHaveLength(2), patience);
  expect(all.order.toSorted()).toEqual(['+anna@10.212.134.200', '+bert@10.212.134.200']);
});

test.each(['octet-counted', 'traditional'])('rsyslogd forwards logons with %s framing', async (framing) => {
  const directory = mkdtempSync(join(tmpdir(), 'fabrictop-forwarder-'));
  const portFile = join(directory, 'port');
  const configuration = join(directory, 'rsyslog.conf');
  writeFileSync(
    configuration,
    `global(workDirectory="${directory}")
module(load="imtcp")
ruleset(name="forward") {
  action(type="omfwd" target="127.0.0.1" port="${tcp}" protocol="tcp" TCP_Framing="${framing}")
}
input(type="imtcp" address="127.0.0.1" port="0" listenPortFileName="${portFile}" ruleset="forward")
`,
  );
  const daemon: ChildProcess = spawn(
    '/usr/sbin/rsyslogd',
    ['-n', '-f', configuration, '-i', join(directory, 'pid')],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const gone = new Promise((done) => daemon.on('close', done).on('error', done));
  let said = '';
  daemon.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  try {
    await vi.waitFor(
      () => expect(existsSync(portFile) && readFileSync(portFile, 'utf8'), said).toMatch(/^\d+/),
      patience,
    );
    const users = Array.from({ length: 50 }, (_, number) => `user${number}`);
    const input = Buffer.from(users.map((user) => `${up(user)}\n`).join(''));
    const to = ['-n', '127.0.0.1', '-P', readFileSync(portFile, 'utf8').trim(), '--tcp'];
    runTool('logger', to, 'bsdutils', input);
    await vi.waitFor(() => expect(all.logons).toHaveLength(50), patience);
    expect(all.logons.map(({ user }) => user)).toEqual(users);
    expect(feed.health).toMatchObject({
      counts: { received: 50, incomplete: 0, passedOver: 0 },
      dropped: {},
    });
  } finally {
    daemon.kill('SIGTERM');
    await gone;
    rmSync(directory, { recursive: true, force: true });
  }
});
