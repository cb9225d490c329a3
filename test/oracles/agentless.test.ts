import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Carried } from '../support/loopback-capture.ts';
import { OpensslCa } from '../support/openssl-ca.ts';
import { OverheardPrograms, type Place } from '../support/overheard-programs.ts';
import { canRunSambaWindows, type SambaAd, startSambaAd } from '../support/samba-ad/samba-ad.ts';
import { whereWritten } from '../support/secret-traces.ts';
import { type AgentlessRun, playAgentlessRun } from './agentless-run.ts';
import { agentlessSecrets, people, refused } from './agentless-scene.ts';
import { runTool } from './tool.ts';

type Secret = keyof typeof agentlessSecrets;

describe.skipIf(!canRunSambaWindows)('Active Directory without agents, all of it at once', () => {
  let programs: OverheardPrograms;
  let openssl: OpensslCa;
  let samba: SambaAd;
  let run: AgentlessRun;

  beforeAll(async () => {
    programs = new OverheardPrograms();
    openssl = new OpensslCa();
    samba = await startSambaAd({ smb: true });
    run = await playAgentlessRun(programs, openssl, samba);
  }, 300_000);
  afterAll(async () => {
    programs.remove();
    await samba?.stop();
    openssl.remove();
  });

  const named = ({ layer, from, to }: Carried) => `${layer} ${from} > ${to}`;
  const portOf = (end: string) => Number(end.split(':').at(-1));
  const carried = () => run.carried.map((each) => ({ name: named(each), bytes: each.bytes, each }));
  const answers = (name: string) =>
    run.places.find((place) => place.name === `answer of ${name}`)?.bytes.toString() ?? '';

  test('whoever logs on, however that is seen, is a logon on the link of the FortiGate', () => {
    for (const [ip, [user, how]] of Object.entries(people))
      expect(run.atFortigate, how).toContain(`${ip} ${user}`);
  });

  test('whoever is refused is none there, and none anywhere else', () => {
    for (const user of refused) {
      expect(run.atFortigate.filter((line) => line.endsWith(` ${user}`))).toEqual([]);
      expect(run.printed('collector')).not.toMatch(new RegExp(`"user":"${user}"[^\\n]*"msg":"logon"`));
      expect(run.printed('user')).not.toContain(`"${user}"`);
    }
  });

  test('whoever is refused at a gate is told so, and the log has the verdict', () => {
    const verdicts = {
      user07: 'wrong-password',
      disabled1: 'disabled',
      expired1: 'account-expired',
      locked1: 'locked',
      hours1: 'wrong-hours',
      nobody1: 'no-such-user',
    };
    for (const [user, verdict] of Object.entries(verdicts)) {
      for (const where of ['', ' elsewhere'])
        expect(answers(`curl of ${user}${where}`), user).toMatch(/(401|403)$/);
      expect(run.printed('collector')).toMatch(
        new RegExp(
          `"user":"${user}"[^\\n]*"verdict":"${verdict}"|"verdict":"${verdict}"[^\\n]*"user":"${user}"`,
        ),
      );
    }
  });

  test('all of it was looked at: users are found where they have to be', () => {
    const places: Place[] = [...run.places, ...carried()];
    const found = `\n${whereWritten({ user: 'user04', gate: 'user05' }, places).join('\n')}`;
    for (const place of [
      ...['file cache/', 'file logons.log', 'file run.rec', 'file history.db', 'output of collector'],
      ...['output of list', 'output of user', 'control socket /logons', 'control socket /events', 'terminal'],
      ...['tcp ', 'tls '],
    ])
      expect(found).toContain(`\n${place}`);
    // Errors that nobody expected have been written, with what was about to be printed.
    expect(found).toMatch(/\nfile broken user.*errors\.log/);
  });

  // By design: a simple bind of LDAP, and Basic of HTTP, have the password, and go through TLS only.
  const meant = (secret: Secret, { layer, to }: Carried): boolean =>
    layer === 'tls' &&
    ((secret === 'directory' && portOf(to) === 636) ||
      (secret === 'wmiBasic' && portOf(to) === run.ports.https));

  test.each(Object.keys(agentlessSecrets) as Secret[])(
    'nothing that was sent has the password "%s", nor what passes for it, where it has not to be',
    (secret) => {
      const found = (places: readonly Place[]) =>
        whereWritten({ [secret]: agentlessSecrets[secret] }, places);
      const all = carried();
      expect(found(all.filter(({ each }) => !meant(secret, each)))).toEqual([]);
      if (secret === 'directory' || secret === 'wmiBasic')
        expect(found(all.filter(({ each }) => meant(secret, each)))).not.toEqual([]);
    },
  );

  test('no log, cache, bookmark, recording, history, error, screen, metric, answer and list of processes has any of them', () => {
    expect(run.places.find(({ name }) => name === 'ps')?.bytes.toString()).toContain('collector');
    expect(run.places.map(({ name }) => name).join()).toContain('errors.log');
    expect(whereWritten(agentlessSecrets, run.places)).toEqual([]);
  });

  test('no key of a certificate was sent or written', () => {
    const found = [...run.places, ...carried()].filter(({ bytes }) => bytes.includes('PRIVATE KEY'));
    expect(found.map(({ name }) => name)).toEqual([]);
  });

  test('tshark finds nothing malformed in anything that was said', () => {
    const { smb, http, gateLink } = run.ports;
    const read = (filter: string, ...fields: readonly string[]): string[] =>
      runTool(
        'tshark',
        [
          ...['-r', run.capture, '-d', `tcp.port==${smb},nbss`, '-d', `tcp.port==${http},http`],
          ...['-o', `tls.keylog_file:${programs.keyLog}`, '-Y', filter, '-T', 'fields'],
          ...fields.flatMap((field) => ['-e', field]),
        ],
        'tshark',
      )
        .toString()
        .split('\n')
        .filter(Boolean);
    // What Samba's Kerberos refuses is malformed for it; and it takes the framing between gate and collector, which is ours, for another's.
    const wrong = `_ws.malformed && !kerberos && tcp.port != ${gateLink}`;
    expect(read(wrong, 'frame.number', '_ws.col.Protocol', '_ws.col.Info')).toEqual([]);
    const seen = new Set(read('dcerpc || smb2 || http || ldap || kerberos', '_ws.col.Protocol'));
    for (const protocol of ['SMB2', 'EVENTLOG', 'SRVSVC', 'RPC_NETLOGON', 'EPM', 'HTTP', 'KRB5', 'LDAP'])
      expect([...seen].join(' ')).toContain(protocol);
  });

  test('our programs end when they are told to', () => {
    expect(() => execFileSync('pgrep', ['-f', programs.directory])).toThrow();
  });
});
