import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type StrategyName, strategies } from '../../src/fsso/wire/auth.ts';
import { MessageDecoder } from '../../src/fsso/wire/decoder.ts';
import type { Sender } from '../../src/fsso/wire/profile.ts';
import { EdirectoryServer, networkAddress } from '../support/edirectory-server.ts';
import type { Carried } from '../support/loopback-capture.ts';
import { OpensslCa } from '../support/openssl-ca.ts';
import { OverheardPrograms, type Place } from '../support/overheard-programs.ts';
import { canRunSambaAd, type SambaAd, startSambaAd } from '../support/samba-ad/samba-ad.ts';
import { whereWritten } from '../support/secret-traces.ts';
import { playWholeRun, secrets, serial, type WholeRun } from './whole-run.ts';

// Nothing that is sent, written or shown in a whole run has a password in it, but where it has to be.

type Secret = keyof typeof secrets;

describe.skipIf(!canRunSambaAd)('a whole run', () => {
  let programs: OverheardPrograms;
  let openssl: OpensslCa;
  let samba: SambaAd;
  let tree: EdirectoryServer;
  let run: WholeRun;

  beforeAll(async () => {
    programs = new OverheardPrograms();
    openssl = new OpensslCa();
    [samba, tree] = await Promise.all([
      startSambaAd(),
      EdirectoryServer.start([
        { name: 'ed', addresses: [networkAddress(9, '10.0.0.6')], groups: ['staff'] },
        { name: 'edda', addresses: [networkAddress(9, '10.0.0.7')], groups: ['staff'] },
      ]),
    ]);
    run = await playWholeRun(programs, openssl, samba, tree);
  }, 240_000);
  afterAll(async () => {
    programs.remove();
    await Promise.all([samba?.stop(), tree?.remove()]);
    openssl.remove();
  });

  const everything = (): Place[] => [
    ...run.places,
    ...run.carried.map((each) => ({ name: named(each), bytes: each.bytes })),
  ];
  const portOf = (end: string) => Number(end.split(':').at(-1));
  const collectorPorts = () => ['fortigate', 'fortigateTls'].map((field) => run.port(field));
  const named = (each: Carried): string => `${each.layer} ${each.from} > ${each.to}`;

  test('all of it was looked at: users are found where they have to be', () => {
    const places = everything();
    const found = whereWritten({ user: 'primary' }, places).join('\n');
    for (const place of [
      'file cache/',
      'file logons.log',
      // In base64, as it came.
      'file run.rec',
      'file history.db',
      'output of collector',
      'output of list',
      'output of inspected',
      'control socket /logons',
      'control socket /events',
      'control socket /watch',
      'terminal',
      'udp ',
      'tls ',
      'tcp ',
    ])
      expect(`\n${found}`).toContain(`\n${place}`);
    const toward = (layer: string, field: string) =>
      run.carried.filter((each) => each.layer === layer && portOf(each.to) === run.port(field));
    const from = (layer: string, field: string) =>
      run.carried.filter((each) => each.layer === layer && portOf(each.from) === run.port(field));
    for (const [streams, what] of [
      [from('tcp', 'fortigate'), 'anna'],
      [from('tls', 'fortigateTls'), 'anna'],
      [toward('udp', 'agents'), 'bob'],
      [toward('tls', 'agentsTls'), 'jürgen'],
      [toward('udp', 'radius'), 'primary'],
      [toward('tcp', 'syslogTcp'), 'o.neil'],
      [run.carried.filter((each) => each.layer === 'tls' && portOf(each.to) === 636), 'jürgen'],
    ] as const)
      expect(streams.filter(({ bytes }) => bytes.includes(what)).length, what).toBeGreaterThan(0);
  });

  // By design: a simple bind of LDAP has the password, and goes through TLS only. What a device writes into syslog it has
  // sent itself. FSSO and RADIUS prove their secrets by hashes with a challenge in them, which are none of the forms looked for.
  const meant = (secret: Secret, { layer, to, from }: Carried): boolean => {
    if (secret === 'directory' || secret === 'staleDirectory') return layer === 'tls' && portOf(to) === 636;
    if (secret === 'tree') return layer === 'tls' && portOf(to) === run.treeLdap;
    if (secret === 'typedIntoSyslog') {
      const ports = [run.port('syslogUdp'), run.port('syslogTcp')];
      return layer !== 'tls' && ports.includes(portOf(to)) && !ports.includes(portOf(from));
    }
    return false;
  };

  test.each(Object.keys(secrets) as Secret[])(
    'nothing that was sent has the password "%s" where it has not to be',
    (secret) => {
      const all = run.carried.map((each) => ({ name: named(each), bytes: each.bytes, each }));
      const found = (places: typeof all) => whereWritten({ [secret]: secrets[secret] }, places);
      expect(found(all.filter(({ each }) => !meant(secret, each)))).toEqual([]);
      if (all.some(({ each }) => meant(secret, each)))
        expect(found(all.filter(({ each }) => meant(secret, each))).join('\n')).toMatch(/as UTF-8$/m);
    },
  );

  test('no log, cache, recording, history, screen and answer has any of them', () => {
    expect(whereWritten(secrets, run.places)).toEqual([]);
  });

  test('no key of a certificate was sent or written either', () => {
    const found = everything().filter(({ bytes }) => bytes.includes('PRIVATE KEY'));
    expect(found.map(({ name }) => name)).toEqual([]);
  });

  test('a FortiGate proves that it knows the password by an HMAC of the challenge, and by nothing else', () => {
    const messages = (bytes: Buffer, from: Sender) => [...new MessageDecoder(from).push(bytes)];
    const links = run.carried.filter(
      ({ to, layer }) =>
        collectorPorts().includes(portOf(to)) && (layer === 'tls' || portOf(to) === run.port('fortigate')),
    );
    const proofs = links.flatMap((link) => {
      const back = run.carried.find(
        (each) => each.layer === link.layer && each.from === link.to && each.to === link.from,
      );
      const challenge = messages(back?.bytes ?? Buffer.alloc(0), 'collector').find(
        ({ kind }) => kind === 'hello',
      );
      const hello = messages(link.bytes, 'fortigate').find(({ kind }) => kind === 'hello');
      if (hello?.kind !== 'hello' || challenge?.kind !== 'hello') return [];
      const by = (Object.keys(strategies) as StrategyName[]).filter((name) =>
        [secrets.collector, secrets.mistyped].some((password) =>
          strategies[name](password, hello.identity, challenge.proof).equals(hello.proof),
        ),
      );
      return [`${link.layer} ${hello.identity} ${by.join()}`];
    });
    expect(new Set(proofs)).toEqual(
      new Set(['tcp', 'tls'].map((layer) => `${layer} ${serial}-root hmac-md5-serial-challenge`)),
    );
  });
});
