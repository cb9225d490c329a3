/** How a replay stands. The object is another one whenever something in it is. */
export interface ReplayState {
  /** Times of the recording, in milliseconds since the epoch. */
  readonly began: number;
  readonly ended: number;
  /** Times faster than it was recorded. */
  readonly speed: number;
  readonly paused: boolean;
  /** The end is reached. */
  readonly over: boolean;
  /** Where it is being taken to; null while it is not. */
  readonly seeking: number | null;
}

/** What a person may do with a recording that is played. */
export interface Replay {
  readonly state: ReplayState;
  /** Milliseconds since the epoch, as recorded. */
  readonly now: number;
  /** Calls the listener whenever `state` is another. Returns what ends it. */
  subscribe(listener: () => void): () => void;
  /** Pauses, or goes on. */
  toggle(): void;
  /** Pauses, and plays only what comes next. */
  step(): void;
  /** To a moment of the recording; before its beginning or behind its end is the beginning or the end. */
  seek(at: number): void;
  /** From `slowest` to `fastest`. */
  setSpeed(speed: number): void;
}

export const replaySpeeds = { slowest: 0.1, fastest: 1000 } as const;
