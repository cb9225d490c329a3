/** A failure that a person will read: where it stopped, what the product says, why, and the steps that mend it. */
export interface Problem {
  /** The step that failed, in the words of `docs/glossary.md`, for example `tls`, `hello`, `authentication`. */
  readonly stage: string;
  /** The product's own number or name for it (`-4`, `ECONNREFUSED`); null where there is none. */
  readonly code: number | string | null;
  /** The product's message where one is documented, else ours. One line. */
  readonly message: string;
  /** The probable cause, one sentence. */
  readonly cause: string;
  /** What to do, in order. */
  readonly fix: readonly string[];
}
