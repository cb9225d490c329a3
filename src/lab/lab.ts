import { randomBytes } from 'node:crypto';
import type { Clock, Timer } from '../clock.ts';
import { DcAgent } from '../fsso/agents/dc.ts';
import { TsAgent } from '../fsso/agents/ts.ts';
import { Collector } from '../fsso/collector/collector.ts';
import { agentFeed } from '../fsso/collector/feeds/agents.ts';
import { Authority, type Identity } from './authority.ts';
import { startCloud } from './cloud.ts';
import { LabEms } from './ems/server.ts';
import type { LabEmsTarget } from './ems-target.ts';
import { type LabSecureConnector, startSecure, startUnusable } from './fail-over.ts';
import { startFailing } from './faults/failing.ts';
import type { LabFssoOptions } from './fortigate/fsso-entry.ts';
import { guestObjects, officeObjects } from './fortigate/office.ts';
import { LabFortigate } from './fortigate/server.ts';
import { company, domain, type Person, staticGroups } from './people.ts';
import { Relay } from './relay.ts';
import { type Scenario, type ScenarioName, scenarios } from './scenario.ts';
import { WorkingDay } from './working-day.ts';

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

/** One FortiGate of the lab, read over its REST API. */
export interface LabFortigateTarget {
  name: string;
  port: number;
  token: string;
}

const serial = 'FGVM01LAB0000001';
const edgeSerial = 'FGVM01LAB0000002';
const loopback = '127.0.0.1';
const agentVersion = '5.0.0301';
const keepaliveMs = 10_000;
// The lab's collector of the first place has another password, as after a change that reached only one of them.
const passwordBytes = 6;

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
        startEms(scenario, people, clock, collecting, stops),
        collecting,
      ]);
      await startDay(scenario, people, collectors.agentPorts, clock, stops);
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

/** How one EMS of the lab is set up. */
interface EmsPlan {
  name: string;
  capabilities: readonly string[];
  version?: string;
  admin?: { name: string; password: string };
  authority: Authority;
  /** Its serial number. */
  number: string;
  known: boolean;
  accepted: boolean;
  /** That its certificate is still valid. */
  days: number;
}

async function startEms(
  scenario: Scenario,
  people: readonly Person[],
  clock: Clock,
  collecting: ReturnType<typeof startCollectors>,
  stops: (() => Promise<void> | void)[],
) {
  const now = clock.now();
  const [devices, headquarters, branch, acquired] = await Promise.all([
    Authority.create('Fortinet Device CA (lab)', now),
    Authority.create('FortiClient Enterprise Management Server', now),
    Authority.create('Example Corp Issuing CA', now),
    Authority.create('Acquired Company Root CA', now),
  ]);
  const identity = await devices.issue({ commonName: serial, organizationalUnit: 'FortiGate' });
  const place = { serial, people, authority: headquarters, elsewhere: acquired, devices, clock };
  if (scenario.failing)
    return { identity, ems: await startFailing(scenario.failing, place, stops), fortigates: [] };
  if (scenario.cloud) return { identity, ems: await startCloud(place, stops), fortigates: [] };
  const newer = ['fabric-auth', 'silent-approval', 'websocket', 'common-tags-api', 'tenant-id'];
  // Before notifications and common tags: it is polled, and tells tags by endpoint.
  const older = ['fabric-auth', 'silent-approval'];
  const plans: readonly EmsPlan[] = [
    {
      name: 'hq',
      capabilities: newer,
      // The one that the lab's FortiGate has an entry for, too old to be without a published weakness.
      version: '7.4.5',
      admin: { name: 'admin', password: randomBytes(passwordBytes).toString('hex') },
      authority: headquarters,
      number: 'FCTEMS0000000137',
      known: true,
      accepted: true,
      days: 397,
    },
    {
      name: 'branch',
      capabilities: older,
      authority: branch,
      number: 'FCTEMS0000000155',
      known: true,
      accepted: false,
      days: 21,
    },
    {
      name: 'acquired',
      capabilities: newer,
      authority: acquired,
      number: 'FCTEMS0000000169',
      known: false,
      accepted: false,
      days: 90,
    },
  ];
  const ems = await Promise.all(
    plans.map(async (plan): Promise<LabEmsTarget> => {
      const server = await LabEms.start({
        serialNumber: plan.number,
        authority: plan.authority,
        hostName: `ems-${plan.name}.corp.example`,
        deviceRoots: [devices.certificate],
        daysLeft: plan.days,
        clock,
        // Each has a third of the company, as after mergers.
        people: people.filter((_, place) => place % plans.length === plans.indexOf(plan)),
        changeEvery: scenario.endpointChangeMs,
        capabilities: plan.capabilities,
        ...(plan.admin ? { admin: plan.admin } : {}),
      });
      if (plan.version) server.state.version = plan.version;
      stops.push(() => server.stop());
      server.authorize(serial);
      const { name, known, accepted } = plan;
      return {
        name,
        port: server.port,
        chain: [server.certificate, plan.authority.certificate],
        known,
        accepted,
        admin: plan.admin ?? null,
      };
    }),
  );
  // The last collector is one that lets everybody in who knows the password.
  const collector = (await collecting).targets.at(-1);
  const fsso = collector ? [{ name: 'corp', collectors: [collector], clock }] : [];
  const fortigates = [await startFortigate(headquarters, devices, ems[0]?.port ?? 0, fsso, stops)];
  return { identity, ems, fortigates };
}

/**
 * A FortiGate whose entry for the first EMS waits to be authorised there, and to accept its certificate; its users come from
 * a collector that ours may use too.
 */
async function startFortigate(
  authority: Authority,
  devices: Authority,
  emsPort: number,
  fsso: readonly LabFssoOptions[],
  stops: (() => Promise<void> | void)[],
): Promise<LabFortigateTarget> {
  const token = randomBytes(passwordBytes).toString('hex');
  const edge = await LabFortigate.start({
    serial: edgeSerial,
    hostName: 'fortigate-edge.corp.example',
    authority,
    identity: await devices.issue({ commonName: edgeSerial, organizationalUnit: 'FortiGate' }),
    token,
    cas: [authority.certificate],
    connectors: [{ id: 1, name: 'ems-hq', host: loopback, port: emsPort }],
    fsso,
    vdoms: ['root', 'guest'],
    objects: { root: officeObjects, guest: guestObjects },
    cluster: {
      mode: 'a-p',
      group: 'edge',
      members: [
        { serial: edgeSerial, hostName: 'fortigate-edge.corp.example', priority: 200, primary: true },
        {
          serial: 'FGVM01LAB0000003',
          hostName: 'fortigate-edge-2.corp.example',
          priority: 100,
          primary: false,
        },
      ],
    },
  });
  stops.push(() => edge.stop());
  await edge.connect();
  return { name: 'edge', port: edge.port, token };
}

async function startCollectors(
  scenario: Scenario,
  people: readonly Person[],
  clock: Clock,
  stops: (() => Promise<void> | void)[],
) {
  const password = randomBytes(passwordBytes).toString('hex');
  const passwords = [randomBytes(passwordBytes).toString('hex'), password];
  // Of two that must let us in neither has another password.
  const isOpen = scenario.hang !== null || scenario.flapMs !== undefined;
  if (isOpen) passwords.reverse();
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
      feeds: [agentFeed({ listen: loopback, port: 0, allowed: [`${loopback}/32`] })],
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
    agentPorts.push(addresses.feeds.agents?.port ?? 0);
    const behindRelay = scenario.flapMs !== undefined || (scenario.hang !== null && targets.length === 0);
    const port = behindRelay
      ? await startRelay(addresses.fortigate, scenario, clock, stops)
      : addresses.fortigate.port;
    targets.push({ host: loopback, port, password });
  }
  return { targets, secure, agentPorts, running };
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

async function startDay(
  scenario: Scenario,
  people: readonly Person[],
  agentPorts: readonly number[],
  clock: Clock,
  stops: (() => Promise<void> | void)[],
): Promise<void> {
  const collectors = agentPorts.map((port) => ({ host: loopback, port }));
  const common = { collectors, version: agentVersion, keepaliveMs, clock };
  const controllers = ['DC01', 'DC02'].map((name) => new DcAgent({ ...common, domain: `${domain}-${name}` }));
  const agent = new TsAgent({ ...common, domain });
  for (const sender of [...controllers, agent]) {
    await sender.start();
    stops.push(() => sender.stop());
  }
  const day = new WorkingDay({
    people,
    controllers,
    terminalServer: { agent, ip: '10.20.40.10' },
    perSecond: scenario.perSecond,
    early: scenario.early,
    seed: 20260115,
    clock,
  });
  day.start();
  stops.push(() => day.stop());
}
