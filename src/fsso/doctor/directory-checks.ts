import type { Clock } from '../../clock.ts';
import { DirectoryConnection, type DirectoryLogin } from '../directory/connection.ts';
import { DirectoryFailure } from '../directory/failure.ts';
import { directoryLimits } from '../directory/limits.ts';
import type { DirectoryServer } from '../directory/open-socket.ts';
import type { ServerTrust } from '../network/open-tls.ts';
import { type Check, failed, good, type Need, skipped, warned } from './check.ts';

/** A server that groups are looked up in. */
export interface DirectorySubject {
  readonly server: DirectoryServer;
  readonly trust: ServerTrust;
  readonly login: DirectoryLogin | null;
  /** Where users are; null: the whole domain of the server. */
  readonly base: string | null;
}

const groups: readonly Need[] = ['groups'];

/** Tries the port, its certificate, the login, and whether the account reads what groups are made from. */
export async function directoryChecks(
  { server, trust, login, base }: DirectorySubject,
  clock: Clock,
): Promise<Check[]> {
  const port = `port ${server.port}/tcp`;
  let connection: DirectoryConnection;
  try {
    connection = await DirectoryConnection.open(
      { server, trust, login, limits: directoryLimits, clock },
      () => {},
    );
  } catch (error) {
    if (!(error instanceof DirectoryFailure)) throw error;
    const { stage } = error.problem;
    return stage === 'resolve' || stage === 'tcp'
      ? [failed(port, error, groups), skipped('LDAP login', 'the port cannot be reached', groups)]
      : [good(port, 'open', groups), failed('LDAP login', error, groups)];
  }
  const who = login === null ? 'anonymous' : login.name;
  const security = { ldaps: 'LDAPS', starttls: 'StartTLS', plain: 'plain text' }[server.security];
  const checks: Check[] = [good(port, 'open', groups), good('LDAP login', `as ${who}, ${security}`, groups)];
  if (server.security === 'plain')
    checks.push(
      warned('LDAP TLS', 'the password goes over the network as it is', groups, {
        stage: 'tls',
        code: null,
        message: 'the directory is spoken to in plain text',
        cause: 'secure is disable: whoever listens learns the password of the account.',
        fix: ['set secure: ldaps, or starttls, and ca-cert of the ldap entry'],
      }),
    );
  try {
    const [root] = await connection.search({ base: '', scope: 'base', attributes: ['defaultNamingContext'] });
    const place = base ?? root?.text('defaultNamingContext') ?? '';
    const began = clock.now();
    const [found] = await connection.search({ base: place, scope: 'base', attributes: ['objectClass'] });
    checks.push(
      found
        ? good('LDAP read', `${place} in ${clock.now() - began} ms`, groups)
        : {
            check: 'LDAP read',
            verdict: 'failed',
            detail: `nothing can be read at ${place}`,
            neededBy: groups,
            problem: {
              stage: 'search',
              code: null,
              message: `nothing can be read at ${place}`,
              cause: 'The place is misspelt, or the account may not read it.',
              fix: ['check dn of the ldap entry', `let ${who} read ${place} and all below it`],
            },
          },
    );
  } catch (error) {
    checks.push(failed('LDAP read', error, groups));
  } finally {
    connection.close();
  }
  return checks;
}
