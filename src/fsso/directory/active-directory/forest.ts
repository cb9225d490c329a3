import { directoryKey } from '../../wire/directory-name.ts';
import type { DirectoryClient } from '../client.ts';
import { all, equals } from '../filters.ts';

/** One domain, by its three names. */
export interface Domain {
  /** `CORP`. */
  readonly netbios: string;
  /** `corp.example`. */
  readonly dns: string;
  /** `DC=corp,DC=example`. */
  readonly dn: string;
}

/** What a server says of itself and of the domains that it knows. */
export interface Forest {
  /** Distinguished name of the server's own domain. */
  readonly base: string;
  readonly domains: readonly Domain[];
}

/** Reads the server's own domain, and the names of all domains from the configuration partition. */
export async function readForest(client: Pick<DirectoryClient, 'search'>): Promise<Forest> {
  const [root] = await client.search({
    base: '',
    scope: 'base',
    attributes: ['defaultNamingContext', 'configurationNamingContext'],
  });
  const base = root?.text('defaultNamingContext') ?? '';
  const configuration = root?.text('configurationNamingContext') ?? null;
  if (configuration === null) return { base, domains: [] };
  const found = await client.search({
    base: `CN=Partitions,${configuration}`,
    scope: 'one',
    filter: all(equals('objectClass', 'crossRef'), equals('systemFlags', '3')),
    attributes: ['nCName', 'nETBIOSName', 'dnsRoot'],
  });
  const domains = found.flatMap((entry): Domain[] => {
    const [dn, netbios, dns] = ['nCName', 'nETBIOSName', 'dnsRoot'].map((name) => entry.text(name));
    return dn && netbios && dns ? [{ dn, netbios, dns }] : [];
  });
  return { base, domains };
}

const same = (one: string, other: string) => one.toUpperCase() === other.toUpperCase();

/** The domain of this NetBIOS or DNS name. */
export function domainNamed(forest: Forest, name: string): Domain | null {
  return forest.domains.find(({ netbios, dns }) => same(netbios, name) || same(dns, name)) ?? null;
}

/** The domain that an object belongs to: the longest one that its name ends in. */
export function domainOf(forest: Forest, dn: string): Domain | null {
  const key = directoryKey(dn);
  const ending = forest.domains.filter((domain) => {
    const end = directoryKey(domain.dn);
    return key === end || key.endsWith(`\u0000${end}`);
  });
  return ending.toSorted((one, other) => other.dn.length - one.dn.length)[0] ?? null;
}
