import { join } from 'node:path';
import { expect, test } from 'vitest';
import { collectorsConfig, openDashboard, privateDirectory } from '../support/dashboard.ts';
import { logon } from '../support/fake-network.ts';
import { ScriptedCollector } from '../support/scripted-collector.ts';
import { fabrictop } from './fabrictop.ts';

// One dashboard for all that reaches a running one: a recording, an explanation, the inspector and the control socket.
test('a running dashboard is recorded, explains, shows messages, and is reached by commands; the replay shows the same', async () => {
  await using collector = await ScriptedCollector.listen({
    logons: [logon({ ip: '10.0.0.1', user: 'ANNA', groups: 'CORP/SALES' })],
  });
  const config = collectorsConfig([collector.port]);
  const { screen, home } = openDashboard(['--config', config], { columns: 100, rows: 30 });
  screen.type('u');
  await screen.waitFor(/ANNA +10\.0\.0\.1/);

  const file = join(privateDirectory(), 'day.rec');
  screen.type(`:record ${file}\r`);
  await screen.waitFor(/^fabrictop REC /);
  collector.event(logon({ ip: '10.0.0.2', user: 'BERT' }));
  await screen.waitFor(/BERT +10\.0\.0\.2/);

  screen.type('/user:bert\rw');
  await screen.waitFor(/^Why {2}CORP\\BERT/m);
  await screen.waitFor(/reported|collector/);
  screen.type('\x1b');
  await screen.waitFor(/1 of 2 rows match/);

  // A command of the same user asks the collector by way of the dashboard.
  const asked = collector.requests;
  const refreshed = await fabrictop(['fsso', 'refresh-logons', '--config', config], { env: { HOME: home } });
  expect(refreshed).toMatchObject({ status: 0 });
  expect(collector.requests).toBe(asked + 1);

  screen.type('l');
  await screen.waitFor(/\[l Collectors\]/);
  screen.type('x');
  await screen.waitFor(/EVENT .*logon of CORP\\BERT at 10\.0\.0\.2/);
  screen.type('/name:event\r');
  await screen.waitFor(/1 of \d+ rows match/);
  screen.type('\r');
  await screen.waitFor(/user +BERT/);

  screen.type(':record off\r');
  await screen.waitFor((text) => !text.includes('REC'));
  screen.type('\x03');
  expect(await screen.exit()).toMatchObject({ exitCode: 0 });

  const { screen: replay } = openDashboard(['replay', file]);
  replay.type('u');
  await replay.waitFor(/^REPLAY .* users 2/);
  await replay.waitFor(/BERT +10\.0\.0\.2/);
  replay.type('C');
  await replay.waitFor(/there is nobody who could be asked/);
  // Back to where the recording began, and on by what it begins with: connector, connection, greeting, list.
  replay.type('z:seek 24h\r');
  await replay.waitFor((text) => /PAUSED/.test(text) && /FSSO users {2}0 rows/.test(text));
  replay.type('.....');
  await replay.waitFor(/FSSO users {2}1 row\b/);
  expect(replay.text()).toMatch(/ANNA +10\.0\.0\.1/);
  replay.type('lx');
  await replay.waitFor(/BULK .*1 record/);
  replay.type('q');
  expect(await replay.exit()).toMatchObject({ exitCode: 0 });
}, 90_000);
