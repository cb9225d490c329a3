import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, expect, onTestFinished, test, vi } from 'vitest';
import { askControl } from '../support/control-request.ts';
import { agentLogin, agentPassword, groupDn, networkAddress } from '../support/edirectory-server.ts';
import { OpensslCa } from '../support/openssl-ca.ts';
import { patience, RawFortigate } from '../support/raw-fortigate.ts';
import { runningEdirectory } from '../support/running-edirectory.ts';
import { fabrictop, launcher, outcome } from './fabrictop.ts';

const directory = mkdtempSync(join(tmpdir(), 'fabrictop-agent-edirectory-'));
afterAll(() => rmSync(directory, { recursive: true }));

const at = (...addresses: string[]) => addresses.map((address) => networkAddress(9, address));

interface Directory {
  port: number;
  secure: string;
  caFile?: string;
  more?: string;
}

function config(name: string, { port, secure, caFile, more = '' }: Directory): string {
  const path = join(directory, `${name}.yaml`);
  writeFileSync(
    path,
    `edirectory:
  listen: 127.0.0.1
  port: 0
  poll-interval: 1
  password: { env: FORTIGATE_PASSWORD }
  filters: { FGVM010000000002: [ "${groupDn('vpn').toUpperCase()}" ] }
  ldap: tree
  ${more}
ldap:
  - name: tree
    server: 127.0.0.1
    port: ${port}
    secure: ${secure}
    ${caFile ? `ca-cert: ${caFile}` : ''}
    dn: o=acme
    username: ${agentLogin}
    password: { env: LDAP_PASSWORD }
`,
  );
  return path;
}

/** `agent edirectory` as its own process. */
class Agent {
  readonly child: ChildProcess;
  readonly ended: ReturnType<typeof outcome>;
  #text = '';

  constructor(path: string, password = agentPassword) {
    this.child = spawn(launcher, ['--config', path, 'agent', 'edirectory'], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        HOME: '/nonexistent',
        FORTIGATE_PASSWORD: 'sixteen letters!',
        LDAP_PASSWORD: password,
      },
    });
    this.ended = outcome(this.child);
    this.child.stderr?.on('data', (text: string) => {
      this.#text += text;
    });
    onTestFinished(() => void this.child.kill('SIGKILL'));
  }

  get log(): Record<string, unknown>[] {
    return this.#text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  }

  async logged(msg: string): Promise<Record<string, unknown>> {
    return await vi.waitFor(() => {
      const line = this.log.findLast((each) => each['msg'] === msg);
      if (!line) throw new Error(`no "${msg}" in the log: ${this.#text}`);
      return line;
    }, patience);
  }

  async fortigate(identity = 'FGVM010000000001-root'): Promise<RawFortigate> {
    const { fortigate: place } = await this.logged('listening');
    const port = Number(String(place).split(':').at(-1));
    const online = await RawFortigate.online(port, { password: 'sixteen letters!', identity });
    onTestFinished(() => online.close());
    return online;
  }
}

const user = (record: { loggedOn: boolean; user: string; ip: string }) =>
  `${record.loggedOn ? '+' : '-'}${record.user}@${record.ip}`;

test('who is logged on in an eDirectory reaches FortiGates, as it changes, each as its filter says', async () => {
  const server = await runningEdirectory([
    { name: 'ed', addresses: at('10.0.0.1'), loginTime: '20261122080000Z', groups: ['staff', 'vpn'] },
    { name: 'Åsa, "the" +1', addresses: [networkAddress(1, '10.0.0.35')], groups: ['staff'] },
    { name: 'nobody' },
    { name: 'gone', addresses: at('10.0.0.9'), disabled: true },
  ]);
  const agent = new Agent(config('ldaps', { port: server.tlsPort, secure: 'ldaps', caFile: server.caFile }));
  const all = await agent.fortigate();
  expect(all.bulk).toMatchObject([
    {
      user: 'ed',
      domain: 'ACME',
      ip: '10.0.0.1',
      groups: `${groupDn('staff')}+${groupDn('vpn')}`,
      logonTime: Date.UTC(2026, 10, 22, 8) / 1000,
    },
    { user: 'Åsa, "the" +1', ip: '10.0.0.35', groups: groupDn('staff') },
  ]);
  const vpn = await agent.fortigate('FGVM010000000002-root');
  expect(vpn.bulk.map(({ user: name }) => name)).toEqual(['ed']);

  server.change('nobody', 'networkAddress', at('10.0.0.4'));
  await all.has('event');
  server.change('ed', 'networkAddress', []);
  await all.has('event', 2);
  server.change('nobody', 'groupMembership', [groupDn('vpn')]);
  await all.has('event', 3);
  server.change('gone', 'loginDisabled', ['FALSE']);
  await all.has('event', 4);
  expect(all.events.map(user)).toEqual([
    '+nobody@10.0.0.4',
    '-ed@10.0.0.1',
    '+nobody@10.0.0.4',
    '+gone@10.0.0.9',
  ]);
  await vpn.has('event', 2);
  expect(vpn.events.map(user)).toEqual(['-ed@10.0.0.1', '+nobody@10.0.0.4']);

  expect(JSON.stringify(agent.log)).not.toContain(agentPassword);

  agent.child.kill('SIGTERM');
  expect(await agent.ended).toMatchObject({ status: 0, stdout: '' });
});

test('StartTLS does as LDAPS does, and without TLS a warning says what that means', async () => {
  const server = await runningEdirectory([{ name: 'ed', addresses: at('10.0.0.1') }]);
  const { port, caFile } = server;
  const secured = new Agent(config('starttls', { port, secure: 'starttls', caFile }));
  expect((await secured.fortigate()).bulk.map(user)).toEqual(['+ed@10.0.0.1']);
  const plain = new Agent(config('plain', { port, secure: 'disable', more: 'domain: TREE' }));
  expect((await plain.fortigate()).bulk).toMatchObject([{ user: 'ed', domain: 'TREE' }]);
  expect(plain.log[0]).toMatchObject({ msg: 'directory is spoken to in plain text', level: 'warn' });
  expect(secured.log.some(({ msg }) => msg === 'directory is spoken to in plain text')).toBe(false);
});

test('FortiGates are served over TLS too, where the agent has a certificate', async () => {
  const server = await runningEdirectory([{ name: 'ed', addresses: at('10.0.0.1') }]);
  const ca = new OpensslCa();
  const own = ca.issue({ subject: '/CN=agent', extensions: [['subjectAltName', 'IP:127.0.0.1']] });
  const more = `ssl-port: 0\n  certificate: ${own.certificateFile}\n  key: ${own.keyFile}`;
  const agent = new Agent(config('tls', { port: server.port, secure: 'disable', more }));
  const { fortigateTls } = await agent.logged('listening');
  const socket = connect({
    host: '127.0.0.1',
    port: Number(String(fortigateTls).split(':').at(-1)),
    ca: own.certificate,
  });
  onTestFinished(() => void socket.destroy());
  const fortigate = new RawFortigate(socket);
  expect(await fortigate.hello({ password: 'sixteen letters!' })).toBe(1);
  fortigate.sendAll();
  await fortigate.has('bulk-end');
  expect(fortigate.bulk.map(user)).toEqual(['+ed@10.0.0.1']);
});

test('the control socket answers as that of a collector does', async () => {
  const server = await runningEdirectory([{ name: 'ed', addresses: at('10.0.0.1') }]);
  const place = mkdtempSync(join(directory, 'control-'));
  const more = `control-socket: ${place}/agent.sock`;
  const agent = new Agent(config('control', { port: server.port, secure: 'disable', more }));
  await agent.logged('listening');
  const { document } = await vi.waitFor(() => askControl(`${place}/agent.sock`, '/feeds'), patience);
  expect(document.feeds).toMatchObject([
    { kind: 'edirectory', state: 'ok', counts: { users: 1, logons: 1 } },
  ]);
  const { document: asked } = await askControl(`${place}/agent.sock`, '/directories');
  expect(asked.directories).toMatchObject([{ state: 'connected', lastMs: expect.any(Number) }]);
  const logons = await askControl(`${place}/agent.sock`, '/logons');
  expect(logons.document.logons).toMatchObject([{ user: 'ed', ip: '10.0.0.1', domain: 'ACME' }]);
  agent.child.kill('SIGTERM');
  expect(await agent.ended).toMatchObject({ status: 0 });
});

test('SIGHUP takes up whom it serves, and names what needs a restart', async () => {
  const server = await runningEdirectory([{ name: 'ed', addresses: at('10.0.0.1'), groups: ['staff'] }]);
  const place = { port: server.tlsPort, secure: 'ldaps', caFile: server.caFile };
  const agent = new Agent(config('hangup', place));
  const one = await agent.fortigate();
  const two = await agent.fortigate('FGVM010000000003-root');
  config('hangup', { ...place, more: 'fortigates: [FGVM010000000003]\n  domain: OTHER' });
  agent.child.kill('SIGHUP');
  expect(await agent.logged('configuration read again')).toMatchObject({
    taken: ['fortigates'],
    restart: ['domain'],
  });
  await one.closed();
  expect(two.ended).toBe(false);
});

test('nothing is served before the directory has answered, and a refused login is told in words', async () => {
  const server = await runningEdirectory([{ name: 'ed', addresses: at('10.0.0.1') }]);
  const { tlsPort: port, caFile } = server;
  const refused = new Agent(config('refused', { port, secure: 'ldaps', caFile }), 'wrong');
  const { error } = await refused.logged('directory does not answer');
  expect(error).toMatch(/127\.0\.0\.1 port \d+ refused the login of cn=fsso,ou=services,o=acme/);
  expect(refused.log.some(({ msg }) => msg === 'listening')).toBe(false);
  refused.child.kill('SIGTERM');
  expect(await refused.ended).toMatchObject({ status: 0 });
});

test('without its section, its directory or a place in it, it is one line and status 2', async () => {
  const start = async (name: string, text: string) => {
    const path = join(directory, name);
    writeFileSync(path, text);
    const { status, stderr } = await fabrictop(['--config', path, 'agent', 'edirectory']);
    return [status, stderr.replaceAll(directory, 'DIR')];
  };
  expect(await start('none.yaml', 'fsso: []\n')).toEqual([
    2,
    'fabrictop: DIR/none.yaml: edirectory: missing, expected the settings of the agent (docs/cli.md, Configuration)\n',
  ]);
  expect(await start('unknown.yaml', 'edirectory: { ldap: tree }\n')).toEqual([
    2,
    expect.stringMatching(/edirectory\.ldap: there is no ldap entry "tree"/),
  ]);
  const tree = '{ name: tree, server: edir.acme.example, secure: disable, type: anonymous }';
  expect(await start('dn.yaml', `edirectory: { ldap: tree }\nldap: [ ${tree} ]\n`)).toEqual([
    2,
    expect.stringMatching(
      /edirectory\.dn: missing, expected a distinguished name because the ldap entry "tree" has none\n$/,
    ),
  ]);
});
