import { type Account, isMachineAccount } from './account.ts';

/** Domains of the accounts of Windows itself, as it writes them in English. */
const systemDomains: ReadonlySet<string> = new Set([
  ...['NT AUTHORITY', 'NT SERVICE', 'WINDOW MANAGER', 'FONT DRIVER HOST'],
  ...['IIS APPPOOL', 'NT VIRTUAL MACHINE'],
]);

const systemUsers: ReadonlySet<string> = new Set([
  ...['', '-', 'ANONYMOUS LOGON', 'SYSTEM', 'LOCAL SERVICE', 'NETWORK SERVICE'],
  // The account of the domain's own tickets.
  'KRBTGT',
]);

/** Window managers and font drivers of each session; mailboxes by which Exchange tries itself every few minutes. */
const systemNames = /^(?:(?:DWM|UMFD)-\d+|HealthMailbox[\da-f]{7,})$/i;

/** Accounts of domains and machines, and of Entra ID; what else has a SID is Windows itself, whatever its language calls it. */
const ofPeople = /^S-1-(?:5-21|12-1)-/;

/** What stands where no account is. */
const nullSid = 'S-1-0-0';

/**
 * True for the accounts of the system, by which nobody logs on (docs/protocol/windows.md, Polling); those of machines are another matter.
 * @param sid of the account, as an event has it; empty where it does not say
 */
export function isSystem({ user, domain }: Account, sid = ''): boolean {
  if (systemUsers.has(user.toUpperCase()) || systemDomains.has(domain.toUpperCase())) return true;
  if (systemNames.test(user)) return true;
  const bare = sid.replace(/^%\{(.*)\}$/, '$1');
  return bare !== '' && bare !== nullSid && /^S-1-/.test(bare) && !ofPeople.test(bare);
}

/** True for the system's accounts and for machines'. */
export function isNobody(account: Account): boolean {
  return isSystem(account) || isMachineAccount(account.user);
}
