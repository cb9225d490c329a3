import type { StoreChange } from '../state/changes.ts';

/** Takes what a source reports. Never throws. */
export type Sink = (change: StoreChange) => void;

/** An adapter: turns one real peer into changes of the stores. */
export interface Source {
  /** The configured name of the peer. */
  readonly name: string;
  /** Begins the protocol work; returns at once, all failures arrive as changes. Called once. */
  start(sink: Sink): void;
  /** Closes every socket and timer; nothing is reported afterwards. */
  stop(): Promise<void>;
  /** The configuration was taken over again, and asks for this source as before: what only describes it may be new. */
  kept?(): void;
}

/** A source that also looks at what all sources report, its own changes included: receivers, alerts, metrics. */
export interface Observer extends Source {
  /** Called from the start on with each change. Never throws. */
  observe(change: StoreChange): void;
}
