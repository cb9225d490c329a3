import type { Clock } from '../../clock.ts';
import type { NtlmDomain } from '../ntlm/av-pairs.ts';
import { NtlmError } from '../ntlm/ntlm-error.ts';
import type { NtlmSecurity } from '../ntlm/seal.ts';
import { isSealed, plainContentType, readSealed, sealedContentType, writeSealed } from './encryption.ts';
import { HttpLink, LinkFailure, type LinkFault, type LinkReply } from './http-link.ts';
import { basicHeader, loginName, negotiate, ntlmFailure, statusFailure, type WsmanLogin } from './login.ts';
import { openSocket, type WsmanServer } from './open-socket.ts';
import { failureOf, type ProblemPlace, type WsmanFailureName } from './problems.ts';
import { servicePath, type WsmanLimits } from './profile.ts';
import { WsmanDecodeError } from './xml.ts';

export interface ConnectionOptions {
  readonly server: WsmanServer;
  readonly login: WsmanLogin;
  readonly limits: WsmanLimits;
  readonly clock: Clock;
}

/** What came back for a message. */
export interface WsmanAnswer {
  readonly bytes: Buffer;
  /** 200, or 400 and 500 for faults. */
  readonly status: number;
  /** The server's clock, milliseconds since the epoch and exact to a second; null where it does not say. */
  readonly serverTime: number | null;
}

/** One connection, logged in. One message at a time. Every promise rejects with WsmanFailure, or the signal's reason. */
export class WsmanConnection {
  readonly #options: ConnectionOptions;
  readonly #place: ProblemPlace;
  readonly #link: HttpLink;
  /** Null with Basic. */
  #security: NtlmSecurity | null = null;
  #domain: NtlmDomain = null;

  private constructor(options: ConnectionOptions, place: ProblemPlace, link: HttpLink) {
    this.#options = options;
    this.#place = place;
    this.#link = link;
  }

  /** Connects and logs in. */
  static async open(options: ConnectionOptions, signal?: AbortSignal): Promise<WsmanConnection> {
    const { server, login, limits, clock } = options;
    const place = placeOf(server, login);
    if (login.kind === 'basic' && server.tls === null) throw failureOf('basic-in-clear', place, null);
    const { socket, channelBindings } = await openSocket({
      ...{ server, place, clock },
      limitMs: limits.connectMs,
      ...(signal ? { signal } : {}),
    });
    const link = new HttpLink(socket, hostField(server), clock, limits);
    const connection = new WsmanConnection(options, place, link);
    if (login.kind === 'basic') return connection;
    try {
      const { security, domain } = await negotiate({
        ...{ place, channelBindings, clock },
        credentials: login.credentials,
        send: (authorization) =>
          connection.#post(Buffer.alloc(0), { authorization }, limits.connectMs, signal),
      });
      connection.#security = security;
      connection.#domain = domain;
      return connection;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  get isOpen(): boolean {
    return this.#link.isOpen;
  }

  /** The domain that the server belongs to, as the login tells; Basic does not. */
  get domain(): NtlmDomain {
    return this.#domain;
  }

  /** Sends one message, sealed where the connection is not secured otherwise, and opens the answer. */
  async exchange(message: Buffer, limitMs: number, signal?: AbortSignal): Promise<WsmanAnswer> {
    const { server, login } = this.#options;
    const seal = server.tls === null ? this.#security : null;
    const basic = login.kind === 'basic' ? { authorization: basicHeader(login) } : {};
    const reply =
      seal === null
        ? await this.#post(message, { ...basic, 'content-type': plainContentType }, limitMs, signal)
        : await this.#post(
            writeSealed(seal.seal(message), message.length),
            { 'content-type': sealedContentType },
            limitMs,
            signal,
          );
    try {
      return { bytes: this.#open(reply, seal !== null), status: reply.status, serverTime: timeOf(reply) };
    } catch (error) {
      // Behind a message that was not understood the key streams of both sides no longer agree.
      this.close();
      if (error instanceof NtlmError) throw ntlmFailure(error, this.#place);
      if (error instanceof WsmanDecodeError) throw failureOf('nonsense', this.#place, null, error.message);
      throw error;
    }
  }

  close(): void {
    this.#link.close();
  }

  #open(reply: LinkReply, mustBeSealed: boolean): Buffer {
    // With Negotiate the connection itself is logged in, and the password was right then.
    if (reply.status === 401)
      throw failureOf(this.#security === null ? 'login-refused' : 'login-ended', this.#place, '401');
    const unusable = statusFailure(reply, this.#place);
    if (unusable !== null) throw unusable;
    if (isSealed(reply.header('content-type')) && this.#security !== null) {
      const { sealed, signature } = readSealed(reply.body);
      return this.#security.unseal(sealed, signature);
    }
    const { status } = reply;
    if (mustBeSealed)
      throw status === 200
        ? failureOf('not-sealed', this.#place, null)
        : failureOf('bad-status', this.#place, String(status), `status ${status}`);
    if (status !== 200 && reply.body.length === 0)
      throw failureOf('bad-status', this.#place, String(status), `status ${status}`);
    return reply.body;
  }

  async #post(
    body: Buffer,
    headers: Readonly<Record<string, string>>,
    limitMs: number,
    signal: AbortSignal | undefined,
  ): Promise<LinkReply> {
    try {
      return await this.#link.post({
        ...{ path: servicePath, body, limitMs },
        headers: { ...headers, 'accept-encoding': 'identity', 'user-agent': 'fabrictop' },
        ...(signal ? { signal } : {}),
      });
    } catch (error) {
      if (!(error instanceof LinkFailure)) throw error;
      const detail = error.fault === 'late' ? String(limitMs / 1000) : error.message;
      throw failureOf(linkNames[error.fault], this.#place, null, detail);
    }
  }
}

const linkNames: Readonly<Record<LinkFault, WsmanFailureName>> = {
  closed: 'closed',
  late: 'late',
  'not-http': 'nonsense',
  'header-too-long': 'nonsense',
  'body-too-long': 'too-much',
};

export function placeOf(server: WsmanServer, login: WsmanLogin): ProblemPlace {
  const { host, port } = server;
  return { host, port, login: loginName(login) };
}

/** `host:port`, an IPv6 address in brackets. */
export function hostField({ host, port }: Pick<WsmanServer, 'host' | 'port'>): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function timeOf(reply: LinkReply): number | null {
  const time = Date.parse(reply.header('date'));
  return Number.isNaN(time) ? null : time;
}
