import * as z from 'zod';
import { type ConfigOption, option, optionRows, optionShape } from './option.ts';
import { host, onOff, path, port, secretSchema, text } from './values.ts';

/** Where a directory listens unless it was told otherwise. */
export const ldapPorts = { plain: 389, ldaps: 636 } as const;

const secureExpected = 'expected ldaps, starttls or disable';

/**
 * The options of `config user ldap` that matter where no user's password is checked (docs/protocol/fsso.md, Directories): the
 * schema of an entry and docs/cli.md are made from it.
 */
export const ldapOptions = {
  name: option({
    schema: text(35),
    form: { kind: 'text' },
    fallback: 'required',
    values:
      '1 to 35 characters, once; what `collector.ldap`, `fsso.ldap-server` and `fsso.user-info-server` name',
    effect: 'acts',
  }),
  server: option({
    schema: host(63),
    form: { kind: 'text' },
    fallback: 'required',
    values: 'host name or address of a directory server',
    effect: 'acts',
  }),
  'secondary-server': option({
    schema: host(63).optional(),
    form: { kind: 'text' },
    fallback: 'none',
    values: 'asked while `server` fails',
    effect: 'acts',
  }),
  'tertiary-server': option({
    schema: host(63).optional(),
    form: { kind: 'text' },
    fallback: 'none',
    values: 'asked while both others fail',
    effect: 'acts',
  }),
  secure: option({
    schema: z.enum(['ldaps', 'starttls', 'disable'], secureExpected),
    form: { kind: 'choice', values: ['ldaps', 'starttls', 'disable'] },
    fallback: 'required',
    values:
      '`ldaps`, `starttls`, or `disable`, which shows the password to whoever listens on the way and is warned of (FortiOS: `disable` where it is left out)',
    effect: 'acts',
  }),
  port: option({
    schema: port.optional(),
    form: { kind: 'number' },
    fallback: `${ldapPorts.plain}, or ${ldapPorts.ldaps} with ldaps`,
    values: '1 to 65535; the global catalogue of a forest has 3268, and 3269 with `ldaps`',
    effect: 'acts',
  }),
  'ca-cert': option({
    schema: path.optional(),
    form: { kind: 'text' },
    fallback: 'none',
    values: 'PEM or DER file with the CA that servers are trusted by; without it the CAs of `trust.ca`',
    effect: 'acts',
  }),
  'server-identity-check': option({
    schema: onOff.default('enable'),
    form: { kind: 'choice', values: onOff.options },
    fallback: 'enable',
    values: '`disable` takes a certificate of the CA whatever it names',
    effect: 'acts',
  }),
  type: option({
    schema: z
      .enum(['regular', 'anonymous'], {
        error: (issue) =>
          issue.input === 'simple'
            ? 'expected regular or anonymous: simple logs in with the password of the user, which nobody here has'
            : 'expected regular or anonymous',
      })
      .default('regular'),
    form: { kind: 'choice', values: ['regular', 'anonymous'] },
    fallback: 'regular',
    values:
      '`regular` logs in with `username` and `password`, `anonymous` does not (FortiOS: `simple` where it is left out)',
    effect: 'acts',
  }),
  username: option({
    schema: text(511).optional(),
    form: { kind: 'text' },
    fallback: 'none',
    values: 'a distinguished name, or `name@domain` at Active Directory; an account that may read is enough',
    effect: 'acts',
  }),
  password: option({
    schema: secretSchema.optional(),
    form: { kind: 'secret' },
    fallback: 'none',
    values: 'a secret; goes with `username`',
    effect: 'acts',
  }),
  dn: option({
    schema: text(511).optional(),
    form: { kind: 'text' },
    fallback: 'none',
    values: 'distinguished name under which users and groups are; without it the whole domain of the server',
    effect: 'acts',
  }),
  cnid: option({
    schema: text(20).default('sAMAccountName'),
    form: { kind: 'text' },
    fallback: 'sAMAccountName',
    values:
      'attribute with the name of a user; with another one than `sAMAccountName` the directory is read as one that is not Active Directory (FortiOS: `cn`)',
    effect: 'acts',
  }),
} as const satisfies Record<string, ConfigOption>;

/** An entry of `ldap`. */
export const ldapSchema = z.strictObject(optionShape(ldapOptions));

export type LdapConfig = z.infer<typeof ldapSchema>;

/** The rows of docs/cli.md. */
export function ldapOptionRows(): string[] {
  return optionRows('ldap', ldapOptions, 'acts');
}
