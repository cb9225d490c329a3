import { isIP } from 'node:net';
import type { Problem } from '../../problem.ts';
import { safeText } from '../../safe-text.ts';
import type { LoginTurns } from '../collector/login-turns.ts';
import type { SmbSession } from '../smb/session.ts';
import { type PresentUser, usersByRegistry, usersByService } from '../windows/logged-on.ts';
import {
  type Add,
  failed,
  good,
  type Need,
  refused,
  skipped,
  unknown,
  type WindowsCommand,
} from './check.ts';
import { anyController, loginCommands, on, portCommands, rightCommands } from './commands.ts';
import { logInOnce, loginFailed } from './log-in-once.ts';
import type { Names } from './names.ts';
import { portCheck, whereabouts } from './reach.ts';

/** One workstation as a sample of those that are asked who is logged on. */
export interface WorkstationSubject {
  readonly host: string;
  readonly account: string;
  readonly port: number;
  /** How the configuration asks them; null: it does not, or by a program. */
  readonly method: 'netapi' | 'registry' | null;
  /** Whether it may be asked, by `workstation-check-networks`. */
  readonly isInNetworks: (address: string) => boolean;
  /** The DNS servers of the collector, by which entries find their addresses. */
  readonly names: Names;
  /** Connects and lets go. All reject with an Error that carries a Problem, or the reason of the signal. */
  readonly tryPort: (address: string) => Promise<void>;
  readonly logIn: (address: string, signal: AbortSignal) => Promise<SmbSession>;
}

const needs: readonly Need[] = ['workstation-check'];

/** Tries what the workstation check needs, and what DNS says of the workstation. The password is tried once. */
export async function workstationChecks(
  subject: WorkstationSubject,
  turns: LoginTurns,
  signal: AbortSignal,
  add: Add,
): Promise<void> {
  const { host, names, port, account, method } = subject;
  const { checks, addresses } = await whereabouts(host, names, null, needs);
  add(...checks);
  const [first] = addresses;
  if (first === undefined) {
    add(skipped(`port ${port}/tcp`, 'no address is known', needs));
    return;
  }
  await dnsOf(subject, addresses, add);
  add(networkCheck(subject, addresses));
  const run = portCommands('SMB', host, port);
  const reached = await portCheck(`${port}/tcp`, addresses, subject.tryPort, needs, run);
  add(reached.check);
  const [address] = reached.open;
  if (address === undefined) {
    add(skipped('SMB login', 'the port cannot be reached', needs));
    return;
  }
  let session: SmbSession;
  try {
    session = await logInOnce(turns, signal, () => subject.logIn(address, signal));
    add(good('SMB login', `SMB ${session.dialect}, ${session.encrypted ? 'encrypted' : 'signed'}`, needs));
  } catch (error) {
    signal.throwIfAborted();
    add(loginFailed('SMB login', error, needs, (problem) => loginCommands(problem, { host, account })));
    return;
  }
  try {
    await whoIsThere('netapi', subject, session, signal, add);
    await whoIsThere('registry', subject, session, signal, add);
    if (method === null)
      add(
        refused(
          'method',
          {
            stage: 'configuration',
            code: null,
            message: 'workstations are not asked over SMB',
            cause: 'workstation-check-method is not netapi or registry, or workstation-verify-interval is 0.',
            fix: ['set workstation-verify-interval, workstation-check-networks and workstation-check-method'],
          },
          [],
        ),
      );
  } finally {
    await session.close();
  }
}

async function whoIsThere(
  way: 'netapi' | 'registry',
  { host, account, method }: WorkstationSubject,
  session: SmbSession,
  signal: AbortSignal,
  add: Add,
): Promise<void> {
  const check = way === 'netapi' ? 'logged-on users' : 'remote registry';
  const neededBy = method === way ? needs : [];
  const ask = way === 'netapi' ? usersByService : usersByRegistry;
  const place = { host, account };
  const runFor = ({ code }: Problem): WindowsCommand[] =>
    way === 'registry' && !/DENIED|denied/.test(String(code))
      ? rightCommands('RemoteRegistry', place)
      : rightCommands('local administrator', place);
  try {
    const users = await ask(session, place, signal);
    add(good(check, named(users), neededBy));
  } catch (error) {
    signal.throwIfAborted();
    add(failed(check, error, neededBy, runFor));
  }
}

function named(users: readonly PresentUser[]): string {
  if (users.length === 0) return 'nobody is logged on';
  return users.map(({ user, domain }) => safeText(domain === '' ? user : `${domain}\\${user}`)).join(', ');
}

function networkCheck({ isInNetworks }: WorkstationSubject, addresses: readonly string[]) {
  // Entries are asked for at their IPv4 addresses.
  const outside = addresses.filter((address) => isIP(address) === 4 && !isInNetworks(address));
  const name = 'workstation-check-networks';
  if (outside.length === 0) return good(name, 'may be asked', needs);
  return refused(
    name,
    {
      stage: 'configuration',
      code: null,
      message: `${outside.join(', ')} is in none of workstation-check-networks`,
      cause: 'Only workstations in these networks are ever asked.',
      fix: ['add its network to collector: workstation-check-networks'],
    },
    needs,
  );
}

/** A workstation tells DNS where it is; who moved and did not keeps a wrong address in its entry. */
async function dnsOf(
  { host, names }: WorkstationSubject,
  addresses: readonly string[],
  add: Add,
): Promise<void> {
  const [address] = addresses;
  if (address === undefined) return;
  const run = on(safeText(host), [
    'ipconfig /registerdns',
    'Get-DnsClient | Select-Object InterfaceAlias,RegisterThisConnectionsAddress',
  ]);
  const problem = (message: string): Problem => ({
    stage: 'dns',
    code: null,
    message: safeText(message),
    cause: 'The workstation does not register itself, or the zone takes no dynamic updates.',
    fix: ['let the zone take secure dynamic updates, and the workstation register itself'],
  });
  const check = 'DNS PTR';
  try {
    const back = await names.reverse(address);
    const label = (host.split('.')[0] ?? '').toLowerCase();
    const isSame = isIP(host) !== 0 || back.some((name) => name.toLowerCase().startsWith(`${label}.`));
    if (back.length > 0 && isSame) add(good(check, safeText(`${address} is ${back.join(', ')}`), []));
    else
      add(
        refused(
          check,
          problem(
            back.length === 0
              ? `DNS has no name for ${address}`
              : `${address} has another name in DNS than ${host}: ${back.join(', ')}`,
          ),
          [],
          run,
        ),
      );
  } catch (error) {
    add(
      unknown(
        check,
        safeText((error as Error).message),
        [],
        null,
        on(anyController, [`Resolve-DnsName ${address}`]),
      ),
    );
  }
}
