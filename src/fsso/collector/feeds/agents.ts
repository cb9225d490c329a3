import { AllowList, plainAddress } from '../allow-list.ts';
import { collectorEvent } from '../events.ts';
import { hostPort } from '../listeners.ts';
import { AgentReports } from './agent-reports.ts';
import type { AgentSourceSettings } from './agent-sources.ts';
import type { Feed, FeedContext, FeedHealth, FeedListening, MakeFeed } from './feed.ts';
import type { RateLimit } from './token-bucket.ts';
import { UdpPort } from './udp-port.ts';

export interface AgentFeedOptions {
  readonly listen: string;
  /** UDP; 0 lets the system choose. */
  readonly port: number;
  /** Addresses and networks that datagrams are taken from; null: any. */
  readonly allowed: readonly string[] | null;
  /** Of one agent; absent: none. */
  readonly rate?: RateLimit;
}

/** The feed from DC agents and TS agents: datagrams on UDP 8002 (docs/protocol/fsso.md, Datagrams). */
export class AgentFeed implements Feed {
  readonly kind = 'agents';
  readonly #options: AgentFeedOptions;
  readonly #context: FeedContext;
  #allowed: AllowList;
  readonly #reports: AgentReports;
  readonly #port: UdpPort;

  /** @throws RangeError for a source that is neither an address nor a network */
  constructor(options: AgentFeedOptions, context: FeedContext) {
    this.#options = options;
    this.#context = context;
    this.#allowed = new AllowList(options.allowed);
    this.#reports = new AgentReports(context, options.rate);
    this.#port = new UdpPort('agents', context.report, (payload, from) =>
      this.receive(payload, from.address),
    );
  }

  get health(): FeedHealth {
    const { address } = this.#port;
    return { kind: this.kind, listening: address ? [hostPort(address)] : [], ...this.#reports.health };
  }

  /** Begins to listen. Rejects with ListenFailure. */
  async start(): Promise<FeedListening[]> {
    const { listen, port, allowed } = this.#options;
    const listening = await this.#port.open(listen, port);
    this.#reports.start();
    if (allowed === null)
      this.#context.report(collectorEvent({ msg: 'datagrams from any address are taken' }));
    return [listening];
  }

  /** Takes what the system still holds for us, then closes. */
  async stop(): Promise<void> {
    this.#reports.stop();
    await this.#port.close();
  }

  retune({ allowed, rate }: AgentSourceSettings): void {
    this.#allowed = new AllowList(allowed);
    this.#reports.retune(rate);
  }

  /** Takes one datagram. `source` is the sender's address. Never throws. */
  receive(payload: Buffer, source: string): void {
    const address = plainAddress(source);
    if (this.#allowed.allows(address)) this.#reports.receive(payload, address);
    else this.#reports.refuse(address);
  }
}

/** @throws RangeError for a source that is neither an address nor a network */
export function agentFeed(options: AgentFeedOptions): MakeFeed {
  return (context) => new AgentFeed(options, context);
}
