import { expect, test, vi } from 'vitest';
import { at, end, put, WrittenHistory } from '../support/history-file.ts';
import { CommandHome } from '../support/run-command.ts';

vi.setConfig({ testTimeout: 120_000 });

async function home(path: string) {
  return CommandHome.make(JSON.stringify({ history: { path } }));
}

function recorded(): WrittenHistory {
  const history = new WrittenHistory();
  history.write(put('09:00'), put('09:30', { user: 'SVC-BACKUP' }), end('09:40', 'logoff'));
  history.writer.end(at('10:00'));
  return history;
}

test('fsso history --at names who had an address, how we know, until when and who came next', async () => {
  using history = recorded();
  await using commands = await home(history.home.path);
  const asked = ['fsso', 'history', '--at', '2026-01-15T10:14:00+01:00', '--ip', '10.1.1.5'];
  expect(await commands.run(asked)).toEqual({
    status: 0,
    output: [
      'User         CORP\\ANNA',
      'IP address   10.1.1.5',
      'Workstation  PC-1',
      'Groups       CORP/SALES',
      'Logged on    2026-01-15T08:59:59Z by the clock of the collector',
      'Seen         2026-01-15T09:00:00Z in an event of collector 10.0.0.11:8000, connector corp',
      'Until        2026-01-15T09:30:00Z: replaced by CORP\\SVC-BACKUP at the same address, reported by collector 10.0.0.11:8000',
      '',
      '1 interval',
      '',
    ].join('\n'),
    diagnostics: [],
  });
});

test('where nobody is found, the answer says whether anybody looked', async () => {
  using history = recorded();
  history.startAgain(at('11:00'));
  history.write(put('11:00', { ip: '10.1.1.6', live: false, logonTime: at('10:20'), user: 'BOB' }));
  await using commands = await home(history.home.path);
  const ask = (clock: string, ip: string) =>
    commands.run(['fsso', 'history', '--at', `2026-01-15T${clock}:00Z`, '--ip', ip]);
  expect(await ask('09:50', '10.1.1.5')).toMatchObject({
    status: 1,
    diagnostics: ['fabrictop: no collector had reported anybody of the kind by 2026-01-15T09:50:00Z'],
  });
  expect(await ask('10:30', '10.1.1.6')).toMatchObject({
    status: 1,
    diagnostics: [
      'fabrictop: nothing was observed at 2026-01-15T10:30:00Z: fabrictop did not record then; a list that came at 2026-01-15T11:00:00Z says that CORP\\BOB at 10.1.1.6 had been logged on since 2026-01-15T10:20:00Z',
    ],
  });
});

test('fsso history prints lines, CSV and JSON, filtered and limited', async () => {
  using history = recorded();
  history.write(
    put('10:10', {
      ip: '2001:db8::5',
      user: '=cmd|x',
      groups: 'CORP/IT+CORP/"A, B"',
      session: 3,
      ports: '1224-1423',
    }),
  );
  await using commands = await home(history.home.path);
  const run = (...options: string[]) => commands.run(['fsso', 'history', ...options]);
  const [lines, limited, csv, json] = await Promise.all([
    run('--user', 'corp\\anna'),
    run('--from', '2026-01-15', '--limit', '1'),
    run('--ip', '2001:DB8:0::5', '--csv'),
    run('--from', '2026-01-15', '--filter', '-user:anna -user:svc', '--json'),
  ]);
  expect(lines.output).toBe(
    [
      'FROM                  UNTIL                 IP              USER, WORKSTATION, HOW IT ENDED',
      '2026-01-15T09:00:00Z  2026-01-15T09:30:00Z  10.1.1.5        CORP\\ANNA on PC-1: replaced by CORP\\SVC-BACKUP',
      '1 interval',
      '',
    ].join('\n'),
  );
  expect(limited.output.split('\n')).toHaveLength(4);
  expect(limited.diagnostics).toEqual([
    'fabrictop: only the newest 1 are printed: --limit prints more, --limit 0 all',
  ]);
  expect(csv.output.split('\r\n')[1]).toBe(
    `2026-01-15T10:10:00Z,2026-01-15T10:10:00Z,2001:db8::5,3,'=cmd|x,CORP,PC-1,"CORP/IT+CORP/""A, B""",1224-1423,corp,10.0.0.11:8000,event,2026-01-15T10:09:59Z,,,,not-observed,,`,
  );
  expect(JSON.parse(json.output)).toEqual({
    history: [
      {
        from: '2026-01-15T10:10:00Z',
        until: '2026-01-15T10:10:00Z',
        ip: '2001:db8::5',
        session: 3,
        user: '=cmd|x',
        domain: 'CORP',
        workstation: 'PC-1',
        groups: ['CORP/IT', 'CORP/"A, B"'],
        portRanges: [[1224, 1423]],
        connector: 'corp',
        evidence: {
          collector: '10.0.0.11:8000',
          seenIn: 'event',
          logonTime: '2026-01-15T10:09:59Z',
          confirmed: null,
          confirmedBy: null,
          linkLost: null,
          endedBy: 'not-observed',
          next: null,
          nextCollector: null,
        },
      },
    ],
    total: 1,
  });
});

test('a question that makes no sense, and a history that is not there, are one line each', async () => {
  using history = recorded();
  await using commands = await home(history.home.path);
  await using without = await CommandHome.make('{}');
  const line = async (commandsOf: CommandHome, ...options: string[]) => {
    const { status, output, diagnostics } = await commandsOf.run(['fsso', 'history', ...options]);
    expect(output).toBe('');
    return [status, diagnostics[0]];
  };
  const [nothing, badTime, badIp, reversed, absent] = await Promise.all([
    line(commands),
    line(commands, '--at', '25:00'),
    line(commands, '--ip', 'pc-1'),
    line(commands, '--from', '2026-01-16', '--to', '2026-01-15'),
    line(without, '--user', 'anna'),
  ]);
  expect(nothing).toEqual([2, expect.stringContaining('needs a question')]);
  expect(badTime).toEqual([2, expect.stringContaining('--at: found 25:00, expected 09:14')]);
  expect(badIp).toEqual([2, 'fabrictop: --ip: found pc-1, expected an IPv4 or IPv6 address']);
  expect(reversed).toEqual([2, 'fabrictop: --from is later than --to']);
  expect(absent).toEqual([1, expect.stringMatching(/there is no history in .*fabrictop\/history\.db$/)]);
});
