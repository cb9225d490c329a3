import type { Problem } from './problem.ts';

/**
 * Everything this program can do that changes a peer, once (docs/cli.md, Changing a peer). What concerns only ourselves,
 * such as accepting a certificate, is not here. `what` completes "It would ...".
 */
const verbs = {
  'authorize-device': { what: 'authorise a device on EMS' },
  'verify-certificate': { what: 'let a FortiGate accept the certificate of an EMS' },
  'unverify-certificate': { what: 'let a FortiGate forget the certificate of an EMS' },
  'deauthenticate-user': { what: 'log a user off on a FortiGate' },
  'refresh-fsso': { what: 'let a FortiGate read the groups of its collectors again' },
  'end-logon': { what: 'end a logon of a collector' },
  'clear-groups': { what: 'let a collector forget what its directories said of groups' },
  'renew-groups': { what: 'let a collector look groups up again' },
  'reload-collector': { what: 'let a collector read its configuration again' },
  'set-poll-period': { what: 'let a collector poll domain controllers in another rhythm' },
  'disconnect-fortigate': { what: 'disconnect a FortiGate from a collector' },
  'import-ca': { what: 'install a CA certificate on a FortiGate' },
} as const satisfies Record<string, { what: string }>;

/** A verb that changes a peer. */
export type Verb = keyof typeof verbs;

/** All of them, for documents and tests. */
export const allVerbs = Object.keys(verbs) as Verb[];

/** A verb was refused because the program runs read-only; nothing was sent. */
export class ReadOnlyError extends Error {
  readonly problem: Problem;

  constructor(verb: Verb) {
    const message = `It would ${verbs[verb].what}, and fabrictop is read-only without --write`;
    super(message);
    this.name = 'ReadOnlyError';
    this.problem = {
      stage: 'read-only',
      code: null,
      message,
      cause: 'Nothing that belongs to somebody else is changed unless the program was started with --write.',
      fix: ['Start fabrictop with --write.'],
    };
  }
}

/**
 * The permission to change peers, given once where the program starts. Clients ask it before they send, so that no screen
 * and no command can pass it by.
 */
export class WriteGuard {
  /** Whether the program was started with `--write`. */
  readonly write: boolean;

  constructor(write: boolean) {
    this.write = write;
  }

  /** @throws ReadOnlyError unless the program was started with `--write` */
  require(verb: Verb): void {
    if (!this.write) throw new ReadOnlyError(verb);
  }
}
