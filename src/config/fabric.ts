import * as z from 'zod';
import { path, secretSchema, text, wholeNumber } from './values.ts';

const serial = text(35);
const keyExpected =
  'expected the public key of the root, as "fabrictop fabric keygen" prints it: ed25519:...';
const pullUrlExpected = 'expected https://HOST or https://HOST:PORT of the root, without a path';

const transportSchema = z.strictObject({
  file: path.optional(),
  url: z
    .string(pullUrlExpected)
    .max(300, pullUrlExpected)
    .regex(/^https:\/\/(?:[\p{L}\p{N}._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?\/?$/u, pullUrlExpected)
    .refine((url) => URL.canParse(url), pullUrlExpected)
    .optional(),
  /** Seconds between two pulls. */
  interval: wholeNumber(5, 3600).default(60),
  listen: z
    .union([z.ipv4(), z.ipv6()], 'expected an IPv4 or IPv6 address of this machine, or 0.0.0.0 for any')
    .optional(),
  /** 0 lets the system choose. */
  port: wholeNumber(0, 65535).default(8014),
});

/** Keys that only one role has, with the other one's name. */
const onlyFor = {
  root: ['signing-key', 'fabric-ca', 'members'],
  downstream: ['root-key', 'root', 'unsigned-settings'],
} as const;
const transportsFor = { root: ['file', 'listen'], downstream: ['file', 'url'] } as const;

/** The key `fabric` (docs/fabric.md, Configuration). */
export const fabricSchema = z
  .strictObject({
    role: z.enum(['root', 'downstream']),
    'configuration-sync': z.enum(['default', 'local']).default('default'),
    transport: transportSchema,
    'root-key': z
      .string(keyExpected)
      .regex(/^ed25519:[A-Za-z0-9+/]{43}=$/, keyExpected)
      .optional(),
    root: serial.optional(),
    'unsigned-settings': z.enum(['refuse', 'accept']).default('refuse'),
    'signing-key': secretSchema.optional(),
    'fabric-ca': z.array(path).default([]),
    members: z.array(serial).optional(),
  })
  .superRefine((fabric, context) => {
    const complain = (place: string[], message: string) =>
      context.addIssue({ code: 'custom', path: place, message: `expected ${message}` });
    const { role, transport } = fabric;
    const other = role === 'root' ? 'downstream' : 'root';
    for (const key of onlyFor[other]) {
      const value = fabric[key];
      const given = Array.isArray(value) ? value.length > 0 : value !== undefined && value !== 'refuse';
      if (given) complain([key], `nothing with role: ${role}, the key is for ${other}`);
    }
    const given = (['file', 'url', 'listen'] as const).filter((key) => transport[key] !== undefined);
    const allowed: readonly string[] = transportsFor[role];
    for (const key of given)
      if (!allowed.includes(key)) complain(['transport', key], `${allowed.join(' or ')} with role: ${role}`);
    if (given.length === 0) complain(['transport'], allowed.join(' or '));
    if (role === 'root') return;
    if (given.length > 1) complain(['transport'], 'one of file and url');
    const signed = fabric['root-key'] !== undefined;
    if (signed === (fabric['unsigned-settings'] === 'accept'))
      complain(
        [signed ? 'unsigned-settings' : 'root-key'],
        signed
          ? 'refuse, because with root-key only what the root signed is taken'
          : 'the key of the root, or "unsigned-settings: accept" to take settings without CAs and pins',
      );
  });

export type FabricConfig = z.infer<typeof fabricSchema>;
