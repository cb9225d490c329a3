import { randomBytes } from 'node:crypto';
import type { Clock, Timer } from '../clock.ts';
import { Collector } from '../fsso/collector/collector.ts';
import { agentFeed } from '../fsso/collector/feeds/agents.ts';
import { type LabSecureConnector, startSecure, startUnusable } from './fail-over.ts';
import { loopback, passwordBytes } from './loopback.ts';
import { type Person, staticGroups } from './people.ts';
import { Relay } from './relay.ts';
import type { Scenario } from './scenario.ts';
import type { LogonPlace } from './working-day.ts';

/** What stands of the FSSO side of a lab. */
export interface StartedCollectors {
  /** Of the first connector, in its order. */
  readonly targets: readonly { host: string; port: number; password: string }[];
  /** A second FSSO connector, in scenarios that have one. */
  readonly secure: LabSecureConnector | null;
  /** Where agents report to, one each. */
  readonly agentPorts: readonly number[];
  /** Domain controllers that are asked, in scenarios that have some. */
  readonly places: readonly LogonPlace[];
  /** Where browsers are asked, in scenarios that have some. */
  readonly gates: readonly LogonPlace[];
  /** The collectors themselves, for their control sockets. */
  readonly running: readonly Collector[];
}

/** The collectors of the scenario, whom our connectors and those of FortiGates use. `stops` takes what ends them. */
export async function startCollectors(
  scenario: Scenario,
  people: readonly Person[],
  clock: Clock,
  stops: (() => Promise<void> | void)[],
): Promise<StartedCollectors> {
  const password = randomBytes(passwordBytes).toString('hex');
  // That of the first place has another password, as after a change that reached only one of them.
  const passwords = [randomBytes(passwordBytes).toString('hex'), password];
  // Of two that must let us in neither has another password.
  const isOpen = scenario.hang !== null || scenario.flapMs !== undefined;
  if (isOpen) passwords.reverse();
  // One that has something to tell of is enough, and nobody waits for Windows in the other scenarios.
  const polled = scenario.polled
    ? await (await import('./polled/controllers.ts')).startPolledControllers(clock, stops)
    : null;
  const gated = scenario.gated
    ? await (await import('./gated/gate.ts')).startGate(people, clock, stops)
    : null;
  if (polled || gated) passwords.shift();
  const targets: { host: string; port: number; password: string }[] = [];
  const agentPorts: number[] = [];
  const running: Collector[] = [];
  let secure: LabSecureConnector | null = null;
  if (scenario.failOver) {
    for (const unusable of await startUnusable(clock, stops)) targets.push({ ...unusable, password });
    const { deadEntryTimeoutMs } = scenario;
    const options = { groups: staticGroups(people), deadEntryTimeoutMs, clock };
    const second = await startSecure(options, password, stops);
    agentPorts.push(...second.agentPorts);
    secure = second.connector;
  }
  for (const own of passwords) {
    const collector = new Collector({
      listen: loopback,
      port: 0,
      feeds: [
        agentFeed({ listen: loopback, port: 0, allowed: [`${loopback}/32`] }),
        ...(polled ? [polled.feed] : []),
        ...(gated ? [gated.feed] : []),
      ],
      password: isOpen ? password : own,
      fortigates: null,
      dns: [],
      groups: staticGroups(people),
      filters: {},
      deadEntryTimeoutMs: scenario.deadEntryTimeoutMs,
      clock,
      log: () => undefined,
    });
    const addresses = await collector.start();
    running.push(collector);
    stops.push(() => collector.stop());
    gated?.listensAt(addresses.feeds['NTLM gate']?.port ?? 0);
    agentPorts.push(addresses.feeds.agents?.port ?? 0);
    const behindRelay = scenario.flapMs !== undefined || (scenario.hang !== null && targets.length === 0);
    const port = behindRelay
      ? await startRelay(addresses.fortigate, scenario, clock, stops)
      : addresses.fortigate.port;
    targets.push({ host: loopback, port, password });
  }
  return {
    targets,
    secure,
    agentPorts,
    places: polled?.places ?? [],
    gates: gated ? [gated.place] : [],
    running,
  };
}

async function startRelay(
  target: { address: string; port: number },
  scenario: Scenario,
  clock: Clock,
  stops: (() => Promise<void> | void)[],
): Promise<number> {
  const relay = await Relay.start(target);
  stops.push(() => relay.stop());
  const { hang, flapMs } = scenario;
  const timers: Timer[] = [];
  if (hang) {
    timers.push(clock.after(hang.afterMs, () => relay.freeze()));
    timers.push(clock.after(hang.afterMs + hang.lastsMs, () => relay.thaw()));
  }
  if (flapMs !== undefined) timers.push(clock.every(flapMs, () => relay.cut()));
  stops.push(() => {
    for (const timer of timers) timer.cancel();
  });
  return relay.port;
}
