// Everything around a collector for some seconds, with something going wrong all the time: `tsx test/bench/soak.ts SECONDS [SEED [FAULT]]`.
// With FAULT only those whose names have that in them. After each fault nothing is told until all tables agree: with each other, and with what was told. Ends with 1 where they did not.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../../src/clock.ts';
import { FssoConnector } from '../../src/fsso/gate/connector.ts';
import { random as seeded } from '../fuzz/mutate.ts';
import { OpensslCa } from '../support/openssl-ca.ts';
import { startSambaAd } from '../support/samba-ad/samba-ad.ts';
import { Agentless, agentlessPasswords } from './soak/agentless.ts';
import { CollectorUnderTest, type EntryHeld, type Held } from './soak/collector-under-test.ts';
import { Expected, type Place } from './soak/expected.ts';
import { killFault, type Scene, type SoakFault, soakFaults } from './soak/faults.ts';
import { FaultyWay } from './soak/faulty-way.ts';
import { radiusSecret, Sources } from './soak/sources.ts';

const [seconds = '600', seed = '1', only = ''] = process.argv.slice(2);
const users = 600;
const timeoutMinutes = 2;
/** What another agent tells within the duplicate window confirms nothing; and an entry begins when its groups were found. */
const timeoutSlack = { early: 15_000, late: 40_000 };
const faultMs = 6_000;
/**
 * Longer than anything that comes back by itself needs: a directory's pause, those who are owed groups, a FortiGate's next try;
 * and shorter than the dead entry timeout, which in the end makes everything the same. */
const agreeWithinMs = 75_000;
/** After so long it is said what it is. */
const toldAfterMs = [5_000, 20_000, 60_000];
/** The share of the run in which the collector is killed; the rest is one life, whose growth is looked at. */
const killsUntil = 0.4;
const shownDifferences = 5;
const password = 'soak-secret';

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => new Promise((done) => server.once('listening', done))));
  return servers.map((server) => {
    const place = server.address();
    server.close();
    return place !== null && typeof place === 'object' ? place.port : 0;
  });
}

/** A file system of its own for the cache, which can be full; null where that is not allowed. */
function ownFileSystem(directory: string): string | null {
  mkdirSync(directory);
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=24m,mode=0700', 'tmpfs', directory]);
  return status === 0 ? directory : null;
}

const directory = mkdtempSync(join(tmpdir(), 'fabrictop-soak-'));
const cache = ownFileSystem(join(directory, 'cache'));
const openssl = new OpensslCa();
const samba = await startSambaAd({ users });
const directoryPort = 636;
const directoryHost = `127.0.${(process.pid >> 8) & 255}.${(process.pid & 254) + 1}`;
const [plain = 0, secured = 0, agents = 0, agentsTls = 0, syslog = 0, radius = 0, gate = 0] =
  await freePorts(7);
const agentless = await Agentless.start(users);
const authority = openssl.authority('/CN=Soak');
const own = openssl.issue({
  subject: '/CN=collector',
  issuer: authority,
  extensions: [['subjectAltName', 'IP:127.0.0.1']],
});
const agent = openssl.issue({ subject: '/CN=DC03', issuer: authority });
const config = join(directory, 'config.yaml');
writeFileSync(
  config,
  `ldap:
  - name: corp
    server: ${directoryHost}
    secure: ldaps
    ca-cert: ${samba.caFile}
    server-identity-check: disable
    username: ${samba.login.name}
    password: { env: LDAP_PASSWORD }
collector:
  listen: 127.0.0.1
  port: ${plain}
  ssl-port: ${secured}
  agent-port: ${agents}
  agent-ssl-port: ${agentsTls}
  agents: [ 127.0.0.0/8 ]
  certificate: ${own.certificateFile}
  key: ${own.keyFile}
  agent-ca: ${authority.certificateFile}
  password: { env: COLLECTOR_PASSWORD }
  ldap: [ corp ]
  directory-access: advanced
  group-cache-minutes: 1
  dead-entry-timeout: ${timeoutMinutes}
  cache-directory: cache
  control-socket: c.sock
  syslog: { port: ${syslog}, mode: tcp, sources: [ { name: edge, ip: 127.0.0.0/8, rules: [ fortigate-ssl-vpn ], domain: CORP } ] }
  radius-accounting: { port: ${radius}, clients: [ { name: wifi, ip: 127.0.0.0/8, secret: { env: RADIUS_SECRET }, domain: CORP } ] }
${agentless.configuration(gate)}`,
);

const to = (port: number) => () => ({ host: '127.0.0.1', port });
const ways = {
  plain: await FaultyWay.start(to(plain)),
  secured: await FaultyWay.start(to(secured)),
  agents: await FaultyWay.start(to(agentsTls)),
  syslog: await FaultyWay.start(to(syslog)),
  directory: await FaultyWay.start(() => ({ host: samba.host, port: directoryPort }), {
    host: directoryHost,
    port: directoryPort,
  }),
};
const collector = new CollectorUnderTest(directory, config, {
  LDAP_PASSWORD: samba.login.password,
  COLLECTOR_PASSWORD: password,
  RADIUS_SECRET: radiusSecret,
  ...agentlessPasswords,
});
await collector.start();

const random = seeded(Number(seed));
const expected = new Expected(timeoutMinutes * 60_000, timeoutSlack);
const sources = new Sources(
  expected,
  { agents, radius, gate, agentsTls: ways.agents.port, syslog: ways.syslog.port },
  { certificate: agent.certificate, key: agent.key, ca: authority.certificate },
  agentless,
  users,
  () => random(1_000_000) / 1_000_000,
);
const scene: Scene = {
  collector,
  expected,
  sources,
  fortigates: [ways.plain, ways.secured],
  agents: ways.agents,
  syslog: ways.syslog,
  directory: ways.directory,
  logs: [agentless.ways.smb, agentless.ways.wmi],
  netlogon: agentless.ways.netlogon,
  ports: { tcp: [plain, secured, agentsTls, syslog, gate], udp: [agents, radius] },
  cache,
  random: () => random(1_000_000) / 1_000_000,
};

const tls = { ca: [authority.certificate], sni: null, checksHost: true };
const gates = [
  { name: 'FortiGate', port: plain, tls: null },
  { name: 'FortiGate over TLS', port: secured, tls },
  { name: 'FortiGate on a faulty way', port: ways.plain.port, tls: null },
  { name: 'FortiGate over TLS on a faulty way', port: ways.secured.port, tls },
].map(({ name, port, tls: settings }, index) => {
  const connector = new FssoConnector(
    {
      name,
      identity: `FGVM01000000000${index}-root`,
      collectors: [{ host: '127.0.0.1', port, password }],
      strategy: 'hmac-md5-serial-challenge',
      logonTimeoutMs: 5 * 60_000,
      tls: settings,
      clock: systemClock,
    },
    () => {},
  );
  connector.start();
  return { name, connector };
});

/** What a FortiGate has, without what it keeps of a link that is gone. */
function tableOf(connector: FssoConnector): Map<Place, EntryHeld> {
  const found = new Map<Place, EntryHeld>();
  for (const { record, stale } of connector.logons.values())
    if (!stale)
      found.set(`${record.ip}/${record.session}`, { user: record.user, hasGroups: record.groups !== '' });
  return found;
}

/** Differences of two tables, a line each. */
function between(
  name: string,
  one: ReadonlyMap<Place, EntryHeld>,
  other: ReadonlyMap<Place, EntryHeld>,
): string[] {
  const found: string[] = [];
  for (const [place, { user, hasGroups }] of one) {
    const there = other.get(place);
    if (there?.user !== user)
      found.push(`${name} has ${there?.user ?? 'nobody'} at ${place}, the collector ${user}`);
    else if (there.hasGroups !== hasGroups) found.push(`${name} has other groups of ${user} at ${place}`);
  }
  for (const [place, { user }] of other)
    if (!one.has(place)) found.push(`${name} has ${user} at ${place}, the collector nobody`);
  return found;
}

/** Everything that is not as it has to be now. */
async function differences(): Promise<string[]> {
  const entries = await collector.entries();
  const users = new Map([...entries].map(([place, { user }]) => [place, user]));
  const { cache: saved } = await collector.ask('/health');
  return [
    ...(sources.waiting > 0 ? ['requests of RADIUS or browsers are not answered'] : []),
    ...(saved?.failure ? [`the cache cannot be written: ${saved.failure}`] : []),
    ...[...entries].filter(([, { hasGroups }]) => !hasGroups).map(([place]) => `${place} has no groups`),
    ...expected.differences(users, Date.now()),
    ...gates.flatMap(({ name, connector }) => between(name, entries, tableOf(connector))),
  ];
}

interface Round {
  readonly fault: string;
  readonly agreedMs: number | null;
  readonly entries: number;
  readonly held: Held;
  readonly start: number;
}

const rounds: Round[] = [];
const violations: string[] = [];

async function round(fault: SoakFault): Promise<void> {
  sources.resume();
  await pause(2_000);
  await fault.play(scene, faultMs);
  sources.pause();
  const began = Date.now();
  let found = ['not looked at'];
  let seen: string[] = [];
  const tellAfter = [...toldAfterMs];
  while (found.length > 0 && Date.now() - began < agreeWithinMs) {
    await pause(250);
    const now = await differences().catch((error: Error) => [
      `the control socket does not answer: ${error.message}`,
    ]);
    // The tables are read one after the other, and entries end meanwhile: what is different twice is different.
    found = seen.length === 0 && now.length > 0 ? now : now.filter((each) => seen.includes(each));
    seen = now;
    const waited = Date.now() - began;
    if (found.length === 0 || waited < (tellAfter[0] ?? Number.POSITIVE_INFINITY)) continue;
    tellAfter.shift();
    process.stdout.write(
      `  ${fault.name}, after ${Math.round(waited / 1000)} s ${found.length} differences: ${found.slice(0, shownDifferences).join('; ')}\n`,
    );
  }
  const agreedMs = found.length === 0 ? Date.now() - began : null;
  if (found.length > 0)
    violations.push(
      `${fault.name}: ${found.length} differences: ${found.slice(0, shownDifferences).join('; ')}`,
    );
  const held = await collector.probe();
  const { size } = await collector.entries();
  rounds.push({ fault: fault.name, agreedMs, entries: size, held, start: collector.starts });
  const { rss, heapUsed, files, timers } = held;
  process.stdout.write(
    `${new Date().toISOString().slice(11, 19)} ${fault.name}: ${agreedMs === null ? `DIFFERENT ${violations.at(-1)}` : `agree after ${agreedMs} ms`}; ${size} entries, ${(rss / 1e6).toFixed(0)} MB, heap ${(heapUsed / 1e6).toFixed(1)} MB, ${files} files, ${timers} timers\n`,
  );
}

/** What grew in the last life of the collector, a line each. */
function growth(): string[] {
  const life = rounds.filter(({ start, fault }) => start === collector.starts && fault === 'nothing');
  const [first, last] = [life[0], life.at(-1)];
  if (first === undefined || last === undefined || first === last) return ['too short to say what grows'];
  const line = (what: string, of: (held: Held) => number, most: number) =>
    `${of(last.held) > most ? 'GROWN ' : ''}${what}: ${of(first.held).toLocaleString('en')} at ${first.entries} entries, ${of(last.held).toLocaleString('en')} at ${last.entries}`;
  return [
    // The allocator keeps what a peak took; a leak goes on and on.
    line('resident octets', ({ rss }) => rss, first.held.rss * 1.6),
    line('octets of the heap', ({ heapUsed }) => heapUsed, first.held.heapUsed * 1.3),
    line('open files', ({ files }) => files, first.held.files + 4),
    line('timers', ({ timers }) => timers, first.held.timers + 10),
  ];
}

// So that what was started goes too, whoever ends this one.
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    if (cache !== null) spawnSync('umount', ['-l', cache]);
    process.exit(1);
  });
const began = Date.now();
await sources.start();
try {
  const faults = soakFaults.filter(({ name }) => name.includes(only));
  for (let index = 0; Date.now() - began < Number(seconds) * 1000; index++) {
    await round(faults[index % faults.length] as SoakFault);
    const elapsed = (Date.now() - began) / (Number(seconds) * 1000);
    if (only === '' && elapsed < killsUntil && index % 2 === 0) await round(killFault);
  }
  await round(soakFaults[0] as SoakFault);
} finally {
  await sources.stop();
  await Promise.all(gates.map(({ connector }) => connector.stop()));
  await collector.stop();
  for (const way of Object.values(ways)) way.stop();
  await agentless.stop();
  await samba.stop();
  openssl.remove();
  if (cache !== null) spawnSync('umount', ['-l', cache]);
}
const grown = growth();
const slowest = rounds.toSorted((a, b) => (b.agreedMs ?? 0) - (a.agreedMs ?? 0))[0];
process.stdout.write(`
${rounds.length} rounds in ${Math.round((Date.now() - began) / 1000)} s, seed ${seed}; ${expected.told} reports; the collector was started ${collector.starts} times
longest until all agreed: ${slowest?.agreedMs} ms, after "${slowest?.fault}"
${grown.join('\n')}
${violations.length === 0 ? 'nothing was different' : violations.join('\n')}
${cache === null ? 'the disk was never full: no file system of its own could be mounted\n' : ''}`);
if (violations.length > 0 || grown.some((line) => line.startsWith('GROWN'))) {
  process.stdout.write(`the log of the collector is ${collector.log}\n`);
  process.exit(1);
}
rmSync(directory, { recursive: true, force: true });
process.exit(0);
