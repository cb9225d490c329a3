import type { Clock } from '../../../../clock.ts';
import type { LogonEvidence } from '../../../../logon-evidence.ts';
import type { ControllerLink } from '../../../windows/reading.ts';
import type { PollCounts, PolledLogon, PollOutcome, PollWork } from './poll-work.ts';
import { SessionLogons, type SessionLogonsOptions } from './session-logons.ts';

export interface SessionWorkOptions extends SessionLogonsOptions {
  readonly clock: Clock;
  readonly counts: PollCounts;
  take(logon: PolledLogon): void;
}

const evidence: LogonEvidence = { kind: 'session' };

/** Polls the sessions at a domain controller: the product's NetAPI mode. */
export class SessionWork implements PollWork {
  readonly log = null;
  readonly ids = null;
  readonly #options: SessionWorkOptions;
  readonly #logons: SessionLogons;

  constructor(options: SessionWorkOptions) {
    this.#options = options;
    this.#logons = new SessionLogons(options);
  }

  async poll(link: ControllerLink, _skewMs: number, signal: AbortSignal): Promise<PollOutcome> {
    const { clock, counts, take } = this.#options;
    const sessions = (await link.sessions?.sessions(signal)) ?? [];
    signal.throwIfAborted();
    const { logons, open, ended, passedOver } = this.#logons.take(
      sessions,
      clock.now(),
      link.domain?.netbios ?? '',
    );
    counts.received += sessions.length;
    counts.passedOver += passedOver;
    counts.endedSessions += ended;
    for (const logon of logons) take({ ...logon, feed: 'poller', evidence });
    return { read: sessions.length, sessions: open, log: null };
  }
}
