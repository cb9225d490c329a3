import type { Step } from './keys.ts';

/** Something wrong at one place of the configuration. */
export interface Finding {
  readonly path: readonly Step[];
  /** What was found and what was expected, without the place. */
  readonly text: string;
}
