import * as z from 'zod';

// Every leaf says what it expects, range included; loading adds where the value stands and what was found there.

function wholeNumber(from: number, to: number) {
  const expected = `expected a whole number from ${from} to ${to}`;
  return z.int(expected).min(from, expected).max(to, expected);
}

function text(longest: number) {
  const expected = `expected text of 1 to ${longest} characters`;
  return z.string(expected).min(1, expected).max(longest, expected);
}

const addressExpected = 'expected an IPv4 or IPv6 address, or a network such as 10.0.0.0/24';
const onOff = z.enum(['enable', 'disable']);
const port = wholeNumber(1, 65535);
/** 0 lets the system choose; the log line `listening` names the port. */
const listeningPort = wholeNumber(0, 65535);
const sourceIp = z.ipv4('expected an IPv4 address of this machine, or 0.0.0.0 for any').default('0.0.0.0');
const groupList = z.array(text(511));
const path = text(4096);

function host(longest: number) {
  const expected = `expected a host name or address of at most ${longest} characters, without https:// and without a port`;
  return z
    .string(expected)
    .max(longest, expected)
    .regex(/^(?:[\p{L}\p{N}_](?:[\p{L}\p{N}._-]*)|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)$/u, expected)
    .refine((value) => !/^[^:]*:[^:]*$/.test(value), expected);
}

const commandExpected = 'expected a program and its arguments as a list';

/** Said for a literal, an unknown source and a mistyped one alike. The value found is never repeated. */
export const secretExpected =
  'a secret is never a literal: use { env: NAME }, { file: PATH } or { command: [PROGRAM, ARGUMENT, ...] }';

/** Never a literal: the environment, a private file or a command gives the secret. */
export const secretSchema = z.union(
  [
    z.strictObject({ env: text(255) }),
    z.strictObject({ file: path }),
    z.strictObject({ command: z.array(z.string(), commandExpected).min(1, commandExpected) }),
  ],
  secretExpected,
);

const identitySchema = z.strictObject({
  /** Serial number that we present to EMS and, with `-vdom`, to collectors. */
  serial: text(35),
  vdom: text(31).default('root'),
  certificate: path.optional(),
  key: path.optional(),
});

const trustSchema = z.strictObject({
  ca: z.array(path).default([]),
  store: path.optional(),
});

/** Who signs in to the administrator's API of an EMS; which keys belong together is a matter of rules.ts. */
const adminSchema = z.strictObject({
  name: text(255).optional(),
  password: secretSchema.optional(),
  /** Of a multi-tenant EMS. */
  site: text(255).optional(),
  /** Of EMS Cloud: the account and its key, in place of name and password. */
  'account-email': text(255).optional(),
  'access-key': secretSchema.optional(),
});

/** Options of `config endpoint-control fctems` (docs/protocol/ems.md, Configuration), and `admin`, which is ours. */
const emsSchema = z.strictObject({
  name: text(35),
  status: onOff.default('enable'),
  server: host(255).optional(),
  'https-port': port.default(443),
  'source-ip': sourceIp,
  /** Seconds. */
  'call-timeout': wholeNumber(1, 180).default(30),
  'trust-ca-cn': onOff.default('enable'),
  'fortinetone-cloud-authentication': onOff.default('disable'),
  admin: adminSchema.optional(),
});

/** Names of `docs/protocol/fsso.md`, Authentication. */
export const authStrategySchema = z.enum([
  'none',
  'hmac-md5-serial-challenge',
  'hmac-md5-challenge',
  'md5-challenge-password',
  'md5-password-challenge',
]);

const serversExpected = 'expected one to five servers';

/** Options of `config user fsso` that concern a plain link (docs/protocol/fsso.md, Configuration). */
const fssoSchema = z.strictObject({
  name: text(35),
  servers: z
    .array(
      z.strictObject({
        server: host(63),
        port: port.default(8000),
        password: secretSchema.optional(),
      }),
      serversExpected,
    )
    .min(1, serversExpected)
    .max(5, serversExpected),
  'auth-strategy': authStrategySchema.default('hmac-md5-serial-challenge'),
  /** Minutes that logons are kept after the link is lost. */
  'logon-timeout': wholeNumber(1, 2880).default(5),
  'source-ip': sourceIp,
});

const collectorSchema = z.strictObject({
  listen: z
    .union([z.ipv4(), z.ipv6()], 'expected an IPv4 or IPv6 address of this machine, or 0.0.0.0 for any')
    .default('0.0.0.0'),
  port: listeningPort.default(8000),
  'agent-port': listeningPort.default(8002),
  password: secretSchema.optional(),
  /** Identities (`SERIAL-VDOM`) that may connect; absent: any. */
  fortigates: z.array(text(63)).optional(),
  /** Sources that datagrams are taken from; absent: any. */
  agents: z.array(z.union([z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()], addressExpected)).optional(),
  dns: z
    .array(
      z.union(
        [z.ipv4(), z.ipv6(), z.string().regex(/^(?:[\d.]+|\[[\da-fA-F:]+\]):\d{1,5}$/)],
        'expected the address of a DNS server',
      ),
    )
    .default([]),
  groups: z.strictObject({ static: z.record(z.string(), groupList).default({}) }).default({ static: {} }),
  filters: z.record(z.string(), groupList).default({}),
  /** Minutes; workstation checks are not built yet, so only 0 (off) is taken. */
  'workstation-verify-interval': z.literal(0, 'expected 0: workstation checks are not built yet').default(0),
  /** Minutes; 0 keeps entries for ever. */
  'dead-entry-timeout': wholeNumber(0, 100_000).default(480),
});

/** Said for every wrong URL; the one found is never repeated, because a token might be part of it. */
export const urlExpected =
  'expected https://HOST or https://HOST:PORT, without a name, a path or a token (a token goes into token)';

const fingerprintExpected =
  'expected a SHA-256 fingerprint: 64 hexadecimal digits, with : between them or not';

/** A FortiGate that is read over its REST API (docs/protocol/ems.md, FortiGate REST API). */
const fortigateSchema = z.strictObject({
  name: text(35),
  url: z
    .string(urlExpected)
    .max(300, urlExpected)
    .regex(/^https:\/\/(?:[\p{L}\p{N}._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?\/?$/u, urlExpected)
    .refine((url) => URL.canParse(url), urlExpected),
  token: secretSchema,
  /** Holds the connection to this one certificate; without it the chain has to lead to an installed CA. */
  fingerprint: z
    .string(fingerprintExpected)
    .regex(/^[0-9a-f]{2}(:?[0-9a-f]{2}){31}$/i, fingerprintExpected)
    .optional(),
  /** Seconds. */
  'call-timeout': wholeNumber(1, 180).default(30),
});

/** FortiOS branches, with the EMS entries that the last release of each takes (docs/protocol/ems.md, Configuration). */
export const emsEntryLimit = { '6.4': 3, '7.0': 5, '7.2': 7, '7.4': 7, '7.6': 7 } as const;
/** EMS entries when no release is configured: what every release takes. */
export const emsEntryLimitOfAll = 3;

const releases = Object.keys(emsEntryLimit) as (keyof typeof emsEntryLimit)[];

/** Unquoted, YAML reads 7.4 as a number and 7.0 as 7; the admin meant the release all the same. */
export function releaseText(release: number): string {
  return Number.isInteger(release) ? `${release}.0` : String(release);
}

/** The configuration file: FortiOS option names, defaults and ranges (docs/cli.md, Configuration). */
export const configSchema = z.strictObject({
  identity: identitySchema.optional(),
  release: z
    .preprocess((value) => (typeof value === 'number' ? releaseText(value) : value), z.enum(releases))
    .default('7.4'),
  trust: trustSchema.default({ ca: [] }),
  ems: z.array(emsSchema).default([]),
  fsso: z.array(fssoSchema).default([]),
  fortigate: z.array(fortigateSchema).default([]),
  collector: collectorSchema.optional(),
});

/** Keys of the finished product that this release does not read. Naming one is better than calling it unknown. */
export const keysNotBuiltYet: ReadonlySet<string> = new Set([
  'policies',
  'collector.ssl-port',
  'collector.agent-ssl-port',
  'collector.certificate',
  'collector.key',
]);

export type Secret = z.infer<typeof secretSchema>;
export type Config = z.infer<typeof configSchema>;
export type EmsConfig = Config['ems'][number];
export type FortigateConfig = Config['fortigate'][number];
export type FssoConfig = Config['fsso'][number];
export type CollectorConfig = NonNullable<Config['collector']>;
