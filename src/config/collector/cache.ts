import * as z from 'zod';
import { path } from '../values.ts';
import { collectorOption } from './option.ts';

/** What a collector keeps on disk. */
export const cacheOptions = {
  'logon-cache': collectorOption({
    schema: z.enum(['enable', 'disable']).default('enable'),
    fallback: 'enable',
    values: '`enable` or `disable`: keep the logons on disk, so that a restart forgets none',
  }),
  'cache-directory': collectorOption({
    schema: path.optional(),
    fallback: '$XDG_STATE_HOME/fabrictop/collector',
    values: 'directory of the logon cache, private to one collector',
  }),
} as const;
