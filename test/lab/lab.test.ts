import { expect, onTestFinished, test, vi } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import type { FssoChange } from '../../src/fsso/gate/changes.ts';
import { FssoConnector, type FssoConnectorOptions } from '../../src/fsso/gate/connector.ts';
import { Lab } from '../../src/lab/lab.ts';
import { type ScenarioName, scenarios } from '../../src/lab/scenario.ts';
import { ManualClock } from '../support/manual-clock.ts';

// A busy machine makes keys slowly; every test below starts a lab of its own.
vi.setConfig({ testTimeout: 30_000 });
const soon = { timeout: 15_000 };

async function startLab(name: ScenarioName, clock = new ManualClock(Date.now())) {
  const lab = await Lab.start(name, clock);
  onTestFinished(() => lab.stop());
  return { lab, clock };
}

function connect(lab: Lab, report: (change: FssoChange) => void = () => undefined): FssoConnector {
  const connector = new FssoConnector(
    {
      name: 'corp',
      identity: `${lab.targets.serial}-root`,
      collectors: [...lab.targets.collectors],
      strategy: 'hmac-md5-serial-challenge',
      logonTimeoutMs: 300_000,
      clock: systemClock,
    },
    report,
  );
  onTestFinished(() => connector.stop());
  connector.start();
  return connector;
}

test('the first collector refuses the password and the second has the people who came early', async () => {
  const { lab } = await startLab('quiet');
  const connector = connect(lab);
  await vi.waitFor(() => expect(connector.logons.size).toBeGreaterThan(40), soon);
});

test('people go on logging on while the clock runs', async () => {
  const { lab, clock } = await startLab('office');
  const connector = connect(lab);
  await vi.waitFor(() => expect(connector.logons.size).toBeGreaterThan(60), soon);
  const early = connector.logons.size;
  clock.advance(20_000);
  await vi.waitFor(() => expect(connector.logons.size).toBeGreaterThan(early + 10), soon);
});

test('who is not seen again is logged off when the dead entry timeout has run out', async () => {
  const { lab, clock } = await startLab('office');
  let logoffs = 0;
  const connector = connect(lab, (change) => {
    if (change.kind === 'logon' && change.op === 'remove') logoffs += 1;
  });
  await vi.waitFor(() => expect(connector.logons.size).toBeGreaterThan(60), soon);
  clock.advance(scenarios.office.deadEntryTimeoutMs + 10_000);
  await vi.waitFor(() => expect(logoffs).toBeGreaterThan(60), soon);
});

test('a lab that was stopped has left no timer and no port', async () => {
  const clock = new ManualClock(Date.now());
  const lab = await Lab.start('outage', clock);
  await lab.stop();
  expect(clock.waiting).toBe(0);
  await expect(fetch(`https://127.0.0.1:${lab.targets.ems[0]?.port}/`)).rejects.toThrow('fetch failed');
});

test('the way to both collectors of the flapping scenario is cut again and again, and the users stay', async () => {
  const { lab, clock } = await startLab('flapping');
  const lost = new Set<string>();
  const connector = connect(lab, (change) => {
    if (change.kind === 'link' && change.link.state === 'lost') lost.add(change.link.server);
  });
  await vi.waitFor(() => expect(connector.logons.size).toBeGreaterThan(60), soon);
  const first = connector.links.find((link) => link.active)?.server;
  clock.advance(scenarios.flapping.flapMs);
  await vi.waitFor(() => expect([...lost]).toEqual([first]), soon);
  await vi.waitFor(() => expect(connector.links.find((link) => link.active)?.server).not.toBe(first), soon);
  await vi.waitFor(() => expect(connector.links.some((link) => link.state === 'online')).toBe(true), soon);
  clock.advance(scenarios.flapping.flapMs);
  await vi.waitFor(() => expect(lost.size).toBe(2), soon);
  expect(connector.logons.size).toBeGreaterThan(60);
});

test('the fail-over scenario has five collectors of which the last serves, and a second connector over TLS', async () => {
  const { lab } = await startLab('failover');
  expect(lab.targets.collectors).toHaveLength(5);
  const last = lab.targets.collectors.slice(3);
  const { secure } = lab.targets;
  const open = (collectors: typeof last, tls: FssoConnectorOptions['tls']) => {
    const identity = `${lab.targets.serial}-root`;
    const strategy = 'hmac-md5-serial-challenge';
    const connector = new FssoConnector(
      { name: 'corp', identity, collectors, strategy, logonTimeoutMs: 300_000, tls, clock: systemClock },
      () => undefined,
    );
    onTestFinished(() => connector.stop());
    connector.start();
    return connector;
  };
  const plain = open(last, null);
  const branch = open([...(secure?.collectors ?? [])], {
    ca: [secure?.ca ?? ''],
    sni: null,
    checksHost: true,
  });
  await vi.waitFor(() => expect(plain.logons.size).toBeGreaterThan(40), soon);
  await vi.waitFor(() => expect(branch.logons.size).toBeGreaterThan(40), soon);
  expect(branch.links.map(({ state, problem }) => `${state} ${problem?.code ?? ''}`)).toEqual([
    'failed WRONG_NAME',
    'online ',
  ]);
});
