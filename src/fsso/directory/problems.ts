import { at, type ProblemRow, problemFrom, type Text } from '../network/problem-row.ts';
import { tcpRows } from '../network/tcp-rows.ts';
import { tlsRows } from '../network/tls-rows.ts';
import { DirectoryFailure, type FailureScope } from './failure.ts';

/** What the text of a problem may draw on. */
export interface ProblemPlace {
  readonly host: string;
  readonly port: number;
  /** Who logs in; null: nobody. */
  readonly login: string | null;
}

type Row = ProblemRow<ProblemPlace, FailureScope>;

const who = ({ login }: ProblemPlace) => (login === null ? 'nobody (anonymous)' : login);
const checkServer: Text<ProblemPlace> = ({ host, port }) =>
  `check that ${host} is up and serves LDAP on port ${port}`;
const ports = 'ports: 389 (plain, StartTLS), 636 (LDAPS), global catalogue 3268 and 3269';
const sameLogin = 'check name and password of the login in the configuration';
const bindRow = (message: string, cause: string, ...fix: string[]): Row => ({
  stage: 'bind',
  scope: 'login',
  message: (context) => `${at(context)} refused the login of ${who(context)}: ${message}`,
  cause,
  fix,
});

/** Stage, text, cause and fix of each way in which a directory fails (docs/protocol/fsso.md, Directories). */
const rows = {
  ...tcpRows<ProblemPlace>({
    machine: 'server',
    isUp: checkServer,
    stopped: 'The directory service is stopped, or listens on another port.',
    start: [ports],
    ended: ['look into the log of the server'],
  }),
  ...tlsRows<ProblemPlace>({
    ports,
    listens: ['check that the server has a certificate'],
    anyName: ['or set server-identity-check: disable, which takes any certificate of the CA'],
  }),
  'tls-refused': {
    stage: 'tls',
    scope: 'server',
    message: (context, detail) => `${at(context)} does not offer StartTLS: ${detail}`,
    cause: 'The server has no certificate, or its administrator switched StartTLS off.',
    fix: [
      'install a certificate for the server (a domain controller takes it from its machine store)',
      'or use secure: ldaps with port 636',
    ],
  },
  'bind-timeout': {
    stage: 'bind',
    scope: 'server',
    message: (context, seconds) => `${at(context)} did not answer the login within ${seconds} s`,
    cause: 'The server is overloaded, or this is no LDAP server.',
    fix: [checkServer],
  },
  'password-wrong': bindRow(
    'name or password is wrong',
    'The account exists, and the password is another one; or the name is misspelt.',
    sameLogin,
  ),
  'user-unknown': bindRow(
    'no such account',
    'The name of the login is misspelt, or the account was deleted.',
    'write it as name@domain, DOMAIN\\name or as a distinguished name',
    sameLogin,
  ),
  'hours-denied': bindRow(
    'not at this hour',
    'The account may log on at certain hours only.',
    'allow the account all hours',
  ),
  'machine-denied': bindRow(
    'not from this machine',
    'The account may log on at certain workstations only.',
    'allow the account this machine, or all',
  ),
  'password-expired': bindRow(
    'its password has expired',
    'The password of the account is over.',
    'set a new password that does not expire, and give it here',
  ),
  disabled: bindRow(
    'the account is disabled',
    'The administrator disabled the account.',
    'enable the account, or use another',
  ),
  'account-expired': bindRow(
    'the account has expired',
    'The account had an end, and it is over.',
    'extend the account, or use another',
  ),
  'password-must-change': bindRow(
    'its password has to be changed first',
    'The account is set to change its password at the next logon.',
    'change the password once, and give it here',
  ),
  'locked-out': bindRow(
    'the account is locked',
    'Too many wrong passwords came in, from here or elsewhere.',
    'unlock the account',
    sameLogin,
  ),
  'login-refused': {
    stage: 'bind',
    scope: 'login',
    message: (context, detail) => `${at(context)} refused the login of ${who(context)}: ${detail}`,
    cause: 'Name or password is wrong, or the server takes no such login.',
    fix: [sameLogin],
  },
  'tls-demanded': {
    stage: 'bind',
    scope: 'server',
    message: (context, detail) => `${at(context)} takes no login without TLS: ${detail}`,
    cause: 'The server demands TLS (or signing) for simple logins, as every domain controller should.',
    fix: ['set secure: starttls (port 389) or secure: ldaps (port 636), with the ca of the server'],
  },
  'login-needed': {
    stage: 'search',
    scope: 'login',
    message: (context, detail) => `${at(context)} answers nothing to ${who(context)}: ${detail}`,
    cause: 'The directory wants a login before a search.',
    fix: ['configure username and password of an account that may read the directory'],
  },
  'search-timeout': {
    stage: 'search',
    scope: 'server',
    message: (context, seconds) => `${at(context)} did not answer a search within ${seconds} s`,
    cause: 'The server is overloaded, or the search runs over attributes without an index.',
    fix: ['look at the times of the server', 'name a narrower base DN'],
  },
  'server-busy': {
    stage: 'search',
    scope: 'server',
    message: (context, detail) => `${at(context)} cannot answer now: ${detail}`,
    cause: 'The server is busy, starting or stopping.',
    fix: [checkServer],
  },
  'search-refused': {
    stage: 'search',
    scope: 'question',
    message: (context, detail) => `${at(context)} refused a search: ${detail}`,
    cause: 'The login may not read this part of the directory, or the base DN or the filter is wrong.',
    fix: ['check the base DN', 'let the account read the directory'],
  },
  'too-much': {
    stage: 'search',
    scope: 'question',
    message: (context, detail) => `${at(context)} has more entries for one search than are taken (${detail})`,
    cause: 'The filter fits far too much.',
    fix: ['name a narrower base DN or filter'],
  },
  nonsense: {
    stage: 'search',
    scope: 'server',
    message: (context, detail) => `${at(context)} does not speak LDAP as it should: ${detail}`,
    cause:
      'This is another service, a broken one, or something between here and the server changes what it says.',
    fix: [checkServer, 'compare with ldapsearch from this machine'],
  },
  'all-waiting': {
    stage: 'tcp',
    scope: 'question',
    message: (_, detail) => detail,
    cause: 'Every server of the directory failed a short time ago; they are tried again by themselves.',
    fix: ['the state of the directory names what each server failed at'],
  },
  busy: {
    stage: 'search',
    scope: 'question',
    message: (context, detail) => `too many searches wait for ${context.host} (${detail})`,
    cause: 'More is asked than the servers answer.',
    fix: ['look at the times of the servers', 'let groups be kept longer (cache-minutes)'],
  },
  stopped: {
    stage: 'search',
    scope: 'question',
    message: 'the directory is not asked any more: the program stops',
    cause: 'The program was told to stop.',
    fix: [],
  },
} as const satisfies Record<string, Row>;

export type DirectoryFault = keyof typeof rows;

/** The failure as people read it. */
export function failureOf(
  fault: DirectoryFault,
  context: ProblemPlace,
  code: number | string | null,
  detail: string = String(code),
): DirectoryFailure {
  const row: Row = rows[fault];
  return new DirectoryFailure(problemFrom(row, context, code, detail), row.scope, row.isLoss ?? false);
}

/** What Active Directory says behind "data" when it refuses a login (docs/protocol/fsso.md, Directories). */
const subCodes: Readonly<Record<string, DirectoryFault>> = {
  '525': 'user-unknown',
  '52e': 'password-wrong',
  '530': 'hours-denied',
  '531': 'machine-denied',
  '532': 'password-expired',
  '533': 'disabled',
  '701': 'account-expired',
  '773': 'password-must-change',
  '775': 'locked-out',
};

/** LDAP's own results of a bind, other than wrong credentials (RFC 4511, Appendix A). */
const bindResults: Readonly<Record<number, DirectoryFault>> = {
  7: 'login-refused',
  8: 'tls-demanded',
  13: 'tls-demanded',
  32: 'user-unknown',
  34: 'login-refused',
  48: 'login-refused',
  49: 'login-refused',
  50: 'login-refused',
  53: 'login-refused',
};
const searchResults: Readonly<Record<number, DirectoryFault>> = { 8: 'tls-demanded', 13: 'tls-demanded' };
/** Results that say nothing about the question: busy, unavailable, and a server that ends. */
const passing = new Set([3, 51, 52]);

/** What a server answered that did not do what it was asked; `said` is its own text. */
export function refusal(
  stage: 'bind' | 'search',
  code: number,
  said: string,
  context: ProblemPlace,
): DirectoryFailure {
  const detail = `${said.trim() || 'no reason given'}`;
  if (passing.has(code)) return failureOf('server-busy', context, code, detail);
  const sub = /\bdata ([\da-f]{1,8})\b/i.exec(said)?.[1]?.toLowerCase();
  if (stage === 'bind') {
    const known = code === 49 && sub !== undefined ? subCodes[sub] : undefined;
    if (known !== undefined) return failureOf(known, context, sub ?? code, detail);
    return failureOf(bindResults[code] ?? 'login-refused', context, code, detail);
  }
  // Active Directory answers so to whoever has not logged in.
  if (code === 1 && /bind must be completed/i.test(said))
    return failureOf('login-needed', context, code, detail);
  return failureOf(searchResults[code] ?? 'search-refused', context, code, detail);
}
