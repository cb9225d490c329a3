import * as z from 'zod';
import { logOptions } from './collector/log.ts';
import { type CollectorOption, collectorOption, collectorOptionRow } from './collector/option.ts';
import { serveOptions } from './collector/serve.ts';
import { optionShape } from './option.ts';
import { secretSchema, text, wholeNumber } from './values.ts';

const basesExpected = 'expected a distinguished name, or one to twenty of them as a list';

const {
  listen,
  port: fortigatePort,
  'ssl-port': sslPort,
  certificate,
  key,
  fortigates,
  filters,
  'control-socket': controlSocket,
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
  'control-socket': controlSocket,
  ldap: collectorOption({
    schema: text(35),
    fallback: 'required',
    values: 'name of the entry of `ldap` that is the directory',
  }),
  dn: collectorOption({
    schema: z
      .union(
        [
          text(511).transform((dn) => [dn]),
          z.array(text(511), basesExpected).min(1, basesExpected).max(20, basesExpected),
        ],
        basesExpected,
      )
      .optional(),
    fallback: 'none',
    values:
      'distinguished name, or a list of up to 20: users are looked for below them; without it below the `dn` of the entry of `ldap`',
  }),
  cnid: collectorOption({
    schema: text(20).default('cn'),
    fallback: 'cn',
    values: 'attribute that names a user, 1 to 20 characters; that of the entry of `ldap` does not count',
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
  'log-file-size': collectorOption({
    ...logOptions['log-file-size'],
    values:
      'megabytes of `--log-file`, 1 to 1024; then the file becomes `FILE.bak`, in place of an earlier one',
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
