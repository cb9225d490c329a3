import type { Problem } from '../problem.ts';
import { safeText } from '../safe-text.ts';
import type { EmsFailure, Fault } from './diagnosis.ts';

/** What a failed call is told with. All of it has passed `safeText`. */
interface Facts {
  /** `EMS`, `FortiGate`: what answers. */
  readonly peer: string;
  /** `host:port`. */
  readonly server: string;
  readonly detail: string;
  readonly status: number;
  /** What the server's administrators call the permission that was missing; blank where it is not known. */
  readonly permission: string;
}

interface Row {
  readonly stage: string;
  readonly message: (facts: Facts) => string;
  readonly cause: (facts: Facts) => string;
  readonly fix: (facts: Facts) => readonly string[];
}

const withDetail = (text: string, { detail }: Facts) => (detail === '' ? text : `${text}: ${detail}`);

const checkPath = ({ server }: Facts) => [
  `Check that this machine reaches ${server}: name, routing, firewalls.`,
  'Check that the address and the port are those of its HTTPS interface.',
];

/** Every way in which a call of a management API ends other than well (docs/protocol/ems.md, Calls of management APIs). */
const rows = {
  'not-reached': {
    stage: 'connection',
    message: (facts) => withDetail(`${facts.peer} ${facts.server} was not reached`, facts),
    cause: ({ server }) => `No answer came from ${server} within the time of one call.`,
    fix: checkPath,
  },
  'tls-failed': {
    stage: 'TLS',
    message: (facts) => withDetail(`No TLS connection with ${facts.peer} ${facts.server}`, facts),
    cause: ({ server }) => `${server} speaks no TLS that this machine accepts.`,
    fix: checkPath,
  },
  'not-trusted': {
    stage: 'certificate',
    message: (facts) =>
      withDetail(
        `The certificate of ${facts.peer} ${facts.server} is not trusted, so nothing was sent`,
        facts,
      ),
    cause: () => 'Its chain does not lead to an installed CA, or it has expired.',
    fix: () => [
      'Compare the certificate with the one that the server shows on its own console.',
      'Install its CA with every intermediate one: fabrictop ems import-ca FILE',
    ],
  },
  'other-name': {
    stage: 'certificate',
    message: ({ peer, server }) =>
      `The certificate of ${peer} ${server} names another host, so nothing was sent`,
    cause: () =>
      'It leads to an installed CA, but a secret must not go to any server that this CA ever signed.',
    fix: () => [
      'Use the name that the certificate carries.',
      'Or accept the certificate of the connector, or configure its SHA-256 fingerprint.',
    ],
  },
  'other-certificate': {
    stage: 'certificate',
    message: (facts) =>
      withDetail(
        `${facts.peer} ${facts.server} shows another certificate than the accepted one, so nothing was sent`,
        facts,
      ),
    cause: () => 'The certificate was replaced, or somebody is in between.',
    fix: () => [
      'Find out whether the certificate was renewed; if not, somebody may be in between.',
      'If it was, accept the new one, or configure its SHA-256 fingerprint.',
    ],
  },
  unauthorized: {
    stage: 'authentication',
    message: (facts) => withDetail(`${facts.peer} ${facts.server} does not accept the sign-in (401)`, facts),
    cause: () => 'The name, password or token is wrong, has expired, or is not allowed from this address.',
    fix: () => [
      'Check the name and the secret of the configuration.',
      'Check the trusted hosts of that administrator.',
    ],
  },
  'sign-in-refused': {
    stage: 'authentication',
    message: (facts) => withDetail(`${facts.peer} ${facts.server} refused the sign-in`, facts),
    cause: () => 'The name, the password or the site is wrong, or the administrator is locked.',
    fix: () => [
      'Check admin.name, admin.password and admin.site of the configuration.',
      'Refresh it in the dashboard (:refresh) to try again: it is not tried by itself, so that the administrator is not locked.',
    ],
  },
  forbidden: {
    stage: 'authorisation',
    message: (facts) => withDetail(`${facts.peer} ${facts.server} does not allow this call (403)`, facts),
    cause: () =>
      'The sign-in is good, but its profile has no permission for this call, or it came from elsewhere.',
    fix: ({ permission }) => [
      permission !== ''
        ? `Give the profile of the API administrator the access group ${permission}.`
        : 'Give the administrator a role that may see and change Fabric devices.',
    ],
  },
  'not-found': {
    stage: 'reply',
    message: (facts) =>
      withDetail(`${facts.peer} ${facts.server} does not have this call (${facts.status})`, facts),
    cause: () => 'Its release is older or newer than the call, or it is another product.',
    fix: () => ['Check the release of the server.', 'Check the address and the port.'],
  },
  throttled: {
    stage: 'reply',
    message: (facts) => withDetail(`${facts.peer} ${facts.server} asks for fewer calls (429)`, facts),
    cause: () => 'It was called too often, by this program or by others.',
    fix: () => ['Wait: the next call is made when the server allows it.'],
  },
  redirected: {
    stage: 'reply',
    message: ({ peer, server, status }) =>
      `${peer} ${server} redirects the call (${status}), which is not followed`,
    cause: () => 'A secret goes to the configured server and to no other.',
    fix: () => ['Configure the address that the server redirects to, if it is yours.'],
  },
  'server-error': {
    stage: 'reply',
    message: (facts) => withDetail(`${facts.peer} ${facts.server} failed inside (${facts.status})`, facts),
    cause: () => 'The server could not answer.',
    fix: () => ['Look into the logs of the server.'],
  },
  refused: {
    stage: 'reply',
    message: (facts) => withDetail(`${facts.peer} ${facts.server} refused the call`, facts),
    cause: () => 'The server understood the call and refused it.',
    fix: () => ['Follow what the server says in the message.'],
  },
  unreadable: {
    stage: 'reply',
    message: (facts) =>
      withDetail(`${facts.peer} ${facts.server} answers in a way that is not its API's`, facts),
    cause: () => 'What answers is another product or release, or something in between.',
    fix: () => ['Check the address and the port.', 'Check that nothing in between answers in its place.'],
  },
} satisfies Record<string, Row>;

export type HttpFault = keyof typeof rows;

export interface HttpFailureFacts {
  readonly peer: string;
  readonly server: string;
  readonly detail?: string;
  readonly status?: number;
  readonly retryAfterMs?: number;
  readonly permission?: string;
}

/** A call of a management API that did not succeed. Never holds what was sent. */
export class HttpFailure extends Error {
  readonly fault: HttpFault;
  readonly problem: Problem;
  /** Status of the reply; 0 when none came. */
  readonly status: number;
  /** What the server said, or what exactly is wrong: safe to show, blank where there is nothing. */
  readonly said: string;
  /** How long a 429 asks to wait, in milliseconds; null where it does not say. */
  readonly retryAfterMs: number | null;

  constructor(fault: HttpFault, facts: HttpFailureFacts) {
    const row: Row = rows[fault];
    const full: Facts = {
      ...facts,
      detail: safeText(facts.detail ?? ''),
      status: facts.status ?? 0,
      permission: facts.permission ?? '',
    };
    super(row.message(full));
    this.name = 'HttpFailure';
    this.fault = fault;
    this.status = full.status;
    this.said = full.detail;
    this.retryAfterMs = facts.retryAfterMs ?? null;
    this.problem = {
      stage: row.stage,
      code: full.status === 0 ? null : full.status,
      message: this.message,
      cause: row.cause(full),
      fix: row.fix(full),
    };
  }
}

/** What the steps before HTTP are in the words of this table; their reasons are those of the connector. */
const transportFaults: Partial<Record<Fault, readonly [fault: HttpFault, detail: string]>> = {
  'name-not-found': ['not-reached', 'its name has no address'],
  'source-address': ['not-reached', 'no connection can begin at this source address'],
  'no-interface': ['not-reached', 'the configured interface is not there or has no address'],
  'connection-refused': ['not-reached', 'connection refused'],
  unreachable: ['not-reached', 'the network has no path'],
  'connect-timeout': ['not-reached', 'timeout'],
  'tls-timeout': ['not-reached', 'timeout in the TLS handshake'],
  'reply-timeout': ['not-reached', 'timeout while its reply was awaited'],
  'closed-in-handshake': ['not-reached', 'it closed the connection in the TLS handshake'],
  'closed-in-reply': ['not-reached', 'it closed the connection before its reply was complete'],
  'not-tls': ['tls-failed', 'the port does not speak TLS'],
  'no-identity': ['tls-failed', 'it wants a client certificate'],
  'identity-refused': ['tls-failed', 'it wants a client certificate'],
  'certificate-unreadable': ['tls-failed', 'its certificate cannot be read'],
};

/** A failed connection or handshake as a failed call. */
export function transportFailure(failure: EmsFailure, facts: HttpFailureFacts): HttpFailure {
  const [fault, detail] = transportFaults[failure.fault] ?? (['tls-failed', ''] as const);
  return new HttpFailure(fault, { ...facts, detail });
}
