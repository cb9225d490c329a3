import { at, type ProblemRow, type ServerPlace, type Text } from './problem-row.ts';
import { wrongName } from './tls.ts';

/** Ways in which TLS with a server fails. */
export type TlsFault = 'tls-timeout' | 'tls-failed' | 'tls-name' | 'tls-untrusted';

/** What a service has to say for itself in rows that are otherwise the same for all. */
export interface TlsWords<Place> {
  /** Which port speaks TLS, and which does not. */
  readonly ports: string;
  /** What to look at where it does not. */
  readonly listens: readonly Text<Place>[];
  /** How the check of the name is left out, where that is possible. */
  readonly anyName: readonly Text<Place>[];
}

/** The rows of TLS for one service. */
export function tlsRows<Place extends ServerPlace>({
  ports,
  listens,
  anyName,
}: TlsWords<Place>): Readonly<Record<TlsFault, ProblemRow<Place, 'server'>>> {
  const scope = 'server';
  return {
    'tls-timeout': {
      ...{ stage: 'tls', scope },
      message: (place, seconds) => `${at(place)} did not complete TLS within ${seconds} s`,
      cause: 'The service hangs, or is no TLS server.',
      fix: [ports, ...listens],
    },
    'tls-failed': {
      ...{ stage: 'tls', scope },
      message: (place, code) => `TLS with ${at(place)} failed (${code})`,
      cause: 'This port does not speak TLS, or both sides have no version of it in common.',
      fix: [ports, ...listens],
    },
    'tls-name': {
      ...{ stage: 'tls', scope },
      message: ({ host }) => `the certificate of the server does not name ${host}`,
      cause: 'The server is configured by another name or address than those in its certificate.',
      fix: ['configure the server by a name that its certificate has', ...anyName],
    },
    'tls-untrusted': {
      ...{ stage: 'tls', scope },
      message: (place, code) => `the certificate of ${at(place)} is not trusted (${code})`,
      cause: 'It does not lead to the configured CA, or its dates do not fit.',
      fix: [
        'give the CA that signed the certificate of the server as its ca',
        'check the dates of the certificate and the clock of this machine',
      ],
    },
  };
}

/** What ended a TLS handshake. */
export function tlsFault(code: string): TlsFault {
  if (code === wrongName) return 'tls-name';
  const isHandshake =
    code.startsWith('ERR_') || ['EPROTO', 'ECONNRESET', 'EPIPE', 'NO_CERTIFICATE'].includes(code);
  return isHandshake ? 'tls-failed' : 'tls-untrusted';
}
