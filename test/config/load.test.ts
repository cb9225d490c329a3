import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { ConfigError } from '../../src/config/error.ts';
import { loadConfig, parseConfig } from '../../src/config/load.ts';

const directory = mkdtempSync(join(tmpdir(), 'fabrictop-config-'));
afterAll(() => rmSync(directory, { recursive: true }));

function problems(text: string): readonly string[] {
  try {
    parseConfig(text, 'c.yaml');
  } catch (error) {
    if (error instanceof ConfigError) return error.lines;
    throw error;
  }
  return [];
}

async function refusal(path: string | undefined, env: NodeJS.ProcessEnv = {}): Promise<readonly string[]> {
  const error = await loadConfig(path, env).catch((caught: unknown) => caught);
  return error instanceof ConfigError ? error.lines : [`no ConfigError: ${String(error)}`];
}

const whole = `
identity: { serial: FGVM010000000001, vdom: root, certificate: identity.pem, key: identity.key }
release: "7.4"
trust: { ca: [corp-ca.pem], store: trust.json }
ems:
  - { name: ems137, server: ems.example.com, https-port: 443, source-ip: 0.0.0.0, call-timeout: 30, trust-ca-cn: enable }
  - { name: cloud, status: disable, fortinetone-cloud-authentication: enable }
fsso:
  - name: corp
    servers: [ { server: 10.0.0.11, port: 8000, password: { env: FSSO_PASSWORD } }, { server: 10.0.0.12 } ]
    auth-strategy: hmac-md5-serial-challenge
    logon-timeout: 5
collector:
  listen: 0.0.0.0
  port: 8000
  agent-port: 8002
  password: { file: password }
  fortigates: [ FGVM010000000001-root ]
  agents: [ 10.0.0.0/24, "2001:db8::1" ]
  dns: [ 10.0.0.10, "127.0.0.1:5353" ]
  groups: { static: { "CORP\\\\alice": [ CORP/SALES ], "*": [ CORP/DOMAIN USERS ] } }
  filters: { default: [ CORP/SALES ] }
  workstation-verify-interval: 0
  dead-entry-timeout: 480
`;

test('a whole configuration is read', () => {
  const config = parseConfig(whole, 'c.yaml');
  expect(config.ems.map(({ name }) => name)).toEqual(['ems137', 'cloud']);
  expect(config.fsso[0]?.servers[0]?.password).toEqual({ env: 'FSSO_PASSWORD' });
  expect(config.collector?.groups.static).toEqual({
    'CORP\\alice': ['CORP/SALES'],
    '*': ['CORP/DOMAIN USERS'],
  });
});

test('what is left out takes the default of FortiOS', () => {
  const config = parseConfig(
    'ems: [{ name: a, server: b }]\nfsso: [{ name: c, servers: [{ server: d }] }]\ncollector: {}',
    'c.yaml',
  );
  expect(config).toEqual({
    release: '7.4',
    'fsso-polling': [],
    ldap: [],
    policies: [],
    'user-groups': [],
    addresses: [],
    trust: { ca: [] },
    ems: [
      {
        name: 'a',
        status: 'enable',
        server: 'b',
        'https-port': 443,
        'source-ip': '0.0.0.0',
        'call-timeout': 30,
        'trust-ca-cn': 'enable',
        'fortinetone-cloud-authentication': 'disable',
        'interface-select-method': 'auto',
        'pull-sysinfo': 'enable',
        'pull-tags': 'enable',
        'websocket-override': 'disable',
        'out-of-sync-threshold': 180,
      },
    ],
    fsso: [
      {
        name: 'c',
        servers: [{ server: 'd', port: 8000 }],
        'auth-strategy': 'hmac-md5-serial-challenge',
        'interface-select-method': 'auto',
        'pipeline-send-all': 'disable',
        'source-ip6': '::',
        ssl: 'disable',
        'ssl-server-host-ip-check': 'disable',
        'standby-probe-interval': 60,
        'logon-timeout': 5,
        'source-ip': '0.0.0.0',
      },
    ],
    fortigate: [],
    // The others are in the table of docs/cli.md, which is made from the same rows.
    collector: expect.objectContaining({ listen: '0.0.0.0', port: 8000, 'dead-entry-timeout': 480 }),
  });
});

test('an empty file is an empty configuration', () => {
  expect(parseConfig('# nothing yet\n', 'c.yaml').ems).toEqual([]);
});

test('all problems are told at once, each with its place, its key, what was found and what was expected', () => {
  const lines = problems(`identity: { serial: "", vdomm: root }
policies: [{ policyid: x, srcaddr: all }]
ems:
  - { name: a, server: https://ems.example.com, https-port: 70000 }
  - { name: a, call-timeout: 1.5 }
  - { name: c, fortinetone-cloud-authentication: enable }
fsso:
  - name: corp
    servers:
      - { server: 10.0.0.11, password: hunter2 }
      - { server: 10.0.0.11, pasword: { env: X } }
    logon-timeout: yes
  - servers: []
collector: { agents: [10.0.0.0/33], port: -1, groups: { static: { alice: SALES } }, agent-ssl-port: 8001 }
`);
  expect(lines).toEqual([
    'c.yaml:1:13: identity.serial: found "", expected text of 1 to 35 characters',
    'c.yaml:1:25: identity.vdomm: unknown key, did you mean vdom?',
    'c.yaml:2:14: policies[0].policyid: found "x", expected a whole number from 0 to 4294967294',
    'c.yaml:2:27: policies[0].srcaddr: found "all", expected a list',
    'c.yaml:4:16: ems[0].server: found "https://ems.example.com", expected a host name or address of at most 255 characters, without https:// and without a port',
    'c.yaml:4:49: ems[0].https-port: found 70000, expected a whole number from 1 to 65535',
    'c.yaml:5:5: ems[1].server: missing, expected the host name or address of the EMS',
    'c.yaml:5:7: ems[1].name: "a" is already the name of ems[0]: names must differ',
    'c.yaml:5:16: ems[1].call-timeout: found 1.5, expected a whole number from 1 to 180',
    'c.yaml:10:30: fsso[0].servers[0].password: a secret is never a literal: use { env: NAME }, { file: PATH } or { command: [PROGRAM, ARGUMENT, ...] }',
    'c.yaml:11:11: fsso[0].servers[1].server: 10.0.0.11:8000 is already servers[0] of this connector: list each collector once',
    'c.yaml:11:30: fsso[0].servers[1].pasword: unknown key, did you mean password?',
    'c.yaml:12:5: fsso[0].logon-timeout: found "yes", expected a whole number from 1 to 2880',
    'c.yaml:13:5: fsso[1].name: missing, expected text of 1 to 35 characters',
    'c.yaml:13:5: fsso[1].servers: found a list, expected one to five servers',
    'c.yaml:14:1: collector.certificate: missing, expected a PEM file because agent-ssl-port is given',
    'c.yaml:14:1: collector.key: missing, expected a PEM file because agent-ssl-port is given',
    'c.yaml:14:1: collector.agent-ca: missing, expected a PEM file because agent-ssl-port is given',
    'c.yaml:14:23: collector.agents[0]: found "10.0.0.0/33", expected an IPv4 or IPv6 address, or a network such as 10.0.0.0/24',
    'c.yaml:14:37: collector.port: found -1, expected a whole number from 0 to 65535',
    'c.yaml:14:67: collector.groups.static.alice: found "SALES", expected a list',
  ]);
});

test.each([
  ['a literal', 'hunter2'],
  ['a number', '12345'],
  ['nothing', ''],
  ['two sources', '{ env: A, file: b }'],
  ['an unknown source', '{ vault: hunter2 }'],
])('a password that is %s is refused without being repeated', (_, password) => {
  const [line, ...more] = problems(
    `fsso:\n  - name: a\n    servers:\n      - server: b\n        password: ${password}`,
  );
  expect(line).toMatch(/^c\.yaml:5:9: fsso\[0\]\.servers\[0\]\.password: a secret is never a literal: use/);
  expect(line).not.toContain('hunter2');
  expect(more).toEqual([]);
});

test.each([
  ['{ env: "" }', '.env: found "", expected text of 1 to 255 characters'],
  ['{ command: [] }', '.command: found a list, expected a program and its arguments as a list'],
])('a source of a secret that names nothing is refused (%s)', (password, problem) => {
  expect(problems(`collector: { password: ${password} }`)).toEqual([
    `c.yaml:1:26: collector.password${problem}`,
  ]);
});

test.each([
  ['7.4', '7.4'],
  ['7.0', '7.0'],
  ['"7.6"', '7.6'],
])('release %s may be written with or without quotes', (written, release) => {
  expect(parseConfig(`release: ${written}`, 'c.yaml').release).toBe(release);
});

test('an unknown release is told with the known ones', () => {
  expect(problems('release: 7.45')).toEqual([
    'c.yaml:1:1: release: found 7.45, expected 6.4, 7.0, 7.2, 7.4, 7.6, or one release of these such as 7.0.12',
  ]);
});

test.each([
  ['', 3],
  ['release: "6.4"\n', 3],
  ['release: "7.0"\n', 5],
  ['release: "7.4"\n', 7],
])('the number of EMS entries is limited by the release (%j: %i)', (release, limit) => {
  const entries = (count: number) =>
    `${release}ems:\n${Array.from({ length: count }, (_, index) => `  - { name: e${index}, server: h }\n`).join('')}`;
  expect(problems(entries(limit))).toEqual([]);
  const lines = problems(entries(limit + 1));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain(`ems[${limit}]: found ${limit + 1} EMS entries, expected at most ${limit}`);
});

test('more than five collectors of one connector are too many', () => {
  const servers = Array.from({ length: 6 }, (_, index) => `{ server: h${index} }`).join(', ');
  expect(problems(`fsso: [{ name: a, servers: [${servers}] }]`)).toEqual([
    'c.yaml:1:19: fsso[0].servers: found a list, expected one to five servers',
  ]);
});

test.each(['h:8000', 'h h', 'http://h', '-h', ':', '[::1]', ''])('%j is no host', (host) => {
  expect(problems(`ems: [{ name: a, server: ${JSON.stringify(host)} }]`)).toHaveLength(1);
});

test.each(['localhost', '127.0.0.1', 'ems-1.corp.example', '::1', 'fe80::1', 'münchen.example', 'a_b'])(
  '%j is a host',
  (host) => {
    expect(problems(`ems: [{ name: a, server: ${JSON.stringify(host)} }]`)).toEqual([]);
  },
);

test('an identity certificate needs its key', () => {
  expect(problems('identity: { serial: F, certificate: a.pem }')).toEqual([
    'c.yaml:1:1: identity.key: missing, expected a PEM file because certificate is given',
  ]);
});

test.each([
  ['a tab as indentation', 'ems:\n\t- a', /^c\.yaml:2:1: not valid YAML: /],
  ['a bracket left open', 'ems: [', /^c\.yaml:1:7: not valid YAML: /],
  ['a key given twice', 'ems: []\nems: []', /^c\.yaml:2:1: not valid YAML: Map keys must be unique/],
  ['an unknown tag', 'ems: !!js/function "x"', /^c\.yaml:1:6: not valid YAML: Unresolved tag/],
  ['two documents', '---\nems: []\n---\nems: []', /not valid YAML: .*multiple documents/],
  ['an alias that goes nowhere', 'ems: *nothing', /^c\.yaml:1:6: not valid YAML: |cannot be resolved/],
  ['a text instead of keys', 'hello', /^c\.yaml:1:1: found "hello", expected a map of keys$/],
  ['a list instead of keys', '- ems', /^c\.yaml:1:1: found a list, expected a map of keys$/],
])('%s is one clear line', (_, text, line) => {
  const lines = problems(text);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(line);
  expect(lines[0]).not.toContain('\n');
});

test('aliases that multiply without end are refused', () => {
  const bomb = ['a: &a [x,x,x,x,x,x,x,x,x,x]'];
  for (const [from, to] of ['ab', 'bc', 'cd', 'de', 'ef'])
    bomb.push(`${to}: &${to} [${Array(10).fill(`*${from}`).join(',')}]`);
  expect(problems(bomb.join('\n'))).toEqual([
    'c.yaml:1:1: not valid YAML: its anchors and aliases cannot be resolved',
  ]);
});

test('control characters of the file do not reach the message', () => {
  const [line] = problems('"ems\\e[2J": 1\nrelease: "\\e[31mred"');
  expect(line).toMatch(/^c\.yaml:1:1: .*unknown key/);
  expect(problems('"ems\\e[2J": 1\nrelease: "\\e[31mred"').join('')).not.toContain('\x1b');
});

test('the file is looked for where XDG_CONFIG_HOME or the home directory says', async () => {
  expect((await refusal(undefined, { XDG_CONFIG_HOME: directory, HOME: '/h' }))[0]).toMatch(
    `${directory}/fabrictop/config.yaml: no such configuration file`,
  );
  expect((await refusal(undefined, { XDG_CONFIG_HOME: 'relative', HOME: directory }))[0]).toMatch(
    `${directory}/.config/fabrictop/config.yaml: no such configuration file`,
  );
});

test('a file that is no text, a directory and a huge file are one line each', async () => {
  const binary = join(directory, 'binary.yaml');
  writeFileSync(binary, Buffer.from([0xff, 0xfe, 0x00]));
  expect(await refusal(binary)).toEqual([`${binary}: is not UTF-8 text`]);
  expect(await refusal(directory)).toEqual([`${directory}: is a directory, expected a configuration file`]);
  const huge = join(directory, 'huge.yaml');
  writeFileSync(huge, '#'.repeat(1_048_577));
  expect(await refusal(huge)).toEqual([`${huge}: is longer than 1048576 octets, so it is no configuration`]);
});

test('a loaded configuration knows its file and what relative paths are relative to', async () => {
  const path = join(directory, 'whole.yaml');
  writeFileSync(path, whole);
  const loaded = await loadConfig(path, {});
  expect(loaded).toMatchObject({ path, directory });
  expect(loaded.config.identity?.serial).toBe('FGVM010000000001');
});

test('a FortiGate is an https URL and a token, never a token in the URL', () => {
  const token = 'token: { env: T }';
  const [found] = parseConfig(
    `fortigate: [{ name: edge, url: 'https://10.0.0.1:8443/', ${token} }]`,
    'c',
  ).fortigate;
  expect(found).toEqual({
    name: 'edge',
    url: 'https://10.0.0.1:8443/',
    token: { env: 'T' },
    'call-timeout': 30,
  });
  for (const url of [
    'http://10.0.0.1',
    'https://10.0.0.1/api?access_token=hunter2',
    'https://admin:hunter2@10.0.0.1',
    'https://10.0.0.1:99999',
    '10.0.0.1',
  ]) {
    const lines = problems(`fortigate:\n  - { name: edge, ${token}, url: '${url}' }`);
    expect(lines).toEqual([
      expect.stringContaining('fortigate[0].url: expected https://HOST or https://HOST:PORT'),
    ]);
    expect(lines.join()).not.toContain('hunter2');
  }
  expect(problems(`fortigate: [{ name: edge, url: https://a, token: hunter2, fingerprint: AB:CD }]`)).toEqual(
    [
      expect.stringContaining('fortigate[0].token: a secret is never a literal'),
      expect.stringContaining('fortigate[0].fingerprint: found "AB:CD", expected a SHA-256 fingerprint'),
    ],
  );
  expect(
    problems(`fortigate: [{ name: a, url: https://a, ${token} }, { name: a, url: https://b, ${token} }]`),
  ).toEqual([expect.stringContaining('fortigate[1].name: "a" is already the name of fortigate[0]')]);
});

test('an administrator of an EMS has a name and a password, one of EMS Cloud an account and its key', () => {
  const text = (admin: string, more = '') => `ems: [{ name: a, server: b${more}, admin: ${admin} }]`;
  const right = '{ name: admin, password: { env: P }, site: sitea }';
  expect(parseConfig(text(right), 'c').ems[0]?.admin).toEqual({
    name: 'admin',
    password: { env: 'P' },
    site: 'sitea',
  });
  expect(problems(text('{ name: admin }'))).toEqual([
    expect.stringContaining('ems[0].admin.password: missing, expected name and password'),
  ]);
  expect(problems(text('{ name: admin, password: hunter2 }')).join()).toMatch(
    /^\S+ ems\[0\]\.admin\.password: a secret is never a literal: use [^,]+, [^,]+ or .+$/,
  );
  expect(problems(text('{ name: admin, password: { env: P }, access-key: { env: K } }'))).toEqual([
    expect.stringContaining('ems[0].admin.access-key: is for EMS Cloud only'),
  ]);
  const cloud = ', fortinetone-cloud-authentication: enable, status: disable';
  expect(problems(text(right, cloud))).toEqual(
    expect.arrayContaining([
      expect.stringContaining(
        'ems[0].admin.name: is not for EMS Cloud, which takes account-email and access-key',
      ),
      expect.stringContaining('ems[0].admin.access-key: missing, expected account-email and access-key'),
    ]),
  );
});

function fssoLines(entry: string, more = ''): string[] {
  try {
    parseConfig(`fsso: [{ name: c, servers: [{ server: d }], ${entry} }]\n${more}`, 'c.yaml');
    return [];
  } catch (error) {
    return (error as ConfigError).lines.map((line) => line.replace(/^c\.yaml:\d+:\d+: /, ''));
  }
}

test.each([
  ['ssl: enable', 'fsso[0].ssl-trusted-cert: missing, expected a file with the CA'],
  ['sni: a.example', 'fsso[0].sni: needs ssl: enable'],
  ['ssl-server-host-ip-check: enable', 'fsso[0].ssl-server-host-ip-check: needs ssl: enable'],
  ['interface: eth0', 'fsso[0].interface: needs interface-select-method: specify'],
  ['interface-select-method: specify', 'fsso[0].interface: missing'],
  ['interface-select-method: sdwan', 'expected auto or specify: there is no SD-WAN on this machine'],
  ['standby-probe-interval: 5', 'expected 0, or a whole number from 10 to 3600'],
  ['group-filter: []', 'expected 1 to 2047 groups'],
  ['source-ip6: 10.0.0.1', 'expected an IPv6 address of this machine'],
  ['group-poll-interval: 5', 'fsso[0].group-poll-interval: the message that asks a collector'],
  ['server2: 10.0.0.2', 'fsso[0].server2: goes into the list servers'],
])('of an FSSO entry, %s is refused in one line', (entry, expected) => {
  expect(fssoLines(entry)).toEqual([expect.stringContaining(expected)]);
});

test.each([
  ['ssl: enable, ssl-trusted-cert: ca.pem, ssl-server-host-ip-check: enable, sni: a.example', ''],
  ['ssl: enable', 'trust: { ca: [ca.pem] }'],
  ['interface-select-method: specify, interface: eth0, source-ip6: "2001:db8::1", type: fortinac', ''],
  ['standby-probe-interval: 0, group-filter: [CORP/SALES], pipeline-send-all: enable', ''],
])('an FSSO entry may have %s', (entry, more) => {
  expect(fssoLines(entry, more)).toEqual([]);
});

test('the TLS port of a collector needs its certificate and key', () => {
  expect(() => parseConfig('collector: { ssl-port: 8001, key: a.key }', 'c.yaml')).toThrow(
    'collector.certificate: missing, expected a PEM file because ssl-port and key are given',
  );
});
