import { commonFailures, type FailingEms, rareFailures } from './faults/failures.ts';

/** What the lab plays. Rates are a second, times milliseconds from the start. */
export interface Scenario {
  /** One line for `--help` and for the screen. */
  readonly about: string;
  readonly people: number;
  readonly early: number;
  readonly perSecond: number;
  /** Between changes of the endpoints of each EMS; 0 leaves them as they are. */
  readonly endpointChangeMs: number;
  /** Dead entry timeout of the collectors; 0 keeps entries for ever. */
  readonly deadEntryTimeoutMs: number;
  /** When the collector in use stops answering, and for how long. */
  readonly hang: { afterMs: number; lastsMs: number } | null;
  /** Between two moments at which every connection to a collector is cut. */
  readonly flapMs?: number;
  /** EMS servers that fail in these ways take the place of those of the company. */
  readonly failing?: readonly FailingEms[];
  /** EMS Cloud takes the place of those of the company. */
  readonly cloud?: true;
  /** Five collectors of which only the last works, and a second connector over TLS. */
  readonly failOver?: true;
  /** One collector, which asks three domain controllers itself, and has an agent on the terminal server only. */
  readonly polled?: true;
  /** One collector, with a gate that asks browsers by NTLM who they are, beside agents on the domain controllers. */
  readonly gated?: true;
}

/** Some people who stay, so that the other screens are not empty. */
const few = {
  people: 60,
  early: 60,
  perSecond: 0,
  endpointChangeMs: 0,
  deadEntryTimeoutMs: 0,
  hang: null,
} as const;

/** About 200 people at their desks, a few logons a second. */
const day = {
  people: 240,
  early: 90,
  perSecond: 4,
  endpointChangeMs: 4_000,
  deadEntryTimeoutMs: 120_000,
  hang: null,
} as const;

/** Every scenario of `fabrictop demo --scenario NAME`. */
export const scenarios = {
  office: {
    about: 'a working day: three EMS connectors, two collectors, about 200 people',
    ...day,
  },
  busy: {
    about: 'the same company at 500 logons a second',
    people: 1400,
    early: 400,
    perSecond: 500,
    endpointChangeMs: 500,
    deadEntryTimeoutMs: 120_000,
    hang: null,
  },
  quiet: {
    about: 'everybody has logged on and nothing happens',
    ...few,
  },
  outage: {
    about: 'the collector in use hangs after 15 s and is back 60 s later',
    ...day,
    hang: { afterMs: 15_000, lastsMs: 60_000 },
  },
  flapping: {
    about: 'the way to both collectors is cut every 12 s, as by a bad switch port',
    ...day,
    flapMs: 12_000,
  },
  faults: {
    about: 'seven EMS servers, each failing as admins meet it: CA, certificate, authorisation, licence …',
    ...few,
    failing: commonFailures,
  },
  'more-faults': {
    about: 'seven more, seldom met: multi-tenant, VM certificate, replaced EMS, old TLS, throttling …',
    ...few,
    failing: rareFailures,
  },
  cloud: {
    about:
      'EMS Cloud: a connector with a contract, one whose contract is over, one whose access key is refused',
    ...few,
    cloud: true,
  },
  failover: {
    about: 'five collectors, of which only the last works, and a second connector over TLS with a wrong name',
    ...day,
    failOver: true,
  },
  polling: {
    about:
      'no agents: a collector of ours polls three domain controllers; one denies it, one has its log cleared',
    ...day,
    polled: true,
  },
  ntlm: {
    about:
      'who no agent saw is asked by NTLM: wrong passwords, accounts that are disabled, locked, out of date',
    ...day,
    gated: true,
  },
} as const satisfies Record<string, Scenario>;

export type ScenarioName = keyof typeof scenarios;

/** Whether the lab knows a scenario of that name. */
export function isScenario(name: string): name is ScenarioName {
  return Object.hasOwn(scenarios, name);
}
