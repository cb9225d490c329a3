import type { DirectoryClient } from '../client.ts';
import { all, any, equals } from '../filters.ts';

/** Primary groups of domain controllers, and of read-only ones. */
const controllerGroups = ['516', '521'];

/**
 * DNS names of the domain controllers below a name, in lower case, sorted.
 * @param base the distinguished name of a domain
 */
export async function readControllers(
  client: Pick<DirectoryClient, 'search'>,
  base: string,
): Promise<string[]> {
  const found = await client.search({
    base,
    scope: 'sub',
    filter: all(
      equals('objectClass', 'computer'),
      any(controllerGroups.map((group) => equals('primaryGroupID', group))),
    ),
    attributes: ['dNSHostName'],
  });
  const names = found.map((entry) => entry.text('dNSHostName')?.toLowerCase() ?? '');
  return [...new Set(names)].filter((name) => name !== '').sort();
}
