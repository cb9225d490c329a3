import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';

/** Where links leave from: `source-ip`, `source-ip6` and `interface`; null leaves the choice to the system. */
export interface OwnAddress {
  readonly ip4: string | null;
  readonly ip6: string | null;
  /** `interface-select-method specify`: an address of this interface, unless one of the two above is set. */
  readonly interface: string | null;
}

/** What `net.connect` takes; nothing where the system chooses. */
export type Binding = { readonly localAddress: string; readonly family: 4 | 6 } | Record<string, never>;

/** Why no address was found, in the `code` of the error thrown. */
export const ownAddressCodes = { interface: 'NO_INTERFACE', address: 'NO_INTERFACE_ADDRESS' } as const;

/**
 * The address to connect to `host` from, looked up anew for each try, because an interface may come, go and change. A name
 * that is not resolved yet is connected to over IPv4 where both families have an address.
 * @throws an error whose `code` is one of `ownAddressCodes`
 */
export function bindingTo(
  host: string,
  source: OwnAddress | undefined,
  interfaces: () => ReturnType<typeof networkInterfaces> = networkInterfaces,
): Binding {
  if (source === undefined) return {};
  const family = isIP(host);
  const of = (which: 4 | 6): Binding | null => {
    const given = which === 4 ? source.ip4 : source.ip6;
    if (family !== 0 && family !== which) return null;
    const address = given ?? (source.interface === null ? null : onInterface(which));
    return address === null ? null : { localAddress: address, family: which };
  };
  const onInterface = (which: 4 | 6): string | null => {
    const addresses = interfaces()[source.interface ?? ''];
    if (addresses === undefined) throw missing(ownAddressCodes.interface, source.interface);
    // A link-local address reaches its own wire only.
    const found = addresses.find((each) => each.family === `IPv${which}` && !/^fe[89ab]/i.test(each.address));
    return found?.address ?? null;
  };
  const found = of(4) ?? of(6);
  if (found === null && source.interface !== null) throw missing(ownAddressCodes.address, source.interface);
  return found ?? {};
}

function missing(code: string, name: string | null): NodeJS.ErrnoException {
  return Object.assign(new Error(`no address on interface ${name}`), { code });
}
