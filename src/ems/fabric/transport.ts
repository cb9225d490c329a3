import type { Problem } from '../../problem.ts';

/** What came of looking for the document. */
export type Received =
  /** Octets that nobody has looked at yet, never more than a document may have. */
  | { kind: 'document'; octets: Buffer }
  /** The same as before. */
  | { kind: 'unchanged' }
  /** The root has published none yet. */
  | { kind: 'absent' }
  | { kind: 'failed'; problem: Problem };

/**
 * The root's end of a transport: takes whole documents, newest last. A file and an HTTPS server are two; a bus may be a
 * third, since nothing is asked of it but to carry octets. Transports are never trusted: they decide nothing.
 */
export interface DocumentPublisher {
  /** Where members find it, for people. */
  readonly place: string;
  /** Begins to serve, where members come to us. @throws FabricTransportError */
  open(): Promise<void>;
  /** Replaces what members get from now on. @throws FabricTransportError */
  publish(text: string): Promise<void>;
  close(): Promise<void>;
}

/** A member's end of a transport. */
export interface DocumentSubscriber {
  /** Where it looks, for people. */
  readonly place: string;
  /** Looks once. Rejects with nothing but the signal's reason. */
  fetch(signal?: AbortSignal): Promise<Received>;
  /** Looks now and whenever there may be something new, until closed. Nothing is reported after `close`. */
  subscribe(listener: (received: Received) => void): void;
  close(): Promise<void>;
}

/** The document could not be put where members find it. */
export class FabricTransportError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.message);
    this.name = 'FabricTransportError';
    this.problem = problem;
  }
}
