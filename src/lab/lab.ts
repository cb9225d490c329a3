import type { Clock } from '../clock.ts';
import { DcAgent } from '../fsso/agents/dc.ts';
import { TsAgent } from '../fsso/agents/ts.ts';
import type { Collector } from '../fsso/collector/collector.ts';
import type { Identity } from './authority.ts';
import { type StartedCollectors, startCollectors } from './collectors.ts';
import { type LabFortigateTarget, serial, startFabric } from './company-fabric.ts';
import type { LabEmsTarget } from './ems-target.ts';
import type { LabSecureConnector } from './fail-over.ts';
import { loopback } from './loopback.ts';
import { company, domain, type Person } from './people.ts';
import { type Scenario, type ScenarioName, scenarios } from './scenario.ts';
import { WorkingDay } from './working-day.ts';

export type { LabFortigateTarget } from './company-fabric.ts';
export type { LabEmsTarget } from './ems-target.ts';

/** What the FortiGate side needs to be told of a running lab. */
export interface LabTargets {
  /** Serial number and certificate that the lab knows us by. */
  serial: string;
  identity: Identity;
  ems: readonly LabEmsTarget[];
  collectors: readonly { host: string; port: number; password: string }[];
  /** A second FSSO connector, in scenarios that have one. */
  secure: LabSecureConnector | null;
  fortigates: readonly LabFortigateTarget[];
}

const agentVersion = '5.0.0301';
const keepaliveMs = 10_000;

/** Everything on loopback, on ports that the system chooses, with keys and passwords made at each start. */
export class Lab {
  readonly targets: LabTargets;
  /** The collectors themselves, for their control sockets. */
  readonly collectors: readonly Collector[];
  readonly #stops: (() => Promise<void> | void)[];

  private constructor(
    targets: LabTargets,
    collectors: readonly Collector[],
    stops: (() => Promise<void> | void)[],
  ) {
    this.targets = targets;
    this.collectors = collectors;
    this.#stops = stops;
  }

  /** Starts every server and agent of the scenario. What was started is stopped again when a later part fails. */
  static async start(name: ScenarioName, clock: Clock): Promise<Lab> {
    const scenario: Scenario = scenarios[name];
    const stops: (() => Promise<void> | void)[] = [];
    try {
      const people = company(scenario.people);
      const collecting = startCollectors(scenario, people, clock, stops);
      const [fabric, collectors] = await Promise.all([
        startFabric(scenario, people, clock, collecting, stops),
        collecting,
      ]);
      await startDay(scenario, people, collectors, clock, stops);
      return new Lab(
        { serial, ...fabric, collectors: collectors.targets, secure: collectors.secure },
        collectors.running,
        stops,
      );
    } catch (error) {
      await stopAll(stops);
      throw error;
    }
  }

  /** Ends the agents first, then the servers. */
  async stop(): Promise<void> {
    await stopAll(this.#stops);
  }
}

async function stopAll(stops: (() => Promise<void> | void)[]): Promise<void> {
  for (const stop of stops.splice(0).reverse()) await stop();
}

async function startDay(
  scenario: Scenario,
  people: readonly Person[],
  { agentPorts, places, gates }: Pick<StartedCollectors, 'agentPorts' | 'places' | 'gates'>,
  clock: Clock,
  stops: (() => Promise<void> | void)[],
): Promise<void> {
  const collectors = agentPorts.map((port) => ({ host: loopback, port }));
  const common = { collectors, version: agentVersion, keepaliveMs, clock };
  const names = places.length === 0 ? ['DC01', 'DC02'] : [];
  const agents = names.map((name) => new DcAgent({ ...common, domain: `${domain}-${name}` }));
  const agent = new TsAgent({ ...common, domain });
  for (const sender of [...agents, agent]) {
    await sender.start();
    stops.push(() => sender.stop());
  }
  const day = new WorkingDay({
    people,
    controllers: [...agents, ...places, ...gates],
    terminalServer: { agent, ip: '10.20.40.10' },
    perSecond: scenario.perSecond,
    early: scenario.early,
    seed: 20260115,
    clock,
  });
  day.start();
  stops.push(() => day.stop());
}
