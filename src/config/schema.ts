import * as z from 'zod';
import { alertsSchema } from './alerts.ts';
import { collectorControlSchema } from './collector-control.ts';
import { collectorOptionShape } from './collector-options.ts';
import { edirectorySchema } from './edirectory.ts';
import { emsOptionShape } from './ems-options.ts';
import { fabricSchema } from './fabric.ts';
import { forwardSchema } from './forward.ts';
import { fssoOptionShape } from './fsso-options.ts';
import { fssoPollingSchema } from './fsso-polling.ts';
import { historySchema } from './history.ts';
import { ldapSchema } from './ldap-options.ts';
import { metricsSchema } from './metrics.ts';
import { addressSchema, policySchema, userGroupSchema } from './policies.ts';
import { isRelease, releaseExpected, releaseText } from './releases.ts';
import { uiSchema } from './ui.ts';
import { path, secretSchema, text, wholeNumber } from './values.ts';

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
const profileSchema = z.strictObject({ ems: path.optional(), fortigate: path.optional() });

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

const collectorSchema = z.strictObject(collectorOptionShape);

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
  'fsso-polling': fssoPollingSchema.default([]),
  fortigate: z.array(fortigateSchema).default([]),
  collector: collectorSchema.optional(),
  'collector-control': collectorControlSchema.optional(),
  edirectory: edirectorySchema.optional(),
  ldap: z.array(ldapSchema).default([]),
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
export const keysNotBuiltYet: ReadonlySet<string> = new Set();

export { type Secret, secretSchema } from './values.ts';
export type Config = z.infer<typeof configSchema>;
export type EmsConfig = Config['ems'][number];
export type FortigateConfig = Config['fortigate'][number];
export type FssoConfig = Config['fsso'][number];
export type CollectorConfig = NonNullable<Config['collector']>;
