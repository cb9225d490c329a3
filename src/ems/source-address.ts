import { networkInterfaces } from 'node:os';
import { safeText } from '../safe-text.ts';
import { EmsFailure } from './diagnosis.ts';

/** Options of an entry that choose where calls come from (docs/protocol/ems.md, Configuration). */
export interface SourceChoice {
  /** `0.0.0.0` leaves the choice to the interface, or to the system. */
  sourceIp: string;
  /** `interface-select-method specify`: calls leave by this interface. Null or absent: by any. */
  sourceInterface?: string | null;
}

/**
 * The address to connect from, looked up anew for each try, because an interface may come, go and change its address.
 * @throws EmsFailure when the interface is missing or has no IPv4 address
 */
export function sourceAddress(
  { sourceIp, sourceInterface = null }: SourceChoice,
  server: string,
  interfaces: () => ReturnType<typeof networkInterfaces> = networkInterfaces,
): string {
  if (sourceInterface === null) return sourceIp;
  const name = safeText(sourceInterface);
  const addresses = interfaces()[sourceInterface];
  if (addresses === undefined)
    throw new EmsFailure('no-interface', {
      server,
      detail: `this machine has no interface ${name} that is up`,
    });
  if (sourceIp !== '0.0.0.0') return sourceIp;
  const address = addresses.find(({ family }) => family === 'IPv4')?.address;
  if (address === undefined)
    throw new EmsFailure('no-interface', { server, detail: `${name} has no IPv4 address` });
  return address;
}
