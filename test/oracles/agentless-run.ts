import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { LabMachine } from '../../src/lab/windows/machine.ts';
import { WindowsServer } from '../../src/lab/windows/windows-server.ts';
import { WsmanLabServer } from '../../src/lab/windows/wsman-server/server.ts';
import { launcher } from '../e2e/fabrictop.ts';
import { type Carried, LoopbackCapture } from '../support/loopback-capture.ts';
import type { OpensslCa } from '../support/openssl-ca.ts';
import type { OverheardPrograms, Place } from '../support/overheard-programs.ts';
import { PtyScreen } from '../support/pty-screen.ts';
import type { SambaAd } from '../support/samba-ad/samba-ad.ts';
import { ticketStrings } from '../support/scripted-controller.ts';

// Active Directory without agents, all of it at once: a collector that polls Samba and two machines of the lab in every way, verifies
// clients by NTLM at gates of its own and at one elsewhere, a FortiGate that takes its logons, a dashboard that polls Samba itself, the
// doctor; and people who log on with kinit, smbclient and curl, or try to.

export const agentlessSecrets = {
  collector: 'c0ll"ß\\&%25 <7',
  poller: 'Svc-Passw0rd1',
  mistyped: 'mistyped "&%\\<9',
  wmi: 'Wmi-Passw0rd "&%\\<1',
  wmiBasic: 'Basic-Passw0rd "&%\\<2',
  machine: 'Machine-Passw0rd-1',
  staleMachine: 'Machine-Passw0rd "&%-0',
  user: 'User-Passw0rd1',
  guessed: 'Guess-Passw0rd "&%1',
  directory: 'Service-Passw0rd2',
};

/** Who logged on, by address, and how that came to the collector. */
export const people = {
  '127.97.0.51': ['user01', 'a session, which was polled'],
  '127.97.0.61': ['user04', 'kinit, in the event log'],
  '127.97.0.62': ['jürgen', 'kinit, in the event log'],
  '127.97.0.53': ['user06', 'smbclient, in the event log'],
  '127.97.0.2': ['user02', 'curl --ntlm at a gate of the collector'],
  '127.97.0.3': ['user03', 'curl --proxy-ntlm at a gate of the collector'],
  '127.97.0.4': ['user05', 'curl --ntlm at a gate elsewhere'],
  '10.97.0.1': ['wmi-reader', 'WMI over HTTP'],
  '10.97.0.2': ['wmi-basic', 'WMI over HTTPS'],
  '10.97.0.3': ['even6-reader', 'MS-EVEN6'],
} as const;

/** Who was refused, in every way: with a wrong password, disabled, expired, locked, at no hour, unknown. */
export const refused = ['user07', 'disabled1', 'expired1', 'locked1', 'hours1', 'nobody1'] as const;

export interface AgentlessRun {
  readonly carried: readonly Carried[];
  readonly capture: string;
  /** TCP ports of the lab's machines, and of the collector for gates elsewhere. */
  readonly ports: Readonly<Record<'smb' | 'http' | 'https' | 'gateLink', number>>;
  /** Everything that was said, answered, written and shown, and what `ps` says of our programs. */
  readonly places: readonly Place[];
  /** What the FortiGate listed: `address user`. */
  readonly atFortigate: readonly string[];
  /** What each command printed, by its name. */
  readonly printed: (name: string) => string;
}

const patience = { timeout: 60_000, interval: 100 };

function machineOf(name: string, user: string, password: string): LabMachine {
  return new LabMachine({
    ...{ name, domain: 'CORP', dnsDomain: 'corp.example' },
    accounts: [{ user, password, rights: ['sessions', 'event-log'] }],
  });
}

const ticketAt = (machine: LabMachine, user: string, ip: string) =>
  machine.security.write({
    ...{ id: 4768, strings: ticketStrings(user, ip), generated: Math.floor(Date.now() / 1000) },
  });

/** Ends a command in a way that nobody expected, with what it was about to print in the error. */
const sabotage = "process.stdout.write = (text) => { throw new TypeError('broken at ' + String(text)); };";

/** Plays it. The caller removes what it is given. */
export async function playAgentlessRun(
  programs: OverheardPrograms,
  openssl: OpensslCa,
  samba: SambaAd,
): Promise<AgentlessRun> {
  const { written } = programs;
  const host = `127.96.${randomInt(1, 255)}.${randomInt(1, 255)}`;
  const authority = openssl.authority('/CN=Everybody');
  const extensions: [string, string][] = [['subjectAltName', `IP:${host},IP:127.0.0.1`]];
  const own = openssl.issue({ subject: '/CN=collector', issuer: authority, extensions });
  const gateIdentity = openssl.issue({ subject: '/CN=GATE01', issuer: authority });
  for (const { keyFile } of [own, gateIdentity]) chmodSync(keyFile, 0o600);

  const wmiMachine = machineOf('DC2', 'svc-wmi', agentlessSecrets.wmi);
  const basicMachine = machineOf('DC3', 'svc-basic', agentlessSecrets.wmiBasic);
  const even6Machine = machineOf('DC4', samba.windows.poller.user, agentlessSecrets.poller);
  const http = new WsmanLabServer({ clock: systemClock, machine: wmiMachine });
  const https = new WsmanLabServer({
    ...{ clock: systemClock, machine: basicMachine, offersBasic: true },
    tls: { certificate: own.certificate, key: own.key, der: own.der },
  });
  const smb = await WindowsServer.start({ machine: even6Machine, clock: systemClock });
  await Promise.all([http.start(), https.start()]);
  const [httpPort, httpsPort] = [http.port, https.port];
  const capture = await LoopbackCapture.start(
    programs.directory,
    `host ${host} or net 127.97.0.0/16 or host ${samba.host} or tcp port ${smb.port} or tcp port ${httpPort} or tcp port ${httpsPort}`,
  );
  try {
    return await play();
  } finally {
    await Promise.all([http.stop(), https.stop(), smb.stop()]);
  }

  async function play(): Promise<AgentlessRun> {
    const socket = join(written, 'c.sock');
    const curl = (path: string, ...more: string[]) => programs.curl(socket, path, ...more);
    const wmiOf = (port: number, user: string, variable: string) =>
      `{ server: localhost, port: ${port}, mode: wmi, user: 'CORP\\${user}', password: { env: ${variable} } }`;
    const ldap = `{ name: corp, server: ${samba.host}, secure: ldaps, ca-cert: ${samba.caFile}, dn: "${samba.base}", cnid: sAMAccountName, username: ${samba.login.name}, password: { env: DIRECTORY } }`;
    const collectorFile = (name: string, polling: string, more = '') =>
      programs.file(
        name,
        `ldap: [ ${ldap} ]
collector:
  listen: ${host}
  port: 0
  agent-port: 0
  agents: [ 127.0.0.0/8 ]
  password: { env: COLLECTOR }
  polling:
    domain: CORP
    period: 1
${polling}
${more}`,
      );
    const ntlm = (name: string, variable: string) =>
      `{ name: ${name}, dns-name: ${name.toLowerCase()}.example, controllers: [ "${samba.host}" ], machine: COLLECTOR$, password: { env: ${variable} } }`;
    const main = collectorFile(
      'collector.yaml',
      `    user: 'CORP\\svc-fsso'
    password: { env: POLLER }
    event-ids: 2
    controllers:
      - { server: ${samba.host} }
      - { server: ${samba.host}, mode: netapi }
      - { server: 127.0.0.1, port: ${smb.port} }
      - ${wmiOf(httpPort, 'svc-wmi', 'WMI')}
      - { server: ${samba.host}, log: System, user: 'CORP\\svc-weak', password: { env: MISTYPED } }
`,
      `  certificate: ${own.certificateFile}
  key: ${own.keyFile}
  cache-directory: written/cache
  control-socket: written/c.sock
  logon-event-log: written/logons.log
  ntlm:
    domains: [ ${ntlm('CORP', 'MACHINE')}, ${ntlm('STALE', 'STALE')} ]
    gates:
      - { listen: ${host}, port: 0 }
      - { listen: ${host}, port: 0, mode: explicit-proxy }
    gate-link: { listen: ${host}, port: 0, ca: ${authority.certificateFile}, allowed: [ 127.0.0.0/8 ] }
metrics: { listen: "127.0.0.1:0" }
`,
    );
    const passwords = {
      COLLECTOR: agentlessSecrets.collector,
      POLLER: samba.windows.poller.password,
      WMI: agentlessSecrets.wmi,
      BASIC: agentlessSecrets.wmiBasic,
      MISTYPED: agentlessSecrets.mistyped,
      MACHINE: samba.windows.machine.password,
      STALE: agentlessSecrets.staleMachine,
      DIRECTORY: samba.login.password,
    };
    const collector = programs.start(
      'collector',
      ['--config', main, 'collector', '--log-level', 'debug', '--write'],
      passwords,
    );
    const [listening] = await programs.says('collector', /^.*"msg":"listening".*$/m);
    const place = (field: string) => String(JSON.parse(listening)[field]);
    const port = (field: string) => Number(place(field).split(':').at(-1));
    const [, metrics = ''] = await programs.says('collector', /metrics are served at (http:[^"\s]+)/);
    // Basic is configured for all machines of a collector at once.
    const basicFile = collectorFile(
      'basic.yaml',
      `    user: 'CORP\\svc-basic'
    password: { env: BASIC }
    mode: wmi
    wmi: { secure: https, ca: ${authority.certificateFile}, authentication: basic }
    controllers: [ { server: 127.0.0.1, port: ${httpsPort} } ]
`,
      '  cache-directory: written/basic\n',
    );
    programs.start('basic', ['--config', basicFile, 'collector', '--log-level', 'debug'], passwords);
    programs.start('gate', [
      ...['agent', 'ntlm-gate', '--collector', `tls://${host}:${port('gateLink')}`],
      ...['--ca', authority.certificateFile, '--certificate', gateIdentity.certificateFile],
      ...['--key', gateIdentity.keyFile, '--listen', `${host}:0`],
    ]);
    const [, elsewhere = ''] = await programs.says('gate', /"ntlmGate":"([\d.]+:\d+)"/);
    const [, basicPort] = await programs.says('basic', /"fortigate":"[\d.]+:(\d+)"/);
    const gates = programs.file(
      'gates.yaml',
      `identity: { serial: FGVM010000000137 }
history: { path: written/history.db }
ldap: [ ${ldap} ]
fsso:
  - { name: hq, servers: [ { server: ${host}, port: ${port('fortigate')}, password: { env: COLLECTOR } } ] }
  - { name: basic, servers: [ { server: ${host}, port: ${basicPort}, password: { env: COLLECTOR } } ] }
fsso-polling:
  - { id: 7, server: ${samba.host}, default-domain: CORP, user: svc-fsso, password: { env: POLLER }, ldap-server: corp, logon-history: 1, polling-frequency: 1 }
`,
    );
    programs.start('recording', ['--config', gates, 'record', join(written, 'run.rec')], passwords);
    const screen = new PtyScreen(launcher, ['--config', gates, '--attach', socket], {
      columns: 120,
      rows: 40,
      env: { ...programs.environment('dashboard'), ...passwords },
    });
    const events = curl('/events', '-N', '--max-time', '600');
    await screen.waitFor(/collector/);
    await vi.waitFor(async () => {
      const { feeds } = JSON.parse(await curl('/feeds')) as {
        feeds: { polled?: { polls: number; failures: number }[] }[];
      };
      const polled = feeds.flatMap((feed) => feed.polled ?? []);
      expect(polled).toHaveLength(5);
      for (const { polls, failures } of polled) expect(polls + failures).toBeGreaterThan(0);
    }, patience);

    await samba.windows.writeLogonEvents();
    const session = await samba.windows.openSession('user01', '127.97.0.51');
    for (const [ip, user] of [
      ['127.97.0.61', 'user04'],
      ['127.97.0.62', 'jürgen'],
    ] as const)
      expect(await samba.windows.kinit(user, ip)).toBe('');
    await (await samba.windows.openSession('user06', '127.97.0.53')).end();
    const wrong = (user: string) => (user === 'user07' ? agentlessSecrets.guessed : undefined);
    for (const user of refused) {
      expect(await samba.windows.kinit(user, '127.97.0.71', wrong(user))).not.toBe('');
      expect(await samba.windows.refusedSession(user, '127.97.0.72', wrong(user))).not.toBe('');
    }
    await samba.windows.writeLogonEvents();
    ticketAt(wmiMachine, 'wmi-reader', '10.97.0.1');
    ticketAt(basicMachine, 'wmi-basic', '10.97.0.2');
    ticketAt(even6Machine, 'even6-reader', '10.97.0.3');

    const login = (user: string) => `CORP\\${user}:${wrong(user) ?? samba.windows.userPassword}`;
    const browse = (name: string, from: string, ...more: string[]) =>
      programs.run(name, 'curl', [
        ...['-s', '-w', '%{http_code}', '--max-time', '60', '--interface', from],
        ...more,
      ]);
    const own1 = `http://${place('ntlmGate')}/`;
    await browse('curl', '127.97.0.2', '--ntlm', '-u', login('user02'), own1);
    await browse(
      'curl by proxy',
      '127.97.0.3',
      '--proxy-ntlm',
      '-U',
      login('user03'),
      '-x',
      `http://${place('ntlmProxyGate')}`,
      'http://a.example/',
    );
    await browse('curl elsewhere', '127.97.0.4', '--ntlm', '-u', login('user05'), `http://${elsewhere}/`);
    await browse(
      'curl of another domain',
      '127.97.0.73',
      '--ntlm',
      '-u',
      `STALE\\anna:${agentlessSecrets.guessed}`,
      own1,
    );
    for (const user of refused) {
      await browse(`curl of ${user}`, '127.97.0.73', '--ntlm', '-u', login(user), own1);
      await browse(
        `curl of ${user} elsewhere`,
        '127.97.0.73',
        '--ntlm',
        '-u',
        login(user),
        `http://${elsewhere}/`,
      );
    }

    for (const [user] of Object.values(people))
      await programs.says(
        user === 'wmi-basic' ? 'basic' : 'collector',
        new RegExp(`"user":"${user}".*"msg":"logon"`),
      );
    await session.end();

    const sabotaged = programs.file('sabotage.mjs', sabotage);
    const commands: Readonly<Record<string, readonly string[]>> = {
      list: ['--config', gates, 'fsso', 'list', '--json'],
      summary: ['--config', gates, 'fsso-polling', 'summary'],
      detail: ['--config', gates, 'fsso-polling', 'detail'],
      user: ['--config', gates, 'fsso-polling', 'user', '--json'],
      doctor: ['--config', main, 'doctor', 'ad', '--json'],
      checked: ['--config', main, 'config', 'check'],
    };
    for (const [name, argv] of Object.entries(commands)) {
      programs.start(name, argv, passwords);
      await programs.ended(name);
    }
    for (const name of ['user', 'doctor']) {
      programs.start(`broken ${name}`, commands[name] ?? [], {
        ...passwords,
        NODE_OPTIONS: `--import=${sabotaged}`,
      });
      await programs.ended(`broken ${name}`);
    }
    for (const path of [
      'health',
      'status',
      'feeds',
      'agents',
      'domain-controllers',
      'directories',
      'dns',
      'logons',
    ])
      await curl(`/${path}`);
    await programs.run('metrics', 'curl', ['-s', metrics]);
    let shown = '';
    for (const [key, there] of [
      ['n', /127\.97\.0\.61/],
      ['P', /svc-weak|refused|failed/i],
    ] as const) {
      screen.type(key);
      shown += await screen.waitFor(there);
    }
    // What anybody on this machine sees of our programs.
    const ps = execFileSync('ps', [
      '-ww',
      '-o',
      'args=',
      '-p',
      String(collector.pid),
      '--ppid',
      String(collector.pid),
    ]);
    screen.type('\x03');
    await screen.exit();
    await programs.end('collector');
    await events;
    await capture.stop();
    const { logons } = JSON.parse(programs.text('list')) as { logons: { ip: string; user: string }[] };
    return {
      carried: capture.carried(programs.keyLog),
      capture: capture.file,
      ports: { smb: smb.port, http: httpPort, https: httpsPort, gateLink: port('gateLink') },
      places: [
        ...programs.places,
        { name: 'terminal', bytes: Buffer.from(shown) },
        { name: 'ps', bytes: ps },
      ],
      atFortigate: logons.map(({ ip, user }) => `${ip} ${user}`),
      printed: (name) => programs.text(name),
    };
  }
}
