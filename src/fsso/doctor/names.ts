import { promises } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { lookupTimeout } from '../collector/limits.ts';

/** Who tells addresses of names, and names of addresses. */
export interface Names {
  /** As people call it. */
  readonly who: string;
  /** Empty where the name has none. Rejects with an Error of one line where nobody can be asked. */
  addresses(name: string): Promise<readonly string[]>;
  reverse(address: string): Promise<readonly string[]>;
}

const none: ReadonlySet<string | undefined> = new Set(['ENOTFOUND', 'ENODATA']);

async function orNone(asked: Promise<string[]>, who: string): Promise<string[]> {
  try {
    return await asked;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (none.has(code)) return [];
    throw new Error(`${who} cannot be asked: ${code}`, { cause: error });
  }
}

/** DNS servers, asked in their order. @throws RangeError for what is no address */
export function namesOf(servers: readonly string[]): Names {
  const resolver = new promises.Resolver({ timeout: lookupTimeout, tries: 1 });
  try {
    resolver.setServers(servers);
  } catch {
    throw new RangeError(`${servers.join(', ')}: expected addresses of DNS servers`);
  }
  const who = `DNS (${servers.join(', ')})`;
  return {
    who,
    async addresses(name) {
      const [four, six] = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
      const found = [four, six].flatMap((each) => (each.status === 'fulfilled' ? each.value : []));
      if (found.length > 0 || four.status === 'fulfilled') return found;
      return orNone(Promise.reject(four.reason), who);
    },
    reverse: (address) => orNone(resolver.reverse(address), who),
  };
}

/** As this machine resolves names for every program: hosts file, its DNS servers, and what else it has. */
export const systemNames: Names = {
  who: 'this machine',
  addresses: (name) =>
    orNone(
      lookup(name, { all: true }).then((found) => found.map(({ address }) => address)),
      'the resolver of this machine',
    ),
  reverse: (address) => orNone(promises.reverse(address), 'the resolver of this machine'),
};
