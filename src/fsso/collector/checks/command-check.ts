import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { isIPv4 } from 'node:net';
import type { Readable } from 'node:stream';
import type { Problem } from '../../../problem.ts';
import { safeText } from '../../../safe-text.ts';
import { type Entry, sameName } from '../entry.ts';
import { type CheckFailedBecause, collectorEvent } from '../events.ts';
import { longestCheckOutput } from '../limits.ts';
import { Repeats } from '../repeats.ts';
import { isHostName } from '../resolve.ts';
import type { CheckAnswer, CheckContext, Presence, WorkstationCheck } from './workstation-check.ts';

export interface CommandCheckOptions extends CheckContext {
  /** The program and its arguments, in which `{ip}` and `{workstation}` stand for those of the entry. No shell reads it. */
  readonly command: readonly [program: string, ...argv: string[]];
  /** Milliseconds until it is killed, with all that it started. */
  readonly timeoutMs: number;
  /**
   * What speaks. `status`: exit status 0 is present, 1 is absent. `users`: with exit status 0 the output names who is
   * logged on. Everything else is unknown.
   */
  readonly verdict: 'status' | 'users';
  /** What the program finds in its environment; who is asked for stands there too, as `FSSO_USER` and so on. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

interface Outcome {
  /** null where it did not end by itself. */
  readonly status: number | null;
  readonly output: string;
  readonly failure: CheckFailedBecause | null;
}

/** Asks a workstation by a program of the operator's choice (docs/cli.md, Workstation check). */
export class CommandCheck implements WorkstationCheck {
  readonly #options: CommandCheckOptions;
  readonly #repeats: Repeats;

  constructor(options: CommandCheckOptions) {
    this.#options = options;
    this.#repeats = new Repeats(options.clock);
  }

  async ask(entry: Entry, signal: AbortSignal): Promise<CheckAnswer> {
    const said = await this.#presenceOf(entry, signal);
    if (typeof said === 'string') return { presence: said, method: 'command', problem: null };
    return { presence: 'unknown', method: 'command', problem: said };
  }

  async #presenceOf(entry: Entry, signal: AbortSignal): Promise<Presence | Problem> {
    const { command, verdict, timeoutMs } = this.#options;
    const { ip, workstation, user, domain } = entry;
    // A name on a command line is one that DNS could have, so that none begins with a hyphen.
    const needsName = command.some((part) => part.includes('{workstation}'));
    if (!isIPv4(ip) || `${user}${domain}${workstation}`.includes('\0') || signal.aborted) return 'unknown';
    if (needsName && !isHostName(workstation)) return 'unknown';
    const [program, ...argv] = command.map((part) =>
      part.replaceAll('{ip}', ip).replaceAll('{workstation}', workstation),
    );
    const outcome = await this.#run(program as string, argv, entry, signal);
    if (signal.aborted) return 'unknown';
    if (outcome.failure !== null) {
      this.#failed(entry, outcome.failure, outcome.status);
      return problemOf(outcome.failure, outcome.status, command[0], timeoutMs / 1000);
    }
    if (verdict === 'status') return outcome.status === 0 ? 'present' : 'absent';
    return namesUser(outcome.output, entry) ? 'present' : 'absent';
  }

  #run(program: string, argv: readonly string[], entry: Entry, signal: AbortSignal): Promise<Outcome> {
    const { clock, timeoutMs, env, verdict } = this.#options;
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    const who = {
      FSSO_USER: entry.user,
      FSSO_DOMAIN: entry.domain,
      FSSO_WORKSTATION: entry.workstation,
      FSSO_IP: entry.ip,
    };
    // A group of its own, so that what the program started ends with it.
    let child: ChildProcessByStdio<null, Readable, null>;
    try {
      child = spawn(program, argv, {
        detached: true,
        stdio: ['ignore', 'pipe', 'ignore'],
        env: { ...env, ...who },
      });
    } catch {
      return Promise.resolve({ status: null, output: '', failure: 'not-started' });
    }
    let output = '';
    let failure: CheckFailedBecause | null = null;
    const kill = (why: CheckFailedBecause) => {
      failure ??= why;
      killGroup(child);
    };
    const limit = clock.after(timeoutMs, () => kill('timeout'));
    const abort = () => kill('stopped');
    signal.addEventListener('abort', abort, { once: true });
    const over = (status: number | null) => {
      limit.cancel();
      signal.removeEventListener('abort', abort);
      const accepted = verdict === 'status' ? [0, 1] : [0];
      if (failure === null && (status === null || !accepted.includes(status))) failure = 'status';
      resolve({ status, output, failure });
    };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (output.length + text.length > longestCheckOutput) kill('output-too-long');
      else output += text;
    });
    child.once('error', () => {
      failure = 'not-started';
      over(null);
    });
    // What it started may hold its output open; the group ends with it.
    child.once('exit', () => killGroup(child));
    child.once('close', over);
    return promise;
  }

  #failed({ ip, workstation }: Entry, why: CheckFailedBecause, status: number | null): void {
    const held = this.#repeats.pass(why);
    if (held === null) return;
    this.#options.report(
      collectorEvent({
        msg: 'workstation check failed',
        ip,
        workstation,
        why,
        ...(status !== null && { status }),
        ...(held > 0 && { repeated: held }),
      }),
    );
  }
}

function problemOf(
  why: CheckFailedBecause,
  status: number | null,
  program: string,
  seconds: number,
): Problem {
  const { says, cause, fix } = failures[why];
  return {
    stage: 'command',
    code: why === 'status' && status !== null ? status : why,
    message: safeText(`${program} ${says(status, seconds)}`),
    cause,
    fix: [fix],
  };
}

interface FailureText {
  readonly says: (status: number | null, seconds: number) => string;
  readonly cause: string;
  readonly fix: string;
}

const runIt = 'run workstation-check-command by hand as the user of the collector';

/** What a program that gave no verdict did, for people. */
const failures: Readonly<Record<CheckFailedBecause, FailureText>> = {
  'not-started': {
    says: () => 'could not be started',
    cause: 'The program is not there, or may not be run by the user of the collector.',
    fix: 'check workstation-check-command',
  },
  timeout: {
    says: (_, seconds) => `did not end within ${seconds} s`,
    cause: 'The workstation is off or out of reach, or the program waits for something.',
    fix: 'let the program give up sooner, or raise workstation-check-timeout',
  },
  status: {
    says: (status) => (status === null ? 'was ended by a signal' : `ended with status ${status}`),
    cause: 'The program could not ask the workstation; its status is none that has a meaning here.',
    fix: runIt,
  },
  'output-too-long': {
    says: () => 'wrote more than is read',
    cause: 'The program prints something else than who is logged on.',
    fix: runIt,
  },
  stopped: { says: () => 'was broken off', cause: 'The collector was stopped.', fix: 'none' },
  'not-told': { says: () => 'said nothing', cause: 'The program gave no verdict.', fix: runIt },
};

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It is gone already.
  }
}

const before = /^$|[\s"'(,;:[{<=|\\]$/u;
const behind = /^$|^[\s"'),;:\]}>|@]/u;

/** True where the output names the user, alone or as `DOMAIN\user`; another domain's user of that name does not count. */
export function namesUser(output: string, { user, domain }: Pick<Entry, 'user' | 'domain'>): boolean {
  if (user === '') return false;
  const text = output.toLowerCase();
  const name = user.toLowerCase();
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
    if (!before.test(text.slice(Math.max(0, at - 1), at))) continue;
    if (!behind.test(text.slice(at + name.length, at + name.length + 1))) continue;
    const realm = /([^\s"'(,;:[{<=|\\]*)\\+$/u.exec(text.slice(Math.max(0, at - 256), at))?.[1];
    if (realm === undefined || sameName(realm, domain) || sameName(realm, domain.split('.', 1)[0] ?? ''))
      return true;
  }
  return false;
}
