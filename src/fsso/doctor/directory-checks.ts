import type { Clock } from '../../clock.ts';
import type { Problem } from '../../problem.ts';
import { safeText } from '../../safe-text.ts';
import type { LoginTurns } from '../collector/login-turns.ts';
import { DirectoryConnection, type DirectoryLogin } from '../directory/connection.ts';
import { DirectoryFailure } from '../directory/failure.ts';
import { equals } from '../directory/filters.ts';
import { directoryLimits } from '../directory/limits.ts';
import type { DirectoryServer } from '../directory/open-socket.ts';
import type { ServerTrust } from '../network/open-tls.ts';
import { type Add, failed, good, type Need, refused, skipped, unknown, warned } from './check.ts';
import { clockCheck } from './clock-check.ts';
import { loginCommands, machineCommands, portCommands } from './commands.ts';
import { logInOnce, loginFailed } from './log-in-once.ts';
import type { Names } from './names.ts';
import { portCheck, whereabouts } from './reach.ts';

/** A server that groups are looked up in. */
export interface DirectorySubject {
  readonly names: Names;
  readonly otherNames: Names | null;
  readonly server: DirectoryServer;
  readonly trust: ServerTrust;
  readonly login: DirectoryLogin | null;
  /** Where users are; null: the whole domain of the server. */
  readonly base: string | null;
  /** Accounts of machines, `NAME$`, that verdicts on NTLM are asked for as. */
  readonly machines: readonly string[];
  /** Connects and lets go; rejects with an Error that carries a Problem. */
  readonly tryPort: (address: string) => Promise<void>;
}

const groups: readonly Need[] = ['groups'];

/** Tries the port, its certificate, the login, and whether the account reads what groups are made from. */
export async function directoryChecks(
  subject: DirectorySubject,
  turns: LoginTurns,
  clock: Clock,
  signal: AbortSignal,
  add: Add,
): Promise<void> {
  const { names, otherNames, server, trust, login, tryPort } = subject;
  const { host } = server;
  const { checks, addresses } = await whereabouts(host, names, otherNames, groups);
  add(...checks);
  const run = portCommands('LDAP', host, server.port);
  const reached = await portCheck(`${server.port}/tcp`, addresses, tryPort, groups, run);
  add(reached.check);
  if (reached.open.length === 0) {
    add(skipped('LDAP login', 'the port cannot be reached', groups));
    return;
  }
  const who = login === null ? 'anonymous' : login.name;
  let connection: DirectoryConnection;
  try {
    const options = { server, trust, login, limits: directoryLimits, clock };
    connection = await logInOnce(turns, signal, () => DirectoryConnection.open(options, () => {}));
  } catch (error) {
    signal.throwIfAborted();
    add(
      loginFailed('LDAP login', error, groups, (problem) => loginCommands(problem, { host, account: who })),
    );
    return;
  }
  const security = { ldaps: 'LDAPS', starttls: 'StartTLS', plain: 'plain text' }[server.security];
  add(good('LDAP login', safeText(`as ${who}, ${security}`), groups));
  if (server.security === 'plain') add(plainText());
  try {
    await read(connection, subject, who, clock, add);
  } catch (error) {
    if (!(error instanceof DirectoryFailure)) throw error;
    add(failed('LDAP read', error, groups));
  } finally {
    connection.close();
  }
}

function plainText() {
  return warned('LDAP TLS', 'the password goes over the network as it is', groups, {
    stage: 'tls',
    code: null,
    message: 'the directory is spoken to in plain text',
    cause: 'secure is disable: whoever listens learns the password of the account.',
    fix: ['set secure: ldaps, or starttls, and ca-cert of the ldap entry'],
  });
}

async function read(
  connection: DirectoryConnection,
  { server, base, machines }: DirectorySubject,
  who: string,
  clock: Clock,
  add: Add,
): Promise<void> {
  const asked = clock.now();
  const attributes = ['defaultNamingContext', 'currentTime'];
  const [root] = await connection.search({ base: '', scope: 'base', attributes });
  const theirs = timeOf(root?.text('currentTime') ?? null);
  const skew = theirs === null ? null : theirs - (asked + clock.now()) / 2;
  const domain = root?.text('defaultNamingContext') ?? '';
  const place = base ?? domain;
  const began = clock.now();
  const [found] = await connection.search({ base: place, scope: 'base', attributes: ['objectClass'] });
  if (found) add(good('LDAP read', safeText(`${place} in ${Math.round(clock.now() - began)} ms`), groups));
  else {
    const problem: Problem = {
      stage: 'search',
      code: null,
      message: safeText(`nothing can be read at ${place}`),
      cause: 'The place is misspelt, or the account may not read it.',
      fix: ['check dn of the ldap entry', safeText(`let ${who} read ${place} and all below it`)],
    };
    add(refused('LDAP read', problem, groups));
  }
  // In whole seconds there, so that a second says nothing.
  add(clockCheck(skew === null || Math.abs(skew) <= 1500 ? skew && 0 : skew, server.host, groups));
  for (const machine of machines) await machinePassword(connection, domain, machine, clock, add);
}

/** Generalized time in UTC, as Active Directory writes it (RFC 4517 3.3.13): `20260115090000.0Z`. */
function timeOf(text: string | null): number | null {
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.\d+)?Z$/.exec(text ?? '');
  if (parts === null) return null;
  const [year = 0, month = 1, ...rest] = parts.slice(1).map(Number);
  return Date.UTC(year, month - 1, ...rest);
}

/** 100 ns since 1601 (MS-DTYP 2.3.3), in milliseconds since the epoch. */
function fileTime(text: string): number {
  return Number(BigInt(text) / 10_000n) - 11_644_473_600_000;
}

const dayMs = 86_400_000;
/** A machine of Windows changes its own password after 30 days; one that lies still much longer is taken for dead. */
const old = 180;
/** Bit of userAccountControl (MS-ADTS 2.2.16). */
const disabled = 0x2;

async function machinePassword(
  connection: DirectoryConnection,
  base: string,
  machine: string,
  clock: Clock,
  add: Add,
): Promise<void> {
  const needs: readonly Need[] = [];
  const check = `machine account ${machine}`;
  const attributes = ['pwdLastSet', 'userAccountControl'];
  const question = { base, scope: 'sub', filter: equals('sAMAccountName', machine), attributes } as const;
  const [found] = await connection.search(question);
  const run = machineCommands(machine);
  const set = found?.text('pwdLastSet') ?? '';
  if (found === undefined || !/^\d{1,18}$/.test(set)) {
    add(unknown(check, 'is not in this directory, or may not be read', needs, null, run));
    return;
  }
  const days = Math.max(0, Math.floor((clock.now() - fileTime(set)) / dayMs));
  const isOff = ((found.number('userAccountControl') ?? 0) & disabled) !== 0;
  const detail = `${isOff ? 'disabled, ' : ''}its password is ${days} days old`;
  if (!isOff && days <= old) add(good(check, detail, needs));
  else {
    const problem: Problem = {
      stage: 'machine account',
      code: null,
      message: `${machine}: ${detail}`,
      cause: isOff
        ? 'An administrator disabled the account.'
        : 'Its password does not end by itself, but accounts that lie still are often removed as dead.',
      fix: isOff ? ['enable it'] : ['set it anew now and then, there and in collector.ntlm.domains'],
    };
    add(warned(check, detail, needs, problem, run));
  }
}
