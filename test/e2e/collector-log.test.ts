import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, onTestFinished, test, vi } from 'vitest';
import { DcAgentProcess } from '../support/agent-process.ts';
import { patience, RawFortigate } from '../support/raw-fortigate.ts';
import { fabrictop, launcher, outcome } from './fabrictop.ts';

const directory = mkdtempSync(join(tmpdir(), 'fabrictop-collector-log-'));
afterAll(() => rmSync(directory, { recursive: true }));

const common = 'listen: 127.0.0.1, port: 0, agent-port: 0, agents: [127.0.0.1], logon-cache: disable';

function collector(name: string, section: string, more: string[]) {
  const config = join(directory, `${name}.yaml`);
  writeFileSync(config, `collector: { ${common}${section} }\n`);
  const child = spawn(launcher, ['--config', config, 'collector', ...more], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], HOME: '/nonexistent' },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let text = '';
  child.stderr.on('data', (chunk: Buffer) => {
    text += chunk;
  });
  const ended = outcome(child);
  const stop = async () => {
    child.kill('SIGTERM');
    return await ended;
  };
  return { stop, text: () => text };
}

const time = String.raw`\d\d/\d\d/\d{4} \d\d:\d\d:\d\d`;

test('with --log-format fortinet the lines are those of the product', async () => {
  const { stop, text } = collector('stderr', '', ['--log-format', 'fortinet']);
  const line = new RegExp(
    `^${time} \\[INFO\\] listening .*fortigate:127\\.0\\.0\\.1:(\\d+).* agents:127\\.0\\.0\\.1:(\\d+)`,
    'm',
  );
  const [, port, agentPort] = await vi.waitFor(() => {
    const found = line.exec(text());
    if (!found) throw new Error(`it does not listen: ${text()}`);
    return found;
  }, patience);
  const fortigate = await RawFortigate.online(Number(port));
  onTestFinished(() => fortigate.close());
  new DcAgentProcess(Number(agentPort)).logon('alice', '10.0.0.21');
  await fortigate.has('event');
  const { status } = await stop();
  expect(status).toBe(0);
  const lines = text().trimEnd().split('\n');
  for (const each of lines) expect(each).toMatch(new RegExp(`^${time} \\[[A-Z_]+\\] `));
  expect(
    lines
      .filter((each) => / \[(?:RECV|UPDATE|LOGON|SEND)/.test(each))
      .map((each) => each.slice(20).replace(/time:\d+|packet_len:\d+/g, '*')),
  ).toEqual([
    '[RECV_EVENT_FROM_DC] * dcagent_ip:127.0.0.1 * data_len:15 data:PC-1/CORP/alice ip:10.0.0.21',
    '[UPDATE_LOGON_LIST] action:add_new_entry workstation:PC-1 ip:10.0.0.21:0.0.0.0 user:CORP\\alice',
    '[LOGON_ITEM] logon:1 ip:10.0.0.21 workstation:PC-1 domain:CORP user:alice',
    '[SEND_EVENT_TO_FGT] * FortiGate_SN:FGVM010000000001-root',
  ]);
});

test('logon events go to a file of their own, which begins anew at its size; the log stays JSON', async () => {
  const file = join(directory, 'Logon_event.log');
  const { stop, text } = collector('separate', `, logon-event-log: Logon_event.log, log-file-size: 1`, []);
  const ports = await vi.waitFor(() => {
    const line = text()
      .split('\n')
      .find((each) => each.includes('"listening"'));
    if (!line) throw new Error('it does not listen');
    return JSON.parse(line) as { agents: string };
  }, patience);
  const agentPort = Number(ports.agents.split(':').at(-1));
  const agent = new DcAgentProcess(agentPort);
  const users = 4000;
  for (let index = 0; index < users; index++)
    agent.logon(`user${index}`, `10.0.${index >> 8}.${index & 255}`);
  await vi.waitFor(() => {
    if (!text().includes(`"user${users - 1}"`)) throw new Error('not all have come');
  }, patience);
  await stop();
  for (const line of text().trimEnd().split('\n')) JSON.parse(line);
  expect(existsSync(`${file}.bak`)).toBe(true);
  const lines = (readFileSync(`${file}.bak`, 'utf8') + readFileSync(file, 'utf8')).trimEnd().split('\n');
  expect(lines.filter((line) => line.includes('[LOGON_ITEM]'))).toHaveLength(users);
  expect(lines.at(-1)).toMatch(new RegExp(`^${time} \\[LOGON_ITEM\\] logon:1 .* user:user${users - 1}$`));
});

test('a file that cannot be opened is one line and status 2', async () => {
  const config = join(directory, 'nowhere.yaml');
  writeFileSync(config, `collector: { ${common}, logon-event-log: no/such/place.log }\n`);
  const { status, stderr } = await fabrictop(['--config', config, 'collector']);
  expect([status, stderr.replaceAll(directory, 'DIR')]).toEqual([
    2,
    'fabrictop: collector.logon-event-log: DIR/no/such/place.log cannot be opened (ENOENT)\n',
  ]);
});
