import * as z from 'zod';
import { onOff, text, wholeNumber } from '../values.ts';
import { collectorOption } from './option.ts';

/** How groups are looked up in directories. */
export const directoryOptions = {
  ldap: collectorOption({
    schema: z.array(text(35)).default([]),
    fallback: 'none',
    values:
      'list of names of `ldap` entries: the Active Directory domains, or global catalogues, that users are looked up in',
  }),
  'directory-access': collectorOption({
    schema: z.enum(['standard', 'advanced'], 'expected standard or advanced').default('standard'),
    fallback: 'standard',
    values:
      '`standard`: groups as `DOMAIN/GROUP`, direct membership; `advanced`: distinguished names, nested groups. FortiGates have to use the same',
  }),
  'nested-groups': collectorOption({
    schema: z.enum(['token-groups', 'in-chain'], 'expected token-groups or in-chain').default('token-groups'),
    fallback: 'token-groups',
    values:
      'in advanced mode: `token-groups` asks for the access token of the user, `in-chain` follows members, which costs the server more',
  }),
  'universal-groups': collectorOption({
    schema: onOff.default('disable'),
    fallback: 'disable',
    values: '`enable` takes universal groups beside domain local and global ones',
  }),
  'trusted-domains': collectorOption({
    schema: onOff.default('disable'),
    fallback: 'disable',
    values:
      '`enable` looks for users of one directory in groups of the others too, as foreign security principals',
  }),
  'group-cache-minutes': collectorOption({
    schema: wholeNumber(0, 1440).default(10),
    fallback: 10,
    values:
      'minutes that the groups of a user are known, 0 to 1440; 0 asks with every logon (a collector of Windows: off)',
  }),
  'group-lookup-interval': collectorOption({
    schema: wholeNumber(0, 86_400).default(0),
    fallback: 0,
    values:
      'seconds between two look-ups for everybody who is logged on, 0 to 86400; 0 looks up at logon only',
  }),
} as const;
