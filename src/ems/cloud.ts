import { type AdminCall, type AdminSession, envelopeMessage, readEnvelope } from './admin-session.ts';
import { serverText } from './handshake.ts';
import { callJson, type HttpReply, type HttpRequest, type HttpServer } from './http-call.ts';
import { HttpFailure } from './http-failure.ts';
import { KeptConnection } from './kept-connection.ts';
import { type EmsProfile, emsProfile } from './profile.ts';

export interface CloudCredentials {
  /** Of the master account. A secret. */
  readonly accessKey: string;
  /** Address of that account. */
  readonly accountEmail: string;
}

const longestSession = 4096;

/**
 * The session of an administrator through the public API of FortiClient EMS Cloud (docs/protocol/ems.md, EMS Cloud's
 * public API): the same calls below a prefix, with the session as the `Authorization` header.
 */
export class CloudSession implements AdminSession {
  readonly #server: HttpServer;
  readonly #credentials: CloudCredentials;
  readonly #profile: EmsProfile;
  readonly #connection: KeptConnection;
  #session: string | null = null;

  constructor(server: HttpServer, credentials: CloudCredentials, profile: EmsProfile = emsProfile) {
    this.#server = server;
    this.#credentials = credentials;
    this.#profile = profile;
    this.#connection = new KeptConnection(server.clock);
  }

  async call(call: AdminCall, signal?: AbortSignal): Promise<unknown> {
    const session = this.#session ?? (await this.#signIn(signal));
    try {
      return await this.#send(call, session, signal);
    } catch (error) {
      if (!(error instanceof HttpFailure) || error.fault !== 'unauthorized') throw error;
      this.#session = null;
      return this.#send(call, await this.#signIn(signal), signal);
    }
  }

  async signOut(): Promise<void> {
    const session = this.#session;
    this.#session = null;
    if (session === null) return this.#connection.close();
    const server = {
      ...this.#server,
      timeoutMs: Math.min(this.#server.timeoutMs, this.#profile.admin.signOutLimit),
    };
    const path = this.#profile.cloud.api.signOut;
    const request: HttpRequest = { method: 'POST', path, headers: { authorization: session }, body: {} };
    await callJson(server, request, this.#connection).catch(() => undefined);
    this.#connection.close();
  }

  async #signIn(signal?: AbortSignal): Promise<string> {
    const { accessKey, accountEmail } = this.#credentials;
    const facts = { peer: this.#server.peer, server: serverText(this.#server.host, this.#server.port) };
    let reply: HttpReply;
    try {
      const request: HttpRequest = {
        method: 'POST',
        path: this.#profile.cloud.api.signIn,
        body: { access_key: accessKey, account_email: accountEmail },
        secrets: [accessKey],
        readMessage: envelopeMessage,
        ...(signal ? { signal } : {}),
      };
      reply = await callJson(this.#server, request, this.#connection);
    } catch (error) {
      if (!(error instanceof HttpFailure) || !['unauthorized', 'forbidden', 'refused'].includes(error.fault))
        throw error;
      throw new HttpFailure('sign-in-refused', { ...facts, status: error.status, detail: error.said });
    }
    const { session_id: session } = (reply.json ?? {}) as { session_id?: unknown };
    if (typeof session !== 'string' || !/^[\x21-\x7e]+$/.test(session) || session.length > longestSession)
      throw new HttpFailure('sign-in-refused', { ...facts, detail: 'its reply has no session' });
    this.#session = session;
    return session;
  }

  async #send(call: AdminCall, session: string, signal?: AbortSignal): Promise<unknown> {
    const secrets = [this.#credentials.accessKey, session];
    const request: HttpRequest = {
      method: call.method,
      path: `${this.#profile.cloud.api.prefix}${this.#profile.admin.base}${call.path}`,
      headers: { authorization: session, [this.#profile.cloud.api.contentTypeHeader]: 'application/json' },
      ...(call.body === undefined ? {} : { body: call.body }),
      secrets,
      readMessage: envelopeMessage,
      ...(signal ? { signal } : {}),
    };
    const reply = await callJson(this.#server, request, this.#connection);
    return readEnvelope(reply, this.#server, secrets);
  }
}
