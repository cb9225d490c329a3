import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { Timer } from '../../../clock.ts';
import { type Datagram, decodeDatagram } from '../../wire/datagram.ts';
import { DecodeError } from '../../wire/element.ts';
import { defaultLimits, timers } from '../../wire/profile.ts';
import { AllowList, plainAddress } from '../allow-list.ts';
import { collectorEvent, type DroppedBecause } from '../events.ts';
import { receiveBuffer } from '../limits.ts';
import { hostPort, ListenFailure } from '../listeners.ts';
import { Repeats } from '../repeats.ts';
import { AgentList } from './agent-list.ts';
import type { Feed, FeedContext, FeedHealth, FeedListening, MakeFeed } from './feed.ts';

export interface AgentFeedOptions {
  readonly listen: string;
  /** UDP; 0 lets the system choose. */
  readonly port: number;
  /** Addresses and networks that datagrams are taken from; null: any. */
  readonly allowed: readonly string[] | null;
}

/** The feed from DC agents and TS agents: datagrams on UDP 8002 (docs/protocol/fsso.md, Datagrams). */
export class AgentFeed implements Feed {
  readonly kind = 'agents';
  readonly #options: AgentFeedOptions;
  readonly #context: FeedContext;
  readonly #allowed: AllowList;
  readonly #agents: AgentList;
  readonly #repeats: Repeats;
  readonly #counts = { received: 0, logons: 0, keepalives: 0, dropped: 0, notUnderstood: 0 };
  readonly #dropped: Partial<Record<DroppedBecause, number>> = {};
  #socket: Socket | null = null;
  #watch: Timer | null = null;

  /** @throws RangeError for a source that is neither an address nor a network */
  constructor(options: AgentFeedOptions, context: FeedContext) {
    this.#options = options;
    this.#context = context;
    this.#allowed = new AllowList(options.allowed);
    this.#agents = new AgentList(context.clock, context.report);
    this.#repeats = new Repeats(context.clock);
  }

  get health(): FeedHealth {
    return {
      kind: this.kind,
      listening: this.#socket ? [hostPort(this.#socket.address())] : [],
      sources: this.#agents.health,
      counts: { ...this.#counts },
      dropped: { ...this.#dropped },
    };
  }

  /** Begins to listen. Rejects with ListenFailure. */
  async start(): Promise<FeedListening[]> {
    const { listen, port: wanted, allowed } = this.#options;
    const { clock, report } = this.#context;
    const socket = createSocket({ type: isIPv6(listen) ? 'udp6' : 'udp4' });
    await new Promise<void>((done, failed) => {
      socket.once('error', (error: NodeJS.ErrnoException) => {
        socket.close();
        failed(new ListenFailure('agents', listen, wanted, error));
      });
      socket.bind({ port: wanted, address: listen, exclusive: true }, done);
    });
    socket.removeAllListeners('error');
    socket.on('error', (error) =>
      report(collectorEvent({ msg: 'listener failed', listener: 'agents', error: error.message })),
    );
    socket.on('message', (payload: Buffer, from: RemoteInfo) => this.receive(payload, from.address));
    try {
      // All domain controllers report the same eight o'clock; what does not fit here is lost without a trace.
      socket.setRecvBufferSize(receiveBuffer);
    } catch {
      // Some systems refuse what they do not grant in full; theirs is used then.
    }
    this.#socket = socket;
    this.#watch = clock.every(timers.agentKeepalive, () => this.#agents.watch());
    if (allowed === null) report(collectorEvent({ msg: 'datagrams from any address are taken' }));
    const { address, port } = socket.address();
    return [{ side: 'agents', address, port, receiveBuffer: socket.getRecvBufferSize() }];
  }

  /** Takes what the system still holds for us, then closes. */
  async stop(): Promise<void> {
    this.#watch?.cancel();
    this.#watch = null;
    const socket = this.#socket;
    if (!socket) return;
    this.#socket = null;
    for (let rounds = 0, before = -1; rounds < 1000 && before !== this.#counts.received; rounds++) {
      before = this.#counts.received;
      // Each turn of the event loop reads a few dozen datagrams.
      await new Promise((done) => setImmediate(() => setImmediate(done)));
    }
    await new Promise<void>((done) => socket.close(done));
  }

  /** Takes one datagram. `source` is the sender's address. Never throws. */
  receive(payload: Buffer, source: string): void {
    const counts = this.#counts;
    counts.received += 1;
    const address = plainAddress(source);
    if (!this.#allowed.allows(address)) {
      this.#drop('source-not-allowed');
      const held = this.#repeats.pass(`not allowed ${address}`);
      if (held !== null)
        this.#context.report(
          collectorEvent({
            msg: 'datagram dropped',
            agent: address,
            why: 'source-not-allowed',
            ...(held > 0 && { repeated: held }),
          }),
        );
      return;
    }
    const agent = this.#agents.heard(address);
    let datagram: Datagram;
    try {
      datagram = decodeDatagram(payload);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#drop('bad-length');
      if (agent) agent.bad += 1;
      const held = this.#repeats.pass(`bad ${address}`);
      if (held !== null)
        this.#context.report(
          collectorEvent({
            msg: 'datagram dropped',
            agent: address,
            why: 'bad-length',
            detail: error.message,
            ...(held > 0 && { repeated: held }),
          }),
        );
      return;
    }
    const time = this.#agents.believe(agent, datagram.time);
    if (datagram.kind === 'keepalive') {
      counts.keepalives += 1;
      if (agent) this.#agents.keepalive(agent, datagram.domain, datagram.version);
    } else if (datagram.kind === 'unparsed') {
      counts.notUnderstood += 1;
      if (agent) agent.bad += 1;
      const held = this.#repeats.pass(`text ${address}`);
      if (held !== null)
        this.#context.report(
          collectorEvent({
            msg: 'datagram not understood',
            agent: address,
            text: datagram.text,
            ...(held > 0 && { repeated: held }),
          }),
        );
    } else {
      counts.logons += 1;
      if (agent) agent.logons += 1;
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

  #drop(why: DroppedBecause): void {
    this.#counts.dropped += 1;
    this.#dropped[why] = (this.#dropped[why] ?? 0) + 1;
  }
}

/** @throws RangeError for a source that is neither an address nor a network */
export function agentFeed(options: AgentFeedOptions): MakeFeed {
  return (context) => new AgentFeed(options, context);
}
