import type { Problem } from '../../problem.ts';
import { safeText } from '../../safe-text.ts';
import type { WindowsCommand } from './check.ts';

// What mends a failure, as commands for PowerShell on Windows (docs/protocol/windows.md, Rights). Groups and audit subcategories are
// named by SID and GUID, because Windows translates their names.

/** Whom and what the commands name. */
export interface CommandPlace {
  readonly host: string;
  /** `DOMAIN\user`, `user@domain.example` or `user`. */
  readonly account: string;
}

/** Where the tools of Active Directory are, whichever it is. */
export const anyController = 'a domain controller';

/** A text in single quotes, as PowerShell reads it. */
export function quoted(text: string): string {
  return `'${safeText(text).replaceAll("'", "''")}'`;
}

/** The name alone, by which the cmdlets of Active Directory find an account. */
function nameOf({ account }: CommandPlace): string {
  return quoted((account.split('\\').at(-1) ?? '').split('@')[0] ?? '');
}

const newPassword = "(Read-Host -AsSecureString 'New password')";
const reset = (place: CommandPlace) =>
  `Set-ADAccountPassword -Identity ${nameOf(place)} -Reset -NewPassword ${newPassword}`;
const look = (place: CommandPlace) =>
  `Get-ADUser -Identity ${nameOf(place)} -Properties LockedOut,PasswordExpired,AccountExpirationDate,BadLogonCount`;
const keepPassword = (place: CommandPlace) =>
  `Set-ADUser -Identity ${nameOf(place)} -ChangePasswordAtLogon $false -PasswordNeverExpires $true`;

type Commands = (place: CommandPlace) => readonly string[];

/** By the code of a refused login, all of them for the domain. */
const byLogin: Readonly<Record<string, Commands>> = {
  STATUS_LOGON_FAILURE: (place) => [look(place), reset(place)],
  STATUS_WRONG_PASSWORD: (place) => [reset(place)],
  'login-refused': (place) => [look(place), reset(place)],
  // What Active Directory says behind "data" over LDAP.
  '52e': (place) => [look(place), reset(place)],
  '525': (place) => [`Get-ADUser -Filter ${quoted(`SamAccountName -like "*${bare(place)}*"`)}`],
  '532': (place) => [keepPassword(place), reset(place)],
  '533': (place) => [`Enable-ADAccount -Identity ${nameOf(place)}`],
  '701': (place) => [`Clear-ADAccountExpiration -Identity ${nameOf(place)}`],
  '773': (place) => [keepPassword(place), reset(place)],
  '775': (place) => [`Unlock-ADAccount -Identity ${nameOf(place)}`],
  STATUS_NO_SUCH_USER: (place) => [`Get-ADUser -Filter ${quoted(`SamAccountName -like "*${bare(place)}*"`)}`],
  STATUS_ACCOUNT_LOCKED_OUT: (place) => [
    `Unlock-ADAccount -Identity ${nameOf(place)}`,
    'Get-WinEvent -FilterHashtable @{LogName="Security";Id=4740} -MaxEvents 5 | Format-List TimeCreated,Message  # from where',
  ],
  STATUS_ACCOUNT_DISABLED: (place) => [`Enable-ADAccount -Identity ${nameOf(place)}`],
  STATUS_ACCOUNT_EXPIRED: (place) => [`Clear-ADAccountExpiration -Identity ${nameOf(place)}`],
  STATUS_PASSWORD_EXPIRED: (place) => [keepPassword(place), reset(place)],
  STATUS_PASSWORD_MUST_CHANGE: (place) => [keepPassword(place), reset(place)],
  STATUS_INVALID_WORKSTATION: (place) => [`Set-ADUser -Identity ${nameOf(place)} -Clear userWorkstations`],
  STATUS_INVALID_LOGON_HOURS: (place) => [`Set-ADUser -Identity ${nameOf(place)} -Clear logonHours`],
  STATUS_ACCOUNT_RESTRICTION: (place) => [
    `Get-ADPrincipalGroupMembership -Identity ${nameOf(place)} | Where-Object Name -eq 'Protected Users'`,
  ],
};

function bare(place: CommandPlace): string {
  return nameOf(place).slice(1, -1).replaceAll('"', '');
}

/** What lets an account in that was refused. */
export function loginCommands(problem: Problem, place: CommandPlace): WindowsCommand[] {
  return on(anyController, byLogin[String(problem.code)]?.(place) ?? []);
}

/** A right that a check needs. */
export type Right = 'sessions' | 'event log' | 'WMI' | 'local administrator' | 'RemoteRegistry';

const member = (sid: string, name: string) => (place: CommandPlace) =>
  `Add-ADGroupMember -Identity '${sid}' -Members ${nameOf(place)}  # ${name}`;
const eventLogReaders = member('S-1-5-32-573', 'Event Log Readers');

const byRight: Readonly<Record<Right, Commands>> = {
  sessions: (place) => [member('S-1-5-32-549', 'Server Operators')(place)],
  'event log': (place) => [eventLogReaders(place)],
  WMI: (place) => [eventLogReaders(place), member('S-1-5-32-580', 'Remote Management Users')(place)],
  'local administrator': ({ account }) => [
    `Add-LocalGroupMember -SID 'S-1-5-32-544' -Member ${quoted(account)}  # Administrators`,
  ],
  RemoteRegistry: () => ['Set-Service -Name RemoteRegistry -StartupType Automatic -Status Running'],
};

/** What gives the account the right. Groups of the domain are given anywhere in it, those of a machine there. */
export function rightCommands(right: Right, place: CommandPlace): WindowsCommand[] {
  const isOfMachine = right === 'local administrator' || right === 'RemoteRegistry';
  return on(isOfMachine ? place.host : anyController, byRight[right](place));
}

/** A service that has a port. */
export type PortOf = 'SMB' | 'WinRM over HTTP' | 'WinRM over HTTPS' | 'LDAP' | 'RPC';

const services: Readonly<Record<PortOf, readonly string[]>> = {
  SMB: ['Set-Service -Name LanmanServer -StartupType Automatic -Status Running'],
  'WinRM over HTTP': ['Enable-PSRemoting -Force'],
  'WinRM over HTTPS': ['winrm quickconfig -transport:https'],
  LDAP: ['Get-Service -Name NTDS'],
  RPC: ['Get-Service -Name RpcSs,Netlogon'],
};

/** What opens a port that could not be reached. */
export function portCommands(service: PortOf, host: string, port: number | string): WindowsCommand[] {
  const rule = `New-NetFirewallRule -DisplayName ${quoted(`${service} for fabrictop`)} -Direction Inbound -Protocol TCP -LocalPort ${port} -RemoteAddress ADDRESS-OF-THIS-MACHINE -Action Allow`;
  return on(host, [`Get-NetTCPConnection -State Listen -LocalPort ${port}`, ...services[service], rule]);
}

/** Lets a machine follow the time servers of its domain. */
export function clockCommands(host: string): WindowsCommand[] {
  return on(host, ['w32tm /query /status', 'w32tm /resync /rediscover']);
}

/** `subcategory` is the GUID of an audit subcategory. */
export function auditCommands(host: string, guid: string): WindowsCommand[] {
  return on(host, [
    `auditpol /get /subcategory:"${guid}"`,
    `auditpol /set /subcategory:"${guid}" /success:enable`,
  ]);
}

/** For the account of a machine, `NAME$`. */
export function machineCommands(machine: string): WindowsCommand[] {
  const name = quoted(machine.replace(/\$$/, ''));
  return on(anyController, [
    `Get-ADComputer -Identity ${name} -Properties PasswordLastSet,Enabled`,
    `New-ADComputer -Name ${name} -Enabled $true -AccountPassword ${newPassword}  # where it is missing`,
    `Set-ADAccountPassword -Identity ${quoted(machine)} -Reset -NewPassword ${newPassword}`,
  ]);
}

export function on(machine: string, commands: readonly string[]): WindowsCommand[] {
  return commands.map((command) => ({ on: safeText(machine), command }));
}
