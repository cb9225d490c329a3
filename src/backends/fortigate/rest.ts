import { serverText } from '../../ems/handshake.ts';
import { callJson, type HttpServer } from '../../ems/http-call.ts';
import { HttpFailure } from '../../ems/http-failure.ts';
import { type Envelope, envelopesOf, type FortigateFacts, type Row, refusalText } from './envelope.ts';
import { accessGroupOf, everyVdom, type FortigateProfile, fortigateProfile } from './profile.ts';

export type Query = Readonly<Record<string, string>>;

/** What a call answered: who, and an envelope for each VDOM. */
export interface Reply {
  readonly facts: FortigateFacts;
  readonly envelopes: readonly Envelope[];
}

/** A list of many rows, read page by page. */
export interface Listing extends Reply {
  /** More rows there were than we take, or than the FortiGate would tell. */
  readonly isCut: boolean;
}

/**
 * Calls of the REST API of one FortiGate (docs/protocol/ems.md, FortiGate REST API). The token is sent in the
 * `Authorization` header and nowhere else; what is not sent to a FortiGate that `server` does not trust.
 */
export class FortigateRest {
  readonly profile: FortigateProfile;
  readonly #server: HttpServer;
  readonly #token: string;

  constructor(server: HttpServer, token: string, profile: FortigateProfile = fortigateProfile) {
    this.#server = server;
    this.#token = token;
    this.profile = profile;
  }

  /** @throws HttpFailure */
  async get(path: string, query: Query, signal?: AbortSignal): Promise<Reply> {
    return this.#read(await this.#call('GET', path, query, signal), this.profile.limits.mostConnectors, path);
  }

  /** @throws HttpFailure */
  async post(path: string, query: Query, body: unknown): Promise<Reply> {
    return this.#read(
      await this.#call('POST', path, query, undefined, body),
      this.profile.limits.mostConnectors,
      path,
    );
  }

  /** A token that is held to one VDOM may not ask for all of them. @throws HttpFailure */
  async everyVdom(path: string, signal?: AbortSignal, query: Query = {}): Promise<Reply> {
    return this.#inEveryVdom(query, (wanted) => this.get(path, wanted, signal));
  }

  /**
   * Every row of a long list in every VDOM, at most `limits.pages` of the profile. Releases that know no pages answer all at
   * once, or the same page again, which ends it.
   * @throws HttpFailure for the first page; a later one that fails cuts the list
   */
  async list(path: string, signal?: AbortSignal, query: Query = {}): Promise<Listing> {
    const { rowsOfPage, pages } = this.profile.limits;
    let wanted = query;
    const page = async (start: number): Promise<Reply> => {
      const places = { start: String(start), count: String(rowsOfPage) };
      const json = await this.#call('GET', path, { ...wanted, ...places }, signal, undefined);
      return this.#read(json, rowsOfPage * pages, path);
    };
    const first = await this.#inEveryVdom(query, (given) => {
      wanted = given;
      return page(0);
    });
    const lists = first.envelopes.map(({ vdom, rows }) => ({ vdom, rows: [...rows] }));
    let latest = first;
    for (let number = 1; latest.envelopes.some(({ rows }) => rows.length === rowsOfPage); number += 1) {
      if (number === pages) return { ...first, envelopes: lists, isCut: true };
      const next = await page(number * rowsOfPage).catch((error: unknown) => {
        if (error instanceof HttpFailure) return null;
        throw error;
      });
      if (next === null) return { ...first, envelopes: lists, isCut: true };
      if (isSame(next, latest)) return { ...first, envelopes: lists, isCut: true };
      for (const { vdom, rows } of next.envelopes)
        lists.find((each) => each.vdom === vdom)?.rows.push(...rows);
      latest = next;
    }
    return { ...first, envelopes: lists, isCut: false };
  }

  async #inEveryVdom<T>(query: Query, ask: (query: Query) => Promise<T>): Promise<T> {
    try {
      return await ask({ ...query, ...everyVdom });
    } catch (error) {
      if (!(error instanceof HttpFailure) || error.fault !== 'forbidden') throw error;
      return ask(query);
    }
  }

  async #call(
    method: 'GET' | 'POST',
    path: string,
    query: Query,
    signal?: AbortSignal,
    body?: unknown,
  ): Promise<unknown> {
    const parameters = new URLSearchParams(query).toString();
    const reply = await callJson(this.#server, {
      method,
      path: parameters === '' ? path : `${path}?${parameters}`,
      headers: { authorization: `Bearer ${this.#token}` },
      ...(body === undefined ? {} : { body }),
      secrets: [this.#token],
      readMessage: refusalText,
      longestReply: this.profile.limits.longestReply,
      permission: accessGroupOf(path),
      ...(signal ? { signal } : {}),
    });
    return reply.json;
  }

  #read(json: unknown, mostRows: number, path: string): Reply {
    const reply = envelopesOf(json, mostRows);
    if (reply === null)
      throw new HttpFailure('unreadable', { ...this.#facts(path), detail: "its reply is not FortiOS's" });
    // A status of 200 may carry a refusal all the same.
    if (reply.envelopes.length === 0)
      throw new HttpFailure('refused', { ...this.#facts(path), detail: refusalText(json) ?? '' });
    return reply;
  }

  #facts(path: string) {
    return {
      peer: this.#server.peer,
      server: serverText(this.#server.host, this.#server.port),
      permission: accessGroupOf(path),
    };
  }
}

/** The same rows again: the release does not know pages. */
function isSame(one: Reply, other: Reply): boolean {
  const firsts = ({ envelopes }: Reply): Row[] => envelopes.flatMap(({ rows }) => rows.slice(0, 1));
  return JSON.stringify(firsts(one)) === JSON.stringify(firsts(other));
}

/** One call failed, and another may still answer. */
export function isPartial({ fault }: HttpFailure): boolean {
  return ['forbidden', 'not-found', 'refused', 'server-error', 'unreadable'].includes(fault);
}
