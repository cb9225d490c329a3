import type { Socket } from 'node:net';
import { Client, type Filter, NoSuchObjectError, ResultCodeError } from 'ldapts';
import type { Clock } from '../../clock.ts';
import type { ServerTrust } from '../network/open-tls.ts';
import { MalformedAnswer } from './ber.ts';
import { DirectoryEntry } from './entry.ts';
import { DirectoryFailure } from './failure.ts';
import { AnswerGuard, ServerTakesLeave } from './guard.ts';
import type { DirectoryLimits } from './limits.ts';
import { type DirectoryServer, openSocket } from './open-socket.ts';
import { failureOf, type ProblemPlace, refusal } from './problems.ts';

/** A simple bind. */
export interface DirectoryLogin {
  /** A distinguished name, `name@domain`, or `DOMAIN\name` where the server takes it. */
  readonly name: string;
  readonly password: string;
}

/** Parts of one object's values that are asked for; Active Directory gives 1,500 values in each. */
const mostParts = 100;

/** What is asked of a directory. */
export interface DirectoryQuestion {
  /** Distinguished name; blank is the root of the server's own data with scope `base`. */
  readonly base: string;
  readonly scope: 'base' | 'one' | 'sub';
  /** Made from ldapts's filters, or text that was escaped (filters.ts). Absent: every object. */
  readonly filter?: Filter | string;
  readonly attributes: readonly string[];
  /** Those of the attributes whose values are bytes, spelt as the server spells them. */
  readonly octets?: readonly string[];
}

export interface ConnectionOptions {
  readonly server: DirectoryServer;
  readonly trust: ServerTrust;
  /** null: anonymous. */
  readonly login: DirectoryLogin | null;
  readonly limits: DirectoryLimits;
  readonly clock: Clock;
}

/** One connection to one server, logged in. Every promise rejects with DirectoryFailure. */
export class DirectoryConnection {
  readonly #options: ConnectionOptions;
  readonly #place: ProblemPlace;
  readonly #guard: AnswerGuard;
  readonly #client: Client;
  /** Why the connection ended; null while it has not, or where nobody said. */
  #failure: DirectoryFailure | null = null;
  #isOpen = true;

  private constructor(options: ConnectionOptions, place: ProblemPlace, socket: Socket, closed: () => void) {
    this.#options = options;
    this.#place = place;
    this.#guard = new AnswerGuard(socket, options.limits);
    // Between here and the library's own listening an error must not end the program.
    this.#guard.on('error', () => {});
    this.#guard.once('close', () => {
      this.#isOpen = false;
      closed();
    });
    // The library asks for a socket once, and gets one that is open; whoever wants another makes another connection.
    this.#client = new Client({
      url: `ldap://localhost:${options.server.port}`,
      createConnection: (() => this.#guard) as unknown as typeof import('node:net').connect,
    });
  }

  /**
   * Connects and logs in.
   * @param closed called once, when the connection is gone, whoever ended it; never before this has resolved
   */
  static async open(options: ConnectionOptions, closed: () => void): Promise<DirectoryConnection> {
    const { server, login, limits } = options;
    const place: ProblemPlace = { host: server.host, port: server.port, login: login?.name ?? null };
    const socket = await openSocket({ ...options, place });
    let isReady = false;
    const connection = new DirectoryConnection(options, place, socket, () => isReady && closed());
    const late = failureOf('bind-timeout', place, null, String(limits.connectMs / 1000));
    const { name, password } = login ?? { name: '', password: '' };
    await connection.#run('bind', limits.connectMs, late, () => connection.#client.bind(name, password));
    isReady = true;
    return connection;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /**
   * Every object that fits with all its values, page by page; referrals to other servers are left out. Nothing where the one object that is
   * asked for (scope `base`) is not there.
   */
  async search(question: DirectoryQuestion): Promise<DirectoryEntry[]> {
    const found = await this.#found(question);
    for (const [index, entry] of found.entries())
      if (entry.cutShort.length > 0) found[index] = await this.#whole(entry);
    return found;
  }

  /** Asks for the values that an answer had no room for, part by part (docs/protocol/fsso.md, Directories). */
  async #whole(entry: DirectoryEntry): Promise<DirectoryEntry> {
    let whole = entry;
    let parts = 0;
    for (let [cut] = whole.cutShort; cut; [cut] = whole.cutShort) {
      const { attribute, next } = cut;
      const attributes = [`${attribute};range=${next}-*`];
      const [more] = await this.#found({ base: entry.dn, scope: 'base', attributes });
      const count = more?.texts(attribute).length ?? 0;
      parts += 1;
      const isFurther = more?.cutShort.every((part) => part.attribute !== attribute || part.next > next);
      // The object, or its last values, went meanwhile: what there is of it is known.
      if (more === undefined || count === 0 || !isFurther) return whole;
      whole = whole.joined(attribute, more);
      if (parts > mostParts) throw failureOf('too-much', this.#place, null, `${parts} parts of ${attribute}`);
    }
    return whole;
  }

  async #found({ base, scope, filter, attributes, octets }: DirectoryQuestion): Promise<DirectoryEntry[]> {
    const { answerMs, pageEntries, mostEntries } = this.#options.limits;
    const found: DirectoryEntry[] = [];
    const options = {
      scope,
      attributes: [...attributes],
      explicitBufferAttributes: [...(octets ?? [])],
      ...(filter === undefined ? {} : { filter }),
    };
    // A page control on the one object of a base search makes some servers answer nothing (rootDSE).
    if (scope === 'base') {
      const { searchEntries } = await this.#ask(answerMs, () =>
        this.#client.search(base, options).catch((error: unknown) => {
          if (error instanceof NoSuchObjectError) return { searchEntries: [] };
          throw error;
        }),
      );
      return searchEntries.map(entryOf);
    }
    const pages = this.#client.searchPaginated(base, { ...options, paged: { pageSize: pageEntries } });
    for (let page = 1; ; page++) {
      const { done, value } = await this.#ask(answerMs, () => pages.next());
      if (done || value === undefined) return found;
      for (const entry of value.searchEntries) found.push(entryOf(entry));
      // Pages without end may hold nothing at all.
      if (found.length > mostEntries || page > mostEntries / 10)
        throw failureOf('too-much', this.#place, null, `${found.length} in ${page} pages`);
    }
  }

  /** Ends the connection; what is under way fails. */
  close(): void {
    this.#failure ??= failureOf('closed', this.#place, null, 'by us');
    this.#guard.destroy();
  }

  async #ask<Result extends { searchEntries?: unknown } | IteratorResult<unknown>>(
    ms: number,
    action: () => Promise<Result>,
  ): Promise<Result> {
    const late = failureOf('search-timeout', this.#place, null, String(ms / 1000));
    return this.#run('search', ms, late, action);
  }

  /** One question with its time limit. A server that lets one time out is left: what comes late would be in the way. */
  #run<Result>(
    stage: 'bind' | 'search',
    ms: number,
    late: DirectoryFailure,
    action: () => Promise<Result>,
  ): Promise<Result> {
    return new Promise((resolve, reject) => {
      const timer = this.#options.clock.after(ms, () => {
        this.#failure ??= late;
        this.#guard.destroy();
        reject(this.#failure);
      });
      action().then(
        (result) => {
          timer.cancel();
          resolve(result);
        },
        (error: unknown) => {
          timer.cancel();
          const failure = this.#failureOf(stage, error);
          if (stage === 'bind' || failure.scope !== 'question') this.#guard.destroy();
          reject(failure);
        },
      );
    });
  }

  #failureOf(stage: 'bind' | 'search', error: unknown): DirectoryFailure {
    if (error instanceof DirectoryFailure) return error;
    if (error instanceof ResultCodeError)
      return refusal(stage, error.code, error.message.replace(/ Code: 0x[\da-f]+$/, ''), this.#place);
    if (this.#failure !== null) return this.#failure;
    if (this.#guard.destroyed) return this.#lost(this.#guard.error);
    const text = error instanceof Error ? error.message : String(error);
    return /^(Socket error|Connection closed)/.test(text)
      ? this.#lost(null)
      : failureOf(stage === 'search' ? 'search-refused' : 'nonsense', this.#place, null, text);
  }

  #lost(error: Error | null): DirectoryFailure {
    if (error === null) return failureOf('closed', this.#place, null, 'without a reason');
    if (error instanceof MalformedAnswer) return failureOf('nonsense', this.#place, null, error.message);
    if (error instanceof ServerTakesLeave) return failureOf('closed', this.#place, null, 'it said so');
    return failureOf('closed', this.#place, (error as NodeJS.ErrnoException).code ?? null, error.message);
  }
}

type Found = Awaited<ReturnType<Client['search']>>['searchEntries'][number];

function entryOf(found: Found): DirectoryEntry {
  const values = Object.entries(found).flatMap(([name, value]) =>
    name === 'dn' ? [] : [[name, Array.isArray(value) ? value : [value]] as const],
  );
  // An attribute of that name takes the place of the name itself.
  return new DirectoryEntry(typeof found.dn === 'string' ? found.dn : '', values);
}
