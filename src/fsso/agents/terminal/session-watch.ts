import type { Clock, Timer } from '../../../clock.ts';
import type { TerminalServer } from './server.ts';
import { type LookForUsers, ToolError, terminalUsers } from './sessions.ts';

export interface SessionWatchOptions {
  readonly server: TerminalServer;
  readonly look: LookForUsers;
  /** How many ports the connections of each user of this machine leave from. */
  readonly portsInUse: () => Promise<ReadonlyMap<number, number>>;
  /** Domain of users whose name says none. */
  readonly domain: string;
  /** Milliseconds between two looks. */
  readonly everyMs: number;
  readonly clock: Clock;
  /** Takes one line for a person. */
  readonly warn: (text: string) => void;
}

/** Looks again and again who is logged on at this machine and how many ports they use. */
export class SessionWatch {
  readonly #options: SessionWatchOptions;
  #timer: Timer | null = null;
  #looking: Promise<void> | null = null;
  #failure: string | null = null;

  constructor(options: SessionWatchOptions) {
    this.#options = options;
  }

  /** Looks for the first time. Rejects with ToolError, StateFileError or AssignmentError, and then looks no more. */
  async start(): Promise<void> {
    const { server, clock, everyMs } = this.#options;
    await server.load();
    await this.#look();
    this.#timer = clock.every(everyMs, () => {
      // A look that takes longer than the time between two is not doubled.
      this.#looking ??= this.#lookAgain().finally(() => {
        this.#looking = null;
      });
    });
  }

  async stop(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = null;
    await this.#looking;
  }

  async #look(): Promise<void> {
    const { server, look, portsInUse, domain } = this.#options;
    await server.follow(terminalUsers(await look(), domain));
    await server.watch(await portsInUse());
  }

  async #lookAgain(): Promise<void> {
    try {
      await this.#look();
      this.#failure = null;
    } catch (error) {
      if (!(error instanceof ToolError)) throw error;
      // Nobody is logged off because the system did not answer.
      if (this.#failure !== error.message) this.#options.warn(`sessions stay as they are: ${error.message}`);
      this.#failure = error.message;
    }
  }
}
