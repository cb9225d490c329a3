/** What a request is answered: a status of HTTP, and a document as its body. */
export interface Answer {
  readonly status: number;
  readonly document: object;
  /** The method that the path takes. */
  readonly allow?: string;
}

/** An answer that says no, and why. */
export function refusal(status: number, message: string, ...fix: readonly string[]): Answer {
  return { status, document: { problem: { stage: 'control', code: status, message, cause: '', fix } } };
}

export function ok(document: object): Answer {
  return { status: 200, document };
}
