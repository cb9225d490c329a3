import type { Socket } from 'node:net';
import type { Timer } from '../../../../clock.ts';
import { AllowList, plainAddress } from '../../allow-list.ts';
import { longestSyslogMessage, mostSyslogConnections } from '../../limits.ts';
import { hostPort } from '../../listeners.ts';
import { readAccount, type UserType } from '../account.ts';
import { Drops } from '../drops.ts';
import type { Feed, FeedContext, FeedHealth, FeedListening, MakeFeed } from '../feed.ts';
import { type Source, SourceList } from '../source-list.ts';
import { TcpPort } from '../tcp-port.ts';
import type { RateLimit } from '../token-bucket.ts';
import { UdpPort } from '../udp-port.ts';
import { SyslogFraming } from './framing.ts';
import { knownRules } from './known-rules.ts';
import { SyslogRule, type SyslogRuleOptions } from './rule.ts';

/** Who may send, and how it is understood. */
export interface SyslogSource {
  readonly name: string;
  /** Addresses and networks. */
  readonly addresses: readonly string[];
  /** Names of rules, asked in this order. */
  readonly rules: readonly string[];
  readonly userType: UserType;
  /** Of users who come without one. */
  readonly domain: string;
}

export interface SyslogFeedOptions {
  readonly listen: string;
  /** UDP and TCP; 0 lets the system choose, a number for each. */
  readonly port: number;
  readonly transports: readonly ('udp' | 'tcp')[];
  /** Beside the known ones; a rule of the same name takes the place of a known one. */
  readonly rules: readonly SyslogRuleOptions[];
  readonly sources: readonly SyslogSource[];
  /** Of one sender. */
  readonly rate: RateLimit;
}

interface ReadySource extends SyslogSource {
  readonly allowed: AllowList;
  readonly ready: readonly SyslogRule[];
}

/** The feed from devices that write logons into syslog: lines on UDP and TCP 514 (docs/protocol/fsso.md, Feeds). */
export class SyslogFeed implements Feed {
  readonly kind = 'syslog';
  readonly #options: SyslogFeedOptions;
  readonly #context: FeedContext;
  readonly #sources: readonly ReadySource[];
  readonly #senders: SourceList;
  readonly #drops: Drops;
  readonly #counts = { received: 0, logons: 0, logoffs: 0, passedOver: 0 };
  readonly #udp: UdpPort;
  readonly #tcp: TcpPort;
  readonly #resumes = new Set<Timer>();

  /** @throws RangeError for a rule or source that cannot be used */
  constructor(options: SyslogFeedOptions, context: FeedContext) {
    this.#options = options;
    this.#context = context;
    const { clock, report } = context;
    this.#sources = readySources(options);
    this.#senders = new SourceList(clock, report, options.rate);
    this.#drops = new Drops(clock, report);
    this.#udp = new UdpPort('syslog over UDP', report, (payload, { address }) =>
      this.receive(payload, plainAddress(address)),
    );
    this.#tcp = new TcpPort('syslog over TCP', {
      report,
      most: mostSyslogConnections,
      accepted: (socket, source) => this.#accept(socket, source),
      refused: (source) => this.#drops.drop(source, 'too-many-connections'),
    });
  }

  get health(): FeedHealth {
    return {
      kind: this.kind,
      listening: [this.#udp.address, this.#tcp.address].filter((place) => place !== null).map(hostPort),
      sources: this.#senders.health,
      counts: {
        ...this.#counts,
        incomplete: this.#drops.incompletes,
        dropped: this.#drops.total,
        connections: this.#tcp.connections,
      },
      dropped: this.#drops.counts,
    };
  }

  /** Begins to listen. Rejects with ListenFailure, and then no port is open. */
  async start(): Promise<FeedListening[]> {
    const { listen, port, transports } = this.#options;
    const open: FeedListening[] = [];
    try {
      if (transports.includes('udp')) open.push(await this.#udp.open(listen, port));
      if (transports.includes('tcp')) open.push(await this.#tcp.open(listen, port));
    } catch (error) {
      await this.stop();
      throw error;
    }
    return open;
  }

  /** Takes the datagrams that have arrived, then closes. */
  async stop(): Promise<void> {
    for (const timer of this.#resumes) timer.cancel();
    this.#resumes.clear();
    await Promise.all([this.#udp.close(), this.#tcp.close()]);
  }

  /** Takes one datagram, which is one line. `address` is the sender's. Never throws. */
  receive(payload: Buffer, address: string): void {
    this.#counts.received += 1;
    const source = this.#sourceOf(address);
    if (source === null) return;
    const sender = this.#senders.heard(address, payload.length);
    if (!this.#senders.isWithinRate(sender)) {
      this.#drops.drop(address, 'rate', undefined, sender);
    } else if (payload.length > longestSyslogMessage) {
      this.#drops.drop(address, 'too-long', `${payload.length} octets`, sender);
    } else this.#read(payload, address, source, sender);
  }

  #accept(socket: Socket, address: string): void {
    const source = this.#sourceOf(address);
    if (source === null) {
      socket.destroy();
      return;
    }
    const framing = new SyslogFraming(longestSyslogMessage);
    // Nobody asks a syslog server anything: only the system can tell that a silent sender has gone.
    socket.setKeepAlive(true, 60_000);
    socket.on('data', (chunk: Buffer) => {
      const { messages, tooLong } = framing.push(chunk);
      let sender: Source | null = null;
      for (const message of messages) {
        sender = this.#senders.heard(address, message.length);
        this.#counts.received += 1;
        this.#senders.charge(sender);
        this.#read(message, address, source, sender);
      }
      for (let count = 0; count < tooLong; count++) {
        this.#counts.received += 1;
        this.#drops.drop(address, 'too-long', `more than ${longestSyslogMessage} octets`, sender);
      }
      if (messages.length > 0) this.#slowDown(socket, sender);
    });
    socket.once('end', () => {
      const last = framing.finish();
      if (last) {
        this.#counts.received += 1;
        this.#read(last, address, source, this.#senders.heard(address, last.length));
      }
      socket.end();
    });
  }

  /** Over TCP nothing needs to be lost: a sender that is too fast is not read for a while. */
  #slowDown(socket: Socket, sender: Source | null): void {
    const wait = this.#senders.waitOf(sender);
    if (wait === 0) return;
    socket.pause();
    const timer = this.#context.clock.after(wait, () => {
      this.#resumes.delete(timer);
      if (!socket.destroyed) socket.resume();
    });
    this.#resumes.add(timer);
  }

  #sourceOf(address: string): ReadySource | null {
    const source = this.#sources.find(({ allowed }) => allowed.allows(address));
    if (source === undefined) this.#drops.drop(address, 'source-not-allowed');
    return source ?? null;
  }

  #read(bytes: Buffer, agent: string, source: ReadySource, sender: Source | null): void {
    const line = bytes.toString('utf8');
    if (sender) sender.domain = source.name;
    for (const rule of source.ready) {
      const reading = rule.read(line);
      if (reading.kind === 'passed over') continue;
      if (reading.kind === 'incomplete' || reading.ip === null) {
        // A FortiGate is told of IPv4 addresses only, so an IPv6 address alone makes no entry.
        this.#drops.incomplete(
          agent,
          rule.name,
          reading.kind === 'incomplete' ? reading.missing : 'IPv4 address',
          sender,
        );
        return;
      }
      const { ip, ip6, username, workstation } = reading;
      const account = readAccount(username ?? '', reading.domain ?? source.domain);
      const time = Math.floor(this.#context.clock.now() / 1000);
      if (reading.kind === 'logoff') {
        this.#counts.logoffs += 1;
        const user = username === null ? null : account.user;
        this.#context.sink.logoff({ ip, session: 0, user, time, feed: 'syslog', agent });
        return;
      }
      this.#counts.logons += 1;
      this.#senders.logon(sender);
      this.#context.sink.logon({
        ip,
        otherIp: null,
        ip6,
        ...account,
        workstation: workstation ?? ip,
        logonTime: time,
        terminal: null,
        groups: source.userType === 'external' ? reading.groups : null,
        feed: 'syslog',
        agent,
      });
      return;
    }
    this.#counts.passedOver += 1;
  }
}

function readySources({ rules, sources }: SyslogFeedOptions): ReadySource[] {
  const byName = new Map<string, SyslogRule>();
  for (const options of [...knownRules, ...rules]) {
    try {
      byName.set(options.name, new SyslogRule(options));
    } catch (error) {
      throw new RangeError(`syslog: rule ${options.name}: ${(error as Error).message}`);
    }
  }
  return sources.map((source) => ({
    ...source,
    allowed: new AllowList(source.addresses),
    ready: source.rules.map((name) => {
      const rule = byName.get(name);
      if (rule === undefined)
        throw new RangeError(
          `syslog: source ${source.name}: no rule is called ${name}, expected one of ${[...byName.keys()].join(', ')}`,
        );
      return rule;
    }),
  }));
}

/** @throws RangeError for a rule or source that cannot be used, in one line */
export function syslogFeed(options: SyslogFeedOptions): MakeFeed {
  return (context) => new SyslogFeed(options, context);
}
