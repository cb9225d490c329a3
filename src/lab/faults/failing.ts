import type { Clock } from '../../clock.ts';
import { emsProfile } from '../../ems/profile.ts';
import type { Authority } from '../authority.ts';
import { LabEms } from '../ems/server.ts';
import type { LabEmsTarget } from '../ems-target.ts';
import type { Person } from '../people.ts';
import type { FailingEms } from './failures.ts';
import { FaultyEms } from './faulty-ems.ts';

interface Place {
  /** Ours, as the EMS servers know it. */
  readonly serial: string;
  readonly people: readonly Person[];
  /** Signs the certificates of the servers, and that of the one whose CA nobody has installed. */
  readonly authority: Authority;
  readonly elsewhere: Authority;
  /** Signed our own certificate. */
  readonly devices: Authority;
  readonly clock: Clock;
}

/** Starts one EMS for each failure; `stops` gets what ends them. */
export async function startFailing(
  failures: readonly FailingEms[],
  { serial, people, authority, elsewhere, devices, clock }: Place,
  stops: (() => Promise<void> | void)[],
): Promise<LabEmsTarget[]> {
  return Promise.all(
    failures.map(async (failure, index): Promise<LabEmsTarget> => {
      const { name, fault, call, callTimeout, earlierSerial } = failure;
      const ems = await LabEms.start({
        serialNumber: `FCTEMS000000${String(201 + index).padStart(4, '0')}`,
        authority,
        hostName: `ems-${name}.corp.example`,
        deviceRoots: [devices.certificate],
        people: people.filter((_, place) => place % failures.length === index),
        clock,
      });
      stops.push(() => ems.stop());
      const faulty = await FaultyEms.start(ems, elsewhere);
      stops.push(() => faulty.stop());
      if (!failure.notAuthorized) ems.authorize(serial);
      faulty.play(fault, call === undefined ? null : new RegExp(`^${emsProfile.calls[call].path}`));
      return {
        name,
        port: faulty.port,
        chain: [faulty.certificate, authority.certificate],
        known: true,
        accepted: !failure.notAccepted,
        admin: null,
        ...(callTimeout === undefined ? {} : { callTimeout }),
        ...(earlierSerial === undefined ? {} : { acceptedSerial: earlierSerial }),
      };
    }),
  );
}
