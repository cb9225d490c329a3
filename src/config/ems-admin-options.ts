import type { OptionForm } from './ems-options.ts';

/** One key of `ems.admin` as a form asks for it. */
export interface AdminOption {
  readonly form: OptionForm;
  /** Values, and what they mean. */
  readonly values: string;
}

const secret = 'env NAME, file PATH or command PROGRAM ARGUMENT ...; never the secret itself';

/** Who signs in to the administrator's API of an EMS (docs/cli.md, Administrators), by its key inside of `admin`. */
export const adminOptions: Readonly<Record<string, AdminOption>> = {
  name: { form: { kind: 'text' }, values: "administrator of an EMS of one's own, at most 255 characters" },
  password: { form: { kind: 'secret' }, values: `password of admin.name: ${secret}` },
  site: { form: { kind: 'text' }, values: 'site of a multi-tenant EMS; blank for the default one' },
  'account-email': { form: { kind: 'text' }, values: 'EMS Cloud only: account, in place of admin.name' },
  'access-key': { form: { kind: 'secret' }, values: `EMS Cloud only: key of the account: ${secret}` },
};
