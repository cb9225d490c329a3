import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import { launcher } from '../e2e/fabrictop.ts';
import { type Carried, LoopbackCapture } from '../support/loopback-capture.ts';
import type { OpensslCa } from '../support/openssl-ca.ts';
import type { OverheardPrograms, Place } from '../support/overheard-programs.ts';
import { PtyScreen } from '../support/pty-screen.ts';
import type { SambaAd } from '../support/samba-ad/samba-ad.ts';
import {
  agentlessSecrets,
  basicFile,
  gatesFile,
  mainFile,
  passwordsFor,
  people,
  refused,
  type Scene,
  startLabControllers,
} from './agentless-scene.ts';

// Active Directory without agents, all of it at once: a collector that polls Samba and two machines of the lab in every way, verifies
// clients by NTLM at gates of its own and at one elsewhere, a FortiGate that takes its logons, a dashboard that polls Samba itself, the
// doctor; and people who log on with kinit, smbclient and curl, or try to.

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

  const lab = await startLabControllers(samba, own);
  const { ports } = lab;
  const scene: Scene = { samba, host, identity: own, authority, ports };
  const capture = await LoopbackCapture.start(
    programs.directory,
    `host ${host} or net 127.97.0.0/16 or host ${samba.host} or tcp port ${ports.smb} or tcp port ${ports.http} or tcp port ${ports.https}`,
  );
  try {
    return await play();
  } finally {
    await lab.stop();
  }

  async function play(): Promise<AgentlessRun> {
    const socket = join(written, 'c.sock');
    const curl = (path: string, ...more: string[]) => programs.curl(socket, path, ...more);
    const main = programs.file('collector.yaml', mainFile(scene));
    const passwords = passwordsFor(samba);
    const collector = programs.start(
      'collector',
      ['--config', main, 'collector', '--log-level', 'debug', '--write'],
      passwords,
    );
    const [listening] = await programs.says('collector', /^.*"msg":"listening".*$/m);
    const place = (field: string) => String(JSON.parse(listening)[field]);
    const port = (field: string) => Number(place(field).split(':').at(-1));
    const [, metrics = ''] = await programs.says('collector', /metrics are served at (http:[^"\s]+)/);
    programs.start(
      'basic',
      ['--config', programs.file('basic.yaml', basicFile(scene)), 'collector', '--log-level', 'debug'],
      passwords,
    );
    programs.start('gate', [
      ...['agent', 'ntlm-gate', '--collector', `tls://${host}:${port('gateLink')}`],
      ...['--ca', authority.certificateFile, '--certificate', gateIdentity.certificateFile],
      ...['--key', gateIdentity.keyFile, '--listen', `${host}:0`],
    ]);
    const [, elsewhere = ''] = await programs.says('gate', /"ntlmGate":"([\d.]+:\d+)"/);
    const [, basicPort] = await programs.says('basic', /"fortigate":"[\d.]+:(\d+)"/);
    const gates = programs.file('gates.yaml', gatesFile(scene, port('fortigate'), Number(basicPort)));
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
    lab.logOn();

    const login = (user: string) => `CORP\\${user}:${wrong(user) ?? samba.windows.userPassword}`;
    const browse = (name: string, from: string, ...more: string[]) =>
      programs.run(name, 'curl', [
        // A gate may ask to say it once more, in the name of another domain.
        ...['-s', '-L', '-w', '%{http_code}', '--max-time', '60', '--interface', from],
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
      ports: { ...ports, gateLink: port('gateLink') },
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
