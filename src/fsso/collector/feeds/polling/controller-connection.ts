import type { Clock } from '../../../../clock.ts';
import type { Problem } from '../../../../problem.ts';
import type { ControllerLink } from '../../../windows/reading.ts';
import type { DomainNames } from '../../domain-names.ts';
import { collectorEvent, type Report } from '../../events.ts';
import { AccountHeld, type LoginTurns } from '../../login-turns.ts';

/** How long the machine's clock is taken to stay as it was measured. */
const clockKept = 300_000;
/** Kerberos allows no more between two clocks, in milliseconds. */
const mostSkew = 300_000;

/** Waited for before the account is proven; what it resolves with is told why the machine refused it, or null. */
export type LoginTurn = () => Promise<(failure: unknown) => void>;

export interface ControllerConnectionOptions {
  readonly name: string;
  /** Connects. Rejects with an Error that carries a Problem where it has one. */
  readonly open: (signal: AbortSignal, turn: LoginTurn) => Promise<ControllerLink>;
  /** Of the account that polls. */
  readonly turns: LoginTurns;
  readonly names: Pick<DomainNames, 'learn'>;
  readonly clock: Clock;
  readonly report: Report;
}

/** The connection to a machine that is polled, opened when it is needed and kept from poll to poll, and what it tells of the machine. */
export class ControllerConnection {
  readonly #options: ControllerConnectionOptions;
  #link: ControllerLink | null = null;
  #domain: ControllerLink['domain'] = null;
  #clock: { readonly skewMs: number; readonly measuredAt: number } | null = null;
  #clockIsOff = false;

  constructor(options: ControllerConnectionOptions) {
    this.#options = options;
  }

  /** How the machine is reached; null while it is not. */
  get means(): string | null {
    return this.#link?.means ?? null;
  }

  /** The domain of the machine, as it said last. */
  get domain(): ControllerLink['domain'] {
    return this.#domain;
  }

  /** The machine's clock minus ours in milliseconds; null where it does not say. */
  get skewMs(): number | null {
    return this.#clock?.skewMs ?? null;
  }

  /** Opens it where it is not open, and looks at the machine's clock once in a while. Rejects as `open` does. */
  async take(signal: AbortSignal): Promise<ControllerLink> {
    if (this.#link?.isClosed) await this.drop();
    this.#link ??= await this.#open(signal);
    await this.#measureClock(this.#link, signal);
    return this.#link;
  }

  /** Closes it; the next one is opened anew. Never rejects. */
  async drop(): Promise<void> {
    const link = this.#link;
    this.#link = null;
    // What cannot be closed any more is closed.
    await link?.close().catch(() => {});
  }

  async #open(signal: AbortSignal): Promise<ControllerLink> {
    const { turns, open, names } = this.#options;
    const { problem } = turns;
    // Else a machine would hear that somebody connects who never logs in.
    if (problem !== null) throw new AccountHeld(problem);
    let isDecided = false;
    const decide = (failure: unknown) => {
      isDecided = true;
      const refusal = refusalOf(failure);
      if (failure === null) turns.accepted();
      else if (refusal !== null) turns.refused(refusal);
    };
    const link = await open(signal, async () => {
      const end = await turns.take(signal);
      return (failure) => {
        decide(failure);
        end();
      };
    }).catch((error: unknown) => {
      // A login that came without a turn: where SMB is closed, that for the log over TCP is the first.
      if (!isDecided) decide(error);
      throw error;
    });
    if (signal.aborted) {
      await link.close();
      throw signal.reason;
    }
    this.#clock = null;
    this.#domain = link.domain ?? this.#domain;
    if (link.domain !== null) names.learn(link.domain);
    return link;
  }

  async #measureClock(link: ControllerLink, signal: AbortSignal): Promise<void> {
    const { clock, report, name } = this.#options;
    const began = clock.now();
    if (this.#clock !== null && began - this.#clock.measuredAt < clockKept) return;
    const theirs = await link.time(signal);
    const ours = (began + clock.now()) / 2;
    if (theirs === null) return;
    const skewMs = theirs - ours;
    this.#clock = { skewMs, measuredAt: began };
    const isOff = Math.abs(skewMs) > mostSkew;
    if (isOff && !this.#clockIsOff)
      report(collectorEvent({ msg: 'agent clock is off', agent: name, seconds: Math.round(skewMs / 1000) }));
    this.#clockIsOff = isOff;
  }
}

/** STATUS_LOGON_FAILURE and STATUS_WRONG_PASSWORD: what counts towards a lockout. */
const wrongLogin: ReadonlySet<unknown> = new Set([0xc000006d, 0xc000006a]);

/** Why the password was refused; null for every other failure. */
function refusalOf(failure: unknown): Problem | null {
  const { status, problem } = (failure ?? {}) as { status?: unknown; problem?: Problem };
  return wrongLogin.has(status) ? (problem ?? null) : null;
}
