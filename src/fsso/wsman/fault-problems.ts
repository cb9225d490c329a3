import { safeText } from '../../safe-text.ts';
import { WsmanFailure, type WsmanScope } from './failure.ts';
import type { WsmanFault } from './fault.ts';
import type { ProblemPlace } from './problems.ts';

interface FaultRow {
  /** In place of the names and the text of the fault, where we know better; `host` and `login` are safe. */
  readonly says?: (host: string, login: string) => string;
  readonly scope: WsmanScope;
  readonly cause: string;
  readonly fix: readonly string[];
}

const rights: readonly string[] = [
  'put the account into Remote Management Users (WinRMRemoteWMIUsers__ before 2012) on the domain controller',
  'give it Enable Account and Remote Enable on root\\cimv2 (wmimgmt.msc, Security)',
  'put it into Event Log Readers, which may read the Security log',
  'where that is not enough, give it the right "Manage auditing and security log" there (SeSecurityPrivilege)',
];
const accessDenied: FaultRow = {
  scope: 'login',
  says: (host, login) => `access denied: ${host} does not let ${login} read its event log by WMI`,
  cause: 'The login is right, and the account has no right to WinRM, to WMI or to the Security log.',
  fix: rights,
};
const wrongQuery: FaultRow = {
  scope: 'question',
  cause: 'WMI does not take the query: a class, a property or an event id is not what it knows.',
  fix: ['check the name of the log and the event ids in the configuration'],
};
const gone: FaultRow = {
  scope: 'context',
  cause: 'The server forgot the enumeration or the subscription: it was restarted, or we were too slow.',
  fix: ['nothing: it is begun again where it stopped'],
};
const absent: FaultRow = {
  scope: 'question',
  cause: 'What was asked for by its key is not there.',
  fix: ['check the name of the log in the configuration'],
};
const busy: FaultRow = {
  scope: 'server',
  cause: 'A limit of the service is reached: too many requests or operations of this account at a time.',
  fix: [
    'poll less often',
    'look at the limits: winrm get winrm/config/service (MaxConcurrentOperationsPerUser)',
  ],
};
const noWmi: FaultRow = {
  scope: 'server',
  cause: 'The WMI service of the server is not in order.',
  fix: ['on the server: winmgmt /verifyrepository', 'restart the service Winmgmt'],
};
const tooLong: FaultRow = {
  scope: 'question',
  cause: 'One answer would be longer than the server or we allow.',
  fix: ['raise MaxEnvelopeSizekb: winrm set winrm/config @{MaxEnvelopeSizekb="512"}'],
};
const unexplained: FaultRow = {
  scope: 'server',
  cause: 'The server reports a failure that we know no more of.',
  fix: ['look into the log Microsoft-Windows-WinRM/Operational of the server'],
};

/** WBEM_E_NOT_FOUND: there is no instance with such keys (MS-WMI 2.2.11). */
export const notFound = 0x80041002;

/** Numbers of Win32 and of WMI (0x8004…), which say more than the kind of a fault does. */
const byNumber: Readonly<Record<number, FaultRow>> = {
  5: accessDenied,
  [0x80070005]: accessDenied,
  [0x80041003]: accessDenied,
  [notFound]: absent,
  [0x80041017]: wrongQuery,
  [0x80041010]: wrongQuery,
  [0x80041058]: wrongQuery,
  [0x8004100e]: noWmi,
  [0x80041014]: noWmi,
  [0x80041001]: noWmi,
};

/** Kinds of faults (DSP0226, 14.6), by name without prefix. */
const byKind: Readonly<Record<string, FaultRow>> = {
  AccessDenied: accessDenied,
  InvalidSelectors: absent,
  InvalidEnumerationContext: gone,
  UnableToRenew: gone,
  InvalidMessage: unexplained,
  CannotProcessFilter: wrongQuery,
  FilteringNotSupported: wrongQuery,
  FilterDialectRequestedUnavailable: wrongQuery,
  FilteringRequestedUnavailable: wrongQuery,
  InvalidParameter: wrongQuery,
  QuotaLimit: busy,
  Concurrency: busy,
  EncodingLimit: tooLong,
  DestinationUnreachable: noWmi,
  ActionNotSupported: {
    scope: 'question',
    cause: 'This server does not do what was asked, such as subscriptions before Windows 2012.',
    fix: ['let its log be polled in place of a subscription'],
  },
  DeliveryModeRequestedUnavailable: {
    scope: 'question',
    cause: 'This server has no subscriptions whose events are fetched.',
    fix: ['let its log be polled in place of a subscription'],
  },
  InternalError: unexplained,
  TimedOut: {
    scope: 'server',
    cause: 'The server did not finish in time: a query has to walk through its whole log.',
    fix: ['poll less often', 'make the Security log smaller, or read it by mode event-log'],
  },
};

/** A fault that a server reports, as people read it. */
export function faultFailure(fault: WsmanFault, { host, port, login }: ProblemPlace): WsmanFailure {
  const { kind, windows, reason } = fault;
  const row = (windows === null ? undefined : byNumber[windows]) ?? byKind[kind] ?? unexplained;
  const code = windows === null ? kind || null : numberText(windows);
  const said = safeText(reason.replace(/\s+/g, ' ').trim()).slice(0, 300);
  const named = [safeText(kind), windows === null ? '' : numberText(windows)].filter(Boolean).join(', ');
  return new WsmanFailure(
    {
      stage: 'wmi',
      code: code === null ? null : safeText(code),
      message:
        row.says?.(safeText(host), safeText(login)) ??
        `${safeText(host)} port ${port} reports ${named || 'a fault'}${said === '' ? '' : `: ${said}`}`,
      cause: row.cause,
      fix: row.fix,
    },
    row.scope,
    { kind, windows },
  );
}

/** Small numbers are Win32's and written plainly; the others as Windows writes them. */
function numberText(number: number): string {
  return number < 0x10000 ? String(number) : `0x${number.toString(16).toUpperCase().padStart(8, '0')}`;
}
