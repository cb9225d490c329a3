import type { RemoteInfo } from 'node:dgram';
import { DecodeError } from '../../../wire/element.ts';
import { AllowList, plainAddress } from '../../allow-list.ts';
import type { DroppedBecause } from '../../events.ts';
import { hostPort } from '../../listeners.ts';
import { readAccount, type UserType } from '../account.ts';
import { Drops } from '../drops.ts';
import type { Feed, FeedContext, FeedHealth, FeedListening, MakeFeed } from '../feed.ts';
import { type Source, SourceList } from '../source-list.ts';
import type { RateLimit } from '../token-bucket.ts';
import { UdpPort } from '../udp-port.ts';
import { AnsweredRequests } from './answered.ts';
import { type Accounting, readAccounting } from './attributes.ts';
import {
  decodeRadius,
  encodeAccountingResponse,
  isAccountingFrom,
  type RadiusPacket,
  radiusCodes,
} from './packet.ts';
import { SessionFile } from './session-file.ts';
import { OpenSessions } from './sessions.ts';

/** Network access servers that share a secret. */
export interface RadiusClient {
  readonly name: string;
  /** Addresses and networks. */
  readonly addresses: readonly string[];
  readonly secret: string;
  readonly userType: UserType;
  /** Where a user's groups stand, for `external`. */
  readonly groupAttribute: 'fortinet-group-name' | 'class';
  /** Of users who come without one. */
  readonly domain: string;
}

export interface RadiusFeedOptions {
  readonly listen: string;
  /** UDP; 0 lets the system choose. */
  readonly port: number;
  readonly clients: readonly RadiusClient[];
  /** Of one server. */
  readonly rate: RateLimit;
  /** File that keeps the open sessions over a restart; absent or null: none. */
  readonly sessionFile?: string | null;
}

interface ReadyClient extends RadiusClient {
  readonly allowed: AllowList;
}

/** The feed from network access servers: RADIUS accounting on UDP 1813 (docs/protocol/fsso.md, Feeds). */
export class RadiusFeed implements Feed {
  readonly kind = 'radius';
  readonly #options: RadiusFeedOptions;
  readonly #context: FeedContext;
  readonly #clients: readonly ReadyClient[];
  readonly #servers: SourceList;
  readonly #drops: Drops;
  readonly #answered: AnsweredRequests;
  readonly #sessions = new OpenSessions();
  readonly #file: SessionFile | null;
  readonly #counts = { received: 0, logons: 0, logoffs: 0, repeated: 0, other: 0 };
  readonly #port: UdpPort;

  /** @throws RangeError for a client that cannot be used */
  constructor(options: RadiusFeedOptions, context: FeedContext) {
    this.#options = options;
    this.#context = context;
    const { clock, report } = context;
    this.#clients = options.clients.map((client) => ({
      ...client,
      allowed: new AllowList(client.addresses),
    }));
    this.#servers = new SourceList(clock, report, options.rate);
    this.#drops = new Drops(clock, report);
    this.#answered = new AnsweredRequests(clock);
    this.#file = options.sessionFile ? new SessionFile(options.sessionFile, report) : null;
    this.#port = new UdpPort('RADIUS accounting', report, (payload, from) => this.#receive(payload, from));
  }

  get health(): FeedHealth {
    const { address } = this.#port;
    return {
      kind: this.kind,
      listening: address ? [hostPort(address)] : [],
      sources: this.#servers.health,
      counts: {
        ...this.#counts,
        incomplete: this.#drops.incompletes,
        dropped: this.#drops.total,
        sessions: this.#sessions.size,
      },
      dropped: this.#drops.counts,
    };
  }

  /** Begins to listen. Rejects with ListenFailure. */
  async start(): Promise<FeedListening[]> {
    const listening = await this.#port.open(this.#options.listen, this.#options.port);
    this.#file?.open(this.#sessions);
    return [listening];
  }

  /** Takes and answers what has arrived, then closes. */
  async stop(): Promise<void> {
    await this.#port.close();
    this.#file?.close();
  }

  #receive(payload: Buffer, from: RemoteInfo): void {
    const answer = this.answer(payload, plainAddress(from.address), from.port);
    if (answer !== null) this.#port.send(answer, from);
  }

  /** The answer to a datagram; null where there is none to give, which is when nobody with the secret asked. Never throws. */
  answer(payload: Buffer, address: string, port: number): Buffer | null {
    this.#counts.received += 1;
    const client = this.#clients.find(({ allowed }) => allowed.allows(address));
    if (client === undefined) {
      this.#drops.drop(address, 'source-not-allowed');
      return null;
    }
    const server = this.#servers.heard(address, payload.length);
    const refuse = (why: DroppedBecause, detail?: string) => {
      this.#drops.drop(address, why, detail, server);
      return null;
    };
    if (!this.#servers.isWithinRate(server)) return refuse('rate');
    let request: RadiusPacket;
    try {
      request = decodeRadius(payload);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      return refuse('bad-length', error.message);
    }
    if (request.code !== radiusCodes.accountingRequest)
      return refuse('not-accounting', `a packet with code ${request.code}`);
    const sender = `${address}:${port}`;
    const given = this.#answered.find(sender, request.identifier, request.authenticator);
    if (given !== null) {
      this.#counts.repeated += 1;
      return given;
    }
    if (!isAccountingFrom(request, client.secret))
      return refuse('bad-authenticator', `the shared secret of ${client.name} is another one there`);
    this.#account(readAccounting(request), address, client, server);
    const answer = encodeAccountingResponse(request, client.secret);
    this.#answered.keep(sender, request.identifier, request.authenticator, answer);
    return answer;
  }

  #account(accounting: Accounting, address: string, client: ReadyClient, server: Source | null): void {
    const { status, nas } = accounting;
    // A proxy speaks for many servers, each of which numbers its sessions on its own.
    const place = `${address} ${nas ?? ''}`;
    if (server) server.domain = nas ?? client.name;
    const now = Math.floor(this.#context.clock.now() / 1000);
    const { eventTime } = accounting;
    const time = eventTime === null ? now - accounting.delay : this.#servers.believe(server, eventTime);
    if (status === 'start' || status === 'interim')
      this.#logon(accounting, { place, address, client, server, time });
    else if (status === 'stop') this.#stopped(accounting, place, address, client, time);
    else if (status === 'on' || status === 'off') {
      for (const [id, session] of this.#sessions.endAll(place)) {
        this.#file?.ended(place, id);
        this.#logoff({ ...session, address, time });
      }
    } else this.#counts.other += 1;
  }

  #logon(
    { userName, ip, ip6, sessionId, sessionTime, classes, groupNames }: Accounting,
    {
      place,
      address,
      client,
      server,
      time,
    }: { place: string; address: string; client: ReadyClient; server: Source | null; time: number },
  ): void {
    if (userName === null || ip === null) {
      this.#incomplete(address, userName === null ? 'User-Name' : 'Framed-IP-Address', server);
      return;
    }
    const account = readAccount(userName, client.domain);
    if (sessionId !== null) {
      const known = this.#sessions.end(place, sessionId);
      // A server that gave the session another address does not say that the first one is free.
      if (known !== null && known.ip !== ip) this.#logoff({ ...known, address, time });
      this.#sessions.begin(place, sessionId, { ip, user: account.user });
      // Interim updates say the same again and again.
      if (known?.ip !== ip || known.user !== account.user)
        this.#file?.begun(place, sessionId, { ip, user: account.user });
    }
    this.#counts.logons += 1;
    this.#servers.logon(server);
    const groups = client.groupAttribute === 'class' ? classes : groupNames;
    this.#context.sink.logon({
      ip,
      otherIp: null,
      ip6,
      ...account,
      workstation: ip,
      logonTime: Math.max(0, time - sessionTime),
      terminal: null,
      groups: client.userType === 'external' ? groups : null,
      feed: 'radius',
      agent: address,
    });
  }

  #stopped(
    { userName, ip, sessionId }: Accounting,
    place: string,
    address: string,
    client: ReadyClient,
    time: number,
  ): void {
    const known = sessionId === null ? null : this.#sessions.end(place, sessionId);
    if (sessionId !== null && known !== null) this.#file?.ended(place, sessionId);
    const where = ip ?? known?.ip ?? null;
    if (where === null) {
      this.#incomplete(address, 'Framed-IP-Address', null);
      return;
    }
    const user = userName === null ? (known?.user ?? null) : readAccount(userName, client.domain).user;
    this.#logoff({ ip: where, user, address, time });
  }

  #logoff({
    ip,
    user,
    address,
    time,
  }: {
    ip: string;
    user: string | null;
    address: string;
    time: number;
  }): void {
    this.#counts.logoffs += 1;
    this.#context.sink.logoff({ ip, session: 0, user, time, feed: 'radius', agent: address });
  }

  #incomplete(agent: string, missing: string, server: Source | null): void {
    this.#drops.incomplete(agent, 'RADIUS accounting', missing, server);
  }
}

/** @throws RangeError for a client that cannot be used, in one line */
export function radiusFeed(options: RadiusFeedOptions): MakeFeed {
  return (context) => new RadiusFeed(options, context);
}
