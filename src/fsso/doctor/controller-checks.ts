import type { Clock } from '../../clock.ts';
import { SmbFailure } from '../smb/failure.ts';
import type { SmbSession } from '../smb/session.ts';
import type { ControllerLink, PollMode } from '../windows/reading.ts';
import { WsmanFailure } from '../wsman/failure.ts';
import { auditCheck } from './audit.ts';
import { type Check, failed, good, type Need, skipped } from './check.ts';
import { clockCheck } from './clock-check.ts';

/** A domain controller, and how each way of polling would reach it. */
export interface ControllerSubject {
  readonly host: string;
  /** Ports as people write them, `445/tcp`. */
  readonly ports: { readonly smb: string; readonly wmi: string };
  /** Name of the event log, and the events of it that are logons. */
  readonly log: string;
  readonly ids: readonly number[];
  /** Ways that are examined. */
  readonly modes: readonly PollMode[];
  /** Each rejects with an Error that carries a Problem, or the reason of the signal. */
  readonly logIn: (signal: AbortSignal) => Promise<SmbSession>;
  readonly open: (mode: PollMode, signal: AbortSignal) => Promise<ControllerLink>;
}

const overSmb: readonly Need[] = ['netapi', 'event-log'];

/** What came of it, and whether the login was refused: trying again counts towards the lockout of the account. */
export interface ControllerOutcome {
  readonly checks: readonly Check[];
  readonly isRefused: boolean;
}

const wasRefused = 'the login was refused, and each try counts towards the lockout of the account';

/**
 * Tries what the ways of polling need of a domain controller, and whether this account has it there. The password is tried once: where it is
 * refused, nothing else logs in.
 * @param isRefused the same account was refused by another domain controller: nothing logs in
 */
export async function controllerChecks(
  subject: ControllerSubject,
  clock: Clock,
  signal: AbortSignal,
  isRefused = false,
): Promise<ControllerOutcome> {
  const { modes } = subject;
  const checks: Check[] = [];
  let refused = isRefused;
  let isIn = false;
  if (modes.some((mode) => mode !== 'wmi')) {
    const smb = refused
      ? { own: [skipped('SMB login', wasRefused, overSmb)], isIn: false, isRefused: true }
      : await smbLogin(subject, signal);
    checks.push(...smb.own);
    refused = smb.isRefused;
    isIn = smb.isIn;
  }
  for (const mode of modes) {
    const way = ways[mode];
    const why = refused ? wasRefused : mode !== 'wmi' && !isIn ? 'there is no SMB session' : null;
    if (why !== null) {
      checks.push(skipped(way.check, why, [mode]));
      continue;
    }
    const found = await examined(subject, mode, clock, signal);
    checks.push(...found.checks);
    refused = found.isRefused;
  }
  return { checks: withOneClock(checks), isRefused: refused };
}

interface SmbOutcome {
  readonly own: readonly Check[];
  readonly isIn: boolean;
  readonly isRefused: boolean;
}

async function smbLogin({ logIn, ports }: ControllerSubject, signal: AbortSignal): Promise<SmbOutcome> {
  const port = `port ${ports.smb}`;
  try {
    const session = await logIn(signal);
    const { dialect, encrypted, roundTripMs } = session;
    await session.close();
    const detail = `SMB ${dialect}, ${encrypted ? 'encrypted' : 'signed'}, answers in ${roundTripMs.toFixed(1)} ms`;
    return {
      own: [good(port, 'open', overSmb), good('SMB login', detail, overSmb)],
      isIn: true,
      isRefused: false,
    };
  } catch (error) {
    signal.throwIfAborted();
    const isPort = isStage(error, 'resolve', 'tcp');
    const own = isPort
      ? [failed(port, error, overSmb), skipped('SMB login', 'the port cannot be reached', overSmb)]
      : [good(port, 'open', overSmb), failed('SMB login', error, overSmb)];
    return { own, isIn: false, isRefused: isRefusal(error) };
  }
}

function isRefusal(error: unknown): boolean {
  return (error instanceof SmbFailure || error instanceof WsmanFailure) && error.scope === 'login';
}

function isStage(error: unknown, ...stages: readonly string[]): boolean {
  return (
    (error instanceof SmbFailure || error instanceof WsmanFailure) && stages.includes(error.problem.stage)
  );
}

type Reading = (
  link: ControllerLink,
  subject: ControllerSubject,
  mode: PollMode,
  signal: AbortSignal,
) => Promise<Check[]>;

/** Opens a way of polling as a poller does, and reads by it. */
async function examined(
  subject: ControllerSubject,
  mode: PollMode,
  clock: Clock,
  signal: AbortSignal,
): Promise<ControllerOutcome> {
  const { check, read } = ways[mode];
  const port = mode === 'wmi' ? `port ${subject.ports.wmi}` : null;
  const opened = port === null ? [] : [good(port, 'open', [mode])];
  let link: ControllerLink;
  try {
    link = await subject.open(mode, signal);
  } catch (error) {
    signal.throwIfAborted();
    const isRefused = isRefusal(error);
    if (port !== null && isStage(error, 'resolve', 'tcp'))
      return {
        checks: [failed(port, error, [mode]), skipped(check, 'the port cannot be reached', [mode])],
        isRefused,
      };
    return { checks: [...opened, failed(check, error, [mode])], isRefused };
  }
  try {
    const before = clock.now();
    const theirs = await link.time(signal);
    const skew = theirs === null ? null : theirs - (before + clock.now()) / 2;
    const found = await read(link, subject, mode, signal);
    return { checks: [...opened, ...found, clockCheck(skew, [mode])], isRefused: false };
  } catch (error) {
    signal.throwIfAborted();
    return { checks: [...opened, failed(check, error, [mode])], isRefused: false };
  } finally {
    await link.close().catch(() => {});
  }
}

const sessionsRead: Reading = async (link, _, mode, signal) => {
  const sessions = (await link.sessions?.sessions(signal)) ?? [];
  return [good('sessions', `${sessions.length} listed, ${link.means}`, [mode])];
};

const logRead: Reading = async (link, { log, ids }, mode, signal) => {
  if (link.log === null) return [];
  const { oldest, newest } = await link.log.extent(signal);
  const range = newest < oldest ? 'is empty' : `has the records ${oldest} to ${newest}`;
  const audit = await auditCheck(link.log, ids, [mode], signal);
  return [good(ways[mode].check, `${log} ${range}, ${link.means}`, [mode]), audit];
};

/** What a way of polling is called here, and how it is tried. */
const ways: Readonly<Record<PollMode, { readonly check: string; readonly read: Reading }>> = {
  netapi: { check: 'sessions', read: sessionsRead },
  'event-log': { check: 'event log', read: logRead },
  wmi: { check: 'WMI', read: logRead },
};

/** One clock, and one audit policy, for all ways that looked at them. */
function withOneClock(checks: readonly Check[]): Check[] {
  const rest = checks.filter(({ check }) => check !== 'clock' && check !== 'audit policy');
  const shared = ['audit policy', 'clock'].flatMap((name) => {
    const all = checks.filter(({ check, verdict }) => check === name && verdict !== 'skipped');
    const [first] = all;
    const unknown = checks.find(({ check }) => check === name);
    if (first === undefined) return unknown ? [unknown] : [];
    return [{ ...first, neededBy: [...new Set(all.flatMap(({ neededBy }) => neededBy))] }];
  });
  return [...rest, ...shared];
}
