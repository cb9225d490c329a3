import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { Clock, Timer } from '../../../clock.ts';
import { type Datagram, decodeDatagram } from '../../wire/datagram.ts';
import { DecodeError } from '../../wire/element.ts';
import { defaultLimits, timers } from '../../wire/profile.ts';
import { type AllowList, plainAddress } from '../allow-list.ts';
import type { Logon } from '../entries.ts';
import { collectorEvent, type Report } from '../events.ts';
import { receiveBuffer } from '../limits.ts';
import { ListenFailure } from '../listen-failure.ts';
import { Repeats } from '../repeats.ts';
import { type AgentHealth, AgentList } from './agent-list.ts';

/** A logon as an agent sent it: the address may have to be found first. */
export type AgentLogon = Omit<Logon, 'ip'> & { readonly ip: string | null };

/** Datagrams of all agents since the start. */
export interface DatagramCounts {
  received: number;
  logons: number;
  keepalives: number;
  dropped: number;
  notUnderstood: number;
}

/** The feed from DC agents and TS agents: datagrams on UDP 8002 (docs/protocol/fsso.md, Datagrams). */
export class AgentFeed {
  readonly #listen: string;
  readonly #port: number;
  readonly #clock: Clock;
  readonly #allowed: AllowList;
  readonly #logon: (logon: AgentLogon) => void;
  readonly #report: Report;
  readonly #agents: AgentList;
  readonly #repeats: Repeats;
  readonly #counts: DatagramCounts = { received: 0, logons: 0, keepalives: 0, dropped: 0, notUnderstood: 0 };
  #socket: Socket | null = null;
  #watch: Timer | null = null;
  #arrivals = 0;

  constructor(
    options: { listen: string; port: number; allowed: AllowList; clock: Clock },
    logon: (logon: AgentLogon) => void,
    report: Report,
  ) {
    this.#listen = options.listen;
    this.#port = options.port;
    this.#clock = options.clock;
    this.#allowed = options.allowed;
    this.#logon = logon;
    this.#report = report;
    this.#agents = new AgentList(options.clock, report);
    this.#repeats = new Repeats(options.clock);
  }

  get agents(): AgentHealth[] {
    return this.#agents.health;
  }

  get counts(): Readonly<DatagramCounts> {
    return { ...this.#counts };
  }

  /** Begins to listen. Rejects with ListenFailure. */
  async start(): Promise<{ address: string; port: number; receiveBuffer: number }> {
    const socket = createSocket({ type: isIPv6(this.#listen) ? 'udp6' : 'udp4' });
    await new Promise<void>((done, failed) => {
      socket.once('error', (error: NodeJS.ErrnoException) => {
        socket.close();
        failed(new ListenFailure('agents', this.#listen, this.#port, error));
      });
      socket.bind({ port: this.#port, address: this.#listen, exclusive: true }, done);
    });
    socket.removeAllListeners('error');
    socket.on('error', (error) =>
      this.#report(collectorEvent({ msg: 'listener failed', listener: 'agents', error: error.message })),
    );
    socket.on('message', (payload: Buffer, from: RemoteInfo) => this.receive(payload, from.address));
    try {
      // All domain controllers report the same eight o'clock; what does not fit here is lost without a trace.
      socket.setRecvBufferSize(receiveBuffer);
    } catch {
      // Some systems refuse what they do not grant in full; theirs is used then.
    }
    this.#socket = socket;
    this.#watch = this.#clock.every(timers.agentKeepalive, () => this.#agents.watch());
    const { address, port } = socket.address();
    return { address, port, receiveBuffer: socket.getRecvBufferSize() };
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
      counts.dropped += 1;
      const held = this.#repeats.pass(`not allowed ${address}`);
      if (held !== null)
        this.#report(
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
      counts.dropped += 1;
      if (agent) agent.bad += 1;
      const held = this.#repeats.pass(`bad ${address}`);
      if (held !== null)
        this.#report(
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
        this.#report(
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
      this.#arrivals += 1;
      this.#logon({
        ip: datagram.ip,
        otherIp: datagram.ip2,
        user: datagram.user,
        domain: datagram.domain,
        workstation: datagram.workstation,
        logonTime: time,
        terminal: datagram.terminal && {
          session: datagram.terminal.session,
          // More than a FortiGate reads of one record would only fill the table.
          portRanges: datagram.terminal.portRanges.slice(0, defaultLimits.collector.portRanges),
        },
        agent: address,
        arrival: this.#arrivals,
      });
    }
  }
}
