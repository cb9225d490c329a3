// What the codes of Windows mean to a person who polls it: NTSTATUS (MS-ERREF 2.3), Win32 (MS-ERREF 2.2) and the faults of
// DCE/RPC (C706, Appendix E). The only table of them (docs/protocol/windows.md, Rights).

/** Numbers of one space mean something else in another. */
export type StatusSpace = 'nt' | 'win32' | 'rpc';

/** What was asked for when the code came: it decides which right is missing. */
export type WindowsTask =
  | 'login'
  | 'pipe'
  | 'sessions'
  | 'event-log'
  | 'logged-on users'
  | 'registry'
  | 'ntlm verdict';

/** The account and machine that texts name. */
export interface StatusPlace {
  readonly host: string;
  /** `DOMAIN\user`; null where nobody logged in. */
  readonly account: string | null;
  readonly task: WindowsTask;
}

export interface StatusMeaning {
  /** The name in Microsoft's documents. */
  readonly name: string;
  /** A few words that stand by themselves. */
  readonly says: string;
  readonly cause: string;
  readonly fix: (place: StatusPlace) => readonly string[];
}

const who = ({ account }: StatusPlace) => account ?? 'the account';

/** What a machine did not do, for each task. */
const undone: Readonly<Record<WindowsTask, (place: StatusPlace) => string>> = {
  login: (place) => `${place.host} does not let ${who(place)} log in`,
  pipe: (place) => `${place.host} does not open its pipe to ${who(place)}`,
  sessions: (place) => `${place.host} does not list its sessions for ${who(place)}`,
  'event-log': (place) => `${place.host} does not let ${who(place)} read its event log`,
  'logged-on users': (place) => `${place.host} does not tell ${who(place)} who is logged on`,
  registry: (place) => `${place.host} does not let ${who(place)} read its registry`,
  'ntlm verdict': (place) => `${place.host} gives ${who(place)} no verdict on NTLM logins`,
};

/** A sentence without a full stop: what the machine did not do. */
export function notDone(place: StatusPlace): string {
  return undone[place.task](place);
}

/** The right that each task needs, as the step that gives it. */
const rights: Readonly<Record<WindowsTask, (place: StatusPlace) => readonly string[]>> = {
  login: (place) => [`let ${who(place)} log on over the network at ${place.host}`],
  pipe: (place) => [`let ${who(place)} use the share IPC$ of ${place.host}`],
  sessions: (place) => [
    `put ${who(place)} into Server Operators or Administrators`,
    'or allow it in the registry of the machine (LanmanServer\\DefaultSecurity\\SrvsvcSessionInfo)',
    'or poll the event log, which needs Event Log Readers only',
  ],
  'event-log': (place) => [`put ${who(place)} into Event Log Readers`],
  'logged-on users': (place) => [`put ${who(place)} into the local Administrators of ${place.host}`],
  registry: (place) => [
    `put ${who(place)} into the local Administrators of ${place.host}`,
    'or allow it to read HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurePipeServers\\winreg',
  ],
  'ntlm verdict': (place) => [
    `check the machine account ${who(place)}, and join it again if its password is not known`,
  ],
};

const denied = (name: string): StatusMeaning => ({
  name,
  says: 'access denied',
  cause: 'The login is right, and the account lacks the right for this.',
  fix: (place) => rights[place.task](place),
});

const accountRow = (name: string, says: string, cause: string, ...fix: string[]): StatusMeaning => ({
  name,
  says,
  cause,
  fix: () => fix,
});

const noService = (name: string, says: string): StatusMeaning => ({
  name,
  says,
  cause: 'The service that answers this is stopped or disabled on the machine, or it does not have it.',
  fix: ({ task, host }) => [`start ${services[task]} on ${host}`],
});

const services: Readonly<Record<WindowsTask, string>> = {
  login: 'the service Server (LanmanServer)',
  pipe: 'the service Server (LanmanServer)',
  sessions: 'the service Server (LanmanServer)',
  'event-log': 'the service Windows Event Log',
  'logged-on users': 'the service Workstation (LanmanWorkstation)',
  registry: 'the service Remote Registry',
  'ntlm verdict': 'the service Netlogon',
};

const busy = (name: string, says: string): StatusMeaning => ({
  name,
  says,
  cause: 'The machine is overloaded, or short of memory or handles.',
  fix: ({ host }) => [`look at the load of ${host}`, 'poll it less often'],
});

const misunderstood = (name: string, says: string): StatusMeaning => ({
  name,
  says,
  cause: 'The machine does not take what we sent, or what arrived there was changed on its way.',
  fix: ({ host }) => [
    `look for devices between here and ${host} that inspect SMB`,
    'record the connection with tshark, and report it',
  ],
});

const wrongLogin = 'check name and password in the configuration';

const meanings: Readonly<Record<StatusSpace, Readonly<Record<number, StatusMeaning>>>> = {
  nt: {
    3221225506: denied('STATUS_ACCESS_DENIED'),
    3221225524: noService('STATUS_OBJECT_NAME_NOT_FOUND', 'nothing of that name is there'),
    3221225644: busy('STATUS_PIPE_NOT_AVAILABLE', 'every instance of the pipe is taken'),
    3221225646: busy('STATUS_PIPE_BUSY', 'the pipe is busy'),
    3221225626: busy('STATUS_INSUFFICIENT_RESOURCES', 'not enough resources'),
    3221225485: misunderstood('STATUS_INVALID_PARAMETER', 'a parameter is not valid'),
    3221225659: misunderstood('STATUS_NOT_SUPPORTED', 'this is not supported'),
    3221225581: accountRow(
      'STATUS_LOGON_FAILURE',
      'user name or password is wrong',
      'The name is misspelt, the password was changed, or NTLM is forbidden for the account.',
      wrongLogin,
    ),
    3221225578: accountRow(
      'STATUS_WRONG_PASSWORD',
      'the password is wrong',
      'The password was changed, or is misspelt.',
      wrongLogin,
    ),
    3221225572: accountRow(
      'STATUS_NO_SUCH_USER',
      'no such account',
      'The name is misspelt, the account was deleted, or it belongs to another domain.',
      'check name and domain of the account in the configuration',
    ),
    3221225582: accountRow(
      'STATUS_ACCOUNT_RESTRICTION',
      'the account is restricted',
      'The account may not log on in this way: by policy, without a password, or because it is in Protected Users.',
      'use an account that may log on over the network with NTLM',
    ),
    3221225583: accountRow(
      'STATUS_INVALID_LOGON_HOURS',
      'the account may not log on at this hour',
      'The account may log on at certain hours only.',
      'allow the account all hours',
    ),
    3221225584: accountRow(
      'STATUS_INVALID_WORKSTATION',
      'the account may not log on from this machine',
      'The account may log on at certain workstations only.',
      'allow the account this machine, or all',
    ),
    3221225585: accountRow(
      'STATUS_PASSWORD_EXPIRED',
      'the password has expired',
      'The password of the account is over.',
      'set a new password that does not expire, and give it here',
    ),
    3221225586: accountRow(
      'STATUS_ACCOUNT_DISABLED',
      'the account is disabled',
      'An administrator disabled the account.',
      'enable the account, or use another',
    ),
    3221225875: accountRow(
      'STATUS_ACCOUNT_EXPIRED',
      'the account has expired',
      'The account had an end, and it is over.',
      'extend the account, or use another',
    ),
    3221226020: accountRow(
      'STATUS_PASSWORD_MUST_CHANGE',
      'the password has to be changed first',
      'The account is set to change its password at the next logon.',
      'change the password once, and give it here',
    ),
    3221226036: accountRow(
      'STATUS_ACCOUNT_LOCKED_OUT',
      'the account is locked',
      'Too many wrong passwords came in, from here or elsewhere.',
      'unlock the account',
      wrongLogin,
    ),
    3221225819: accountRow(
      'STATUS_LOGON_TYPE_NOT_GRANTED',
      'no right to log on over the network',
      'The policy "Access this computer from the network" leaves the account out, or a denying one names it.',
      'give the account the right to access the machine from the network',
    ),
    3221225566: accountRow(
      'STATUS_NO_LOGON_SERVERS',
      'no domain controller can be asked',
      'The machine reaches no domain controller of the domain of the account.',
      'check that a domain controller of that domain is up and reachable from there',
    ),
    3221225867: accountRow(
      'STATUS_NO_TRUST_SAM_ACCOUNT',
      'the domain does not know this machine account',
      'The machine account was deleted, or is misspelt.',
      'join the machine account again',
    ),
    3221226376: accountRow(
      'STATUS_DOWNGRADE_DETECTED',
      'a weaker login than agreed on was refused',
      'The machine wants a stronger secure channel, or somebody in between weakens it.',
      'look for devices between here and the machine that change the connection',
    ),
    3221226515: accountRow(
      'STATUS_AUTHENTICATION_FIREWALL_FAILED',
      'the trust does not let the account in',
      'The trust to the domain of the account uses selective authentication.',
      'give the account "Allowed to authenticate" on the machine',
    ),
    3221226520: accountRow(
      'STATUS_NTLM_BLOCKED',
      'NTLM is blocked there',
      'A policy (Restrict NTLM) refuses NTLM, and Kerberos is not spoken by us.',
      'allow NTLM for this account at this machine (Network security: Restrict NTLM: Add server exceptions)',
    ),
    3221225648: busy('STATUS_PIPE_DISCONNECTED', 'the service behind the pipe went away'),
    3221225803: busy('STATUS_PIPE_BROKEN', 'the service behind the pipe went away'),
    3221225653: busy('STATUS_IO_TIMEOUT', 'the service behind the pipe did not answer in time'),
    3221225680: busy('STATUS_REQUEST_NOT_ACCEPTED', 'no more connections are taken'),
    3221225678: busy('STATUS_TOO_MANY_SESSIONS', 'no more sessions are taken'),
    3221225676: noService('STATUS_BAD_NETWORK_NAME', 'there is no share IPC$'),
    3221225674: denied('STATUS_NETWORK_ACCESS_DENIED'),
    3221225874: accountRow(
      'STATUS_NETLOGON_NOT_STARTED',
      'the service Netlogon is not running there',
      'The machine cannot ask a domain controller about the account.',
      'start the service Netlogon there',
    ),
    3221225869: accountRow(
      'STATUS_TRUSTED_RELATIONSHIP_FAILURE',
      'the machine is not in its domain any more',
      'The machine and its domain do not agree on the password of its machine account.',
      'join the machine to its domain again (Test-ComputerSecureChannel -Repair)',
    ),
    3221225779: accountRow(
      'STATUS_TIME_DIFFERENCE_AT_DC',
      'the clocks differ too much',
      'The clock of the machine, or ours, is wrong.',
      'set both clocks, by NTP say',
    ),
  },
  win32: {
    5: denied('ERROR_ACCESS_DENIED'),
    2: noService('ERROR_FILE_NOT_FOUND', 'what was asked for is not there'),
    6: misunderstood('ERROR_INVALID_HANDLE', 'the handle is not valid'),
    8: busy('ERROR_NOT_ENOUGH_MEMORY', 'not enough memory'),
    50: noService('ERROR_NOT_SUPPORTED', 'this is not supported'),
    87: misunderstood('ERROR_INVALID_PARAMETER', 'a parameter is not valid'),
    124: misunderstood('ERROR_INVALID_LEVEL', 'no level of this call is known there'),
    1314: denied('ERROR_PRIVILEGE_NOT_HELD'),
    1460: busy('ERROR_TIMEOUT', 'nothing was found in time'),
    1500: noService('ERROR_EVENTLOG_FILE_CORRUPT', 'the event log is damaged'),
    1722: noService('RPC_S_SERVER_UNAVAILABLE', 'the service cannot be asked'),
    1783: misunderstood('RPC_X_BAD_STUB_DATA', 'the call was not understood'),
    15001: misunderstood('ERROR_EVT_INVALID_QUERY', 'the query was not understood'),
    15007: accountRow(
      'ERROR_EVT_CHANNEL_NOT_FOUND',
      'there is no such event log',
      'The log is misspelt, or the machine does not have it.',
      'check the name of the log in the configuration',
    ),
    15011: accountRow(
      'ERROR_EVT_QUERY_RESULT_STALE',
      'the log was cleared or overwritten while it was read',
      'Somebody cleared the event log, or it is so small that it went round in the meantime.',
      'none: it is read again by itself',
      'make the log larger where this comes again and again',
    ),
  },
  rpc: {
    5: denied('rpc_s_access_denied'),
    1783: misunderstood('rpc_x_bad_stub_data', 'the call was not understood'),
    1825: {
      name: 'rpc_s_sec_pkg_error',
      says: 'the protection of the call was not accepted',
      cause:
        'The key of the secure channel is another there: the machine account has a new password, or another machine uses it too.',
      fix: (place) => rights[place.task](place),
    },
    469827586: noService('nca_s_op_rng_error', 'the call is not served there'),
    469827587: noService('nca_s_unk_if', 'the interface is not served there'),
    469762074: misunderstood('nca_s_fault_context_mismatch', 'the handle is not known there'),
    469762054: misunderstood('nca_s_fault_invalid_tag', 'the call was not understood'),
    469827595: misunderstood('nca_s_proto_error', 'the call was not understood'),
    469827603: busy('nca_s_out_args_too_big', 'the answer is too large'),
    469827604: busy('nca_s_server_too_busy', 'the server is too busy'),
    469762075: busy('nca_s_fault_remote_no_memory', 'not enough memory'),
  },
};

/** The codes that have a meaning here. */
export function knownStatuses(space: StatusSpace): readonly number[] {
  return Object.keys(meanings[space]).map(Number);
}

/** Null for a code that nobody here has met. */
export function statusMeaning(space: StatusSpace, code: number): StatusMeaning | null {
  return meanings[space][code] ?? null;
}
