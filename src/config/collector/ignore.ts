import * as z from 'zod';
import { onOff, text, wholeNumber } from '../values.ts';
import { collectorOption } from './option.ts';

const addressExpected = 'expected an IPv4 address, a range such as 10.0.0.10-10.0.0.20, or a network';

/** Which logons are left out. */
export const ignoreOptions = {
  'ignore-user-list': collectorOption({
    schema: z.array(text(256)).default([]),
    fallback: 'none',
    values:
      'list of users whose logons are left out: `USER` of any domain or `DOMAIN\\USER`, where `*` and `?` stand for any text and any character; case is not minded',
  }),
  'ignore-machine-accounts': collectorOption({
    schema: onOff.default('enable'),
    fallback: 'enable',
    values: '`enable` leaves out the accounts of computers, whose names end in `$`',
  }),
  'dc-agent-ignore-ip-list': collectorOption({
    schema: z
      .array(
        z
          .string(addressExpected)
          .regex(/^\d+\.\d+\.\d+\.\d+(?:[-/][\d.]+)?$/, addressExpected)
          .refine(
            (entry) => entry.split(/[-/]/, 1).every((address) => z.ipv4().safeParse(address).success),
            addressExpected,
          ),
      )
      .default([]),
    fallback: 'none',
    values:
      'list of addresses, networks and `FIRST-LAST` ranges at which logons that DC agents report are left out, such as those of terminal servers',
  }),
  'duplicate-window': collectorOption({
    schema: wholeNumber(0, 60).default(10),
    fallback: 10,
    values:
      'seconds in which the same logon from another agent is not told again, because several domain controllers see one logon; 0 to 60, 0 tells it each time',
  }),
} as const;
