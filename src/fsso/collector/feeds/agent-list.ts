import type { Clock } from '../../../clock.ts';
import { timers } from '../../wire/profile.ts';
import { collectorEvent, type Report } from '../events.ts';
import { type Source, SourceList } from './source-list.ts';
import type { RateLimit } from './token-bucket.ts';

/** The agents of a collector, by address: sources that send keepalives. */
export class AgentList extends SourceList {
  readonly #clock: Clock;
  readonly #report: Report;

  constructor(clock: Clock, report: Report, limit?: RateLimit) {
    super(clock, report, limit);
    this.#clock = clock;
    this.#report = report;
  }

  keepalive(agent: Source, domain: string, version: string): void {
    const news = agent.lastKeepalive === null || agent.silent || agent.version !== version;
    agent.domain = domain;
    agent.version = version;
    agent.lastKeepalive = this.#clock.now();
    agent.silent = false;
    if (news) this.#report(collectorEvent({ msg: 'agent heard', agent: agent.address, domain, version }));
  }

  /** Marks the agents whose keepalives have stopped. */
  watch(): void {
    const now = this.#clock.now();
    for (const agent of this.values()) {
      if (agent.silent || agent.lastKeepalive === null) continue;
      const quiet = now - agent.lastKeepalive;
      if (quiet < timers.agentStale) continue;
      agent.silent = true;
      this.#report(
        collectorEvent({
          msg: 'agent silent',
          agent: agent.address,
          domain: agent.domain,
          seconds: Math.round(quiet / 1000),
        }),
      );
    }
  }
}
