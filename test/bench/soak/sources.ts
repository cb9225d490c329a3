import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { connect, type Socket } from 'node:net';
import { systemClock } from '../../../src/clock.ts';
import { DcAgent } from '../../../src/fsso/agents/dc.ts';
import type { AgentTls } from '../../../src/fsso/agents/open-tls.ts';
import { radiusAttribute } from '../../../src/fsso/collector/feeds/radius/attributes.ts';
import { encodeAccountingRequest } from '../../../src/fsso/collector/feeds/radius/packet.ts';
import { type DatagramToSend, encodeDatagram } from '../../../src/fsso/wire/datagram.ts';
import { type Agentless, browse } from './agentless.ts';
import type { Expected, Place, Told } from './expected.ts';

export const sourceNames = [
  ...(['dc', 'dc over tls', 'ts', 'syslog', 'radius'] as const),
  ...(['event log', 'wmi', 'gate'] as const),
];
export type SourceName = (typeof sourceNames)[number];

/** Where the collector listens, as it is now. */
export interface Ports {
  readonly agents: number;
  readonly radius: number;
  readonly gate: number;
  /** The ways in front of the collector. */
  readonly agentsTls: number;
  readonly syslog: number;
}

/** Logons a second of each source, and its places. */
const loads: Record<SourceName, { perSecond: number; places: number }> = {
  dc: { perSecond: 120, places: 3000 },
  'dc over tls': { perSecond: 40, places: 800 },
  ts: { perSecond: 20, places: 400 },
  syslog: { perSecond: 25, places: 500 },
  radius: { perSecond: 25, places: 500 },
  'event log': { perSecond: 60, places: 1000 },
  wmi: { perSecond: 20, places: 400 },
  gate: { perSecond: 4, places: 100 },
};
const sessionsPerServer = 20;
const tickMs = 20;
const radiusTries = 4;
const radiusRetryMs = 700;
export const radiusSecret = 'soak radius';

/**
 * Everybody who tells a collector of logons: two domain controllers, one more over TLS, terminal servers, syslog and RADIUS, browsers at
 * its gate, and what it reads of the logs of two more domain controllers.
 */
export class Sources {
  readonly #expected: Expected;
  readonly #ports: Ports;
  readonly #agentless: Agentless;
  readonly #users: number;
  readonly #random: () => number;
  /** Sources whose way is broken. */
  readonly broken = new Set<SourceName>();
  readonly #dc: UdpSocket;
  readonly #otherDc: UdpSocket;
  readonly #ts: UdpSocket;
  readonly #radius: UdpSocket;
  readonly #agent: DcAgent;
  #syslog: Socket | null = null;
  readonly #at = new Map<Place, string>();
  readonly #asked = new Map<
    number,
    { told: Told; place: Place; payload: Buffer; tries: number; timer: NodeJS.Timeout }
  >();
  readonly #busy = new Set<Place>();
  #id = 0;
  #visits = 0;
  #timer: NodeJS.Timeout | null = null;
  readonly #owed = new Map<SourceName, number>();

  constructor(
    expected: Expected,
    ports: Ports,
    tls: AgentTls,
    agentless: Agentless,
    users: number,
    random: () => number,
  ) {
    this.#expected = expected;
    this.#agentless = agentless;
    this.#ports = ports;
    this.#users = users;
    this.#random = random;
    [this.#dc, this.#otherDc, this.#ts, this.#radius] = [
      '127.0.0.1',
      '127.0.0.2',
      '127.0.0.3',
      '127.0.0.4',
    ].map((address) =>
      createSocket('udp4')
        .on('error', () => {})
        .bind(0, address),
    ) as [UdpSocket, UdpSocket, UdpSocket, UdpSocket];
    this.#radius.on('message', (answer) => this.#answered(answer));
    this.#agent = new DcAgent({
      collectors: [{ host: '127.0.0.1', port: ports.agentsTls, tls: true }],
      domain: 'DC3',
      version: 'soak',
      keepaliveMs: 5_000,
      tls,
      clock: systemClock,
    });
  }

  async start(): Promise<void> {
    await this.#agent.start();
    this.resume();
  }

  /** Nothing is told any more; requests that wait for an answer are repeated. */
  pause(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
  }

  resume(): void {
    this.#timer ??= setInterval(() => this.#tick(), tickMs);
  }

  /** Requests of RADIUS that are not answered yet, and browsers without a verdict. */
  get waiting(): number {
    return this.#asked.size + this.#visits;
  }

  async stop(): Promise<void> {
    this.pause();
    for (const { timer } of this.#asked.values()) clearTimeout(timer);
    await this.#agent.stop().catch(() => {});
    this.#syslog?.destroy();
    for (const socket of [this.#dc, this.#otherDc, this.#ts, this.#radius]) socket.close();
  }

  #tick(): void {
    for (const source of sourceNames) {
      let owed = (this.#owed.get(source) ?? 0) + (loads[source].perSecond * tickMs) / 1000;
      for (; owed >= 1; owed -= 1) this.#tell(source);
      this.#owed.set(source, owed);
    }
  }

  #tell(source: SourceName): void {
    // Some places are told of all the time, and some so seldom that they end by themselves.
    const index = Math.floor(loads[source].places * this.#random() ** 2);
    const net = sourceNames.indexOf(source) + 1;
    const session = source === 'ts' ? 1 + (index % sessionsPerServer) : 0;
    const host = source === 'ts' ? Math.floor(index / sessionsPerServer) : index;
    // Browsers are at addresses that this machine has.
    const ip = `${source === 'gate' ? 127 : 10}.${net}.${host >> 8}.${host & 255}`;
    const place = `${ip}/${session}`;
    if (this.#busy.has(place)) return;
    const before = this.#at.get(place);
    const leaves =
      before !== undefined && (source === 'syslog' || source === 'radius') && this.#random() < 0.15;
    const user =
      before !== undefined && (leaves || this.#random() < 0.7)
        ? before
        : `U${Math.floor(this.#random() * this.#users)}`;
    if (leaves) this.#at.delete(place);
    else this.#at.set(place, user);
    const note = (isSure: boolean) =>
      this.#expected.note(place, {
        source,
        user,
        leaves,
        at: Date.now(),
        isSure: isSure && !this.broken.has(source),
      });
    const logon = {
      kind: 'logon',
      time: Math.floor(Date.now() / 1000),
      ip,
      workstation: `PC-${net}-${host}`,
      domain: 'CORP',
      user,
    } as const;
    switch (source) {
      case 'dc': {
        note(true);
        this.#datagram(this.#dc, { ...logon, ip2: null });
        // Two domain controllers saw it.
        if (this.#random() < 0.3) this.#datagram(this.#otherDc, { ...logon, ip2: null });
        return;
      }
      case 'ts': {
        note(true);
        const first = 10_000 + (session - 1) * 200;
        this.#datagram(this.#ts, { ...logon, terminal: { session, portRanges: [[first, first + 199]] } });
        return;
      }
      case 'dc over tls':
        note(true);
        this.#agent.logon({ ...logon }).catch(() => {});
        return;
      case 'syslog':
        note(
          this.#line(`logid="${leaves ? '0101039948' : '0101039947'}" tunnelip=${ip} user="${user}" msg="x"`),
        );
        return;
      case 'radius':
        this.#account(place, ip, user, leaves, note(false));
        return;
      case 'event log':
      case 'wmi':
        note(true);
        this.#agentless.write(source, user, ip);
        return;
      case 'gate':
        this.#visit(place, ip, user, note(false));
    }
  }

  #visit(place: Place, ip: string, user: string, told: Told): void {
    this.#busy.add(place);
    this.#visits += 1;
    void browse(this.#ports.gate, user, ip).then((isThrough) => {
      if (isThrough && !this.broken.has('gate')) told.isSure = true;
      this.#busy.delete(place);
      this.#visits -= 1;
    });
  }

  #datagram(socket: UdpSocket, datagram: DatagramToSend): void {
    socket.send(encodeDatagram(datagram), this.#ports.agents, '127.0.0.1', () => {});
  }

  /** False where there is no connection. */
  #line(text: string): boolean {
    if (this.#syslog === null) {
      const socket = connect(this.#ports.syslog, '127.0.0.1');
      this.#syslog = socket;
      socket.on('error', () => {});
      socket.on('end', () => socket.destroy());
      socket.on('close', () => {
        // What was written just now went nowhere.
        this.#expected.doubt((source) => source === 'syslog', Date.now() - 3_000);
        this.#syslog = null;
      });
    }
    const isThere = this.#syslog.readyState === 'open';
    if (isThere) this.#syslog.write(`<13>${text}\n`);
    return isThere;
  }

  #account(place: Place, ip: string, user: string, leaves: boolean, told: Told): void {
    this.#id = (this.#id + 1) & 255;
    const id = this.#id;
    if (this.#asked.has(id)) return;
    this.#busy.add(place);
    const payload = encodeAccountingRequest(
      id,
      [
        radiusAttribute.status(leaves ? 2 : 1),
        radiusAttribute.userName(user),
        radiusAttribute.framedAddress(ip),
        radiusAttribute.sessionId(`${ip} ${user}`),
      ],
      radiusSecret,
    );
    const send = (tries: number): void => {
      this.#radius.send(payload, this.#ports.radius, '127.0.0.1', () => {});
      const timer = setTimeout(() => {
        if (tries < radiusTries) send(tries + 1);
        else this.#done(id);
      }, radiusRetryMs);
      this.#asked.set(id, { told, place, payload, tries, timer });
    };
    send(1);
  }

  #answered(answer: Buffer): void {
    const id = answer[1] ?? -1;
    const asked = this.#asked.get(id);
    if (asked && !this.broken.has('radius')) asked.told.isSure = true;
    this.#done(id);
  }

  #done(id: number): void {
    const asked = this.#asked.get(id);
    if (!asked) return;
    clearTimeout(asked.timer);
    this.#asked.delete(id);
    this.#busy.delete(asked.place);
  }
}
