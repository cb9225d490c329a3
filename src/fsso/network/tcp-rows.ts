import { at, type ProblemRow, type ServerPlace, type Text } from './problem-row.ts';

/** Ways in which TCP to a server fails. */
export type TcpFault =
  | 'name-unknown'
  | 'name-late'
  | 'refused'
  | 'unreachable'
  | 'connect-timeout'
  | 'source-address'
  | 'closed';

/** What is said of each, whatever the service. */
export const tcpMessages: Readonly<Record<TcpFault, (place: ServerPlace, detail: string) => string>> = {
  'name-unknown': ({ host }, code) => `${host} cannot be resolved (${code})`,
  'name-late': ({ host }, seconds) => `${host} was not resolved within ${seconds} s`,
  refused: (place) => `connection refused by ${at(place)}`,
  unreachable: ({ host }, code) => `${host} is not reachable (${code})`,
  'connect-timeout': (place, seconds) => `no answer from ${at(place)} within ${seconds} s`,
  'source-address': (place, code) => `cannot connect to ${at(place)} from the address that is set (${code})`,
  closed: (place, detail) => `${at(place)} closed the connection${detail === '' ? '' : ` (${detail})`}`,
};

/** What a service has to say for itself in rows that are otherwise the same for all. */
export interface TcpWords<Place> {
  /** Of its machine: `domain controller`. */
  readonly machine: string;
  readonly isUp: Text<Place>;
  /** Why nobody listens. */
  readonly stopped: string;
  /** What to look at then, behind whether it is up. */
  readonly start: readonly Text<Place>[];
  /** How the way to it is opened; absent: the port by its number. */
  readonly allow?: Text<Place>;
  /** What to look at when it ends connections, behind whether it is up. */
  readonly ended: readonly Text<Place>[];
}

/** The rows of TCP for one service. */
export function tcpRows<Place extends ServerPlace>(
  words: TcpWords<Place>,
): Readonly<Record<TcpFault, ProblemRow<Place, 'server'>>> {
  const { machine, isUp, stopped, start, ended } = words;
  const allow = words.allow ?? (({ port }) => `allow TCP ${port} from this machine to the ${machine}`);
  const row = (fault: TcpFault, stage: 'resolve' | 'tcp') =>
    ({ stage, scope: 'server', message: tcpMessages[fault] }) as const;
  return {
    'name-unknown': {
      ...row('name-unknown', 'resolve'),
      cause: 'The name is misspelt, or the DNS servers of this machine do not know it.',
      fix: [`check the name of the ${machine}`, 'or give its address'],
    },
    'name-late': {
      ...row('name-late', 'resolve'),
      cause: 'The DNS servers of this machine do not answer.',
      fix: ['check the DNS servers of this machine', `or give the address of the ${machine}`],
    },
    refused: {
      ...row('refused', 'tcp'),
      cause: stopped,
      fix: [isUp, ...start],
    },
    unreachable: {
      ...row('unreachable', 'tcp'),
      cause: 'There is no route to it, or its host is down.',
      fix: ['check the address and the route to it', isUp],
    },
    'connect-timeout': {
      ...row('connect-timeout', 'tcp'),
      cause: 'A firewall drops the packets, or the host is down.',
      fix: [allow, isUp],
    },
    'source-address': {
      ...row('source-address', 'tcp'),
      cause: 'It is no address of this machine, or of another family than those of the other side.',
      fix: ['set an address of this machine from which the other side is reached, or none'],
    },
    closed: {
      ...row('closed', 'tcp'),
      cause: 'It was restarted, or ends connections for a reason that it does not tell.',
      fix: [isUp, ...ended],
      isLoss: true,
    },
  };
}

const faults: Readonly<Record<string, TcpFault>> = {
  ENOTFOUND: 'name-unknown',
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EHOSTDOWN: 'unreachable',
  ENETDOWN: 'unreachable',
  ETIMEDOUT: 'unreachable',
  EADDRNOTAVAIL: 'source-address',
  EINVAL: 'source-address',
};

/** What the system's error means, while a connection is opened and behind that. */
export function tcpFault(code: string): TcpFault {
  return code.startsWith('EAI_') ? 'name-unknown' : (faults[code] ?? 'closed');
}
