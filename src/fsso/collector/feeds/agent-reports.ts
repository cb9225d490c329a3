import type { Timer } from '../../../clock.ts';
import { type Datagram, decodeDatagram } from '../../wire/datagram.ts';
import { DecodeError } from '../../wire/element.ts';
import { defaultLimits, timers } from '../../wire/profile.ts';
import { collectorEvent } from '../events.ts';
import { Repeats } from '../repeats.ts';
import { AgentList } from './agent-list.ts';
import { Drops } from './drops.ts';
import type { FeedContext, FeedHealth } from './feed.ts';
import type { RateLimit } from './token-bucket.ts';

/** What agents report, however their datagrams came (docs/protocol/fsso.md, Datagrams). */
export class AgentReports {
  readonly drops: Drops;
  readonly #context: FeedContext;
  readonly #agents: AgentList;
  readonly #repeats: Repeats;
  readonly #counts = { received: 0, logons: 0, keepalives: 0, notUnderstood: 0 };
  #watch: Timer | null = null;

  /** @param limit of one agent; absent: none */
  constructor(context: FeedContext, limit?: RateLimit) {
    this.#context = context;
    this.#agents = new AgentList(context.clock, context.report, limit);
    this.#repeats = new Repeats(context.clock);
    this.drops = new Drops(context.clock, context.report);
  }

  get health(): Pick<FeedHealth, 'sources' | 'counts' | 'dropped'> {
    return {
      sources: this.#agents.health,
      counts: { ...this.#counts, dropped: this.drops.total },
      dropped: this.drops.counts,
    };
  }

  /** Begins to look for agents that have gone silent. */
  start(): void {
    this.#watch = this.#context.clock.every(timers.agentKeepalive, () => this.#agents.watch());
  }

  stop(): void {
    this.#watch?.cancel();
    this.#watch = null;
  }

  /** Lets each agent send as much from now on. */
  retune(limit: RateLimit): void {
    this.#agents.retune(limit);
  }

  /** Takes one datagram of an agent that may speak. Never throws. */
  receive(payload: Buffer, address: string): void {
    const counts = this.#counts;
    counts.received += 1;
    const agent = this.#agents.heard(address, payload.length);
    if (!this.#agents.isWithinRate(agent)) {
      this.drops.drop(address, 'rate', undefined, agent);
      return;
    }
    let datagram: Datagram;
    try {
      datagram = decodeDatagram(payload);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.drops.drop(address, 'bad-length', error.message, agent);
      return;
    }
    const time = this.#agents.believe(agent, datagram.time);
    if (datagram.kind === 'keepalive') {
      counts.keepalives += 1;
      if (agent) this.#agents.keepalive(agent, datagram.domain, datagram.version);
    } else if (datagram.kind === 'unparsed') {
      counts.notUnderstood += 1;
      if (agent) agent.bad += 1;
      this.#notUnderstood(address, datagram.text);
    } else {
      counts.logons += 1;
      this.#agents.logon(agent);
      this.#context.trace?.received({
        agent: address,
        bytes: payload.length,
        time: datagram.time,
        workstation: datagram.workstation,
        domain: datagram.domain,
        user: datagram.user,
        ip: datagram.ip,
        otherIp: datagram.ip2,
      });
      this.#context.sink.logon({
        ip: datagram.ip,
        otherIp: datagram.ip2,
        ip6: datagram.ipv6,
        user: datagram.user,
        domain: datagram.domain,
        workstation: datagram.workstation,
        logonTime: time,
        terminal: datagram.terminal && {
          session: datagram.terminal.session,
          // More than a FortiGate reads of one record would only fill the table.
          portRanges: datagram.terminal.portRanges.slice(0, defaultLimits.collector.portRanges),
        },
        groups: null,
        feed: datagram.terminal ? 'ts-agent' : 'dc-agent',
        agent: address,
      });
    }
  }

  /** Counts a datagram of a source that may not speak. */
  refuse(address: string): void {
    this.#counts.received += 1;
    this.drops.drop(address, 'source-not-allowed');
  }

  #notUnderstood(address: string, text: string): void {
    const held = this.#repeats.pass(address);
    if (held === null) return;
    this.#context.report(
      collectorEvent({
        msg: 'datagram not understood',
        agent: address,
        text,
        ...(held > 0 && { repeated: held }),
      }),
    );
  }
}
