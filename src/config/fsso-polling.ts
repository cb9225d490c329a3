import * as z from 'zod';
import { type CollectorOption, collectorOption, collectorOptionRow } from './collector/option.ts';
import { optionShape } from './option.ts';
import { host, onOff, secretSchema, text, wholeNumber } from './values.ts';

const never = (what: string) => z.literal('disable', `expected disable: ${what} is never spoken`).optional();

/** Every option of an entry of `user fsso-polling`, under its FortiOS name, in the order of docs/cli.md. */
const fssoPollingOptions = {
  id: collectorOption({
    schema: wholeNumber(0, 4_294_967_295),
    fallback: 'required',
    values: 'its number, 0 to 4294967295; on screens `fsso-polling ID`',
  }),
  status: collectorOption({
    schema: onOff.default('enable'),
    fallback: 'enable',
    values: '`disable` polls nothing',
  }),
  server: collectorOption({
    schema: host(63),
    fallback: 'required',
    values: 'host name or address of the domain controller, 1 to 63 characters',
  }),
  'default-domain': collectorOption({
    schema: text(35).optional(),
    fallback: 'none',
    values: 'domain of users whose event names none, 1 to 35 characters',
  }),
  port: collectorOption({
    schema: wholeNumber(0, 65535).default(0),
    fallback: 0,
    values: 'TCP port of SMB, 0 to 65535; 0 is 445',
  }),
  user: collectorOption({
    schema: text(35),
    fallback: 'required',
    values:
      'the account that polls, 1 to 35 characters: `USER`, which belongs to `default-domain`, or `DOMAIN\\USER`',
  }),
  password: collectorOption({ schema: secretSchema, fallback: 'required', values: 'its password, a secret' }),
  'ldap-server': collectorOption({
    schema: text(35).optional(),
    fallback: 'none',
    values:
      'name of the `ldap` entry that knows the groups of users; FortiOS requires it, here users have no groups without it',
  }),
  'logon-history': collectorOption({
    schema: wholeNumber(0, 48).default(8),
    fallback: 8,
    values:
      'hours that a logon is kept, and that are read from the log at first, 0 to 48; 0 keeps all, and reads what comes from now on',
  }),
  'polling-frequency': collectorOption({
    schema: wholeNumber(1, 30).default(10),
    fallback: 10,
    values: 'seconds between two polls, 1 to 30',
  }),
  adgrp: collectorOption({
    schema: z.array(text(511)).default([]),
    fallback: 'none',
    values: 'list of groups: who is in none of them is not shown; absent: everybody is',
  }),
  smbv1: collectorOption({
    schema: never('SMB 1'),
    fallback: 'disable',
    values: '`disable`: SMB 1 is never spoken',
  }),
  'smb-ntlmv1-auth': collectorOption({
    schema: never('the first version of NTLM'),
    fallback: 'disable',
    values: '`disable`: NTLM of the first version is never spoken',
  }),
} as const satisfies Record<string, CollectorOption>;

const entrySchema = z.strictObject(optionShape(fssoPollingOptions));

/** The list `fsso-polling`. */
export const fssoPollingSchema = z.array(entrySchema).superRefine((list, context) => {
  const seen = new Set<number>();
  for (const [index, { id }] of list.entries()) {
    if (seen.has(id))
      context.addIssue({
        code: 'custom',
        path: [index, 'id'],
        message: 'expected a number that no other entry has',
      });
    seen.add(id);
  }
});

export type FssoPollingConfig = z.infer<typeof entrySchema>;

/** The rows of docs/cli.md. */
export function fssoPollingOptionRows(): string[] {
  return Object.entries(fssoPollingOptions).flatMap(([name, row]) =>
    collectorOptionRow(name, row, 'fsso-polling'),
  );
}
