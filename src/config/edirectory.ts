import * as z from 'zod';
import { type CollectorOption, collectorOption, collectorOptionRow } from './collector/option.ts';
import { serveOptions } from './collector/serve.ts';
import { optionShape } from './option.ts';
import { host, path, port, secretSchema, text, wholeNumber } from './values.ts';

const serversExpected = 'expected one to five servers';
const basesExpected = 'expected one to twenty distinguished names';

/** The directory that is looked at, in the words of `config user ldap` where that has them. */
const directoryShape = {
  servers: z
    .array(z.strictObject({ server: host(63), port: port.optional() }), serversExpected)
    .min(1, serversExpected)
    .max(5, serversExpected),
  secure: z.enum(['ldaps', 'starttls', 'disable']).default('ldaps'),
  'ca-cert': path.optional(),
  'server-identity-check': z.enum(['enable', 'disable']).default('enable'),
  dn: z
    .union(
      [text(511).transform((dn) => [dn]), z.array(text(511), basesExpected).min(1, basesExpected)],
      basesExpected,
    )
    .refine((bases) => bases.length <= 20, basesExpected),
  cnid: text(20).default('cn'),
  username: text(511).optional(),
  password: secretSchema.optional(),
};

const directoryParts = {
  servers: {
    fallback: 'required',
    values: 'list of one to five servers with the same data, tried in this order',
  },
  'servers.server': {
    fallback: 'required',
    values: 'host name, IPv4 or IPv6 address, at most 63 characters',
  },
  'servers.port': { fallback: '636', values: '1 to 65535; without LDAPS 389 where it is left out' },
  secure: {
    fallback: 'ldaps',
    values:
      '`ldaps`, `starttls`, or `disable`, with a warning: then the login and who is logged on go over the network in plain text',
  },
  'ca-cert': {
    fallback: 'none',
    values: 'PEM or DER file with the CA of the servers; without it the CAs of `trust.ca`',
  },
  'server-identity-check': {
    fallback: 'enable',
    values: '`enable` or `disable`: the certificate has to name the server',
  },
  dn: {
    fallback: 'required',
    values: 'distinguished name, or a list of up to 20: users are looked for below them',
  },
  cnid: { fallback: 'cn', values: 'attribute that names a user, 1 to 20 characters' },
  username: {
    fallback: 'none',
    values: 'distinguished name to log in with; without one the login is anonymous',
  },
  password: { fallback: 'none', values: 'a secret; together with `username`' },
} as const;

const {
  listen,
  port: fortigatePort,
  'ssl-port': sslPort,
  certificate,
  key,
  fortigates,
  filters,
} = serveOptions;

/** Every option of our eDirectory agent, in the order of docs/cli.md: the schema and that table are made from it. */
const edirectoryOptions = {
  listen,
  port: fortigatePort,
  'ssl-port': sslPort,
  certificate,
  key,
  password: collectorOption({
    schema: secretSchema.optional(),
    fallback: 'none',
    values: 'a secret, at most 16 characters; without one FortiGates need none',
  }),
  fortigates,
  filters,
  ldap: collectorOption({
    schema: z.strictObject(directoryShape),
    fallback: 'required',
    values: '',
    parts: directoryParts,
  }),
  'poll-interval': collectorOption({
    schema: wholeNumber(1, 3600).default(30),
    fallback: 30,
    values: 'seconds between two looks at the directory, 1 to 3600',
  }),
  domain: collectorOption({
    schema: text(255).optional(),
    fallback: 'none',
    values:
      'domain that FortiGates are told for every user; without it the value of the last part of the first `dn`, in capitals: `ACME` of `ou=users,o=acme`',
  }),
  'dead-entry-timeout': collectorOption({
    schema: wholeNumber(0, 100_000).default(480),
    fallback: 480,
    values:
      'minutes without an answer of the directory until everybody is logged off, 0 to 100000; 0 is never',
  }),
} as const satisfies Record<string, CollectorOption>;

/** The key `edirectory`. */
export const edirectorySchema = z.strictObject(optionShape(edirectoryOptions));
export type EdirectoryConfig = z.infer<typeof edirectorySchema>;

/** The rows of docs/cli.md. */
export function edirectoryOptionRows(): string[] {
  return Object.entries(edirectoryOptions).flatMap(([name, row]) =>
    collectorOptionRow(name, row, 'edirectory'),
  );
}
