import { randomBytes } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { Authority } from './authority.ts';
import { startCloud } from './cloud.ts';
import type { StartedCollectors } from './collectors.ts';
import { LabEms } from './ems/server.ts';
import type { LabEmsTarget } from './ems-target.ts';
import { startFailing } from './faults/failing.ts';
import type { LabFssoOptions } from './fortigate/fsso-entry.ts';
import { guestObjects, officeObjects } from './fortigate/office.ts';
import { LabFortigate } from './fortigate/server.ts';
import { loopback, passwordBytes } from './loopback.ts';
import type { Person } from './people.ts';
import type { Scenario } from './scenario.ts';

/** Serial number that the lab knows us by. */
export const serial = 'FGVM01LAB0000001';
const edgeSerial = 'FGVM01LAB0000002';

/** One FortiGate of the lab, read over its REST API. */
export interface LabFortigateTarget {
  name: string;
  port: number;
  token: string;
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

/** The EMS servers of the scenario, what we are to them, and the FortiGates. `stops` takes what ends them. */
export async function startFabric(
  scenario: Scenario,
  people: readonly Person[],
  clock: Clock,
  collecting: Promise<Pick<StartedCollectors, 'targets'>>,
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
