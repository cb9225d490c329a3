import type { Clock } from '../../../clock.ts';
import { Collector } from '../../collector/collector.ts';
import type { CollectorListening, CollectorOptions } from '../../collector/collector-options.ts';
import { type CollectorEvent, collectorEvent } from '../../collector/events.ts';
import type { CollectorChanges } from '../../collector/settings.ts';
import { DirectoryFailure } from '../../directory/failure.ts';
import { longestDirectoryPassword } from '../../wire/profile.ts';
import { type DirectoryFeedOptions, directoryFeed, noAnswer } from './feed.ts';
import { type DirectoryUsers, lookForUsers } from './users.ts';

export interface EdirectoryAgentOptions
  extends Pick<CollectorOptions, 'listen' | 'port' | 'tls' | 'password' | 'fortigates' | 'filters'> {
  readonly feed: Omit<DirectoryFeedOptions, 'first'>;
  /** Login and answers go over the network as they are. */
  readonly isPlain: boolean;
  readonly clock: Clock;
  /** Takes what happens. Texts in it are not safe yet. Must not throw. */
  readonly log: (event: CollectorEvent) => void;
}

/**
 * The agent of an eDirectory: a collector whose only feed is the directory (docs/protocol/fsso.md, eDirectory). It serves
 * nobody before the directory has answered: an empty list would log everybody off.
 */
export class EdirectoryAgent {
  #options: EdirectoryAgentOptions;
  #collector: Collector | null = null;
  #isStopped = false;
  #wake: () => void = () => {};

  constructor(options: EdirectoryAgentOptions) {
    this.#options = options;
  }

  /**
   * Waits for the directory, then serves FortiGates. Null when it was stopped before.
   * Rejects with ListenFailure, or RangeError for a certificate that cannot be used.
   */
  async start(): Promise<CollectorListening | null> {
    const { feed, isPlain, log, clock } = this.#options;
    if (isPlain) log(collectorEvent({ msg: 'directory is spoken to in plain text', directory: feed.name }));
    const first = await this.#firstLook();
    if (first === null) return null;
    // As they are by now.
    const { listen, port, password, fortigates, filters } = this.#options;
    const collector = new Collector({
      listen,
      port,
      tls: this.#options.tls ?? null,
      password,
      longestPassword: longestDirectoryPassword,
      fortigates,
      filters,
      feeds: [directoryFeed({ ...feed, first })],
      dns: [],
      groups: {},
      // The looks say who is still there, and how long their silence is borne is a matter of the feed.
      deadEntryTimeoutMs: 0,
      clock,
      log,
    });
    this.#collector = collector;
    return await collector.start();
  }

  /** Takes up whom it serves with what; what is absent stays. Throws RangeError for what cannot be used. */
  reconfigure(changes: Pick<CollectorChanges, 'password' | 'fortigates' | 'filters'>): void {
    this.#options = { ...this.#options, ...changes };
    this.#collector?.reconfigure(changes);
  }

  /** What serves FortiGates; null before the directory has answered. */
  get collector(): Collector | null {
    return this.#collector;
  }

  /** Sends FortiGates what they are still to be sent, and closes everything. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#wake();
    this.#options.feed.place.client.stop();
    await this.#collector?.stop();
  }

  async #firstLook(): Promise<DirectoryUsers | null> {
    const { feed, log, clock } = this.#options;
    let told: string | null = null;
    while (!this.#isStopped)
      try {
        return await lookForUsers(feed.place, new Map());
      } catch (error) {
        if (!(error instanceof DirectoryFailure)) throw error;
        if (this.#isStopped) return null;
        if (told === null)
          log(
            collectorEvent({ msg: 'nothing is served before the directory answers', directory: feed.name }),
          );
        if (told !== error.message) log(noAnswer(feed.name, error));
        told = error.message;
        await new Promise<void>((done) => {
          const timer = clock.after(feed.everyMs, done);
          this.#wake = () => {
            timer.cancel();
            done();
          };
        });
      }
    return null;
  }
}
