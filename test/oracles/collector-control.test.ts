import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test, vi } from 'vitest';
import { fabrictop } from '../e2e/fabrictop.ts';
import { DcAgentProcess } from '../support/agent-process.ts';
import { CollectorProcess } from '../support/collector-process.ts';
import { patience } from '../support/raw-fortigate.ts';

const directory = mkdtempSync(join(tmpdir(), 'fabrictop-control-curl-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** What curl, a client that nobody here wrote, gets from the socket. */
async function curl(socket: string, ...argv: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('curl', ['-sS', '--unix-socket', socket, ...argv]);
  return stdout;
}

async function collector(more: string[] = []) {
  const config = join(directory, 'config.yaml');
  writeFileSync(
    config,
    'collector: { listen: 127.0.0.1, port: 0, agent-port: 0, agents: [127.0.0.1], control-socket: run/collector.sock }\n',
  );
  const running = await CollectorProcess.start(config, more);
  return { running, socket: join(directory, 'run/collector.sock') };
}

test('curl asks a running collector over its socket, and follows what happens', async () => {
  const { running, socket } = await collector();
  expect(statSync(socket).mode & 0o777).toBe(0o600);
  const health = JSON.parse(await curl(socket, 'http://collector/health'));
  expect(health).toMatchObject({ version: 2, pid: expect.any(Number), write: false, entries: 0 });
  const following = curl(socket, '-N', '--max-time', '20', 'http://collector/events').catch(
    (error: { stdout: string }) => error.stdout,
  );
  // Heard before anything is asked of it: what follows is in the stream.
  await curl(socket, 'http://collector/health');
  const agent = new DcAgentProcess(running.agentPort);
  agent.logon('anna', '10.0.0.1');
  agent.logon('bob', '10.0.0.2');
  const logons = await vi.waitFor(async () => {
    const found = JSON.parse(
      await curl(socket, '-G', 'http://collector/logons', '--data-urlencode', 'filter=user:an*'),
    );
    expect(found.total).toBe(1);
    return found;
  }, patience);
  expect(logons).toMatchObject({
    logons: [{ user: 'anna', ip: '10.0.0.1', agent: '127.0.0.1' }],
    next: null,
  });
  const refused = await curl(
    socket,
    '-w',
    ' %{http_code}',
    '-d',
    '{"ip":"10.0.0.1"}',
    'http://collector/logons/end',
  );
  expect(refused).toMatch(/read-only without --write[\s\S]* 403$/);
  running.child.kill('SIGTERM');
  expect((await running.ended).status).toBe(0);
  const lines = (await following)
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  expect(lines).toContainEqual(expect.objectContaining({ kind: 'event', msg: 'logon', user: 'bob' }));
  expect(lines.at(-1)).toMatchObject({ msg: 'stopped' });
  expect(existsSync(socket)).toBe(false);
});

test('with --write curl ends a logon, and a collector whose socket is in use does not start', async () => {
  const { running, socket } = await collector(['--write']);
  new DcAgentProcess(running.agentPort).logon('anna', '10.0.0.1');
  await running.logged('logon');
  expect(JSON.parse(await curl(socket, '-d', '{"ip":"10.0.0.1"}', 'http://collector/logons/end'))).toEqual({
    done: 1,
  });
  expect(await running.logged('logoff')).toMatchObject({ user: 'anna', why: 'operator' });
  const { status, stderr } = await fabrictop(['--config', join(directory, 'config.yaml'), 'collector']);
  expect(status).toBe(1);
  expect(stderr).toContain('control socket: ');
  expect(stderr).toContain('is in use');
  running.child.kill('SIGKILL');
  await running.ended;
  // What it left is no hindrance.
  const { running: third } = await collector();
  expect(JSON.parse(await curl(socket, 'http://collector/health')).entries).toBe(0);
  third.child.kill('SIGTERM');
  await third.ended;
});
