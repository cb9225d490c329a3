import { isIPv4 } from 'node:net';
import type { Problem } from '../../../problem.ts';
import type { NtlmCredentials } from '../../ntlm/client.ts';
import { SmbFailure } from '../../smb/failure.ts';
import { connectSmb, type SmbSession } from '../../smb/session.ts';
import { type PresentUser, usersByRegistry, usersByService } from '../../windows/logged-on.ts';
import { WindowsFailure } from '../../windows/windows-failure.ts';
import { type Entry, sameName } from '../entry.ts';
import { collectorEvent } from '../events.ts';
import { firstLoginPause, longestLoginPause } from '../limits.ts';
import { Repeats } from '../repeats.ts';
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
  /** No workstation is asked before this moment: the account was refused. */
  #pausedUntil = 0;
  #pause = firstLoginPause;
  #refusal: Problem | null = null;
  /** A workstation has taken the account since it was last refused. */
  #isProven = false;
  /** The question that finds that out; the others wait, lest all of them are refused at once. */
  #trial: Promise<CheckAnswer> | null = null;

  constructor(options: WindowsCheckOptions) {
    this.#options = options;
    this.#repeats = new Repeats(options.clock);
  }

  async ask(entry: Entry, signal: AbortSignal): Promise<CheckAnswer> {
    if (!isIPv4(entry.ip)) return this.#unknown(null);
    while (this.#trial !== null && !this.#isProven) await this.#trial;
    if (signal.aborted) return this.#unknown(null);
    if (this.#options.clock.now() < this.#pausedUntil) return this.#unknown(this.#refusal);
    if (this.#isProven) return this.#ask(entry, signal);
    const trial = this.#ask(entry, signal);
    this.#trial = trial;
    try {
      return await trial;
    } finally {
      this.#trial = null;
    }
  }

  #unknown(problem: Problem | null): CheckAnswer {
    return { presence: 'unknown', method: this.#options.method, problem };
  }

  async #ask(entry: Entry, signal: AbortSignal): Promise<CheckAnswer> {
    const { method } = this.#options;
    try {
      const users = await this.#usersAt(entry.ip, signal);
      const isThere = users.some((user) => isSame(user, entry));
      return { presence: isThere ? 'present' : 'absent', method, problem: null };
    } catch (error) {
      if (signal.aborted) return this.#unknown(null);
      const problem = this.#problemOf(error, entry.ip);
      this.#failed(entry, problem);
      if (ofAccount.has(problem.code)) this.#hold(problem);
      return this.#unknown(problem);
    }
  }

  async #usersAt(host: string, signal: AbortSignal): Promise<PresentUser[]> {
    const { clock, credentials, timeoutMs, port, method } = this.#options;
    const limit = new AbortController();
    const timer = clock.after(timeoutMs, () => limit.abort(new Late()));
    const both = AbortSignal.any([signal, limit.signal]);
    let session: SmbSession | null = null;
    try {
      session = await connectSmb({
        ...{ host, credentials, clock, timeoutMs, signal: both },
        ...(port !== undefined && { port }),
      });
      this.#isProven = true;
      this.#pause = firstLoginPause;
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

  /** The longer the account is refused, the less often it is tried. */
  #hold(problem: Problem): void {
    this.#refusal = problem;
    this.#isProven = false;
    this.#pausedUntil = this.#options.clock.now() + this.#pause;
    this.#pause = Math.min(this.#pause * 2, longestLoginPause);
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

/** A workstation tells the NetBIOS name of a domain, an entry may have its DNS name. */
function isSame({ user, domain }: PresentUser, entry: Pick<Entry, 'user' | 'domain'>): boolean {
  if (!sameName(user, entry.user)) return false;
  return (
    domain === '' || sameName(domain, entry.domain) || sameName(domain, entry.domain.split('.', 1)[0] ?? '')
  );
}
