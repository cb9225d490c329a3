import { expect, test, vi } from 'vitest';
import type { NamedController } from '../../../src/backends/doctor/controller-subjects.ts';
import { doctorOnce } from '../../../src/backends/doctor/once.ts';
import type { DoctorSubjects } from '../../../src/backends/doctor/subjects.ts';
import { systemClock } from '../../../src/clock.ts';
import type { ControllerLink } from '../../../src/fsso/windows/reading.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { scriptedDns } from '../../support/scripted-dns.ts';

const nothing: DoctorSubjects = {
  ...{ domains: [], dns: [], directories: [], controllers: [], channels: [], gates: [], workstation: null },
  controllerNamed: () => null,
};

/** A domain controller that is polled by sessions; `open` is what becomes of that. */
function controller(host: string, open: () => Promise<ControllerLink>): NamedController {
  const names = { who: 'a test', addresses: async () => ['127.0.0.1'], reverse: async () => [] };
  return {
    ...{ host, account: 'CORP\\svc', names, otherNames: null, isWmiSecure: false },
    ...{ polledBy: ['netapi'], usedBy: ['polling'], ports: { smb: 445, wmi: 5985 } },
    readings: [{ mode: 'netapi', log: 'Security', ids: [] }],
    tryPort: async () => {},
    logIn: async () =>
      ({ dialect: '3.1.1', encrypted: true, roundTripMs: 1, close: async () => {} }) as never,
    open,
  };
}

const never = () => new Promise<ControllerLink>(() => {});
const options = { clock: systemClock, timeoutMs: 60_000, json: true };

interface Document {
  healthy: boolean;
  examined: {
    name: string;
    checks: { check: string; verdict: string; detail: string; problem: { message: string } | null }[];
  }[];
}

async function report(subjects: DoctorSubjects): Promise<Document> {
  return JSON.parse((await doctorOnce(subjects, options)).output);
}

/** The DNS of a domain with one domain controller at 127.0.0.77. */
const dns = () =>
  scriptedDns((name, type) => {
    if (type === 'SRV')
      return name.startsWith('_ldap._tcp.dc._msdcs.corp.') ? ['dc1.corp.example'] : 'unknown-name';
    if (type === 'PTR') return ['dc1.corp.example'];
    return type === 'A' && name === 'dc1.corp.example' ? ['127.0.0.77'] : 'unknown-name';
  });

test('a domain whose records are all there is healthy, though dynamic updates cannot be read', async () => {
  const { address } = await dns();
  const { healthy, examined } = await report({ ...nothing, domains: ['corp.example'], dns: [address] });
  expect(examined[0]?.checks.map(({ check, verdict }) => `${check}: ${verdict}`)).toEqual([
    `DNS server ${address}: ok`,
    'DNS SRV _ldap._tcp.dc._msdcs.corp.example: ok',
    'DNS A of 1 domain controllers: ok',
    'DNS PTR of domain controllers: ok',
    'DNS dynamic update: unknown',
  ]);
  expect(healthy).toBe(true);
});

test('a domain that DNS does not know is not healthy, nor is one whose servers do not answer', async () => {
  const { address } = await dns();
  expect((await report({ ...nothing, domains: ['other.example'], dns: [address] })).healthy).toBe(false);
  const closed = await report({ ...nothing, domains: ['corp.example'], dns: ['127.0.0.1:1'] });
  expect(closed.healthy).toBe(false);
  expect(closed.examined[0]?.checks[0]).toMatchObject({
    check: 'DNS server 127.0.0.1:1',
    verdict: 'failed',
    detail: '127.0.0.1:1 cannot be asked: ECONNREFUSED',
  });
});

test('one DNS server of two that is dead is said, and speaks against nothing', async () => {
  const { address } = await dns();
  const { healthy, examined } = await report({
    ...{ ...nothing, domains: ['corp.example'], dns: ['127.0.0.1:1', address] },
  });
  expect(examined[0]?.checks[0]).toMatchObject({ check: 'DNS server 127.0.0.1:1', verdict: 'failed' });
  expect(examined[0]?.checks[2]).toMatchObject({
    check: 'DNS SRV _ldap._tcp.dc._msdcs.corp.example',
    verdict: 'ok',
  });
  expect(healthy).toBe(true);
});

test('a domain controller that is configured by its address and found by its name is examined once, and said to be polled twice', async () => {
  const { address } = await dns();
  const denied = () => Promise.reject(Object.assign(new Error('x'), { problem: noRight }));
  const { examined } = await report({
    ...{
      ...nothing,
      domains: ['corp.example'],
      dns: [address],
      controllers: [controller('127.0.0.77', denied)],
    },
    controllerNamed: (host) => controller(host, denied),
  });
  expect(examined.map(({ name }) => name)).toEqual(['corp.example', '127.0.0.77']);
  expect(examined[0]?.checks.at(-1)).toMatchObject({
    verdict: 'warning',
    problem: { message: 'dc1.corp.example is polled twice' },
  });
});

const noRight = { stage: 'sessions', code: 'ERROR_ACCESS_DENIED', message: 'no', cause: '', fix: [] };

test('what was found before the time ran out stands, for each machine that did not get done', async () => {
  const clock = new ManualClock();
  const run = doctorOnce(
    { ...nothing, controllers: [controller('127.0.0.77', never), controller('127.0.0.78', never)] },
    { clock, timeoutMs: 5_000, json: true },
  );
  // The logins of both have ended by then, or have not begun: nothing here waits for the network.
  for (let turn = 0; turn < 20; turn += 1) await new Promise((done) => setImmediate(done));
  clock.advance(5_000);
  const { output, isHealthy } = await run;
  const { examined } = JSON.parse(output) as Document;
  expect(isHealthy).toBe(false);
  for (const { checks } of examined)
    expect(checks.map(({ check, verdict }) => `${check}: ${verdict}`)).toEqual([
      'port 445/tcp: ok',
      'SMB login: ok',
      'time: failed',
    ]);
});

test('a domain that did not get done is not healthy', async () => {
  const { address, questions } = await scriptedDns(() => 'silent');
  const clock = new ManualClock();
  const subjects = { ...nothing, domains: ['corp.example'], dns: [address] };
  const run = doctorOnce(subjects, { clock, timeoutMs: 1_000, json: true });
  await vi.waitFor(() => expect(questions).toHaveLength(1), { timeout: 20_000, interval: 2 });
  clock.advance(1_000);
  expect((await run).isHealthy).toBe(false);
});

test('the text ends with what a person wants to know', async () => {
  const { address } = await dns();
  const said = async (domain: string) => {
    const { output } = await doctorOnce(
      { ...nothing, domains: [domain], dns: [address] },
      { ...options, json: false },
    );
    return output.trimEnd().split('\n').at(-1);
  };
  expect(await said('corp.example')).toBe('Everything that the configuration wants works.');
  expect(await said('other.example')).toBe(
    'Not everything that the configuration wants works: see other.example.',
  );
});
