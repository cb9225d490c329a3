import { expect, test, vi } from 'vitest';
import { logon } from '../support/fake-network.ts';
import { CommandHome } from '../support/run-command.ts';
import { ScriptedCollector, type ScriptedOptions } from '../support/scripted-collector.ts';

vi.setConfig({ testTimeout: 120_000 });

interface Server {
  port: number;
  password?: string;
}

function config(connectors: Record<string, Server[]>): string {
  const entries = Object.entries(connectors).map(([name, servers]) => ({
    name,
    servers: servers.map(({ port, password }) => ({
      server: '127.0.0.1',
      port,
      ...(password === undefined ? {} : { password: { env: password } }),
    })),
  }));
  return JSON.stringify({ identity: { serial: 'FGVM010000000001' }, fsso: entries });
}

const anna = logon({ ip: '10.0.0.9', user: 'ANNA', workstation: 'PC-9', logonTime: 1_713_732_662 });
const bob = logon({
  ip: '10.0.0.10',
  session: 3,
  user: 'BOB',
  groups: 'CORP/IT+CORP/DOMAIN USERS',
  workstation: 'TS01!3',
  kind: 16,
  portRanges: [
    [1224, 1423],
    [1424, 1623],
  ],
});
const serving: ScriptedOptions = { logons: [bob, anna], password: 'fortinet' };

test('fsso list prints the logons as FortiOS does, and nothing else', async () => {
  await using collector = await ScriptedCollector.listen(serving);
  await using home = await CommandHome.make(config({ corp: [{ port: collector.port, password: 'SECRET' }] }));
  expect(await home.run(['fsso', 'list'], { SECRET: 'fortinet' })).toEqual({
    status: 0,
    output: [
      '----FSSO logons----',
      'IP: 10.0.0.9  User: ANNA  Groups: CORP/SALES  Workstation: PC-9',
      'IP: 10.0.0.10  User: BOB  Groups: CORP/IT+CORP/DOMAIN USERS  Workstation: TS01!3 Session: 3 Ports: 1224-1423,1424-1623',
      'Total number of logons listed: 2, filtered: 0',
      '----end of FSSO logons----',
      '',
    ].join('\n'),
    diagnostics: [],
  });
  expect(collector.identities).toEqual(['FGVM010000000001-root']);
});

test('fsso list --json merges the connectors, and one that is down is a line and status 1', async () => {
  await using one = await ScriptedCollector.listen({ logons: [anna] });
  await using two = await ScriptedCollector.listen({ logons: [bob] });
  await using home = await CommandHome.make(
    config({ one: [{ port: one.port }], two: [{ port: two.port }], three: [{ port: 1 }] }),
  );
  const { status, output, diagnostics } = await home.run(['fsso', 'list', '--json']);
  expect(JSON.parse(output)).toEqual({
    logons: [
      {
        ip: '10.0.0.9',
        session: null,
        user: 'ANNA',
        domain: 'CORP',
        workstation: 'PC-9',
        groups: ['CORP/SALES'],
        logonTime: '2024-04-21T20:51:02.000Z',
        portRanges: [],
        connector: 'one',
        server: `127.0.0.1:${one.port}`,
      },
      expect.objectContaining({ session: 3, connector: 'two', groups: ['CORP/IT', 'CORP/DOMAIN USERS'] }),
    ],
    total: 2,
  });
  expect(status).toBe(1);
  expect(diagnostics).toEqual([
    expect.stringMatching(/^fabrictop: three: 127\.0\.0\.1:1 failed at tcp: connection refused .* Fix: /),
  ]);
  expect(await home.run(['fsso', 'list', '--connector', 'two'])).toMatchObject({
    status: 0,
    diagnostics: [],
  });
});

test('fsso list --filter lists what matches and counts the rest', async () => {
  await using collector = await ScriptedCollector.listen({ logons: [anna, bob] });
  await using home = await CommandHome.make(config({ corp: [{ port: collector.port }] }));
  const { output } = await home.run(['fsso', 'list', '--filter', 'corp -ws:pc group:"domain users"']);
  expect(output).toContain('User: BOB');
  expect(output).not.toContain('ANNA');
  expect(output).toContain('Total number of logons listed: 1, filtered: 1');
});

test('the filters of FortiOS go before the list, the summary and the list of the firewall', async () => {
  await using collector = await ScriptedCollector.listen({ logons: [anna, bob] });
  await using home = await CommandHome.make(config({ corp: [{ port: collector.port }] }));
  const { output } = await home.run(['fsso', 'list', '--group', 'corp/it', '--source', '10.0.0.0/8']);
  expect(output).toContain('User: BOB');
  expect(output).toContain('Total number of logons listed: 1, filtered: 1');
  expect(await home.run(['fsso', 'auth-list', '--user', 'bob'])).toMatchObject({
    status: 0,
    output: expect.stringContaining('10.0.0.10, BOB\n\ttype: fsso_citrix, id: 3'),
  });
  const summary = await home.run(['fsso', 'summary', '--json']);
  expect(JSON.parse(summary.output)).toMatchObject({
    connectors: [{ connector: 'corp', logons: 2 }],
    total: 2,
  });
  expect(await home.run(['fsso', 'list', '--source', 'pc-9'])).toMatchObject({
    status: 2,
    diagnostics: ['fabrictop: --source: found pc-9, expected an address or a network such as 10.0.0.0/24'],
  });
});

test('fsso refresh-logons and clear-logons need a running dashboard of this user, and clearing an answer', async () => {
  await using home = await CommandHome.make(config({}));
  for (const command of ['refresh-logons', 'clear-logons'])
    expect(await home.run(['fsso', command])).toMatchObject({
      status: 1,
      output: '',
      diagnostics: ['fabrictop: no dashboard of this user is running'],
    });
  expect(await home.run(['fsso', 'clear-logons', '--pid', 'x'])).toMatchObject({ status: 2 });
  expect(await home.run(['fsso', 'clear-logons', '--source', 'x'])).toMatchObject({ status: 2 });
});

test('fsso refresh-groups says why it cannot be done', async () => {
  await using home = await CommandHome.make(config({}));
  const { status, output, diagnostics } = await home.run(['fsso', 'refresh-groups']);
  expect({ status, output }).toEqual({ status: 1, output: '' });
  expect(diagnostics).toEqual([expect.stringMatching(/is not public, so nothing was sent/)]);
});

test('fsso list falls over to a collector that serves', async () => {
  await using refusing = await ScriptedCollector.listen({ password: 'other' });
  await using silent = await ScriptedCollector.listen({ behaviour: 'silent' });
  await using serves = await ScriptedCollector.listen({ logons: [anna] });
  const ports = [refusing, silent, serves].map(({ port }) => ({ port }));
  await using home = await CommandHome.make(config({ corp: ports }));
  expect(await home.run(['fsso', 'list'])).toMatchObject({
    status: 0,
    diagnostics: [],
    output: expect.stringContaining('User: ANNA'),
  });
});

test.each([
  [
    'a refused password',
    { password: 'other' },
    '30',
    /failed at authentication: .* Fix: set the same password/,
  ],
  ['a peer that says nothing', { behaviour: 'silent' }, '2', /failed at hello: connected, but no hello/],
  ['garbage', { behaviour: 'garbage' }, '30', /failed at hello: the peer does not speak FSSO/],
  ['a list that never comes', { behaviour: 'no-list' }, '2', /failed at logons: no complete list within 2 s/],
  ['half a list', { behaviour: 'half-list', logons: [anna] }, '2', /failed at logons: no complete list/],
] as [string, ScriptedOptions, string, RegExp][])(
  'fsso list with %s is one line and status 1',
  async (_, options, timeout, line) => {
    await using collector = await ScriptedCollector.listen(options);
    await using home = await CommandHome.make(
      config({ corp: [{ port: collector.port, password: 'SECRET' }] }),
    );
    const ended = await home.run(['fsso', 'list', '--timeout', timeout], { SECRET: 'fortinet' });
    expect(ended).toEqual({ status: 1, output: '', diagnostics: [expect.stringMatching(line)] });
    expect(ended.diagnostics[0]).not.toContain('fortinet"');
  },
);

test.each([
  ['a bad timeout', ['--timeout', 'soon'], /--timeout: found soon/],
  ['an unknown connector', ['--connector', 'nobody'], /no FSSO connector "nobody", expected one of corp/],
  ['a secret that is not set', [], /SECRET: this environment variable is not set/],
])('fsso list with %s is one line and status 2', async (_, args, line) => {
  await using home = await CommandHome.make(config({ corp: [{ port: 1, password: 'SECRET' }] }));
  expect(await home.run(['fsso', 'list', ...args])).toEqual({
    status: 2,
    output: '',
    diagnostics: [expect.stringMatching(line)],
  });
});

test('fsso list points at the character where a filter goes wrong', async () => {
  await using home = await CommandHome.make(config({ corp: [{ port: 1 }] }));
  expect(await home.run(['fsso', 'list', '--filter', '界 \x1b user:a "b'])).toEqual({
    status: 2,
    output: '',
    diagnostics: [
      expect.stringMatching(/--filter, character 12: the quotation mark is not closed/),
      expect.stringMatching(/^fabrictop: {3}界 \\x1b user:a "b$/),
      expect.stringMatching(/^fabrictop: {18}\^$/),
    ],
  });
});

test('without a connector or an identity there is nothing to list', async () => {
  await using none = await CommandHome.make('{}');
  expect(await none.run(['fsso', 'list'])).toMatchObject({
    status: 2,
    diagnostics: [expect.stringContaining('no connector is configured')],
  });
  await using nobody = await CommandHome.make('fsso: [{ name: a, servers: [{ server: 127.0.0.1 }] }]');
  expect(await nobody.run(['fsso', 'server-status'])).toMatchObject({
    status: 2,
    diagnostics: [expect.stringContaining('identity')],
  });
});

test('fsso server-status shows every collector, and is healthy when each connector has one that serves', async () => {
  await using refusing = await ScriptedCollector.listen({ password: 'other', banner: 'FSSO 5.0.0301' });
  await using serves = await ScriptedCollector.listen();
  await using home = await CommandHome.make(
    config({ corp: [{ port: refusing.port }, { port: serves.port }, { port: 1 }] }),
  );
  const text = await home.run(['fsso', 'server-status']);
  expect(text).toEqual({
    status: 0,
    output: [
      'Server Name                          Connection Status     Version               Address',
      '-----------                          -----------------     -------               -------',
      `corp                                 disconnected          FSSO 5.0.0301         127.0.0.1:${refusing.port}`,
      `corp                                 connected             FSSO 5.0.0278         127.0.0.1:${serves.port}`,
      'corp                                 disconnected                                127.0.0.1:1',
      '',
    ].join('\n'),
    diagnostics: [
      expect.stringMatching(/^fabrictop: corp: .* failed at authentication: /),
      expect.stringMatching(/^fabrictop: corp: 127\.0\.0\.1:1 failed at tcp: /),
    ],
  });
  const json = await home.run(['fsso', 'server-status', '--json']);
  expect(JSON.parse(json.output)).toEqual({
    servers: [
      expect.objectContaining({
        connector: 'corp',
        server: `127.0.0.1:${refusing.port}`,
        status: 'disconnected',
        version: 'FSSO 5.0.0301',
        active: false,
        stage: 'authentication',
        error: 'server authentication failed',
      }),
      {
        connector: 'corp',
        server: `127.0.0.1:${serves.port}`,
        status: 'connected',
        version: 'FSSO 5.0.0278',
        active: true,
        stage: null,
        error: null,
      },
      expect.objectContaining({ active: false, stage: 'tcp', version: null }),
    ],
  });
});

test('fsso server-status of a connector without any collector is status 1, in the time given', async () => {
  await using silent = await ScriptedCollector.listen({ behaviour: 'silent' });
  await using home = await CommandHome.make(config({ corp: [{ port: silent.port }] }));
  expect(await home.run(['fsso', 'server-status', '--timeout', '1'])).toEqual({
    status: 1,
    output: expect.stringContaining('disconnected'),
    diagnostics: [expect.stringMatching(/failed at hello: connected, but no hello/)],
  });
});

test('Ctrl+C leaves at once with 130 and prints nothing', async () => {
  await using silent = await ScriptedCollector.listen({ behaviour: 'silent' });
  await using home = await CommandHome.make(config({ corp: [{ port: silent.port }] }));
  const command = home.start(['fsso', 'list', '--timeout', '60']);
  await vi.waitFor(() => expect(silent.connections).toBe(1), { timeout: 30_000 });
  command.process.kill('SIGINT');
  expect(await command.ended).toEqual({ status: 130, output: '', diagnostics: [] });
});

test('fsso inspect prints each message as it passes, and with --json all its attributes', async () => {
  await using collector = await ScriptedCollector.listen(serving);
  await using home = await CommandHome.make(config({ corp: [{ port: collector.port, password: 'SECRET' }] }));
  const run = (...more: string[]) => home.run(['fsso', 'inspect', ...more], { SECRET: 'fortinet' });
  const { status, output } = await run('--count', '5');
  expect(status).toBe(0);
  const said = output
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' ').slice(2).join(' '));
  expect(said).toEqual([
    '-        connecting',
    '-        connected',
    expect.stringMatching(/^in {2}0x80 HELLO +100001 +90 "FSSO 5\.0\.0278" as/),
    expect.stringMatching(/^out 0x80 HELLO +1 +91 "fabrictop" as FGVM010000000001-root, with a response$/),
    expect.stringMatching(/^in {2}0x87 AUTH_RESULT +1 +26 1, accepted$/),
    expect.stringMatching(/^out 0x83 SEND_ALL +2 +36 asks for all logons$/),
    expect.stringMatching(/^in {2}0x84 BULK +100002 +\d+ 2 records; the first: logon of /),
  ]);
  const lines = (await run('--count', '5', '--json')).output
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const hello = lines.find(({ name, direction }) => name === 'HELLO' && direction === 'out');
  expect(hello.attributes.map(({ name }: { name: string }) => name)).toContain('response');
  expect(JSON.stringify(hello)).toContain('not kept');
  const users = lines.at(-1).attributes.filter(({ name }: { name: string }) => name === 'user');
  expect(users.map(({ value }: { value: string }) => value)).toEqual(['BOB', 'ANNA']);
});

test('fsso inspect at a collector that is not there ends with its problem', async () => {
  await using gone = await ScriptedCollector.listen();
  const { port } = gone;
  await gone.stop();
  await using home = await CommandHome.make(config({ corp: [{ port }] }));
  const { status, diagnostics } = await home.run(['fsso', 'inspect', '--timeout', '1']);
  expect(status).toBe(1);
  expect(diagnostics.join()).toContain(`corp: 127.0.0.1:${port}`);
});
