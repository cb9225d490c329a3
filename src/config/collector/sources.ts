import * as z from 'zod';
import { addressExpected, text, wholeNumber } from '../values.ts';

// What the settings of every feed of devices share.

export const addressOrNetwork = z.union([z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()], addressExpected);

/** An address or network, or a list of them. */
export const addresses = z.union(
  [addressOrNetwork, z.array(addressOrNetwork).min(1, addressExpected)],
  `${addressExpected}, or a list of them`,
);

export const userType = z
  .enum(['external', 'remote-user'], 'expected external or remote-user')
  .default('remote-user');
export const userTypeText =
  '`remote-user`: groups are looked up here; `external`: they come with the report, and only they count';

/** May be empty: then users who come without a domain have none. */
export const domainOrNone = z.union([z.literal(''), text(255)]);
export const defaultDomain = domainOrNone.default('');
export const defaultDomainText = 'domain of users who come without one';

export const sourceRate = wholeNumber(0, 1_000_000).default(5000);

/** No two of a list have the same name. */
export function uniqueNames(
  list: readonly { name: string }[],
  context: z.core.$RefinementCtx,
  path: string,
): void {
  const seen = new Set<string>();
  for (const [index, { name }] of list.entries()) {
    if (seen.has(name))
      context.addIssue({
        code: 'custom',
        path: [path, index, 'name'],
        message: 'expected a name that no other entry of the list has',
      });
    seen.add(name);
  }
}
