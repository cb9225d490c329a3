import * as z from 'zod';
import { path, wholeNumber } from '../values.ts';
import { collectorOption } from './option.ts';

/** The log of logon events, beside the log of the command. */
export const logOptions = {
  'log-level': collectorOption({
    schema: z.enum(['debug', 'info', 'warn', 'error'], 'expected debug, info, warn or error').default('info'),
    fallback: 'info',
    values:
      '`debug`, `info`, `warn` or `error`: the least level that is logged; `--log-level` goes before it',
  }),
  'logon-event-log': collectorOption({
    schema: path.optional(),
    fallback: 'none',
    values:
      'file for the lines of logon events alone: datagrams of agents, logons, logoffs, what FortiGates are sent; always in the format of the product',
  }),
  'log-file-size': collectorOption({
    schema: wholeNumber(1, 1024).default(10),
    fallback: 10,
    values:
      'megabytes of `--log-file`, and of `logon-event-log`, 1 to 1024; then the file becomes `FILE.bak`, in place of an earlier one',
  }),
} as const;
