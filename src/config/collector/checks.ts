import * as z from 'zod';
import { addressExpected, secretSchema, text, wholeNumber } from '../values.ts';
import { collectorOption } from './option.ts';

const commandExpected = 'expected a program and its arguments as a list';
const methodExpected = 'expected command, netapi or registry';
const verdictExpected = 'expected status or users';

/** Whether and how workstations are asked who is logged on (docs/cli.md, Workstation check). */
export const checkOptions = {
  'workstation-verify-interval': collectorOption({
    schema: wholeNumber(0, 1440).default(0),
    fallback: 0,
    values:
      'minutes until a workstation is asked again whether its user is still there, 0 to 1440; 0 is never. The product asks each 5 minutes. Needs `workstation-check-networks`, and what the method needs ([Workstation check](#workstation-check))',
  }),
  'workstation-check-networks': collectorOption({
    schema: z
      .array(z.union([z.cidrv4(), z.ipv4()], addressExpected))
      .min(1, 'expected at least one network')
      .optional(),
    fallback: 'none',
    values: 'list of addresses and networks whose workstations may be asked; no other one ever is',
  }),
  'workstation-check-method': collectorOption({
    schema: z.enum(['command', 'netapi', 'registry'], methodExpected).default('command'),
    fallback: 'command',
    values:
      '`command` runs `workstation-check-command`; `netapi` asks the workstation service over SMB (NetrWkstaUserEnum); `registry` asks its remote registry (HKEY_USERS)',
  }),
  'workstation-check-user': collectorOption({
    schema: text(255).optional(),
    fallback: 'none',
    values:
      'the account of `netapi` and `registry`, `DOMAIN\\USER` or `USER@domain.example`; it has to be in the local Administrators of the workstations',
  }),
  'workstation-check-password': collectorOption({
    schema: secretSchema.optional(),
    fallback: 'none',
    values: 'its password: `{ env: NAME }`, `{ file: PATH }` or `{ command: [...] }`',
  }),
  'workstation-check-command': collectorOption({
    schema: z.array(z.string(commandExpected), commandExpected).min(1, commandExpected).optional(),
    fallback: 'none',
    values:
      'program and arguments that ask one workstation; `{ip}` and `{workstation}` in them are replaced, no shell reads them',
  }),
  'workstation-check-verdict': collectorOption({
    schema: z.enum(['status', 'users'], verdictExpected).default('status'),
    fallback: 'status',
    values:
      '`status`: exit status 0 says that the user is there, 1 that not. `users`: with exit status 0 the output names who is logged on. Everything else says nothing',
  }),
  'workstation-check-timeout': collectorOption({
    schema: wholeNumber(1, 60).default(10),
    fallback: 10,
    values: 'seconds for one workstation, 1 to 60; a program is killed then, with all that it started',
  }),
  'workstation-check-threads': collectorOption({
    schema: wholeNumber(0, 64).default(0),
    fallback: 0,
    values: 'workstations asked at the same time, 0 to 64; 0 is one, as in the product',
  }),
} as const;
