import type { Problem } from './problem.ts';

/** What a person may do with the recording of a running dashboard. */
export interface RecordingControl {
  /** The file that is being written; null while nothing is recorded. */
  readonly file: string | null;
  /** Calls the listener whenever `file` is another. Returns what ends it. */
  subscribe(listener: () => void): () => void;
  /** Begins a recording with what is there now, into a new file; with pseudonyms for names on request. */
  record(file: string, redactNames: boolean): Promise<RecordingResult>;
  /** Ends it in good order. */
  end(): Promise<RecordingResult>;
}

export type RecordingResult = { ok: true; message: string } | { ok: false; problem: Problem };
