import { randomBytes } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Authority } from './authority.ts';
import { LabEms } from './ems/server.ts';
import type { LabEmsTarget } from './ems-target.ts';
import type { Person } from './people.ts';

interface Place {
  /** Ours, as EMS Cloud knows it. */
  readonly serial: string;
  readonly people: readonly Person[];
  /** Signs the certificate of EMS Cloud. */
  readonly authority: Authority;
  /** Signed our own certificate. */
  readonly devices: Authority;
  readonly clock: Clock;
}

const accessKey = () => randomBytes(12).toString('hex');

/**
 * Starts one EMS Cloud, front desk and instance in one, and says how three connectors go there: by the account of the device,
 * which has a contract, by an access key of an account whose contract is over, and by one that nobody gave out.
 */
export async function startCloud(
  { serial, people, authority, devices, clock }: Place,
  stops: (() => Promise<void> | void)[],
): Promise<LabEmsTarget[]> {
  const over = accessKey();
  const server = await LabEms.start({
    serialNumber: 'FCTEMS0000000911',
    authority,
    // The front desk is known by its name, and this is the only one that leads to this machine.
    hostName: 'localhost',
    deviceRoots: [devices.certificate],
    people,
    cloud: {
      accounts: new Map([[serial, 'valid']]),
      accessKeys: new Map([[over, 'lost']]),
      instance: null,
    },
    clock,
  });
  stops.push(() => server.stop());
  server.authorize(serial);
  const connector = (name: string, key: string | null): LabEmsTarget => ({
    name,
    port: server.port,
    chain: [server.certificate, authority.certificate],
    known: true,
    accepted: key === null,
    admin: null,
    cloud: { accessKey: key },
  });
  return [connector('cloud', null), connector('no-contract', over), connector('key-refused', accessKey())];
}
