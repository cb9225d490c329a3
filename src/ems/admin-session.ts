import { serverText } from './handshake.ts';
import { callJson, type HttpReply, type HttpRequest, type HttpServer, originOf } from './http-call.ts';
import { HttpFailure, type HttpFault } from './http-failure.ts';
import { KeptConnection } from './kept-connection.ts';
import { type EmsProfile, emsProfile, sessionOver } from './profile.ts';
import { withoutSecrets } from './without-secrets.ts';

/** One call of the administrator's API, below its base path. */
export interface AdminCall {
  readonly method: 'GET' | 'POST' | 'PATCH';
  readonly path: string;
  readonly body?: unknown;
}

/** A signed-in administrator, on an EMS of one's own or through EMS Cloud. */
export interface AdminSession {
  /**
   * Signs in where needed, and again once when EMS has ended the session meanwhile.
   * @returns what the envelope of the reply holds under `data`
   * @throws HttpFailure
   */
  call(call: AdminCall, signal?: AbortSignal): Promise<unknown>;
  /** Ends the session on the server, if there is one. Never rejects. */
  signOut(): Promise<void>;
}

export interface AdminCredentials {
  readonly name: string;
  readonly password: string;
  /** Of a multi-tenant EMS; null is the default site. */
  readonly site: string | null;
}

/** What a server says about a refusal: the envelope's message, or the field that REST frameworks use. */
export function envelopeMessage(json: unknown): string | null {
  const { result, detail } = (json ?? {}) as { result?: { message?: unknown } | null; detail?: unknown };
  const message = typeof result === 'object' ? result?.message : undefined;
  if (typeof message === 'string') return message;
  return typeof detail === 'string' ? detail : null;
}

/**
 * The `data` of a reply (docs/protocol/ems.md, Endpoints).
 * @throws HttpFailure for a refusal by `retval`, or a reply without an envelope
 */
export function readEnvelope(reply: HttpReply, server: HttpServer, secrets: readonly string[]): unknown {
  const facts = { peer: server.peer, server: serverText(server.host, server.port) };
  const { result, data } = (reply.json ?? {}) as { result?: unknown; data?: unknown };
  const retval = typeof result === 'object' ? (result as { retval?: unknown } | null)?.retval : undefined;
  if (typeof retval !== 'number')
    throw new HttpFailure('unreadable', { ...facts, detail: 'its reply has no result' });
  if (retval === 1) return data ?? null;
  const detail = withoutSecrets(envelopeMessage(reply.json) ?? `retval ${retval}`, secrets).slice(0, 300);
  throw new HttpFailure(retval === sessionOver ? 'unauthorized' : 'refused', {
    ...facts,
    detail,
  });
}

/** Faults that mean the name, the password or the site was refused, when they answer a sign-in. */
const signInRefusals: ReadonlySet<HttpFault> = new Set(['unauthorized', 'forbidden', 'refused']);
const longestCookie = 4096;

/**
 * The session of an administrator on an EMS of one's own (docs/protocol/ems.md, Administrator's API): cookies `csrftoken`
 * and `sessionid`, the token again as a header with each call. Both are kept in memory only.
 */
export class EmsAdminSession implements AdminSession {
  readonly #server: HttpServer;
  readonly #credentials: AdminCredentials;
  readonly #profile: EmsProfile['admin'];
  readonly #connection: KeptConnection;
  #cookies = new Map<string, string>();
  #signingIn: Promise<void> | null = null;

  constructor(
    server: HttpServer,
    credentials: AdminCredentials,
    profile: EmsProfile['admin'] = emsProfile.admin,
  ) {
    this.#server = server;
    this.#credentials = credentials;
    this.#profile = profile;
    this.#connection = new KeptConnection(server.clock);
  }

  async call(call: AdminCall, signal?: AbortSignal): Promise<unknown> {
    if (!this.#cookies.has('sessionid')) await this.#signIn(signal);
    try {
      return await this.#send(call, signal);
    } catch (error) {
      if (!(error instanceof HttpFailure) || !isOver(error)) throw error;
      this.#cookies.clear();
      await this.#signIn(signal);
      return this.#send(call, signal);
    }
  }

  async signOut(): Promise<void> {
    if (!this.#cookies.has('sessionid')) return this.#connection.close();
    const limit = {
      ...this.#server,
      timeoutMs: Math.min(this.#server.timeoutMs, this.#profile.signOutLimit),
    };
    try {
      await this.#send({ method: 'POST', path: this.#profile.signOut }, undefined, limit);
    } catch {
      // The session ends by itself on the server; there is nobody left to tell.
    } finally {
      this.#cookies.clear();
      this.#connection.close();
    }
  }

  #signIn(signal?: AbortSignal): Promise<void> {
    this.#signingIn ??= this.#newSession(signal).finally(() => {
      this.#signingIn = null;
    });
    return this.#signingIn;
  }

  async #newSession(signal?: AbortSignal): Promise<void> {
    const { name, password, site } = this.#credentials;
    this.#cookies.clear();
    const call: AdminCall = {
      method: 'POST',
      path: this.#profile.signIn,
      body: { name, password, ...(site === null ? {} : { site }) },
    };
    try {
      await this.#send(call, signal);
    } catch (error) {
      this.#cookies.clear();
      if (!(error instanceof HttpFailure) || !signInRefusals.has(error.fault)) throw error;
      throw new HttpFailure('sign-in-refused', {
        ...this.#facts,
        status: error.status,
        detail: error.said,
      });
    }
    if (!this.#cookies.has('sessionid')) {
      this.#cookies.clear();
      throw new HttpFailure('unreadable', { ...this.#facts, detail: 'its sign-in gave no session' });
    }
  }

  async #send(call: AdminCall, signal?: AbortSignal, server = this.#server): Promise<unknown> {
    const request: HttpRequest = {
      method: call.method,
      path: `${this.#profile.base}${call.path}`,
      headers: this.#headers(),
      ...(call.body === undefined ? {} : { body: call.body }),
      secrets: this.#secrets,
      readMessage: envelopeMessage,
      ...(signal ? { signal } : {}),
    };
    const reply = await callJson(server, request, this.#connection);
    for (const field of reply.setCookies) this.#keep(field);
    return readEnvelope(reply, server, this.#secrets);
  }

  #headers(): Record<string, string> {
    const headers: Record<string, string> = {
      referer: originOf(this.#server),
      'ems-call-type': this.#profile.callType,
    };
    const token = this.#cookies.get('csrftoken');
    if (token !== undefined) headers['x-csrftoken'] = token;
    if (this.#cookies.size > 0)
      headers['cookie'] = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    return headers;
  }

  /** Keeps the two cookies that the API needs, and no others. */
  #keep(field: string): void {
    const found =
      /^\s*(csrftoken|sessionid)=("?)([\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*)\2\s*(?:;|$)/.exec(field);
    if (!found?.[1] || found[3] === undefined || found[3].length > longestCookie) return;
    if (found[3] === '') this.#cookies.delete(found[1]);
    else this.#cookies.set(found[1], found[3]);
  }

  get #secrets(): string[] {
    return [this.#credentials.password, ...this.#cookies.values()];
  }

  get #facts() {
    return { peer: this.#server.peer, server: serverText(this.#server.host, this.#server.port) };
  }
}

/** The session has ended, or its token is no longer the one that EMS expects: signing in again mends both. */
function isOver(failure: HttpFailure): boolean {
  return failure.fault === 'unauthorized' || (failure.fault === 'forbidden' && /csrf/i.test(failure.said));
}
