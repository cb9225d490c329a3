import { X509Certificate } from 'node:crypto';
import { systemClock } from '../../src/clock.ts';
import { Authority } from '../../src/lab/authority.ts';
import type { LabAdminOptions } from '../../src/lab/ems/admin.ts';
import { LabEms } from '../../src/lab/ems/server.ts';
import { LabFortigate, type LabFortigateOptions } from '../../src/lab/fortigate/server.ts';
import { company } from '../../src/lab/people.ts';

export const fortigateSerial = 'FGVM01LAB0000002';
export const fortigateToken = 'token-of-the-api-administrator';
export const adminPassword = 'p4ss-word-of-an-admin';

/** A lab of one EMS with its administrators and one FortiGate that is configured for it, not authorised and not verified. */
export interface LabFabric {
  readonly ems: LabEms;
  readonly fortigate: LabFortigate;
  /** Signs both servers; DER and PEM. */
  readonly root: Buffer;
  readonly rootPem: string;
  stop(): Promise<void>;
}

let authorities: Promise<[servers: Authority, devices: Authority]> | null = null;

/** Keys take long, so that one run of tests makes its authorities once. */
function madeAuthorities(): Promise<[Authority, Authority]> {
  authorities ??= Promise.all([
    Authority.create('Lab server CA', Date.now()),
    Authority.create('Lab device CA', Date.now()),
  ]);
  return authorities;
}

export async function startFabric(
  fortigate: Partial<LabFortigateOptions> = {},
  admin: Partial<LabAdminOptions> = {},
): Promise<LabFabric> {
  const [authority, devices] = await madeAuthorities();
  const ems = await LabEms.start({
    serialNumber: 'FCTEMS0000000137',
    authority,
    hostName: 'ems.corp.example',
    deviceRoots: [devices.certificate],
    admin: { name: 'admin', password: adminPassword, endpoints: { total: 12, online: 7 }, ...admin },
    clock: systemClock,
    people: company(6),
  });
  const identity = await devices.issue({ commonName: fortigateSerial, organizationalUnit: 'FortiGate' });
  const server = await LabFortigate.start({
    serial: fortigateSerial,
    hostName: 'edge.corp.example',
    authority,
    identity,
    token: fortigateToken,
    cas: [authority.certificate],
    connectors: [{ id: 1, name: 'ems137', host: '127.0.0.1', port: ems.port }],
    ...fortigate,
  });
  return {
    ems,
    fortigate: server,
    root: new X509Certificate(authority.certificate).raw,
    rootPem: authority.certificate,
    async stop() {
      await Promise.all([server.stop(), ems.stop()]);
    },
  };
}
