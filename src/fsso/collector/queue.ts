/** Work that waits. */
export interface QueueHealth {
  readonly name: string;
  readonly length: number;
  /** Milliseconds that the oldest has waited; null where nothing waits. */
  readonly oldestMs: number | null;
}
