import * as z from 'zod';
import { groupList } from '../values.ts';
import { collectorOption } from './option.ts';

/** Where the groups of users come from. */
export const groupOptions = {
  groups: collectorOption({
    schema: z.strictObject({ static: z.record(z.string(), groupList).default({}) }).default({ static: {} }),
    fallback: 'none',
    values: '',
    parts: {
      static: {
        fallback: 'none',
        values: 'groups of a user: `DOMAIN\\user` or `*` for anyone, and a list of groups',
      },
    },
  }),
} as const;
