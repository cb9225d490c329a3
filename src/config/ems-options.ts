import * as z from 'zod';
import {
  type ConfigOption,
  idleToggle,
  onOffText,
  option,
  optionRows,
  optionShape,
  sdwanRefused,
  toggle,
} from './option.ts';
import { type Lifetime, whyAbsent } from './releases.ts';
import { host, onOff, port, secretSchema, sourceIp, text, wholeNumber } from './values.ts';

export type { OptionForm } from './option.ts';

export type EmsOption = ConfigOption;

/** Entries with a number of their own, and all that came with them. */
const numbered: Lifetime = { since: ['7.0.8', '7.2.1'] };

const tenantExpected = 'expected a tenant: 32 hexadecimal digits';
const serialExpected = 'expected the serial number of an EMS, at most 16 letters and digits';
const capabilitiesExpected = 'expected a list of capabilities';

/**
 * Every option of the table, once: the schema of an entry, docs/cli.md, the forms of the dashboard and the limits of a
 * release are made from it. `name` and `status` are taken with every release, because connectors are told apart by
 * name here and any of them can be switched off.
 */
export const emsOptions = {
  name: option({
    schema: text(35),
    form: { kind: 'text' },
    fallback: 'required',
    values: '1 to 35 characters, once',
    effect: 'acts',
  }),
  server: option({
    schema: host(255).optional(),
    form: { kind: 'text' },
    fallback: 'required',
    values: 'host name or address; EMS Cloud has none',
    effect: 'acts',
  }),
  'https-port': option({
    schema: port.default(443),
    form: { kind: 'number' },
    fallback: 443,
    values: '1 to 65535',
    effect: 'acts',
  }),
  'source-ip': option({
    schema: sourceIp,
    form: { kind: 'text' },
    fallback: '0.0.0.0',
    values: 'IPv4 address to connect from; `0.0.0.0` lets the system choose',
    effect: 'acts',
  }),
  'interface-select-method': option({
    schema: sdwanRefused,
    form: { kind: 'choice', values: ['auto', 'specify'] },
    fallback: 'auto',
    values: '`auto`, or `specify` with `interface`; `sdwan` is refused',
    effect: 'acts',
    since: ['7.0.6', '7.2.1'],
  }),
  interface: option({
    schema: text(15).optional(),
    form: { kind: 'text' },
    fallback: 'none',
    values: 'with `specify`: the network interface of this machine whose IPv4 address is connected from',
    effect: 'acts',
    since: ['7.0.6', '7.2.1'],
  }),
  'call-timeout': option({
    schema: wholeNumber(1, 180).default(30),
    form: { kind: 'number' },
    fallback: 30,
    values: 'seconds, 1 to 180',
    effect: 'acts',
  }),
  status: toggle('enable', onOffText),
  'trust-ca-cn': toggle(
    'enable',
    '`enable` accepts a renewed certificate of the same CA and name, `disable` only the very same, as all releases before it',
    { since: ['7.0.12', '7.2.4'], before: 'disable' },
  ),
  'fortinetone-cloud-authentication': toggle(
    'disable',
    "`enable` is FortiClient EMS Cloud instead of an EMS of one's own",
  ),
  'cloud-authentication-access-key': option({
    schema: secretSchema.optional(),
    form: { kind: 'secret' },
    fallback: 'none',
    values:
      'a secret: the FortiGate access key of FortiClient Cloud, for an instance of another account; how it is presented is [assumed]',
    effect: 'acts',
    since: ['7.4.4'],
  }),
  'serial-number': option({
    schema: z
      .string(serialExpected)
      .regex(/^[A-Za-z0-9]{1,16}$/, serialExpected)
      .optional(),
    form: { kind: 'text' },
    fallback: 'none',
    values:
      'the serial number that the EMS has to have; without it, that of the EMS whose certificate was accepted',
    effect: 'acts',
    since: numbered.since as readonly string[],
  }),
  'tenant-id': option({
    schema: z
      .string(tenantExpected)
      .regex(/^[0-9A-Fa-f]{32}$/, tenantExpected)
      .optional(),
    form: { kind: 'text' },
    fallback: 'none',
    values: '32 hexadecimal digits: the tenant that the EMS has to answer for',
    effect: 'acts',
    since: ['7.2.1'],
  }),
  'pull-sysinfo': toggle('enable', '`enable` fetches the endpoints'),
  'pull-tags': toggle('enable', '`enable` fetches tags and their members'),
  'websocket-override': toggle('disable', '`enable` polls only, without the WebSocket', { since: ['7.0.0'] }),
  'preserve-ssl-session': option({
    schema: onOff.optional(),
    form: { kind: 'none' },
    fallback: 'disable',
    values: '`enable` resumes TLS sessions, which some EMS answer with HTTP 500; most should leave it',
    effect: 'acts',
    since: ['7.0.1'],
    until: '7.4',
  }),
  'out-of-sync-threshold': option({
    schema: wholeNumber(10, 3600).default(180),
    form: { kind: 'number' },
    fallback: 180,
    values: 'seconds, 10 to 3600, after which data that was not confirmed is marked out of sync',
    effect: 'acts',
    since: ['7.0.8', '7.2.0'],
  }),
  'ems-id': option({
    schema: wholeNumber(1, 7).optional(),
    form: { kind: 'none' },
    fallback: 'none',
    values: '1 to 7, once',
    effect: 'no-effect',
    ...numbered,
  }),
  'dirty-reason': option({
    schema: z.enum(['none', 'mismatched-ems-sn']).optional(),
    form: { kind: 'none' },
    fallback: 'none',
    values: '`none` or `mismatched-ems-sn`; FortiOS writes it itself',
    effect: 'no-effect',
    ...numbered,
  }),
  capabilities: option({
    schema: z.union([z.string().max(1000), z.array(text(63)).max(32)], capabilitiesExpected).optional(),
    form: { kind: 'none' },
    fallback: 'none',
    values: 'list; FortiOS writes it itself, after what the EMS offers',
    effect: 'no-effect',
    since: ['7.0.0'],
  }),
  'pull-vulnerabilities': idleToggle('enable', {}),
  'pull-avatars': idleToggle('enable', { until: '7.4' }),
  'pull-malware-hash': idleToggle('enable', { since: ['7.0.0'] }),
  'send-tags-to-all-vdoms': idleToggle('disable', { since: ['7.4.2'] }),
  'verifying-ca': option({
    schema: text(79).optional(),
    form: { kind: 'text' },
    fallback: 'none',
    values:
      'the installed CA that the chain has to lead to: the name of its file in `trust.ca` without the ending, its CN, or its SHA-256',
    effect: 'acts',
    since: ['7.4.2'],
  }),
  'cloud-server-type': option({
    schema: z.enum(['production', 'alpha', 'beta']).optional(),
    form: { kind: 'none' },
    fallback: 'production',
    values: '`production`, `alpha` or `beta`',
    effect: 'no-effect',
    until: '7.4.0',
  }),
  'status-check-interval': option({
    schema: wholeNumber(1, 120).optional(),
    form: { kind: 'none' },
    fallback: 5,
    values: 'seconds, 1 to 120',
    effect: 'no-effect',
    until: '6.4',
  }),
} as const;

export type EmsOptionName = keyof typeof emsOptions;

/** The options as keys of a schema. */
export const emsOptionShape = optionShape(emsOptions);

/** What the options of an entry come to with a release that does not have all of them. */
export function asOfRelease<Entry extends object>(entry: Entry, release: string): Entry {
  const held = Object.entries<EmsOption>(emsOptions).flatMap(([name, option]) =>
    option.before !== undefined && whyAbsent(option, release) !== null ? [[name, option.before]] : [],
  );
  return held.length === 0 ? entry : { ...entry, ...Object.fromEntries(held) };
}

/** Options of the table that are refused, and what to do instead. */
export const emsOptionsRefused: Readonly<Record<string, string>> = {
  certificate: 'is of FortiOS 6.4 only: accept the certificate with "fabrictop ems verify" instead',
  'admin-username': 'is of FortiOS 6.2 only: use admin: { name: ... } for the API of the EMS',
  'admin-password': 'is of FortiOS 6.2 only: use admin: { password: ... } for the API of the EMS',
};

/** The rows of docs/cli.md, in the order of the table. */
export function emsOptionRows(effect: EmsOption['effect']): string[] {
  return optionRows('ems', emsOptions, effect);
}
