import type { Clock, Timer } from '../../clock.ts';
import type { Problem } from '../../problem.ts';
import type { ServerTrust } from '../network/open-tls.ts';
import { DirectoryConnection, type DirectoryLogin, type DirectoryQuestion } from './connection.ts';
import type { DirectoryEntry } from './entry.ts';
import type { DirectoryFailure } from './failure.ts';
import { type AnswerBand, answerBand, type DirectoryLimits, directoryLimits } from './limits.ts';
import type { DirectorySecurity, DirectoryServer } from './open-socket.ts';
import { failureOf } from './problems.ts';

export interface DirectoryOptions {
  /** Servers with the same data, best first. */
  readonly servers: readonly DirectoryServer[];
  readonly trust: ServerTrust;
  /** null: anonymous. */
  readonly login: DirectoryLogin | null;
  readonly clock: Clock;
  /** Absent: those of limits.ts. */
  readonly limits?: Partial<DirectoryLimits>;
  /** Told of a server that failed, and of one that answers again after it did. Must not throw. */
  readonly report?: (server: DirectoryServerHealth) => void;
}

/** How a server of a directory does. Times are milliseconds, moments milliseconds since the epoch. */
export interface DirectoryServerHealth {
  /** `host:port`. */
  readonly server: string;
  readonly security: DirectorySecurity;
  readonly state: 'idle' | 'connecting' | 'connected' | 'failed';
  /** Of the last search, and on average of the last ones; null before the first. */
  readonly lastMs: number | null;
  readonly averageMs: number | null;
  /** Of the average. */
  readonly band: AnswerBand | null;
  readonly answers: number;
  readonly failures: number;
  readonly lastAnswerAt: number | null;
  /** When it is tried again after a failure. */
  readonly retryAt: number | null;
  /** Of its last failure, until it answers again. Texts are safe. */
  readonly problem: Problem | null;
}

/** How much the newest search counts in the average. */
const newestCounts = 0.1;

/** Servers at which one search is tried. */
const mostTries = 2;

interface Server {
  readonly config: DirectoryServer;
  state: DirectoryServerHealth['state'];
  lastMs: number | null;
  averageMs: number | null;
  answers: number;
  failures: number;
  /** Failures since it last answered. */
  inARow: number;
  lastAnswerAt: number | null;
  retryAt: number | null;
  problem: Problem | null;
}

interface Job {
  readonly question: DirectoryQuestion;
  readonly resolve: (entries: DirectoryEntry[]) => void;
  readonly reject: (failure: DirectoryFailure) => void;
}

/**
 * A directory: one connection at a time, to the first of its servers that answers. A server that fails is left for a while,
 * and what was under way is asked again at the next; a login that is refused is tried again late, because it is the same at
 * every server. Every promise rejects with DirectoryFailure.
 */
export class DirectoryClient {
  readonly #options: DirectoryOptions;
  readonly #limits: DirectoryLimits;
  readonly #servers: readonly Server[];
  readonly #queue: Job[] = [];
  #running = 0;
  #connection: { readonly connection: DirectoryConnection; readonly server: Server } | null = null;
  #connecting: Promise<void> | null = null;
  /** The refused login: nobody is asked before then. */
  #refused: { failure: DirectoryFailure; until: number; inARow: number } | null = null;
  #lastFailure: DirectoryFailure | null = null;
  #idle: Timer | null = null;
  #isStopped = false;

  /** @throws RangeError without a server */
  constructor(options: DirectoryOptions) {
    if (options.servers.length === 0) throw new RangeError('a directory needs at least one server');
    this.#options = options;
    this.#limits = { ...directoryLimits, ...options.limits };
    this.#servers = options.servers.map((config) => ({
      config,
      state: 'idle',
      lastMs: null,
      averageMs: null,
      answers: 0,
      failures: 0,
      inARow: 0,
      lastAnswerAt: null,
      retryAt: null,
      problem: null,
    }));
  }

  /** In the order of the configuration. */
  get servers(): DirectoryServerHealth[] {
    return this.#servers.map(healthOf);
  }

  /** Searches that wait for a place. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** Every object that fits (DirectoryConnection.search). */
  search(question: DirectoryQuestion): Promise<DirectoryEntry[]> {
    return new Promise((resolve, reject) => {
      const first = this.#servers[0] as Server;
      if (this.#isStopped) return reject(failureOf('stopped', this.#place(first), null));
      if (this.#queue.length >= this.#limits.waiting)
        return reject(failureOf('busy', this.#place(first), null, String(this.#queue.length)));
      this.#queue.push({ question, resolve, reject });
      this.#next();
    });
  }

  /** Ends the connection; what is under way or waits is refused, as is whatever is asked from now on. */
  stop(): void {
    this.#isStopped = true;
    this.#idle?.cancel();
    for (const { reject } of this.#queue.splice(0))
      reject(failureOf('stopped', this.#place(this.#servers[0] as Server), null));
    this.#connection?.connection.close();
    this.#connection = null;
  }

  #place({ config }: Server) {
    return { host: config.host, port: config.port, login: this.#options.login?.name ?? null };
  }

  #next(): void {
    while (this.#running < this.#limits.searches) {
      const job = this.#queue.shift();
      if (job === undefined) return;
      this.#running += 1;
      this.#idle?.cancel();
      this.#idle = null;
      this.#answer(job.question)
        .then(job.resolve, job.reject)
        .finally(() => {
          this.#running -= 1;
          this.#next();
          this.#armIdle();
        });
    }
  }

  async #answer(question: DirectoryQuestion): Promise<DirectoryEntry[]> {
    for (let losses = 0, tries = 1; ; tries++) {
      const { connection, server } = await this.#connected();
      const began = this.#options.clock.now();
      try {
        const entries = await connection.search(question);
        this.#answered(server, this.#options.clock.now() - began);
        return entries;
      } catch (error) {
        const failure = error as DirectoryFailure;
        if (this.#isStopped) throw failureOf('stopped', this.#place(server), null);
        if (failure.scope === 'question') {
          this.#answered(server, this.#options.clock.now() - began);
          throw failure;
        }
        const isCurrent = this.#connection?.connection === connection;
        if (failure.isLoss && losses === 0) {
          // Servers end connections that are old or idle, which says nothing against the server.
          losses = 1;
          tries = 0;
          if (isCurrent) this.#connection = null;
          continue;
        }
        // Of many that were under way the first says why; for the others the connection was gone already.
        if (isCurrent) this.#failed(server, failure);
        // A search that no server answers in time must not drive all of them into their pauses.
        if (tries >= mostTries) throw failure;
      }
    }
  }

  #answered(server: Server, ms: number): void {
    server.lastMs = ms;
    server.averageMs =
      server.averageMs === null ? ms : server.averageMs + (ms - server.averageMs) * newestCounts;
    server.answers += 1;
    server.inARow = 0;
    server.lastAnswerAt = this.#options.clock.now();
    const failedBefore = server.problem !== null;
    server.problem = null;
    server.retryAt = null;
    if (failedBefore) this.#options.report?.(healthOf(server));
  }

  /** Notes a failure; when this returns, the server is not asked before its pause is over. */
  #failed(server: Server, failure: DirectoryFailure): void {
    const { retryMs, longestRetryMs, loginRetryMs, longestLoginRetryMs } = this.#limits;
    const now = this.#options.clock.now();
    const pause = Math.min(retryMs * 2 ** server.inARow, longestRetryMs);
    server.inARow += 1;
    server.failures += 1;
    server.state = 'failed';
    server.problem = failure.problem;
    server.retryAt = now + pause;
    this.#lastFailure = failure;
    if (failure.scope === 'login') {
      const inARow = this.#refused?.inARow ?? 0;
      const until = now + Math.min(loginRetryMs * 2 ** inARow, longestLoginRetryMs);
      this.#refused = { failure, until, inARow: inARow + 1 };
      server.retryAt = until;
    }
    const { connection } = this.#connection ?? {};
    this.#connection = null;
    connection?.close();
    this.#options.report?.(healthOf(server));
  }

  async #connected(): Promise<{ connection: DirectoryConnection; server: Server }> {
    for (;;) {
      if (this.#connection?.connection.isOpen) return this.#connection;
      this.#connecting ??= this.#connect().finally(() => {
        this.#connecting = null;
      });
      await this.#connecting;
    }
  }

  /** Connects to the first server that is not in a pause and answers. */
  async #connect(): Promise<void> {
    const { clock, trust, login } = this.#options;
    for (;;) {
      const first = this.#servers[0] as Server;
      if (this.#isStopped) throw failureOf('stopped', this.#place(first), null);
      const now = clock.now();
      if (this.#refused !== null && now < this.#refused.until) throw this.#refused.failure;
      const server = this.#servers.find(({ retryAt }) => retryAt === null || retryAt <= now);
      if (server === undefined) throw this.#allWaiting();
      server.state = 'connecting';
      try {
        const connection = await DirectoryConnection.open(
          { server: server.config, trust, login, limits: this.#limits, clock },
          () => this.#closed(server),
        );
        this.#refused = null;
        if (this.#isStopped) {
          connection.close();
          continue;
        }
        server.state = 'connected';
        this.#connection = { connection, server };
        this.#armIdle();
        return;
      } catch (error) {
        this.#failed(server, error as DirectoryFailure);
      }
    }
  }

  /** Every server is in its pause: the last failure says why. */
  #allWaiting(): DirectoryFailure {
    const [first] = this.#servers as readonly [Server];
    if (this.#servers.length === 1 && this.#lastFailure !== null) return this.#lastFailure;
    const problems = this.#servers.map(({ problem }) => problem?.message ?? '').filter(Boolean);
    return failureOf(
      'all-waiting',
      this.#place(first),
      null,
      `no server of the directory answers: ${problems.join('; ')}`,
    );
  }

  #closed(server: Server): void {
    if (server.state === 'connected') server.state = 'idle';
  }

  #armIdle(): void {
    if (this.#running > 0 || this.#idle !== null || this.#connection === null || this.#isStopped) return;
    this.#idle = this.#options.clock.after(this.#limits.idleMs, () => {
      this.#idle = null;
      const { connection } = this.#connection ?? {};
      this.#connection = null;
      connection?.close();
    });
  }
}

function healthOf({ config, inARow: _, ...health }: Server): DirectoryServerHealth {
  return {
    ...health,
    server: `${config.host.includes(':') ? `[${config.host}]` : config.host}:${config.port}`,
    security: config.security,
    averageMs: health.averageMs === null ? null : Math.round(health.averageMs),
    band: health.averageMs === null ? null : answerBand(health.averageMs),
  };
}
