import { createPublicKey, type KeyObject } from 'node:crypto';
import type { Clock, Timer } from '../../clock.ts';
import { whileLocked } from '../../private-file.ts';
import type { Problem } from '../../problem.ts';
import { documentText, type ReadDocument, readDocument } from './document.ts';
import { fabricLimits } from './limits.ts';
import { FabricRefusal } from './refusal.ts';
import { type FabricSettings, settingsText } from './settings.ts';
import { isSignedBy } from './signature.ts';
import { FabricStateError, readState, stateFailure, writeState } from './state-file.ts';
import { type DocumentPublisher, FabricTransportError } from './transport.ts';

export interface RootOptions {
  /** Our serial number, by which members know the root. */
  readonly serial: string;
  /** Null: members that want a signature refuse what we publish, and nobody takes pins and CAs from it. */
  readonly signingKey: KeyObject | null;
  /** Where the revision is remembered. */
  readonly statePath: string;
  readonly publishers: readonly DocumentPublisher[];
  /** What is to be shared, as it is now. */
  readonly settings: () => FabricSettings;
  readonly clock: Clock;
}

/** What is published. */
export interface Publication {
  readonly revision: number;
  readonly text: string;
  /** The settings were not those of the revision before. */
  readonly isNew: boolean;
}

export type RootReport =
  | { kind: 'published'; publication: Publication }
  | { kind: 'failed'; problem: Problem };

/** The root of a Fabric: publishes its settings whenever they change (docs/fabric.md, Rules of the root). */
export class FabricRoot {
  readonly #options: RootOptions;
  #timer: Timer | null = null;
  #work: Promise<void> = Promise.resolve();
  #published = '';
  #failure = '';

  constructor(options: RootOptions) {
    this.#options = options;
  }

  /**
   * Publishes the settings as they are now; the revision counts up when they, the root or its key changed.
   * @param least the revision counts up to this at least: for a root that lost its state
   * @throws FabricStateError, FabricRefusal (too long), FabricTransportError
   */
  async publish(least = 1): Promise<Publication> {
    const publication = await this.#next(least);
    for (const publisher of this.#options.publishers) await publisher.publish(publication.text);
    return publication;
  }

  /** What was published last, and when; null before the first. @throws FabricStateError, FabricRefusal */
  last(): { revision: number; at: number; isCurrent: boolean } | null {
    const { document } = readState(this.#options.statePath);
    if (document === null) return null;
    const read = readDocument(Buffer.from(document.text));
    const isCurrent = this.#isSame(read, settingsText(this.#options.settings()));
    return { revision: read.document.revision, at: document.at, isCurrent };
  }

  /** Serves, publishes, and publishes again with each change. Returns at once; failures are reported. */
  start(report: (report: RootReport) => void): void {
    const look = (): void => {
      this.#work = this.#work.then(() => this.#look(report));
    };
    this.#work = this.#work.then(async () => {
      for (const publisher of this.#options.publishers)
        await publisher.open().catch((error: unknown) => this.#fail(error, report));
    });
    this.#timer = this.#options.clock.every(fabricLimits.rootEvery, look);
    look();
  }

  async stop(): Promise<void> {
    this.#timer?.cancel();
    await this.#work;
    await Promise.all(this.#options.publishers.map((publisher) => publisher.close()));
  }

  async #look(report: (report: RootReport) => void): Promise<void> {
    try {
      const publication = await this.#next(1);
      if (publication.text === this.#published) return;
      for (const publisher of this.#options.publishers) await publisher.publish(publication.text);
      this.#published = publication.text;
      this.#failure = '';
      report({ kind: 'published', publication });
    } catch (error) {
      this.#fail(error, report);
    }
  }

  // The same failure every five seconds is one event.
  #fail(error: unknown, report: (report: RootReport) => void): void {
    const known =
      error instanceof FabricTransportError ||
      error instanceof FabricRefusal ||
      error instanceof FabricStateError;
    const { problem } = known ? error : stateFailure(this.#options.statePath, error);
    if (problem.message === this.#failure) return;
    this.#failure = problem.message;
    report({ kind: 'failed', problem });
  }

  async #next(least: number): Promise<Publication> {
    const { serial, signingKey, statePath, settings, clock } = this.#options;
    const now = settings();
    const wanted = settingsText(now);
    try {
      return await whileLocked(statePath, clock, () => {
        const state = readState(statePath);
        const last = state.document === null ? null : readDocument(Buffer.from(state.document.text));
        if (last !== null && state.document !== null && last.document.revision >= least)
          if (this.#isSame(last, wanted))
            return { revision: last.document.revision, text: state.document.text, isNew: false };
        const revision = Math.max((last?.document.revision ?? 0) + 1, least);
        const document = { root: serial, revision, issuedAt: clock.now(), settings: now };
        const text = documentText(document, signingKey);
        writeState(statePath, { ...state, document: { text, at: clock.now() } });
        return { revision, text, isNew: true };
      });
    } catch (error) {
      throw error instanceof FabricRefusal ? error : stateFailure(statePath, error);
    }
  }

  /** Is this what we would publish now? */
  #isSame(last: ReadDocument, wanted: string): boolean {
    const { root, settings } = last.document;
    return root === this.#options.serial && settingsText(settings) === wanted && this.#isOurs(last);
  }

  #isOurs({ signed, signature }: ReadDocument): boolean {
    const { signingKey } = this.#options;
    if (signature === null || signingKey === null) return signature === null && signingKey === null;
    return isSignedBy(signed, signature, createPublicKey(signingKey));
  }
}
