import { z } from 'zod';

const onOff = z.enum(['enable', 'disable']);
const port = z.int().min(1).max(65535);
const host = z.string().min(1).max(255);

/** Never a literal: the environment, a private file or a command gives the secret. */
export const secretSchema = z.union([
  z.strictObject({ env: z.string().min(1) }),
  z.strictObject({ file: z.string().min(1) }),
  z.strictObject({ command: z.array(z.string()).min(1) }),
]);

const identitySchema = z.strictObject({
  /** Serial number that we present to EMS and, with `-vdom`, to collectors. */
  serial: z.string().min(1).max(35),
  vdom: z.string().min(1).max(31).default('root'),
  certificate: z.string().optional(),
  key: z.string().optional(),
});

const trustSchema = z.strictObject({
  ca: z.array(z.string()).default([]),
  store: z.string().optional(),
});

/** Options of `config endpoint-control fctems` (docs/protocol/ems.md, Configuration). */
const emsSchema = z.strictObject({
  name: z.string().min(1).max(35),
  status: onOff.default('enable'),
  server: host.optional(),
  'https-port': port.default(443),
  'source-ip': z.ipv4().default('0.0.0.0'),
  'call-timeout': z.int().min(1).max(180).default(30),
  'trust-ca-cn': onOff.default('enable'),
  'fortinetone-cloud-authentication': onOff.default('disable'),
});

/** Names of `docs/protocol/fsso.md`, Authentication. */
export const authStrategySchema = z.enum([
  'none',
  'hmac-md5-serial-challenge',
  'hmac-md5-challenge',
  'md5-challenge-password',
  'md5-password-challenge',
]);

/** Options of `config user fsso` that concern a plain link (docs/protocol/fsso.md, Configuration). */
const fssoSchema = z.strictObject({
  name: z.string().min(1).max(35),
  servers: z
    .array(
      z.strictObject({
        server: host.max(63),
        port: port.default(8000),
        password: secretSchema.optional(),
      }),
    )
    .min(1)
    .max(5),
  'auth-strategy': authStrategySchema.default('hmac-md5-serial-challenge'),
  /** Minutes that logons are kept after the link is lost. */
  'logon-timeout': z.int().min(1).max(2880).default(5),
  'source-ip': z.ipv4().default('0.0.0.0'),
});

const collectorSchema = z.strictObject({
  listen: z.union([z.ipv4(), z.ipv6()]).default('0.0.0.0'),
  /** 0 lets the system choose; the log line `listening` names the port. */
  port: z.int().min(0).max(65535).default(8000),
  'agent-port': z.int().min(0).max(65535).default(8002),
  password: secretSchema.optional(),
  fortigates: z.array(z.string()).optional(),
  agents: z.array(z.union([z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()])).optional(),
  dns: z.array(z.string()).default([]),
  groups: z
    .strictObject({ static: z.record(z.string(), z.array(z.string())).default({}) })
    .default({ static: {} }),
  filters: z.record(z.string(), z.array(z.string())).default({}),
  /** Minutes; workstation checks are not built yet, so only 0 (off) is taken. */
  'workstation-verify-interval': z.literal(0).default(0),
  /** Minutes; 0 keeps entries for ever. */
  'dead-entry-timeout': z.int().min(0).max(100_000).default(480),
});

/** The configuration file: FortiOS option names, defaults and ranges (docs/cli.md, Configuration). */
export const configSchema = z.strictObject({
  identity: identitySchema.optional(),
  release: z.enum(['6.4', '7.0', '7.2', '7.4', '7.6']).default('7.4'),
  trust: trustSchema.default({ ca: [] }),
  ems: z.array(emsSchema).default([]),
  fsso: z.array(fssoSchema).default([]),
  collector: collectorSchema.optional(),
});

export type Secret = z.infer<typeof secretSchema>;
export type Config = z.infer<typeof configSchema>;
export type EmsConfig = Config['ems'][number];
export type FssoConfig = Config['fsso'][number];
export type CollectorConfig = NonNullable<Config['collector']>;
