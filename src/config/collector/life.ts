import * as z from 'zod';
import { wholeNumber } from '../values.ts';
import { collectorOption } from './option.ts';

const suffix = z
  .string('expected a domain such as corp.example')
  .max(253, 'expected a domain of at most 253 characters')
  .regex(/^[\p{L}\p{N}_][\p{L}\p{N}_-]*(?:\.[\p{L}\p{N}_-]+)*$/u, 'expected a domain such as corp.example');

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
    values:
      'list of DNS servers, `ADDRESS` or `ADDRESS:PORT`, asked in this order; one that does not answer comes last for 30 s. They find the address where a logon has none, and whether it has changed',
  }),
  'alternative-workstation-suffixes': collectorOption({
    schema: z.array(suffix).default([]),
    fallback: 'none',
    values:
      'list of domains that a bare workstation name is completed with, behind the domain of the logon, in this order',
  }),
  'ip-address-change-verify-interval': collectorOption({
    schema: wholeNumber(0, 86_400).default(60),
    fallback: 60,
    values:
      'seconds until the addresses of a workstation are looked up again, 0 to 86400; a user whose address DNS does not have any more is logged off there and on at the new one. 0 is never. No more than 1,000 names are asked for in a second: with 300,000 users a round takes five minutes',
  }),
  'worker-threads': collectorOption({
    schema: wholeNumber(1, 512).default(128),
    fallback: 128,
    values: 'names that are looked up at the same time, 1 to 512',
  }),
  'dead-entry-timeout': collectorOption({
    schema: wholeNumber(0, 100_000).default(480),
    fallback: 480,
    values:
      'minutes until an entry ends that nothing reports and no workstation confirms, 0 to 100000; 0 is never',
  }),
} as const;
