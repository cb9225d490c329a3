import { networkInterfaces } from 'node:os';
import type { Gateway } from '../ems/device.ts';

const noAddress = '00:00:00:00:00:00';

/** The IPv4 addresses of this machine's interfaces, as EMS is told them; loopback is of no use to it. */
export function ownGateways(interfaces: typeof networkInterfaces = networkInterfaces): Gateway[] {
  return Object.entries(interfaces()).flatMap(([name, addresses]) =>
    (addresses ?? [])
      .filter(({ internal, family }) => !internal && family === 'IPv4')
      .map(({ address, mac }) => ({ interface: name, ip: address, mac: mac === noAddress ? '' : mac })),
  );
}
