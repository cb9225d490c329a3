import type { Clock } from '../../clock.ts';
import type { Problem } from '../../problem.ts';
import { pollPeriods } from '../collector/feeds/polling/schedule.ts';
import type { LoginTurns } from '../collector/login-turns.ts';
import type { SmbSession } from '../smb/session.ts';
import type { ControllerLink, PollMode } from '../windows/reading.ts';
import { auditChecks } from './audit.ts';
import {
  type Add,
  type Check,
  failed,
  good,
  type Need,
  skipped,
  type WindowsCommand,
  warned,
} from './check.ts';
import { clockCheck } from './clock-check.ts';
import { loginCommands, type PortOf, portCommands, rightCommands } from './commands.ts';
import { logInOnce, loginFailed } from './log-in-once.ts';
import type { Names } from './names.ts';
import { type PortOutcome, portCheck, whereabouts } from './reach.ts';

/** Something that is read there, by one way of polling. */
export interface Reading {
  readonly mode: PollMode;
  /** Name of the event log, and the events of it that are logons; neither counts for sessions. */
  readonly log: string;
  readonly ids: readonly number[];
}

/** A domain controller, and how each way of polling would reach it. */
export interface ControllerSubject {
  readonly host: string;
  readonly account: string;
  /** Who tells its addresses to whoever polls it, and who should know the same. */
  readonly names: Names;
  readonly otherNames: Names | null;
  readonly ports: { readonly smb: number; readonly wmi: number };
  readonly isWmiSecure: boolean;
  /** What is examined. */
  readonly readings: readonly Reading[];
  /** Each rejects with an Error that carries a Problem, or the reason of the signal. */
  readonly tryPort: (service: 'smb' | 'wmi', address: string, port: number) => Promise<void>;
  readonly logIn: (address: string, signal: AbortSignal) => Promise<SmbSession>;
  readonly open: (reading: Reading, address: string, signal: AbortSignal) => Promise<ControllerLink>;
}

/**
 * Tries what the ways of polling need of a domain controller, and whether this account has it there. Where the password is refused,
 * nothing else logs in with it.
 */
export async function controllerChecks(
  subject: ControllerSubject,
  turns: LoginTurns,
  clock: Clock,
  signal: AbortSignal,
  add: Add,
): Promise<void> {
  const { host, names, otherNames, readings } = subject;
  const modes = [...new Set(readings.map(({ mode }) => mode))];
  const { checks, addresses } = await whereabouts(host, names, otherNames, modes);
  add(...checks);
  const overSmb = modes.filter((mode) => mode !== 'wmi');
  const [smb, wmi] = await Promise.all([
    overSmb.length > 0 ? smbPort(subject, addresses, overSmb) : null,
    modes.includes('wmi') ? wmiPort(subject, addresses) : null,
  ]);
  for (const found of [smb, wmi]) if (found !== null) add(found.check);
  const [smbAt] = smb?.open ?? [];
  const isIn = smb !== null && (await smbLogin(subject, smbAt, overSmb, turns, signal, add));
  const late: Check[] = [];
  for (const reading of readings) {
    const isWmi = reading.mode === 'wmi';
    const address = isWmi ? wmi?.open[0] : smbAt;
    if (address === undefined) add(skipped(nameOf(reading), 'the port cannot be reached', [reading.mode]));
    else if (!isWmi && !isIn) add(skipped(nameOf(reading), 'there is no SMB session', [reading.mode]));
    else await examined({ subject, reading, address, turns, clock, signal, add, late });
  }
  add(...late);
}

async function smbPort(
  { host, ports, tryPort }: ControllerSubject,
  addresses: readonly string[],
  needs: readonly Need[],
): Promise<PortOutcome> {
  const run = portCommands('SMB', host, ports.smb);
  const tryAt = (address: string) => tryPort('smb', address, ports.smb);
  return portCheck(`${ports.smb}/tcp`, addresses, tryAt, needs, run);
}

/** WinRM has two ports, and the one that is open may be the other. */
const otherPorts: Readonly<Record<number, number>> = { 5985: 5986, 5986: 5985 };

async function wmiPort(
  { host, ports, isWmiSecure, tryPort }: ControllerSubject,
  addresses: readonly string[],
): Promise<PortOutcome> {
  const service: PortOf = isWmiSecure ? 'WinRM over HTTPS' : 'WinRM over HTTP';
  const run = portCommands(service, host, ports.wmi);
  const tryAt = (port: number) => (address: string) => tryPort('wmi', address, port);
  const found = await portCheck(`${ports.wmi}/tcp`, addresses, tryAt(ports.wmi), ['wmi'], run);
  const other = otherPorts[ports.wmi];
  const [address] = addresses;
  const { problem } = found.check;
  if (found.open.length > 0 || other === undefined || problem === null || address === undefined) return found;
  const isOtherOpen = await tryAt(other)(address).then(
    () => true,
    () => false,
  );
  if (!isOtherOpen) return found;
  const hint = `${other} is open: set collector.polling.wmi.secure: ${isWmiSecure ? 'http' : 'https'}`;
  return { ...found, check: { ...found.check, problem: { ...problem, fix: [hint, ...problem.fix] } } };
}

/** True where there is a session. */
async function smbLogin(
  { host, account, logIn }: ControllerSubject,
  address: string | undefined,
  needs: readonly Need[],
  turns: LoginTurns,
  signal: AbortSignal,
  add: Add,
): Promise<boolean> {
  const check = 'SMB login';
  if (address === undefined) {
    add(skipped(check, 'the port cannot be reached', needs));
    return false;
  }
  try {
    const session = await logInOnce(turns, signal, () => logIn(address, signal));
    const { dialect, encrypted, roundTripMs } = session;
    await session.close();
    const protection = encrypted ? 'encrypted' : 'signed';
    add(good(check, `SMB ${dialect}, ${protection}, answers in ${roundTripMs.toFixed(1)} ms`, needs));
    return true;
  } catch (error) {
    signal.throwIfAborted();
    const runFor = (problem: Problem) => loginCommands(problem, { host, account });
    add(loginFailed(check, error, needs, runFor));
    return false;
  }
}

/** `Security` goes without saying. */
function nameOf({ mode, log }: Reading): string {
  const { check } = ways[mode];
  return mode === 'netapi' || log === 'Security' ? check : `${check} ${log}`;
}

interface Attempt {
  readonly subject: ControllerSubject;
  readonly reading: Reading;
  readonly address: string;
  readonly turns: LoginTurns;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly add: Add;
  /** What stands behind all others. */
  readonly late: Check[];
}

/** Opens a way of polling as a poller does, and reads by it. */
async function examined(attempt: Attempt): Promise<void> {
  const { subject, reading, address, turns, clock, signal, add, late } = attempt;
  const needs: readonly Need[] = [reading.mode];
  const { host, account } = subject;
  const runFor = (problem: Problem): readonly WindowsCommand[] => {
    const run = loginCommands(problem, { host, account });
    return run.length > 0 || !isDenied(problem)
      ? run
      : rightCommands(ways[reading.mode].check, { host, account });
  };
  let link: ControllerLink;
  try {
    link = await logInOnce(turns, signal, () => subject.open(reading, address, signal));
  } catch (error) {
    signal.throwIfAborted();
    add(loginFailed(nameOf(reading), error, needs, runFor));
    return;
  }
  try {
    const asked = clock.now();
    const theirs = await link.time(signal);
    late.push(clockCheck(theirs === null ? null : theirs - (asked + clock.now()) / 2, host, needs));
    const { own, behind } = await ways[reading.mode].read(link, reading, host, clock, signal);
    add(own);
    late.unshift(...behind);
  } catch (error) {
    signal.throwIfAborted();
    add(failed(nameOf(reading), error, needs, runFor));
  } finally {
    await link.close().catch(() => {});
  }
}

/** Rights that lack, in the words of each layer. */
function isDenied({ code }: Problem): boolean {
  return /ACCESS_DENIED|access_denied|AccessDenied|PRIVILEGE_NOT_HELD|CANNOT_ACTIVATE/.test(String(code));
}

type Read = (
  link: ControllerLink,
  reading: Reading,
  host: string,
  clock: Clock,
  signal: AbortSignal,
) => Promise<{ readonly own: Check; readonly behind: readonly Check[] }>;

const sessionsRead: Read = async (link, { mode }, _host, _clock, signal) => {
  const sessions = (await link.sessions?.sessions(signal)) ?? [];
  return { own: good('sessions', `${sessions.length} listed, ${link.means}`, [mode]), behind: [] };
};

const logRead: Read = async (link, reading, host, clock, signal) => {
  const { log, mode, ids } = reading;
  if (link.log === null) throw new Error(`${mode} opened no log`);
  const began = clock.now();
  const { oldest, newest } = await link.log.extent(signal);
  const tookMs = clock.now() - began;
  const range = newest < oldest ? 'is empty' : `has the records ${oldest} to ${newest}`;
  const behind = await auditChecks(link.log, ids, host, [mode], signal);
  const passedOver = link.passedOver ? ` (not over TCP: ${link.passedOver.message})` : '';
  const detail = `${log} ${range}, ${link.means}${passedOver}`;
  const isSlow = mode === 'wmi' && tookMs > pollPeriods.wmi.fallback * 1000;
  const own = isSlow
    ? warned(nameOf(reading), detail, [mode], slowWmi(tookMs))
    : good(nameOf(reading), detail, [mode]);
  return { own, behind };
};

/** A look that every poll takes, and that took longer than there is from one to the next where nothing else is configured. */
const slowWmi = (ms: number): Problem => ({
  stage: 'wmi',
  code: null,
  message: `WMI took ${(ms / 1000).toFixed(1)} s for its newest record`,
  cause: 'The domain controller is overloaded, or its WMI walks through the whole log for it.',
  fix: ['poll it by mode event-log', 'or poll it less often (seconds)', 'or make its log smaller'],
});

/** What a way of polling is called here, and how it is tried. */
const ways: Readonly<
  Record<PollMode, { readonly check: 'sessions' | 'event log' | 'WMI'; readonly read: Read }>
> = {
  netapi: { check: 'sessions', read: sessionsRead },
  'event-log': { check: 'event log', read: logRead },
  wmi: { check: 'WMI', read: logRead },
};
