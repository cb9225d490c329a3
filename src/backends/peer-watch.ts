import type { Clock } from '../clock.ts';
import { HttpFailure, type HttpFault } from '../ems/http-failure.ts';
import type { TrustStore } from '../ems/trust.ts';
import type { ActionResult } from '../state/actions.ts';
import type { EventLevel } from '../state/changes.ts';
import { Poller } from './poller.ts';

/** How the reading of a management API stands. Times are milliseconds since the epoch. */
export interface WatchState {
  readonly failure: HttpFailure | null;
  readonly lastSuccess: number | null;
  /** Null while it is asked, and when only a person starts the next try. */
  readonly nextTryAt: number | null;
}

export interface PeerWatchOptions {
  readonly clock: Clock;
  readonly trust: TrustStore;
  /** Milliseconds between two looks, and after a 429 that does not say how long. */
  readonly pollEvery: number;
  readonly throttledWait: number;
  /** After these only a person goes on, so that nobody is locked out for our tries. */
  readonly untilAsked: ReadonlySet<HttpFault>;
  /** These may pass when a certificate is accepted or a CA installed. */
  readonly ofTrust: ReadonlySet<HttpFault>;
  /** Asks the peer and keeps what it says. @throws HttpFailure */
  readonly read: (signal: AbortSignal) => Promise<void>;
  /** Tells the stores how it stands. */
  readonly put: (state: WatchState) => void;
  readonly event: (level: EventLevel, text: string) => void;
}

/** Reads a management API again and again, and tells of a failure once for as long as it lasts. */
export class PeerWatch {
  readonly #options: PeerWatchOptions;
  readonly #poller: Poller;
  #failure: HttpFailure | null = null;
  #lastSuccess: number | null = null;
  #unsubscribe = () => {};

  constructor(options: PeerWatchOptions) {
    this.#options = options;
    this.#poller = new Poller(options.clock, (signal) => this.#ask(signal));
  }

  start(): void {
    const { trust, ofTrust, put } = this.#options;
    put({ failure: null, lastSuccess: null, nextTryAt: null });
    this.#unsubscribe = trust.onChange(() => {
      if (this.#failure !== null && ofTrust.has(this.#failure.fault)) void this.#poller.now();
    });
    void this.#poller.now();
  }

  async stop(): Promise<void> {
    this.#unsubscribe();
    await this.#poller.stop();
  }

  /** Waits for what is under way, then asks anew. */
  afresh(): Promise<void> {
    return this.#poller.afresh();
  }

  /** Asks now; `message` is what is said where it answers. */
  async refresh(message: string): Promise<ActionResult> {
    await this.#poller.now();
    return this.#failure === null ? { ok: true, message } : { ok: false, problem: this.#failure.problem };
  }

  async #ask(signal: AbortSignal): Promise<number | null> {
    const { clock, pollEvery, throttledWait, untilAsked, read, put, event } = this.#options;
    let wait: number | null = pollEvery;
    try {
      await read(signal);
      this.#failure = null;
      this.#lastSuccess = clock.now();
    } catch (error) {
      if (!(error instanceof HttpFailure)) throw error;
      if (this.#failure?.message !== error.message) event('warning', error.message);
      this.#failure = error;
      if (untilAsked.has(error.fault)) wait = null;
      else if (error.fault === 'throttled') wait = error.retryAfterMs ?? throttledWait;
    }
    const nextTryAt = wait === null ? null : clock.now() + wait;
    put({ failure: this.#failure, lastSuccess: this.#lastSuccess, nextTryAt });
    return wait;
  }
}
