import { HttpFailure } from '../../ems/http-failure.ts';
import { isPartial } from './rest.ts';

/** A part of what a FortiGate tells, or why it does not. */
export type Part<T> =
  | { readonly value: T; readonly failure: null }
  | { readonly value: null; readonly failure: HttpFailure };

/** Rows of one kind, and whether there were more of them than are told. */
export interface Rows<T> {
  readonly rows: readonly T[];
  readonly isCut: boolean;
}

/**
 * What a call told, or its failure where the others may still answer.
 * @throws HttpFailure for what would end the others too
 */
export async function partOf<T>(
  promise: Promise<T>,
  endsAll: (failure: HttpFailure) => boolean = (failure) => !isPartial(failure),
): Promise<Part<T>> {
  try {
    return { value: await promise, failure: null };
  } catch (error) {
    if (!(error instanceof HttpFailure) || endsAll(error)) throw error;
    return { value: null, failure: error };
  }
}
