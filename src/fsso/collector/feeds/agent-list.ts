import type { Clock } from '../../../clock.ts';
import { timers } from '../../wire/profile.ts';
import { collectorEvent, type Report } from '../events.ts';
import { mostAgents } from '../limits.ts';
import type { SourceHealth } from './feed.ts';

/** The agents of a collector, by address. */
export class AgentList {
  readonly #clock: Clock;
  readonly #report: Report;
  readonly #agents = new Map<string, SourceHealth>();
  #overflowed = false;

  constructor(clock: Clock, report: Report) {
    this.#clock = clock;
    this.#report = report;
  }

  /** A copy of what is known of each agent. */
  get health(): SourceHealth[] {
    return [...this.#agents.values()].map((agent) => ({ ...agent }));
  }

  /** Counts a datagram of the agent. Null where there are too many agents to remember this one. */
  heard(address: string): SourceHealth | null {
    const now = this.#clock.now();
    const known = this.#agents.get(address);
    if (known) {
      known.lastHeard = now;
      known.datagrams += 1;
      return known;
    }
    if (this.#agents.size >= mostAgents) {
      if (!this.#overflowed)
        this.#report(
          collectorEvent({ msg: 'agents are too many to remember', agent: address, longest: mostAgents }),
        );
      this.#overflowed = true;
      return null;
    }
    const agent: SourceHealth = {
      address,
      domain: null,
      version: null,
      lastHeard: now,
      lastKeepalive: null,
      datagrams: 1,
      logons: 0,
      bad: 0,
      clockSkew: 0,
      clockIsOff: false,
      silent: false,
    };
    this.#agents.set(address, agent);
    return agent;
  }

  keepalive(agent: SourceHealth, domain: string, version: string): void {
    const news = agent.lastKeepalive === null || agent.silent || agent.version !== version;
    agent.domain = domain;
    agent.version = version;
    agent.lastKeepalive = this.#clock.now();
    agent.silent = false;
    if (news) this.#report(collectorEvent({ msg: 'agent heard', agent: agent.address, domain, version }));
  }

  /**
   * The Unix seconds to enter for a datagram: its own, or ours when its clock is more than an hour off
   * (docs/protocol/fsso.md, Datagrams).
   */
  believe(agent: SourceHealth | null, time: number): number {
    const now = this.#clock.now();
    const skew = time - Math.floor(now / 1000);
    const isOff = Math.abs(time * 1000 - now) > timers.agentClockSkew;
    if (agent) {
      if (isOff && !agent.clockIsOff)
        this.#report(collectorEvent({ msg: 'agent clock is off', agent: agent.address, seconds: skew }));
      agent.clockSkew = skew;
      agent.clockIsOff = isOff;
    }
    return isOff ? Math.floor(now / 1000) : time;
  }

  /** Marks the agents whose keepalives have stopped. */
  watch(): void {
    const now = this.#clock.now();
    for (const agent of this.#agents.values()) {
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
