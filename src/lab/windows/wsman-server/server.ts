import {
  createServer as createPlain,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createSecure } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Clock } from '../../../clock.ts';
import { channelBindings } from '../../../fsso/ntlm/channel-bindings.ts';
import { NtlmError } from '../../../fsso/ntlm/ntlm-error.ts';
import { ntHash } from '../../../fsso/ntlm/proof.ts';
import type { NtlmSecurity } from '../../../fsso/ntlm/seal.ts';
import type { SpnegoServer } from '../../../fsso/ntlm/spnego-server.ts';
import {
  isSealed,
  plainContentType,
  readSealed,
  sealedContentType,
  writeSealed,
} from '../../../fsso/wsman/encryption.ts';
import { servicePath } from '../../../fsso/wsman/profile.ts';
import { WsmanDecodeError } from '../../../fsso/wsman/xml.ts';
import { challengerOf } from '../challenger.ts';
import type { LabMachine } from '../machine.ts';
import type { SecurityLog } from '../security-log.ts';
import { WsmanService } from './service.ts';

export interface WsmanServerOptions {
  readonly clock: Clock;
  /** Whose accounts and logs these are. */
  readonly machine: LabMachine;
  /** Others than the machine's own. */
  readonly logs?: readonly SecurityLog[];
  readonly host?: string;
  /** 0 lets the system choose. */
  readonly port?: number;
  /** PEM; null for plain HTTP. */
  readonly tls?: { readonly certificate: string; readonly key: string; readonly der: Buffer } | null;
  /** Offers Basic too, over HTTPS. */
  readonly offersBasic?: boolean;
  readonly envelopeBytes?: number;
}

/** What is known of a connection. */
interface Known {
  spnego: SpnegoServer | null;
  security: NtlmSecurity | null;
  /** Null: nobody is logged in. */
  user: string | null;
}

const longestBody = 1_048_576;

/**
 * The WS-Management service of a domain controller of the lab, on HTTP or HTTPS, with Negotiate by NTLM for each connection and
 * sealed messages on plain HTTP, as Windows has it (docs/protocol/windows.md, WS-Management).
 */
export class WsmanLabServer {
  readonly service: WsmanService;
  readonly #options: WsmanServerOptions;
  readonly #server: Server;
  readonly #known = new WeakMap<Socket, Known>();
  readonly #sockets = new Set<Socket>();
  #requests = 0;
  #refusals = 0;

  constructor(options: WsmanServerOptions) {
    this.#options = options;
    const { clock, machine, logs = [...machine.logs.values()], envelopeBytes = 512_000 } = options;
    this.service = new WsmanService({ clock, logs, envelopeBytes, url: () => this.url });
    const serve = (request: IncomingMessage, response: ServerResponse) => void this.#serve(request, response);
    const tls = options.tls ?? null;
    this.#server =
      tls === null ? createPlain(serve) : createSecure({ cert: tls.certificate, key: tls.key }, serve);
    this.#server.on(tls === null ? 'connection' : 'secureConnection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    const { host = '127.0.0.1', tls } = this.#options;
    return `${tls ? 'https' : 'http'}://${host}:${this.port}${servicePath}`;
  }

  /** Requests that were read, and logins that were refused. */
  get counts(): { requests: number; refusals: number } {
    return { requests: this.#requests, refusals: this.#refusals };
  }

  async start(): Promise<void> {
    const { host = '127.0.0.1', port = 0 } = this.#options;
    await new Promise<void>((done, failed) => {
      this.#server.once('error', failed);
      this.#server.listen({ port, host, exclusive: true }, done);
    });
    this.#server.removeAllListeners('error');
  }

  /** Ends every connection, and goes on to listen. */
  dropConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Forgets who is logged in, and leaves the connections. */
  forgetLogins(): void {
    for (const socket of this.#sockets) this.#known.delete(socket);
  }

  async stop(): Promise<void> {
    this.service.forget();
    if (!this.#server.listening) return;
    const closed = new Promise<void>((done) => this.#server.close(() => done()));
    this.dropConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#requests += 1;
    response.on('error', () => {});
    try {
      const body = await read(request);
      if (body === null) return this.#end(response, 413);
      if (request.url !== servicePath) return this.#end(response, 404);
      if (request.method !== 'POST') return this.#end(response, 405);
      await this.#answer(request, body, response);
    } catch {
      // Whoever is gone needs no answer; anything else is a fault of ours, which a client sees as such.
      if (!response.headersSent) this.#end(response, 500);
    }
  }

  async #answer(request: IncomingMessage, body: Buffer, response: ServerResponse): Promise<void> {
    const known = this.#knownOf(request.socket);
    const isAnonymous = String(request.headers['wsmanidentify']).toLowerCase() === 'unauthenticated';
    if (isAnonymous) {
      const answer = await this.service.answer(body, '', false);
      return this.#end(response, answer.status, { 'content-type': plainContentType }, answer.bytes);
    }
    const authorization = request.headers.authorization ?? '';
    if (authorization !== '' && !this.#login(known, authorization, response)) return;
    const { user } = known;
    if (user === null) return this.#refuse(response);
    if (body.length === 0) return this.#end(response, 200);
    const sealed = isSealed(request.headers['content-type'] ?? '');
    const message = this.#open(known, body, sealed);
    if (message === null) return this.#end(response, 400);
    const hasRights = this.#options.machine.may(user, 'event-log');
    const answer = await this.service.answer(message, user, hasRights);
    if (!sealed || known.security === null)
      return this.#end(response, answer.status, { 'content-type': plainContentType }, answer.bytes);
    const content = writeSealed(known.security.seal(answer.bytes), answer.bytes.length);
    this.#end(response, answer.status, { 'content-type': sealedContentType }, content);
  }

  /** Null for a message that is not taken: over HTTP only sealed ones are. */
  #open(known: Known, body: Buffer, sealed: boolean): Buffer | null {
    if (!sealed) return this.#options.tls ? body : null;
    if (known.security === null) return null;
    try {
      const { sealed: bytes, signature } = readSealed(body);
      return known.security.unseal(bytes, signature);
    } catch (error) {
      if (error instanceof NtlmError || error instanceof WsmanDecodeError) return null;
      throw error;
    }
  }

  /** One step of a login; false where it was answered already. */
  #login(known: Known, authorization: string, response: ServerResponse): boolean {
    const [scheme = '', value = ''] = authorization.split(/\s+/, 2);
    if (scheme.toLowerCase() === 'basic') return this.#basic(known, value, response);
    if (!/^(?:negotiate|ntlm)$/i.test(scheme)) {
      this.#refuse(response);
      return false;
    }
    known.spnego ??= this.#newNegotiation();
    try {
      const { token, accepted } = known.spnego.next(Buffer.from(value, 'base64'));
      const said = token.length === 0 ? {} : { 'www-authenticate': `${scheme} ${token.toString('base64')}` };
      if (accepted === null) {
        this.#end(response, 401, said);
        return false;
      }
      const bindings = accepted.channelBindings;
      const { tls } = this.#options;
      // As Windows in its default: whoever names the channel has to name the right one.
      if (tls && bindings !== null && !bindings.equals(channelBindings(tls.der)))
        throw new NtlmError('wrong-proof', 'another channel');
      known.user = accepted.user.toLowerCase();
      known.security = accepted.security;
      known.spnego = null;
      for (const [name, text] of Object.entries(said)) response.setHeader(name, text);
      return true;
    } catch (error) {
      if (!(error instanceof NtlmError)) throw error;
      Object.assign(known, { spnego: null, security: null, user: null });
      this.#refusals += 1;
      this.#refuse(response);
      return false;
    }
  }

  #basic(known: Known, value: string, response: ServerResponse): boolean {
    const { tls, offersBasic = false, machine } = this.#options;
    const [name = '', ...rest] = Buffer.from(value, 'base64').toString().split(':');
    const user = name.slice(name.indexOf('\\') + 1).toLowerCase();
    const isRight = machine.hashOf(user, '')?.equals(ntHash(rest.join(':'))) ?? false;
    known.user = tls && offersBasic && isRight ? user : null;
    if (known.user !== null) return true;
    this.#refusals += 1;
    this.#refuse(response);
    return false;
  }

  #newNegotiation(): SpnegoServer {
    const { clock, machine } = this.#options;
    return challengerOf(machine, clock);
  }

  #knownOf(socket: Socket): Known {
    const known = this.#known.get(socket) ?? { spnego: null, security: null, user: null };
    this.#known.set(socket, known);
    return known;
  }

  #refuse(response: ServerResponse): void {
    const { tls, offersBasic = false } = this.#options;
    const offers = ['Negotiate', ...(tls && offersBasic ? ['Basic realm="WSMAN"'] : [])];
    this.#end(response, 401, { 'www-authenticate': offers });
  }

  #end(
    response: ServerResponse,
    status: number,
    headers: Readonly<Record<string, string | string[]>> = {},
    body: Buffer = Buffer.alloc(0),
  ): void {
    const date = new Date(this.#options.clock.now()).toUTCString();
    response.writeHead(status, {
      server: 'Microsoft-HTTPAPI/2.0',
      date,
      ...headers,
      'content-length': body.length,
    });
    response.end(body);
  }
}

/** Null for a body that is too long. */
async function read(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > longestBody) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
