import * as z from 'zod';
import { alertsSchema } from './alerts.ts';
import { emsOptionShape } from './ems-options.ts';
import { fabricSchema } from './fabric.ts';
import { forwardSchema } from './forward.ts';
import { fssoOptionShape } from './fsso-options.ts';
import { historySchema } from './history.ts';
import { metricsSchema } from './metrics.ts';
import { addressSchema, policySchema, userGroupSchema } from './policies.ts';
import { isRelease, releaseExpected, releaseText } from './releases.ts';
import { uiSchema } from './ui.ts';
import {
  addressExpected,
  groupList,
  listeningPort,
  path,
  secretSchema,
  text,
  wholeNumber,
} from './values.ts';

const identitySchema = z.strictObject({
  /** Serial number that we present to EMS and, with `-vdom`, to collectors. */
  serial: text(35),
  vdom: text(31).default('root'),
  /** What we are in the Security Fabric, and in a cluster: decides whom the advice is for. */
  'fabric-role': z.enum(['root', 'downstream']).optional(),
  'ha-role': z.enum(['primary', 'secondary']).default('primary'),
  certificate: path.optional(),
  key: path.optional(),
  /** Serial numbers of the Fabric members whose entries on EMS we, the root, keep alive. */
  downstream: z.array(text(35)).default([]),
});

/** Files that correct what is assumed about a protocol. */
const profileSchema = z.strictObject({ ems: path.optional() });

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

/** Options of `config endpoint-control fctems`, and `admin`, which is ours. */
const emsSchema = z.strictObject({ ...emsOptionShape, admin: adminSchema.optional() });

/** Options of `config user fsso`, and ours beside them. */
const fssoSchema = z.strictObject(fssoOptionShape);

const collectorSchema = z.strictObject({
  listen: z
    .union([z.ipv4(), z.ipv6()], 'expected an IPv4 or IPv6 address of this machine, or 0.0.0.0 for any')
    .default('0.0.0.0'),
  port: listeningPort.default(8000),
  'agent-port': listeningPort.default(8002),
  /** TLS for FortiGates beside `port`; `certificate` and `key` go with it. */
  'ssl-port': listeningPort.optional(),
  certificate: path.optional(),
  key: path.optional(),
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

/** The configuration file: FortiOS option names, defaults and ranges (docs/cli.md, Configuration). */
export const configSchema = z.strictObject({
  identity: identitySchema.optional(),
  release: z
    .preprocess(
      (value) => (typeof value === 'number' ? releaseText(value) : value),
      z.string(releaseExpected).refine(isRelease, releaseExpected),
    )
    .default('7.4'),
  trust: trustSchema.default({ ca: [] }),
  profile: profileSchema.optional(),
  ems: z.array(emsSchema).default([]),
  fsso: z.array(fssoSchema).default([]),
  fortigate: z.array(fortigateSchema).default([]),
  collector: collectorSchema.optional(),
  fabric: fabricSchema.optional(),
  history: historySchema.optional(),
  ui: uiSchema.optional(),
  policies: z.array(policySchema).default([]),
  'user-groups': z.array(userGroupSchema).default([]),
  addresses: z.array(addressSchema).default([]),
  forward: forwardSchema.optional(),
  alerts: alertsSchema.optional(),
  metrics: metricsSchema.optional(),
});

/** Keys of the finished product that this release does not read. Naming one is better than calling it unknown. */
export const keysNotBuiltYet: ReadonlySet<string> = new Set(['collector.agent-ssl-port']);

export { type Secret, secretSchema } from './values.ts';
export type Config = z.infer<typeof configSchema>;
export type EmsConfig = Config['ems'][number];
export type FortigateConfig = Config['fortigate'][number];
export type FssoConfig = Config['fsso'][number];
export type CollectorConfig = NonNullable<Config['collector']>;
