import { isIPv4 } from 'node:net';
import type { Problem } from '../../../problem.ts';
import type { NtlmCredentials } from '../../ntlm/client.ts';
import { SmbFailure } from '../../smb/failure.ts';
import { connectSmb, type SmbSession } from '../../smb/session.ts';
import { type PresentUser, usersByRegistry, usersByService } from '../../windows/logged-on.ts';
import { WindowsFailure } from '../../windows/windows-failure.ts';
import { type Entry, sameName } from '../entry.ts';
import { collectorEvent } from '../events.ts';
import { workstationConnect } from '../limits.ts';
import { AccountHeld, LoginTurns } from '../login-turns.ts';
import { Repeats } from '../repeats.ts';
import { HeldHosts } from './held-hosts.ts';
import type { CheckAnswer, CheckContext, WorkstationCheck } from './workstation-check.ts';

/** `netapi`: NetrWkstaUserEnum; `registry`: HKEY_USERS. Both need an administrator of the workstation. */
export type WindowsCheckMethod = 'netapi' | 'registry';

export interface WindowsCheckOptions extends CheckContext {
  readonly method: WindowsCheckMethod;
  readonly credentials: NtlmCredentials;
  /** Milliseconds for one workstation, all in all. */
  readonly timeoutMs: number;
  /** 445. */
  readonly port?: number;
}

/** Refusals that every workstation would repeat: each counts towards the lockout of the account. */
const ofAccount: ReadonlySet<Problem['code']> = new Set([
  ...['STATUS_LOGON_FAILURE', 'STATUS_WRONG_PASSWORD', 'STATUS_NO_SUCH_USER', 'STATUS_ACCOUNT_DISABLED'],
  ...['STATUS_ACCOUNT_EXPIRED', 'STATUS_ACCOUNT_LOCKED_OUT', 'STATUS_PASSWORD_EXPIRED'],
  'STATUS_PASSWORD_MUST_CHANGE',
]);

/** Asks a workstation over SMB, without any program (docs/cli.md, Workstation check). */
export class WindowsCheck implements WorkstationCheck {
  readonly #options: WindowsCheckOptions;
  readonly #repeats: Repeats;
  readonly #turns: LoginTurns;
  readonly #hosts: HeldHosts;

  constructor(options: WindowsCheckOptions) {
    const { clock } = options;
    this.#options = options;
    this.#repeats = new Repeats(clock);
    this.#turns = new LoginTurns(clock);
    this.#hosts = new HeldHosts(clock);
  }

  async ask(entry: Entry, signal: AbortSignal): Promise<CheckAnswer> {
    const { ip, updatedAt } = entry;
    if (!isIPv4(ip) || signal.aborted) return this.#unknown(null);
    const held = this.#turns.problem ?? this.#hosts.problemOf(ip, updatedAt);
    if (held !== null) return this.#unknown(held);
    const { method } = this.#options;
    try {
      const users = await this.#usersAt(ip, signal);
      this.#hosts.answered(ip);
      const isThere = users.some((user) => isSame(user, entry));
      return { presence: isThere ? 'present' : 'absent', method, problem: null };
    } catch (error) {
      if (signal.aborted) return this.#unknown(null);
      if (error instanceof AccountHeld) return this.#unknown(error.problem);
      const problem = this.#problemOf(error, ip);
      if (isOfQuestion(error)) this.#hosts.answered(ip);
      else this.#hosts.failed(ip, problem);
      this.#failed(entry, problem);
      return this.#unknown(problem);
    }
  }

  #unknown(problem: Problem | null): CheckAnswer {
    return { presence: 'unknown', method: this.#options.method, problem };
  }

  async #usersAt(host: string, signal: AbortSignal): Promise<PresentUser[]> {
    const { clock, credentials, timeoutMs, port, method } = this.#options;
    const limit = new AbortController();
    const both = AbortSignal.any([signal, limit.signal]);
    const begin = () => clock.after(timeoutMs, () => limit.abort(new Late()));
    let timer = begin();
    // To wait for a turn takes nothing from the time that the machine has.
    const loginTurn = async () => {
      timer.cancel();
      const end = await this.#turns.take(both);
      timer = begin();
      return (failure: unknown) => {
        this.#decided(failure);
        end();
      };
    };
    let session: SmbSession | null = null;
    try {
      session = await connectSmb({
        ...{ host, credentials, clock, timeoutMs, loginTurn, signal: both },
        connectTimeoutMs: Math.min(timeoutMs, workstationConnect),
        ...(port !== undefined && { port }),
      });
      const { user, domain } = credentials;
      const place = { host, account: domain === '' ? user : `${domain}\\${user}` };
      const ask = method === 'netapi' ? usersByService : usersByRegistry;
      return await ask(session, place, both);
    } finally {
      timer.cancel();
      // Nobody waits for the farewell.
      void session?.close();
    }
  }

  #decided(failure: unknown): void {
    if (failure === null) this.#turns.accepted();
    else if (failure instanceof SmbFailure && ofAccount.has(failure.problem.code))
      this.#turns.refused(failure.problem);
  }

  #problemOf(error: unknown, host: string): Problem {
    if (error instanceof SmbFailure || error instanceof WindowsFailure) return error.problem;
    if (!(error instanceof Late)) throw error;
    const seconds = this.#options.timeoutMs / 1000;
    return {
      stage: 'smb',
      code: 'timeout',
      message: `${host} did not say who is logged on within ${seconds} s`,
      cause: 'The workstation hangs or is overloaded, or the way to it is slow.',
      fix: ['raise workstation-check-timeout', 'ask fewer at once: workstation-check-threads'],
    };
  }

  #failed({ ip, workstation }: Entry, { code, message }: Problem): void {
    const held = this.#repeats.pass(String(code));
    if (held === null) return;
    const { method, report } = this.#options;
    report(
      collectorEvent({
        msg: 'workstation check failed',
        ip,
        workstation,
        why: 'not-told',
        method,
        code: String(code),
        detail: message,
        ...(held > 0 && { repeated: held }),
      }),
    );
  }
}

class Late extends Error {}

/** The machine answers, and refuses this question: it is asked again when its turn comes. */
function isOfQuestion(error: unknown): boolean {
  return error instanceof WindowsFailure || (error instanceof SmbFailure && error.scope === 'question');
}

/** A workstation tells the NetBIOS name of a domain, an entry may have its DNS name. */
function isSame({ user, domain }: PresentUser, entry: Pick<Entry, 'user' | 'domain'>): boolean {
  if (!sameName(user, entry.user)) return false;
  return (
    domain === '' || sameName(domain, entry.domain) || sameName(domain, entry.domain.split('.', 1)[0] ?? '')
  );
}
