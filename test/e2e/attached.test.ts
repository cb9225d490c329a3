import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DcAgentProcess } from '../support/agent-process.ts';
import { CollectorProcess } from '../support/collector-process.ts';
import { openDashboard, privateDirectory } from '../support/dashboard.ts';

/** A collector process with a control socket. */
async function collector(directory: string, write: boolean) {
  const config = join(directory, 'collector.yaml');
  writeFileSync(
    config,
    'collector: { listen: 127.0.0.1, port: 0, agent-port: 0, agents: [127.0.0.1], control-socket: c.sock, dead-entry-timeout: 60 }\n',
  );
  const running = await CollectorProcess.start(config, write ? ['--write'] : []);
  return { running, socket: join(directory, 'c.sock') };
}

test('a dashboard without a configuration attaches to a collector, follows it, and finds it again', async () => {
  const directory = privateDirectory();
  const { running, socket } = await collector(directory, false);
  const agent = new DcAgentProcess(running.agentPort);
  agent.logon('anna', '10.0.0.1', 'PC-ANNA');
  await running.logged('logon');
  const { screen } = openDashboard(['--attach', socket]);
  // It opens on what there is to see.
  await screen.waitFor(/\+ connected +collector c +.*1 users/);
  await screen.waitFor(/\+ ok +agent +127\.0\.0\.1/);
  screen.type('n');
  const entries = await screen.waitFor(/CORP\\anna +10\.0\.0\.1 +\+ OK +127\.0\.0\.1/);
  expect(entries).toMatch(/Ends by itself +in (59m|1h)/);
  agent.logon('bob', '10.0.0.2');
  await screen.waitFor(/CORP\\bob +10\.0\.0\.2 +\+ OK/);
  screen.type('X');
  await screen.waitFor(/start fabrictop with --write/);
  running.child.kill('SIGKILL');
  await screen.waitFor(/c is away/);
  screen.type('s');
  await screen.waitFor(/x away +collector c/);
  await running.ended;
  const { running: again } = await collector(directory, false);
  await screen.waitFor(/\+ connected +collector c/);
  again.child.kill('SIGTERM');
});

test('with --write on both sides an entry is ended from the screen, and the collector says so in its log', async () => {
  const { running, socket } = await collector(privateDirectory(), true);
  new DcAgentProcess(running.agentPort).logon('anna', '10.0.0.1');
  await running.logged('logon');
  const { screen } = openDashboard(['--attach', socket, '--write'], { columns: 120, rows: 40 });
  await screen.waitFor(/\+ connected +collector c/);
  screen.type('n');
  await screen.waitFor(/CORP\\anna +10\.0\.0\.1/);
  screen.type('X');
  await screen.waitFor(/End the logon of anna on c\?/);
  screen.type('y');
  expect(await running.logged('logoff')).toMatchObject({ user: 'anna', why: 'operator' });
  await screen.waitFor(/Nobody is logged on/);
});
