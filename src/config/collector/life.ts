import * as z from 'zod';
import { wholeNumber } from '../values.ts';
import { collectorOption } from './option.ts';

/** How an entry gets its address, and how long it lives. */
export const lifeOptions = {
  dns: collectorOption({
    schema: z
      .array(
        z.union(
          [z.ipv4(), z.ipv6(), z.string().regex(/^(?:[\d.]+|\[[\da-fA-F:]+\]):\d{1,5}$/)],
          'expected the address of a DNS server',
        ),
      )
      .default([]),
    fallback: 'none',
    values: 'list of DNS servers, `ADDRESS` or `ADDRESS:PORT`, for logons without an address',
  }),
  'workstation-verify-interval': collectorOption({
    schema: z.literal(0, 'expected 0: workstation checks are not built yet').default(0),
    fallback: 0,
    values: 'only 0: workstations are not checked yet',
  }),
  'dead-entry-timeout': collectorOption({
    schema: wholeNumber(0, 100_000).default(480),
    fallback: 480,
    values: 'minutes until an entry ends by itself, 0 to 100000; 0 is never',
  }),
} as const;
