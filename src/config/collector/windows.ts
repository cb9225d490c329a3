import * as z from 'zod';
import { isLoopback, listenAddress } from '../metrics.ts';
import { host, path, secretSchema, text, wholeNumber } from '../values.ts';
import { collectorOption } from './option.ts';
import { defaultDomain, defaultDomainText } from './sources.ts';

const idsExpected =
  'expected 0, 1, 2, or a list of 4768, 4769, 4770, 4776 and 4624, with 4769 only beside 4768';
const ids = z.literal([4768, 4769, 4770, 4776, 4624], idsExpected);

const listenExpected =
  'expected ADDRESS:PORT of this machine, such as 127.0.0.1:5985; port 0 lets the system choose';

const httpSchema = z
  .strictObject({
    listen: z
      .string(listenExpected)
      .refine((given) => listenAddress(given) !== null, listenExpected)
      .default('127.0.0.1:5985'),
    secret: secretSchema.optional(),
    /** With the collector's own certificate and key. */
    ca: path.optional(),
  })
  .superRefine((http, context) => {
    if (http.secret === undefined && http.ca === undefined)
      context.addIssue({
        code: 'custom',
        path: ['secret'],
        message: 'expected a secret, or ca for certificates on both sides',
      });
    const place = listenAddress(http.listen);
    if (place !== null && http.ca === undefined && !isLoopback(place.address))
      context.addIssue({
        code: 'custom',
        path: ['ca'],
        message: 'expected a PEM file because listen is no loopback address: events name users',
      });
  });

const exchangeSchema = z.strictObject({
  domain: defaultDomain,
  server: z.union(
    [host(255), z.array(host(255)).min(1)],
    'expected a host name or an address, or a list of them',
  ),
  'ignore-name': z.array(text(255)).default([]),
});

const windowsSchema = z
  .strictObject({
    'event-ids': z
      .union([z.literal([0, 1, 2]), z.array(ids).min(1)], idsExpected)
      .refine((given) => !Array.isArray(given) || !given.includes(4769) || given.includes(4768), idsExpected)
      .default(0),
    domain: defaultDomain,
    folder: path.optional(),
    'folder-interval': wholeNumber(1, 3600).default(5),
    http: httpSchema.optional(),
    'exchange-servers': z.array(exchangeSchema).default([]),
  })
  .superRefine((windows, context) => {
    if (windows.folder === undefined && windows.http === undefined)
      context.addIssue({
        code: 'custom',
        path: ['folder'],
        message: 'expected a folder that events are forwarded to, or http',
      });
  });

/** Logons in Windows' own logs, forwarded in XML. */
export const windowsOptions = {
  'windows-events': collectorOption({
    schema: windowsSchema.optional(),
    fallback: 'none',
    values: 'logons from forwarded Windows events; absent: off',
    parts: {
      'event-ids': {
        fallback: 0,
        values:
          'the event-id setting of the product: 0 is 4768 and 4776, 1 also 4769, 2 also 4624; or a list of 4768, 4769 (only beside 4768), 4770, 4776, 4624. At Exchange servers 4624 counts in any case',
      },
      domain: { fallback: 'none', values: defaultDomainText },
      folder: {
        fallback: 'none',
        values: 'folder whose `*.xml` files are read, each once, and what is appended to them',
      },
      'folder-interval': { fallback: 5, values: 'seconds between two looks at the folder, 1 to 3600' },
      'http.listen': { fallback: '127.0.0.1:5985', values: 'address and port that events are posted to' },
      'http.secret': {
        fallback: 'none',
        values: 'a secret that requests carry as `Authorization: Bearer SECRET`',
      },
      'http.ca': {
        fallback: 'none',
        values:
          'PEM file with the authorities of those who post: then it is HTTPS and asks for their certificates, with `certificate` and `key` of the collector. Required where `listen` is no loopback address',
      },
      'exchange-servers': { fallback: 'none', values: 'list of Exchange servers' },
      'exchange-servers.domain': { fallback: 'none', values: defaultDomainText },
      'exchange-servers.server': {
        fallback: 'required',
        values: 'its host name, by which events are known as its own, and its addresses: one, or a list',
      },
      'exchange-servers.ignore-name': {
        fallback: 'none',
        values:
          'domains whose users are not taken from events of other machines that show the Exchange server as the client',
      },
    },
  }),
} as const;
