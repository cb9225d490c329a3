import * as z from 'zod';
import { listeningPort, secretSchema, text } from '../values.ts';
import { collectorOption } from './option.ts';
import {
  addresses,
  defaultDomain,
  defaultDomainText,
  sourceRate,
  uniqueNames,
  userType,
  userTypeText,
} from './sources.ts';

const clientSchema = z.strictObject({
  name: text(63),
  ip: addresses,
  secret: secretSchema,
  'user-type': userType,
  'group-attribute': z
    .enum(['fortinet-group-name', 'class'], 'expected fortinet-group-name or class')
    .default('fortinet-group-name'),
  domain: defaultDomain,
});

const radiusSchema = z
  .strictObject({
    port: listeningPort.default(1813),
    'rate-limit': sourceRate,
    clients: z.array(clientSchema).min(1, 'expected at least one client: requests of others are dropped'),
  })
  .superRefine((radius, context) => uniqueNames(radius.clients, context, 'clients'));

/** Logons that network access servers account for. */
export const radiusOptions = {
  'radius-accounting': collectorOption({
    schema: radiusSchema.optional(),
    fallback: 'none',
    values: 'logons from RADIUS accounting; absent: off',
    parts: {
      port: { fallback: 1813, values: 'UDP; 0 lets the system choose' },
      'rate-limit': {
        fallback: 5000,
        values: 'requests a second of one server, twice as many at once; 0 sets no limit',
      },
      clients: {
        fallback: 'required',
        values: 'list of network access servers; requests of all others are dropped',
      },
      'clients.name': { fallback: 'required', values: 'shown with what goes wrong' },
      'clients.ip': { fallback: 'required', values: 'an address or a network, or a list of them' },
      'clients.secret': { fallback: 'required', values: 'a secret, which the servers share' },
      'clients.user-type': { fallback: 'remote-user', values: userTypeText },
      'clients.group-attribute': {
        fallback: 'fortinet-group-name',
        values:
          'where groups stand, for `external`: `fortinet-group-name` (vendor 12356, attribute 1) or `class`',
      },
      'clients.domain': { fallback: 'none', values: defaultDomainText },
    },
  }),
} as const;
