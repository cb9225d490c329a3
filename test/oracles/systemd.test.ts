import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, onTestFinished, test, vi } from 'vitest';
import { launcher, root } from '../e2e/fabrictop.ts';
import { DcAgentProcess } from '../support/agent-process.ts';
import { CollectorProcess } from '../support/collector-process.ts';
import { patience } from '../support/raw-fortigate.ts';
import { runTool } from './tool.ts';

const directory = mkdtempSync(join(tmpdir(), 'fabrictop-systemd-'));
afterAll(() => rmSync(directory, { recursive: true }));
const unit = `${root}docs/systemd/fabrictop-collector.service`;

test('systemd-analyze finds nothing wrong with the unit, and little that it leaves open', () => {
  // As it is installed, but for the place of the program.
  const installed = join(directory, 'fabrictop-collector.service');
  writeFileSync(installed, readFileSync(unit, 'utf8').replace('/usr/bin/fabrictop', launcher));
  const verified = spawnSync('systemd-analyze', ['verify', installed], { encoding: 'utf8' });
  expect(verified).toMatchObject({ status: 0, stderr: '' });
  const report = runTool(
    'systemd-analyze',
    ['security', '--offline=true', '--no-pager', installed],
    'systemd',
  );
  const [, exposure = ''] = /exposure level for \S+: ([\d.]+)/.exec(report.toString()) ?? [];
  expect(Number(exposure)).toBeGreaterThan(0);
  expect(Number(exposure)).toBeLessThan(2);
});

/** A datagram socket as systemd has one, and what came to it. */
function manager() {
  const path = join(directory, `notify-${Math.random().toString(36).slice(2)}`);
  const child = spawn('systemd-socket-activate', ['--datagram', '-l', path, 'sh', '-c', 'cat <&3'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  const heard = (what: string | RegExp) => vi.waitFor(() => expect(text).toMatch(what), patience);
  const listening = vi.waitFor(() => {
    if (spawnSync('test', ['-S', path]).status !== 0) throw new Error('nobody listens yet');
  }, patience);
  return { path, heard, listening, text: () => text };
}

const config = join(directory, 'config.yaml');
writeFileSync(config, 'collector: { listen: 127.0.0.1, port: 0, agent-port: 0, agents: [127.0.0.1] }\n');

test('a service manager is told that the collector serves, that it lives, and that it ends', async () => {
  const { path, heard, listening, text } = manager();
  await listening;
  const collector = await CollectorProcess.start(config, [], {
    NOTIFY_SOCKET: path,
    WATCHDOG_USEC: '1000000',
  });
  await heard(/READY=1/);
  await heard(/STATUS=0 logons, 0 FortiGates/);
  new DcAgentProcess(collector.agentPort).logon('anna', '10.0.0.1');
  await heard(/WATCHDOG=1[\s\S]*STATUS=1 logons/);
  const signs = () => text().split('WATCHDOG=1').length;
  const before = signs();
  await vi.waitFor(() => expect(signs()).toBeGreaterThan(before + 1), patience);
  collector.child.kill('SIGTERM');
  expect((await collector.ended).status).toBe(0);
  await heard(/STOPPING=1/);
  expect(text().indexOf('STOPPING=1')).toBeGreaterThan(text().lastIndexOf('WATCHDOG=1'));
});

test('a collector that nobody asks for signs of life tells only that it serves', async () => {
  const { path, heard, listening, text } = manager();
  await listening;
  // The watchdog is meant for another process.
  const env = { NOTIFY_SOCKET: path, WATCHDOG_USEC: '20000', WATCHDOG_PID: '1' };
  const collector = await CollectorProcess.start(config, [], env);
  await heard(/READY=1/);
  collector.child.kill('SIGTERM');
  await collector.ended;
  expect(text()).not.toContain('WATCHDOG=1');
});

test('where the service manager cannot be told, the collector says so once and serves on', async () => {
  const env = { NOTIFY_SOCKET: join(directory, 'nobody'), WATCHDOG_USEC: '100000' };
  const collector = await CollectorProcess.start(config, [], env);
  const { msg } = await vi.waitFor(() => {
    const line = collector.log.find((each) => each.msg.startsWith('the service manager cannot be told'));
    if (!line) throw new Error('nothing was said yet');
    return line;
  }, patience);
  expect(msg).toContain('systemd-notify');
  new DcAgentProcess(collector.agentPort).logon('anna', '10.0.0.1');
  await collector.logged('logon');
  expect(collector.log.filter((each) => each.msg.startsWith('the service manager'))).toHaveLength(1);
  collector.child.kill('SIGTERM');
  expect((await collector.ended).status).toBe(0);
});
