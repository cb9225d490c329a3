import { randomInt } from 'node:crypto';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import { launcher } from '../e2e/fabrictop.ts';
import { agentLogin, agentPassword, type EdirectoryServer } from '../support/edirectory-server.ts';
import { type Carried, LoopbackCapture } from '../support/loopback-capture.ts';
import type { OpensslCa } from '../support/openssl-ca.ts';
import type { OverheardPrograms, Place } from '../support/overheard-programs.ts';
import { PtyScreen } from '../support/pty-screen.ts';
import type { SambaAd } from '../support/samba-ad/samba-ad.ts';

// Everything of ours at once: collector, all agents, two FortiGates, a recording and a dashboard, beside Samba, OpenLDAP,
// radclient and logger. dumpcap takes every packet, and tshark opens the connections over TLS with the keys that our
// programs write out for it.

export const secrets = {
  collector: 'c0ll"ß\\&%25 <7',
  edirectory: 'edir "&\\%41 <8',
  mistyped: 'mistyped"&%\\<9',
  directory: 'Service-Passw0rd2',
  staleDirectory: 'Stale-Passw0rd3 "&%',
  tree: agentPassword,
  radius: 'radius-s3cret "&%<',
  radiusGuess: 'radius-gu3ss "&%<',
  user: 'User-Passw0rd1',
  typedIntoSyslog: 'typed-Passw0rd4',
};

export const serial = 'FGVM010000000137';
const patience = { timeout: 30_000, interval: 50 };

export interface WholeRun {
  readonly carried: readonly Carried[];
  /** Everything that was said, answered, written and shown. */
  readonly places: readonly Place[];
  /** Port of a listener of the collector, by its name in the line `listening`. */
  readonly port: (field: string) => number;
  /** Port of the eDirectory's LDAP. */
  readonly treeLdap: number;
}

/** Plays it. The caller removes what it is given. */
export async function playWholeRun(
  programs: OverheardPrograms,
  openssl: OpensslCa,
  samba: SambaAd,
  tree: EdirectoryServer,
): Promise<WholeRun> {
  // 127.0.0.0/16 is left to others, and Samba takes one for itself.
  const host = `127.${randomInt(1, 255)}.${randomInt(1, 255)}.${randomInt(1, 255)}`;
  const { written } = programs;
  const socket = join(written, 'c.sock');
  const start: OverheardPrograms['start'] = (...given) => programs.start(...given);
  const curl = (path: string, ...more: string[]) => programs.curl(socket, path, ...more);
  const capture = await LoopbackCapture.start(
    programs.directory,
    `host ${host} or host ${samba.host} or tcp port ${tree.port}`,
  );
  const authority = openssl.authority('/CN=Collectors and agents');
  const own = openssl.issue({
    subject: '/CN=collector',
    issuer: authority,
    extensions: [['subjectAltName', `IP:${host}`]],
  });
  const agent = openssl.issue({ subject: '/CN=DC01', issuer: authority });
  for (const { keyFile } of [own, agent]) chmodSync(keyFile, 0o600);
  const ldap = (name: string, variable: string) =>
    `{ name: ${name}, server: ${samba.host}, secure: ldaps, ca-cert: ${samba.caFile}, username: ${samba.login.name}, password: { env: ${variable} } }`;
  const collectorFile = programs.file(
    'collector.yaml',
    `ldap: [ ${ldap('stale', 'STALE')}, ${ldap('corp', 'DIRECTORY')} ]
collector:
  listen: ${host}
  port: 0
  ssl-port: 0
  agent-port: 0
  agent-ssl-port: 0
  agents: [ 127.0.0.0/8 ]
  certificate: ${own.certificateFile}
  key: ${own.keyFile}
  agent-ca: ${authority.certificateFile}
  password: { env: COLLECTOR }
  ldap: [ stale, corp ]
  directory-access: advanced
  cache-directory: written/cache
  control-socket: written/c.sock
  logon-event-log: written/logons.log
  syslog: { port: 0, sources: [ { name: edge, ip: 127.0.0.0/8, rules: [ fortigate-ssl-vpn ], domain: CORP } ] }
  radius-accounting: { port: 0, clients: [ { name: wifi, ip: 127.0.0.0/8, secret: { env: RADIUS }, domain: CORP } ] }
`,
  );
  start('collector', ['--config', collectorFile, 'collector', '--log-level', 'debug', '--write'], {
    COLLECTOR: secrets.collector,
    DIRECTORY: secrets.directory,
    STALE: secrets.staleDirectory,
    RADIUS: secrets.radius,
  });
  const [listening] = await programs.says('collector', /^.*"msg":"listening".*$/m);
  const port = (field: string) => Number(String(JSON.parse(listening)[field]).split(':').at(-1));

  const treeFile = programs.file(
    'edirectory.yaml',
    `edirectory: { listen: ${host}, port: 0, poll-interval: 1, password: { env: EDIRECTORY }, ldap: tree, control-socket: written/e.sock }
ldap: [ { name: tree, server: 127.0.0.1, port: ${tree.port}, secure: starttls, ca-cert: ${tree.caFile}, dn: o=acme, username: "${agentLogin}", password: { env: TREE } } ]
`,
  );
  start('edirectory', ['--config', treeFile, 'agent', 'edirectory', '--log-level', 'debug'], {
    EDIRECTORY: secrets.edirectory,
    TREE: secrets.tree,
  });
  const [, treePort] = await programs.says('edirectory', /"fortigate":"[\d.]+:(\d+)"/);

  const gates = (name: string, variable: string) => {
    const password = `password: { env: ${variable} }`;
    return programs.file(
      name,
      `identity: { serial: ${serial} }
history: { path: written/history.db }
fsso:
  - { name: plain, servers: [ { server: ${host}, port: ${port('fortigate')}, ${password} } ] }
  - { name: secured, ssl: enable, ssl-trusted-cert: ${authority.certificateFile}, servers: [ { server: ${host}, port: ${port('fortigateTls')}, ${password} } ] }
  - { name: tree, servers: [ { server: ${host}, port: ${treePort}, password: { env: EDIRECTORY } } ] }
`,
    );
  };
  const gateFile = gates('gates.yaml', 'COLLECTOR');
  const passwords = { COLLECTOR: secrets.collector, EDIRECTORY: secrets.edirectory };
  const recording = join(written, 'run.rec');
  start('recording', ['--config', gateFile, 'record', recording], passwords);
  const screen = new PtyScreen(launcher, ['--config', gateFile, '--attach', socket], {
    columns: 120,
    rows: 40,
    env: { ...programs.environment('dashboard'), ...passwords },
  });
  const events = curl('/events', '-N', '--max-time', '600');
  const watching = curl('/watch', '-N', '--max-time', '600');
  await screen.waitFor(/collector/);

  const line = (user: string, ip: string) =>
    `${JSON.stringify({ workstation: 'PC-1', domain: 'CORP', user, ip })}\n`;
  const dc = start('dc', ['agent', 'dc', '--collector', `${host}:${port('agents')}`]);
  dc.stdin?.write(line('anna', '10.0.0.1'));
  const tls = start('dc over TLS', [
    ...[
      'agent',
      'dc',
      '--collector',
      `tls://${host}:${port('agentsTls')}`,
      '--ca',
      authority.certificateFile,
    ],
    ...['--certificate', agent.certificateFile, '--key', agent.keyFile],
  ]);
  tls.stdin?.write(line('jürgen', '10.0.0.2'));
  const ts = start('ts', [
    ...['agent', 'ts', '--collector', `${host}:${port('agents')}`],
    ...['--ip', '10.0.0.3', '--pool', '10000-11999'],
  ]);
  ts.stdin?.write(`${JSON.stringify({ session: 3, domain: 'CORP', user: 'bob' })}\n`);
  const accounting = (name: string, user: string, secret: string) =>
    programs.run(
      name,
      'radclient',
      ['-r', '1', '-t', '2', `${host}:${port('radius')}`, 'acct', secret],
      `Acct-Status-Type = Start\nUser-Name = "${user}"\nAcct-Session-Id = "A1"\nFramed-IP-Address = 10.0.0.4\n`,
    );
  await accounting('radclient', 'primary', secrets.radius);
  await accounting('radclient with another secret', 'eve', secrets.radiusGuess);
  const logged = (user: string, more: string) =>
    programs.run('logger', 'logger', [
      ...['-n', host, '-P', String(port('syslogTcp')), '--tcp', '--rfc3164'],
      `logid="0101039947" tunnelip=10.0.0.5 user="${user}" ${more}`,
    ]);
  await logged('o.neil', `password="${secrets.typedIntoSyslog}"`);
  await logged('N/A', `password="${secrets.typedIntoSyslog}"`);
  await programs.run('logger', 'logger', [
    ...['-n', host, '-P', String(port('syslogUdp')), '--udp', '--rfc5424'],
    `login failed, password ${secrets.typedIntoSyslog}`,
  ]);
  for (const user of ['anna', 'jürgen', 'bob', 'primary', 'o.neil'])
    await programs.says('collector', new RegExp(`"user":"${user}".*"msg":"logon"`));
  // By the directory whose password is right.
  await vi.waitFor(async () => {
    const { logons } = JSON.parse(await curl('/logons?filter=group:*'));
    expect(logons).toHaveLength(5);
  }, patience);

  const wrong = gates('wrong.yaml', 'MISTYPED');
  const mistyped = { MISTYPED: secrets.mistyped, EDIRECTORY: secrets.mistyped };
  for (const [name, argv, more] of [
    ['list', ['--config', gateFile, 'fsso', 'list', '--json'], passwords],
    ['refused', ['--config', wrong, 'fsso', 'server-status'], mistyped],
    [
      'inspected',
      ['--config', gateFile, 'fsso', 'inspect', '--json', '--count', '12', '--timeout', '10'],
      passwords,
    ],
    ['checked', ['--config', collectorFile, 'config', 'check'], {}],
  ] as const) {
    start(name, argv, more);
    await programs.ended(name);
  }
  for (const path of ['health', 'status', 'feeds', 'agents', 'domain-controllers', 'directories', 'dns'])
    await curl(`/${path}`);
  for (const path of ['fortigates', 'queues', 'logons', 'nothing']) await curl(`/${path}`);
  await curl('/reload', '-X', 'POST');
  let shown = '';
  for (const [key, there] of [
    ['s', /collector c /],
    ['n', /primary +10\.0\.0\.4/],
    ['u', /primary +10\.0\.0\.4/],
    ['l', /\[l Collectors\]/],
  ] as const) {
    screen.type(key);
    shown += await screen.waitFor(there);
  }
  dc.stdin?.write(line('disabled1', '10.0.0.8'));
  await programs.says('collector', /"user":"disabled1".*"msg":"logon"/);
  screen.type('\x03');
  await screen.exit();
  await programs.end('collector');
  await Promise.all([events, watching]);
  await capture.stop();
  return {
    carried: capture.carried(programs.keyLog),
    places: [...programs.places, { name: 'terminal', bytes: Buffer.from(shown) }],
    port,
    treeLdap: tree.port,
  };
}
