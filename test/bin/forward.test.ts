import { createSocket } from 'node:dgram';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { openTargets } from '../../bin/targets.ts';
import { systemClock } from '../../src/clock.ts';
import { ConfigError } from '../../src/config/error.ts';
import { loadConfig } from '../../src/config/load.ts';
import { WriteGuard } from '../../src/verbs.ts';
import { logon } from '../support/fake-network.ts';
import { ScriptedCollector } from '../support/scripted-collector.ts';

const patience = { timeout: 20_000, interval: 10 };

async function open(config: object) {
  const directory = mkdtempSync(join(tmpdir(), 'fabrictop-forward-'));
  const path = join(directory, 'config.yaml');
  writeFileSync(path, JSON.stringify(config));
  const env = { XDG_STATE_HOME: directory };
  const targets = await openTargets(await loadConfig(path, env), env, systemClock, new WriteGuard(false));
  for (const source of targets.sources) source.start(() => {});
  return {
    async [Symbol.asyncDispose]() {
      await Promise.all(targets.sources.map((source) => source.stop()));
      rmSync(directory, { recursive: true });
    },
  };
}

test('links and logons reach the configured syslog server with the fields of their FortiOS logs', async () => {
  const socket = createSocket('udp4');
  const lines: string[] = [];
  socket.on('message', (message) => lines.push(message.toString()));
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  try {
    await using collector = await ScriptedCollector.listen({});
    await using _targets = await open({
      identity: { serial: 'FGVM010000000001', vdom: 'root-2' },
      fsso: [{ name: 'corp', servers: [{ server: '127.0.0.1', port: collector.port }] }],
      forward: {
        syslog: [
          { name: 'siem', server: '127.0.0.1', port: socket.address().port, severity: 'notification' },
        ],
      },
    });
    await vi.waitFor(() => expect(lines).toHaveLength(1), patience);
    expect(lines[0]).toMatch(
      /^<189>1 \S+ \S+ fabrictop \d+ 43050 \[.*\] date=.* logid="0102043050" type="event" subtype="user" level="notice" vd="root-2" eventtime=\d{19} tz="\+0000" devid="FGVM010000000001" logdesc="FSSO server connected" server="corp" msg="FSSO server connected: 127\.0\.0\.1:\d+/,
    );
    collector.event(logon({ ip: '10.0.0.9', user: 'ANNA' }));
    collector.event(logon({ ip: '10.0.0.9', user: 'ANNA', loggedOn: false }));
    await vi.waitFor(() => expect(lines).toHaveLength(3), patience);
    expect(lines[1]).toMatch(
      / 43014 .* logdesc="FSSO logon authentication status" srcip=10\.0\.0\.9 user="ANNA" server="corp" action="FSSO-logon" msg="FSSO-logon event from corp: user ANNA logged on 10\.0\.0\.9"$/,
    );
    expect(lines[2]).toMatch(/ 43015 .*action="FSSO-logoff" msg="FSSO-logoff event from corp: .* logged off/);
  } finally {
    socket.close();
  }
});

test('a receiver whose secret or authority cannot be had stops the program with one line', async () => {
  const webhook = (more: object) =>
    open({ forward: { webhook: [{ name: 'hook', url: 'https://127.0.0.1/', ...more }] } }).catch(
      (error: unknown) => (error instanceof ConfigError ? error.lines : error),
    );
  expect(await webhook({ ca: ['absent.pem'] })).toEqual([
    'forward "hook": ca: absent.pem cannot be read (ENOENT)',
  ]);
  expect(await webhook({ url: { env: 'NOT_SET_HERE' } })).toEqual([
    'secret NOT_SET_HERE: this environment variable is not set',
  ]);
});
