import { at, type ProblemRow, problemFrom, type Text } from '../network/problem-row.ts';
import { tcpRows } from '../network/tcp-rows.ts';
import { tlsRows } from '../network/tls-rows.ts';
import { WsmanFailure, type WsmanScope } from './failure.ts';

/** What the text of a problem may draw on. */
export interface ProblemPlace {
  readonly host: string;
  readonly port: number;
  /** Who logs in, `CORP\svc-fsso`. */
  readonly login: string;
}

type Row = ProblemRow<ProblemPlace, WsmanScope>;

const ports = 'ports: 5985 (HTTP), 5986 (HTTPS, which needs a certificate of the server)';
const enableService = ({ host }: ProblemPlace) => `on ${host}, as an administrator: winrm quickconfig`;
const checkPassword: Text<ProblemPlace> = ({ login }) =>
  `check name and password of ${login} in the configuration`;

/** Stage, text, cause and fix of each way in which WS-Management fails (docs/protocol/windows.md, WS-Management). */
const rows = {
  ...tcpRows<ProblemPlace>({
    machine: 'domain controller',
    isUp: ({ host, port }) => `check that ${host} is up and serves WS-Management on port ${port}`,
    stopped: 'Windows Remote Management is not running there, or has no listener for this port.',
    start: [enableService, ports],
    allow: ({ port }) =>
      `allow TCP ${port} from this machine (Windows: the rule "Windows Remote Management")`,
    ended: ['look into the log Microsoft-Windows-WinRM/Operational of the server'],
  }),
  ...tlsRows<ProblemPlace>({
    ports,
    listens: ['check the listener: winrm enumerate winrm/config/listener'],
    anyName: ['or set server-identity-check: disable, which takes any certificate of the CA'],
  }),
  'login-refused': {
    stage: 'authentication',
    scope: 'login',
    message: (place) => `${at(place)} refused the login of ${place.login}`,
    cause:
      'The password is wrong, the account is disabled, expired or locked, or it may not log on over the network.',
    fix: [
      checkPassword,
      'look at the account with: net user NAME /domain',
      'a denied logon is in the Security log: event 4625',
    ],
  },
  'login-ended': {
    stage: 'authentication',
    scope: 'server',
    message: (place) => `${at(place)} does not know the login of ${place.login} any more`,
    cause: 'The service was restarted, or a device between us and the server shares its connections.',
    fix: ['nothing, where it passes: we log in again', 'look for a proxy between us and the server'],
    isLoss: true,
  },
  forbidden: {
    stage: 'wsman',
    scope: 'server',
    message: (place) => `${at(place)} forbids us to ask (403)`,
    cause:
      'Its service takes requests from other addresses only, or a device between us and the server refuses them.',
    fix: ['look at the filters: winrm get winrm/config/service (IPv4Filter, IPv6Filter)'],
  },
  'no-negotiate': {
    stage: 'authentication',
    scope: 'server',
    message: (place, offered) => `${at(place)} does not offer ${offered}`,
    cause: 'Its service has this authentication switched off.',
    fix: ['on the server: winrm set winrm/config/service/auth @{Negotiate="true"}'],
  },
  'no-ntlm': {
    stage: 'authentication',
    scope: 'server',
    message: (place, detail) => `${at(place)} cannot agree on NTLM with us: ${detail}`,
    cause: 'NTLM is restricted there by policy, or the server wants Kerberos, which we do not speak.',
    fix: [
      'look at the policy "Network security: Restrict NTLM: Incoming NTLM traffic" of the server',
      'or read its log by forwarded events instead',
    ],
  },
  'not-sealed': {
    stage: 'authentication',
    scope: 'server',
    message: (place) => `${at(place)} answered in clear text what has to be sealed`,
    cause: 'Somebody between us and the server changes messages, or it is no WinRM service.',
    fix: ['use HTTPS (port 5986)', 'check who answers on this port'],
  },
  tampered: {
    stage: 'authentication',
    scope: 'server',
    message: (place, detail) => `the answer of ${at(place)} has a wrong seal: ${detail}`,
    cause: 'A message was changed, repeated or lost on its way, or two clients share one connection.',
    fix: ['look for a proxy between us and the server', 'or use HTTPS (port 5986)'],
  },
  'basic-in-clear': {
    stage: 'authentication',
    scope: 'login',
    message: () => 'a password is not sent in clear text',
    cause: 'Basic authentication is configured for plain HTTP, where anybody on the way reads the password.',
    fix: ['use HTTPS (port 5986)', 'or use Negotiate, which seals messages over HTTP as well'],
  },
  late: {
    stage: 'wsman',
    scope: 'server',
    message: (place, seconds) => `${at(place)} did not answer within ${seconds} s`,
    cause: 'The server is overloaded: a query has to walk through its whole log.',
    fix: ['poll less often', 'make the Security log smaller, or read it by mode event-log'],
  },
  'no-service': {
    stage: 'wsman',
    scope: 'server',
    message: (place, detail) => `${at(place)} has no WS-Management at /wsman (${detail})`,
    cause: 'Another web server listens on this port.',
    fix: [enableService, 'check who listens: netsh http show servicestate'],
  },
  'bad-status': {
    stage: 'wsman',
    scope: 'server',
    message: (place, detail) => `${at(place)} answered ${detail}`,
    cause: 'The service could not work on the request, and says no more.',
    fix: ['look into the log Microsoft-Windows-WinRM/Operational of the server'],
  },
  nonsense: {
    stage: 'wsman',
    scope: 'server',
    message: (place, detail) => `the answer of ${at(place)} is no WS-Management: ${detail}`,
    cause: 'Something else listens there, or a device on the way changes what is sent.',
    fix: ['check host and port', 'look for a proxy or an inspecting firewall between us'],
  },
  'no-log': {
    stage: 'wmi',
    scope: 'question',
    message: (place, log) => `${at(place)} shows us no event log ${log}`,
    cause:
      'Its name is misspelt, or the account may not read it, or it is none of the logs that WMI knows: those below Services\\EventLog.',
    fix: [
      'check the name of the log in the configuration',
      'put the account into Event Log Readers',
      'read forwarded events by mode event-log, or let them be sent to the collector',
    ],
  },
  'too-much': {
    stage: 'wsman',
    scope: 'question',
    message: (place, detail) => `the answer of ${at(place)} is too long: ${detail}`,
    cause: 'The server does not hold to the size that it was asked for.',
    fix: ['lower MaxEnvelopeSizekb of the server: winrm get winrm/config'],
  },
} satisfies Record<string, Row>;

export type WsmanFailureName = keyof typeof rows;

/** Failures of our own finding. `detail` may hold the peer's text: it is made safe here. */
export function failureOf(
  name: WsmanFailureName,
  place: ProblemPlace,
  code: string | null,
  detail = '',
): WsmanFailure {
  const row: Row = rows[name];
  const { scope, isLoss = false } = row;
  return new WsmanFailure(problemFrom(row, place, code, detail), scope, { isLoss });
}
