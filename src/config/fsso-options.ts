import * as z from 'zod';
import { type ConfigOption, option, optionRows, optionShape, sdwanRefused, toggle } from './option.ts';
import { groupList, host, path, port, secretSchema, sourceIp, text, wholeNumber } from './values.ts';

export type FssoOption = ConfigOption;

/** Where a collector listens unless it was told otherwise. */
export const collectorPorts = { plain: 8000, tls: 8001 } as const;

const serversExpected = 'expected one to five servers';
const probeExpected = 'expected 0, or a whole number from 10 to 3600';
const groupsExpected = 'expected 1 to 2047 groups';

/** Names of docs/protocol/fsso.md, Authentication. */
export const authStrategies = [
  'none',
  'hmac-md5-serial-challenge',
  'hmac-md5-challenge',
  'md5-challenge-password',
  'md5-password-challenge',
] as const;

/** One collector of a connector: `server`, `port` and `password` of FortiOS, each with a number there. */
export const fssoServerOptions = {
  server: option({
    schema: host(63),
    form: { kind: 'text' },
    fallback: 'required',
    values: 'host name, IPv4 or IPv6 address, at most 63 characters',
    effect: 'acts',
  }),
  port: option({
    schema: port.default(collectorPorts.plain),
    form: { kind: 'number' },
    fallback: collectorPorts.plain,
    values: '1 to 65535; with `ssl: enable` a collector of Windows listens on 8001',
    effect: 'acts',
  }),
  password: option({
    schema: secretSchema.optional(),
    form: { kind: 'secret' },
    fallback: 'none',
    values: 'a secret; collectors take at most 15 characters. Without one the collector must ask for none',
    effect: 'acts',
  }),
} as const;

/**
 * Every option of `config user fsso` that concerns its links, and ours beside them, once (docs/protocol/fsso.md,
 * Configuration): the schema of an entry, docs/cli.md and forms are made from it.
 */
export const fssoOptions = {
  name: option({
    schema: text(35),
    form: { kind: 'text' },
    fallback: 'required',
    values: '1 to 35 characters, once',
    effect: 'acts',
  }),
  servers: option({
    schema: z
      .array(z.strictObject(optionShape(fssoServerOptions)), serversExpected)
      .min(1, serversExpected)
      .max(5, serversExpected),
    form: { kind: 'none' },
    fallback: 'required',
    values: 'one to five collectors, tried in this order',
    effect: 'acts',
  }),
  'logon-timeout': option({
    schema: wholeNumber(1, 2880).default(5),
    form: { kind: 'number' },
    fallback: 5,
    values: 'minutes that logons are kept after the link is lost, 1 to 2880',
    effect: 'acts',
  }),
  ssl: toggle('disable', '`enable` speaks TLS to every collector of the entry'),
  'ssl-trusted-cert': option({
    schema: path.optional(),
    form: { kind: 'text' },
    fallback: 'none',
    values:
      'PEM or DER file with the CA, or the very certificate, that collectors are trusted by; without it the CAs of `trust.ca`',
    effect: 'acts',
  }),
  'ssl-server-host-ip-check': toggle(
    'disable',
    '`enable` demands that the certificate names the configured `server`',
  ),
  sni: option({
    schema: text(255).optional(),
    form: { kind: 'text' },
    fallback: 'none',
    values: 'host name that is sent in the TLS handshake; without it a `server` that is a name is sent',
    effect: 'acts',
  }),
  'source-ip': option({
    schema: sourceIp,
    form: { kind: 'text' },
    fallback: '0.0.0.0',
    values: 'IPv4 address to connect from; `0.0.0.0` lets the system choose',
    effect: 'acts',
  }),
  'source-ip6': option({
    schema: z.ipv6('expected an IPv6 address of this machine, or :: for any').default('::'),
    form: { kind: 'text' },
    fallback: '::',
    values: 'IPv6 address to connect to IPv6 collectors from; `::` lets the system choose',
    effect: 'acts',
  }),
  'interface-select-method': option({
    schema: sdwanRefused,
    form: { kind: 'choice', values: ['auto', 'specify'] },
    fallback: 'auto',
    values: '`auto`, or `specify` with `interface`; `sdwan` is refused',
    effect: 'acts',
  }),
  interface: option({
    schema: text(15).optional(),
    form: { kind: 'text' },
    fallback: 'none',
    values: 'with `specify`: the network interface of this machine whose address is connected from',
    effect: 'acts',
  }),
  'ldap-server': option({
    schema: text(35).optional(),
    form: { kind: 'none' },
    fallback: 'none',
    values:
      'name of an `ldap` entry: the directory that `why` asks for the groups of a user, beside what the collector says',
    effect: 'acts',
  }),
  'user-info-server': option({
    schema: text(35).optional(),
    form: { kind: 'none' },
    fallback: 'none',
    values: 'name of an `ldap` entry that goes before `ldap-server` when a user is asked about',
    effect: 'acts',
  }),
  type: option({
    schema: z.enum(['default', 'fortinac'], 'expected default or fortinac').optional(),
    form: { kind: 'none' },
    fallback: 'default',
    values: '`default` or `fortinac`; both are spoken to in the same way here',
    effect: 'no-effect',
  }),
  'auth-strategy': option({
    schema: z.enum(authStrategies).default('hmac-md5-serial-challenge'),
    form: { kind: 'choice', values: authStrategies },
    fallback: 'hmac-md5-serial-challenge',
    values:
      'or `none`, `hmac-md5-challenge`, `md5-challenge-password`, `md5-password-challenge` ([protocol/fsso.md](protocol/fsso.md), Authentication)',
    effect: 'acts',
    ours: true,
  }),
  'group-filter': option({
    schema: groupList.min(1, groupsExpected).max(2047, groupsExpected).optional(),
    form: { kind: 'none' },
    fallback: 'none',
    values: 'list of groups that is sent to the collector, which then sends users of these groups only',
    effect: 'acts',
    ours: true,
  }),
  'pipeline-send-all': toggle(
    'disable',
    '`enable` asks for the logons right behind our hello, without waiting for the verdict',
    { ours: true },
  ),
  'standby-probe-interval': option({
    schema: z
      .int(probeExpected)
      .refine((seconds) => seconds === 0 || (seconds >= 10 && seconds <= 3600), probeExpected)
      .default(60),
    form: { kind: 'number' },
    fallback: 60,
    values:
      'seconds between two probes of a collector that is not in use, 10 to 3600, a fifth more or less; 0 is never. A probe waits for the hello of the collector and leaves, it never logs in',
    effect: 'acts',
    ours: true,
  }),
} as const;

/** The keys of an entry. */
export const fssoOptionShape = optionShape(fssoOptions);

/** Options of the table that are refused, and why. */
export const fssoOptionsRefused: Readonly<Record<string, string>> = {
  'group-poll-interval':
    'the message that asks a collector for its groups is not known, so nothing could be polled: remove it',
  'vrf-select': 'there are no VRFs on this machine: remove it',
  ...Object.fromEntries(
    ['server', 'port', 'password'].flatMap((key) =>
      ['', 2, 3, 4, 5].map((number) => [
        `${key}${number}`,
        'goes into the list servers: [ { server: HOST, port: 8000, password: { env: NAME } } ]',
      ]),
    ),
  ),
};

/** The rows of docs/cli.md, in the order of the tables. */
export function fssoOptionRows(effect: FssoOption['effect']): string[] {
  const rows = optionRows('fsso', fssoOptions, effect);
  if (effect !== 'acts') return rows;
  const list = rows.findIndex((row) => row.startsWith('| `fsso.servers`'));
  return rows.toSpliced(list + 1, 0, ...optionRows('fsso.servers', fssoServerOptions, effect));
}
